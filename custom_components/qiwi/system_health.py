"""What the page on the system's health says: the server in reach, the wallets loaded, the payments arriving."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from .api import API_URL
from .const import CONF_API_URL, DOMAIN
from .coordinator import QiwiConfigEntry


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what is told."""
    register.async_register_info(_info, f"/config/integrations/integration/{DOMAIN}")


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    """Return numbers of wallets, and whether their server is in reach; no wallet is asked."""
    entries: list[QiwiConfigEntry] = hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    loaded = [entry for entry in entries if entry.state is ConfigEntryState.LOADED]
    # Nearly always one; of several the first that is out of reach is told.
    servers = sorted({entry.data[CONF_API_URL] for entry in entries}) or [API_URL]
    return {
        "can_reach_server": _reach(hass, servers),
        "wallets": len(entries),
        "wallets_loaded": len(loaded),
        "payments_arriving": sum(entry.runtime_data.data.problem is None for entry in loaded),
    }


async def _reach(hass: HomeAssistant, servers: list[str]) -> str | dict[str, str]:
    """Return "ok", or why a server is out of reach; the token is not sent."""
    for server in servers:
        answer = await system_health.async_check_can_reach_url(hass, server)
        if answer != "ok":
            return answer
    return "ok"
