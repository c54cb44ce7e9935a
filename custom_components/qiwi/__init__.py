"""QIWI Wallet: balances, and every payment announced once."""

import asyncio
import logging
from typing import Any

from homeassistant.const import CONF_API_TOKEN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.typing import ConfigType

from .books import wallet_books
from .const import CONF_API_URL, DOMAIN, SITE
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .frontend import async_setup_modules, async_setup_watch, async_show
from .goals import async_forget_removed
from .issues import async_follow, async_forget, async_report_unreadable_ledger
from .ledger import Books, Ledger, LedgerError
from .ledger_file import LedgerFile
from .limiters import async_create_client
from .order_delivery import async_deliver
from .overlay import async_setup_overlay
from .problem import Problem
from .services import async_setup_services
from .subentries import async_reload_with_subentries

_LOGGER = logging.getLogger(__package__)

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)
PLATFORMS = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SENSOR,
    Platform.TODO,
)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions and the dashboard's elements, whether or not a wallet is loaded."""
    async_setup_services(hass)
    await async_setup_overlay(hass)
    async_setup_watch(hass)
    await async_setup_modules(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: QiwiConfigEntry) -> bool:
    """Set up a wallet."""
    async_reload_with_subentries(hass, entry)
    client = await async_create_client(
        hass, token=entry.data[CONF_API_TOKEN], api_url=entry.data[CONF_API_URL], wallet=entry.unique_id
    )
    file = LedgerFile(hass, entry.entry_id)
    books, subentries = wallet_books(entry), frozenset(entry.subentries)
    ledger = await _async_load(hass, entry, file, books)
    coordinator = QiwiCoordinator(
        hass, entry, client, ledger=ledger, file=file, books=books, subentries=subentries
    )
    try:
        await coordinator.async_begin()
        await async_forget_removed(coordinator)
        entry.runtime_data = coordinator
        device = dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id,
            configuration_url=SITE,
            entry_type=dr.DeviceEntryType.SERVICE,
            identifiers={(DOMAIN, coordinator.wallet)},
            manufacturer="QIWI",
            model="QIWI Wallet",
            name=entry.title,
        )
        coordinator.device_id = device.id
        await _async_set_up_platforms(hass, entry)
    except BaseException:
        # The next setup may follow at once: a write that is under way must be over before it reads the file.
        await _async_finish(hass.async_create_task(coordinator.async_stop(), f"end of {entry.title}"))
        raise
    async_show(hass, entry)
    coordinator.async_start_announcing()
    async_deliver(hass, entry)
    async_follow(hass, entry)
    return True


async def _async_set_up_platforms(hass: HomeAssistant, entry: QiwiConfigEntry) -> None:
    """Set up all platforms, or none when the setup is cancelled: Home Assistant refuses to set one up twice."""
    setting_up = hass.async_create_task(
        hass.config_entries.async_forward_entry_setups(entry, PLATFORMS), f"platforms of {entry.title}"
    )
    if await _async_finish(setting_up):
        unloading = hass.config_entries.async_unload_platforms(entry, PLATFORMS)
        await _async_finish(hass.async_create_task(unloading, f"platforms of {entry.title}"))
        raise asyncio.CancelledError
    setting_up.result()


async def _async_finish(task: asyncio.Task[Any]) -> int:
    """Wait for the end of a task, and return how often the caller was cancelled meanwhile."""
    cancelled = 0
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled += 1
    return cancelled


async def _async_load(
    hass: HomeAssistant, entry: QiwiConfigEntry, file: LedgerFile, books: Books
) -> Ledger | None:
    """Return a wallet's ledger; one that can't be read is set aside, and a repair says so.

    Raises:
        ConfigEntryNotReady: the disk can't be read now.
    """
    try:
        return await file.async_load(books)
    except LedgerError as error:
        # Without a traceback: it may quote what the file holds.
        _LOGGER.error("%s; it is set aside and the wallet is read anew", error)  # noqa: TRY400
    except OSError as error:
        raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key=Problem.STORAGE) from error
    async_report_unreadable_ledger(hass, entry, await file.async_set_aside() or file.path.name)
    return None


async def async_unload_entry(hass: HomeAssistant, entry: QiwiConfigEntry) -> bool:
    """Unload a wallet; what was not announced yet stays on disk.

    It goes to its end though it is cancelled, as by an automation that begins anew: half unloaded, a wallet would
    announce nothing, and Home Assistant could load it again only after a restart.
    """
    unloading = hass.async_create_task(_async_unload(hass, entry), f"unload of {entry.title}")
    task = asyncio.current_task()
    assert task is not None
    for _ in range(await _async_finish(unloading)):
        task.uncancel()
    return unloading.result()


async def _async_unload(hass: HomeAssistant, entry: QiwiConfigEntry) -> bool:
    await entry.runtime_data.async_stop()
    if entry.disabled_by:
        async_forget(hass, entry)
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: QiwiConfigEntry) -> None:
    """Delete what was stored and told of a wallet."""
    async_forget(hass, entry)
    await hass.async_add_executor_job(LedgerFile(hass, entry.entry_id).remove)
