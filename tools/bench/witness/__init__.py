"""Writes down what Home Assistant hears of payments the moment it hears it, so that no kill takes it back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
import json
import os
from pathlib import Path
from typing import Any

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.typing import ConfigType

from custom_components.qiwi.limiters import _LIMITERS

# Payments are looked for as a user can have it, and as often as a test needs it.
LOOKING = timedelta(seconds=0.3)
MANY = 10_000


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Listen before anything can be announced."""
    # Appended without a buffer: what stands in the file was announced, whatever becomes of the process.
    book = os.open(hass.config.path("heard"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    ledger = Path(hass.config.path(".storage", f"qiwi.{config['witness']['entry_id']}"))

    def write(by: str, record: Mapping[str, Any]) -> None:
        line = {
            "by": by,
            "id": record["transaction_id"],
            "direction": record["direction"],
            "again": record["possible_duplicate"],
            # What one life announces between two writes of the ledger is one batch.
            "batch": f"{os.getpid()} {ledger.stat().st_mtime_ns}",
        }
        os.write(book, f"{json.dumps(line)}\n".encode())

    @callback
    def hear_state(event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        # What an entity restores after a restart is no announcement.
        if new is None or old is None or new.domain != "event" or old.state in ("unavailable", new.state):
            return
        write("state", new.attributes)

    @callback
    def hear_bus(event: Event[Any]) -> None:
        write("bus", event.data)

    hass.bus.async_listen("state_changed", hear_state)
    hass.bus.async_listen("qiwi_new_payment", hear_bus)
    async_at_started(hass, _look)
    return True


async def _look(hass: HomeAssistant) -> None:
    events = hass.states.async_entity_ids("event")

    async def look(_now: datetime) -> None:
        # The limiter's knobs, as its owner has them: the wallet is a simulated one.
        for limiter in hass.data[_LIMITERS]._limiters.values():  # noqa: SLF001
            limiter.requests = limiter.catch_up_requests = MANY
        await hass.services.async_call("homeassistant", "update_entity", {"entity_id": events})

    async_track_time_interval(hass, look, LOOKING)
