"""QIWI Wallet: balances, and every payment announced once."""

from homeassistant.const import CONF_API_TOKEN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .const import CONF_API_URL, DOMAIN, SITE
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .issues import async_follow, async_forget
from .ledger_file import LedgerFile
from .limiters import async_create_client
from .services import async_setup_services
from .subentries import async_reload_with_subentries

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = (Platform.BINARY_SENSOR, Platform.EVENT, Platform.SENSOR)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, whether or not a wallet is loaded."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: QiwiConfigEntry) -> bool:
    """Set up a wallet."""
    async_reload_with_subentries(hass, entry)
    client = await async_create_client(
        hass, token=entry.data[CONF_API_TOKEN], api_url=entry.data[CONF_API_URL], wallet=entry.unique_id
    )
    coordinator = QiwiCoordinator(hass, entry, client)
    await coordinator.async_begin()
    entry.runtime_data = coordinator
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id,
        configuration_url=SITE,
        entry_type=dr.DeviceEntryType.SERVICE,
        identifiers={(DOMAIN, coordinator.wallet)},
        manufacturer="QIWI",
        model="Wallet",
        name=entry.title,
    )
    coordinator.device_id = device.id
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    coordinator.async_flow()
    async_follow(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: QiwiConfigEntry) -> bool:
    """Unload a wallet; what was not announced yet stays on disk."""
    await entry.runtime_data.async_stop()
    if entry.disabled_by:
        async_forget(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: QiwiConfigEntry) -> None:
    """Delete what was stored and told of a wallet."""
    async_forget(hass, entry)
    await hass.async_add_executor_job(LedgerFile(hass, entry.entry_id).remove)
