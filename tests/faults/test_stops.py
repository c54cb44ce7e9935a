"""Reloads, stops and starts in the middle of things: nothing is torn, and the rest is announced later."""

import asyncio

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState
import pytest

from tests.home import Home
from tests.story import Till, until
from wallet_simulator import Fault
from wallet_simulator.trouble import refused

from .conftest import at, flagged, restart

# A process that has stopped unloads nothing; a test that goes on with it does.
UNLOADED_AFTER_STOP = "Unable to remove unknown job listener"


@pytest.mark.parametrize(("endpoint", "page"), [("payments", 1), ("payments", 2), ("balances", 1)])
async def test_a_reload_in_the_middle_of_a_poll_changes_nothing(
    home: Home, till: Till, endpoint: str, page: int
) -> None:
    coordinator = await home.add()
    till.take(30)
    hanging = home.simulator.fault(Fault(kind="slow", seconds=1000, endpoint=endpoint, times=1))
    for _ in range(1, page):
        # The newest fault strikes first, and this one does no harm.
        home.simulator.fault(Fault(kind="slow", seconds=0, endpoint=endpoint, times=1))
    polling = asyncio.create_task(coordinator.async_refresh())
    await until(lambda: hanging.struck)
    await home.reload()
    assert home.coordinator is not coordinator
    till.take()
    written = coordinator.file.path.read_bytes()
    # Now the answer that was asked for before the reload arrives.
    hanging.ended.set()
    await polling
    assert coordinator.file.path.read_bytes() == written
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []


@pytest.mark.parametrize("catching_up", [False, True])
async def test_a_reload_in_the_middle_of_a_burst_tears_nothing(
    home: Home, till: Till, catching_up: bool
) -> None:
    coordinator = await home.add()
    coordinator.feed.miss()
    for amount in (20, 60, 61, 100):
        at(home, amount, lambda: home.hass.config_entries.async_schedule_reload(home.entry.entry_id))
    till.take(120)
    for _ in range(6):
        await home.poll()
    assert home.coordinator is not coordinator
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def stop(home: Home) -> None:
    """Stop Home Assistant as far as an integration sees it."""
    home.hass.set_state(CoreState.stopping)
    home.hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_STOP)


@pytest.mark.parametrize("catching_up", [False, True])
async def test_a_stop_in_the_middle_of_announcements_keeps_the_rest_for_later(
    home: Home, till: Till, expected_errors: list[str], catching_up: bool
) -> None:
    expected_errors.append(UNLOADED_AFTER_STOP)
    coordinator = await home.add()
    coordinator.feed.miss()
    at(home, 60, lambda: home.hass.async_create_task(stop(home)))
    till.take(120)
    await home.poll()
    till.take()
    await home.poll()
    assert len(home.heard) == 60
    home.hass.set_state(CoreState.running)
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_stop_in_the_middle_of_a_catch_ups_reading_keeps_all_for_later(
    home: Home, till: Till, expected_errors: list[str]
) -> None:
    expected_errors.append(UNLOADED_AFTER_STOP)
    coordinator = await home.add()
    coordinator.feed.miss()
    till.take(120)
    asked = home.simulator.count("payments")
    polling = asyncio.create_task(coordinator.async_refresh())
    await until(lambda: home.simulator.count("payments") > asked)
    # The newest page is answered; the first of the window hangs.
    hanging = home.simulator.fault(Fault(kind="timeout", endpoint="payments"))
    await polling
    await until(lambda: hanging.struck)
    await stop(home)
    await home.rest()
    assert home.heard == []
    home.simulator.clear_faults()
    home.hass.set_state(CoreState.running)
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_restart_while_the_wallet_is_down_waits_for_it(home: Home, till: Till) -> None:
    await home.add()
    till.take()
    async with refused(home.simulator):
        await restart(home, till.take)
        assert home.entry.state is ConfigEntryState.LOADED
        assert home.reason == "cannot_connect"
        till.take()
        await home.poll()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []
    assert home.reason is None
