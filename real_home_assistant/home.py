"""The Home Assistant that the demo shows and the browser tests look at: its configuration and its dashboard."""

from typing import Final

DASHBOARD: Final = "qiwi-wallet"
# It lays itself out.
CARDS: Final = {"strategy": {"type": "custom:qiwi"}}

CONFIGURATION: Final = """
homeassistant:
  name: QIWI demo
  time_zone: Europe/Moscow
  currency: RUB
  country: RU
  language: {language}
  internal_url: http://127.0.0.1:{port}
http:
  server_host: 127.0.0.1
  server_port: {port}
frontend:
config:
api:
history:
logbook:
recorder:
script: !include scripts.yaml
automation: !include automations.yaml
logger:
  default: warning
  logs:
    custom_components.qiwi: {level}
"""
