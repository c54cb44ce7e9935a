"""Names that several parts share."""

from typing import Final

DOMAIN: Final = "qiwi"

CONF_API_URL: Final = "api_url"
CONF_KINDS: Final = "kinds"
CONF_OVERLAY_REACH: Final = "overlay_reach"
CONF_OVERLAY_SECRET: Final = "overlay_secret"  # noqa: S105 - a name
CONF_TOKEN_ENTERED: Final = "token_entered"  # noqa: S105 - a name
CONF_TOKEN_ISSUED: Final = "token_issued"  # noqa: S105 - a name
CONF_WALLET: Final = "wallet"
SECTION_ADVANCED: Final = "advanced"

OVERLAY_PATH: Final = f"/api/{DOMAIN}/overlay"
STUDIO_PATH: Final = f"{OVERLAY_PATH}/studio"
SUBENTRY_GOAL: Final = "goal"
SUBENTRY_MAIL_SERVER: Final = "mail_server"
SUBENTRY_OFFER: Final = "offer"
# Where a goal's overlay may be shown.
REACH_LOCAL: Final = "local"
REACH_ANYWHERE: Final = "anywhere"

DEFAULT_CURRENCY: Final = "RUB"
DEFAULT_KINDS: Final = ("transfer", "top_up")

SITE: Final = "https://qiwi.com"
REPOSITORY: Final = "https://github.com/qiwi-home-assistant/qiwi"
TROUBLESHOOTING: Final = f"{REPOSITORY}/blob/main/docs/troubleshooting.md"
