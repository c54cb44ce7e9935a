"""Marks the ledgers while Home Assistant makes a backup, so that a restored one knows that it is old."""

from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .coordinator import QiwiConfigEntry


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Mark every ledger before it is copied."""
    await _mark(hass, under_way=True)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Take the marks off."""
    await _mark(hass, under_way=False)


async def _mark(hass: HomeAssistant, *, under_way: bool) -> None:
    entries: list[QiwiConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        await entry.runtime_data.async_mark_backup(under_way=under_way)
