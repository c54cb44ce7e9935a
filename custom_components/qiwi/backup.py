"""Marks the ledgers while Home Assistant makes a backup, so that a restored one knows that it is old."""

import asyncio

from homeassistant.core import HomeAssistant

from .const import DOMAIN
from .coordinator import QiwiConfigEntry
from .ledger_file import BACKUP, Backup


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Mark every ledger before it is copied."""
    await _mark(hass, under_way=True)


async def async_post_backup(hass: HomeAssistant) -> None:
    """Take the marks off; what cannot be written now loses its mark with the next write."""
    await _mark(hass, under_way=False)


async def _mark(hass: HomeAssistant, *, under_way: bool) -> None:
    hass.data.setdefault(BACKUP, Backup()).under_way = under_way
    entries: list[QiwiConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    # A wallet that fails does not keep the others from theirs.
    failures = await asyncio.gather(
        *(entry.runtime_data.journal.rewrite() for entry in entries), return_exceptions=True
    )
    for failure in failures:
        if failure is not None:
            raise failure
