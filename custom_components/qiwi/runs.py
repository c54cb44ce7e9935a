"""Which automation runs payments have started that have not ended: Home Assistant drops them when it stops."""

import asyncio
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .payments import Announcement

# By the wallet's device: each run under way, and what started it.
_RUNS: Final[HassKey[dict[str, dict[asyncio.Task[Any], Announcement]]]] = HassKey("qiwi_runs")


@callback
def async_note_run(
    hass: HomeAssistant, device_id: str, announcement: Announcement, run: asyncio.Task[Any]
) -> None:
    """Remember a run until it ends, unless a test started it."""
    if announcement.test or run.done():
        return
    runs = hass.data.setdefault(_RUNS, {}).setdefault(device_id, {})
    runs[run] = announcement
    run.add_done_callback(runs.pop)


@callback
def async_unfinished(hass: HomeAssistant, device_id: str) -> list[Announcement]:
    """Return what started the runs that have not ended, in the order in which it was announced."""
    return list(dict.fromkeys(hass.data.get(_RUNS, {}).get(device_id, {}).values()))
