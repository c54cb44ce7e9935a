"""Reloads that are cancelled, as by an automation that begins anew: one setup at a time, and what was begun is undone or done."""

import asyncio
from collections.abc import Iterator
import threading
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.helpers.entity_component import EntityComponent
from homeassistant.helpers.json import save_json
from homeassistant.setup import async_setup_component
import pytest

from custom_components.qiwi import ledger_file
from tests.home import Home
from tests.story import until
from wallet_simulator import Fault


class SlowDisk:
    """A disk that takes its time over one write."""

    def __init__(self) -> None:
        self.is_writing = threading.Event()
        self.may_end = threading.Event()

    def save(self, *file: Any, **options: Any) -> None:
        if not self.is_writing.is_set():
            self.is_writing.set()
            assert self.may_end.wait(timeout=60)
        save_json(*file, **options)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    """Return the disk; the next ledger that is written takes until `may_end` is set."""
    disk = SlowDisk()
    monkeypatch.setattr(ledger_file, "save_json", disk.save)
    yield disk
    disk.may_end.set()


async def reload_over_and_over(home: Home) -> None:
    """Make an automation that reloads the wallet at every `again`, and cancels the reload before."""
    assert await async_setup_component(home.hass, "homeassistant", {})
    reload = {"action": "homeassistant.reload_config_entry", "data": {"entry_id": home.entry.entry_id}}
    automation = {
        "mode": "restart",
        "triggers": {"trigger": "event", "event_type": "again"},
        "actions": reload,
    }
    assert await async_setup_component(home.hass, "automation", {"automation": automation})


async def not_set_up_yet(home: Home) -> None:
    """Leave the wallet before its first contact, with nothing of it set up."""
    home.simulator.fault(Fault(kind="status", status=500))
    await home.add()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    home.simulator.clear_faults()


async def test_a_write_of_a_cancelled_setup_is_over_before_the_next_setup_reads_the_file(
    home: Home, disk: SlowDisk
) -> None:
    await not_set_up_yet(home)
    await reload_over_and_over(home)
    home.hass.bus.async_fire("again")
    await until(disk.is_writing.is_set)
    assert home.entry.state is ConfigEntryState.SETUP_IN_PROGRESS
    home.wallet.pay(1, transaction_id="25050000001")
    home.hass.bus.async_fire("again")
    # Time enough for a setup that does not wait for the first one's write.
    await asyncio.sleep(0.3)
    disk.may_end.set()
    await home.rest()
    assert home.entry.state is ConfigEntryState.LOADED
    assert b"25050000001" in home.coordinator.file.path.read_bytes()
    assert home.announced == [1]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("platform", ["binary_sensor", "sensor", "todo"])
async def test_a_setup_cancelled_among_its_platforms_leaves_none_behind(
    home: Home, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, platform: str, times: int
) -> None:
    await not_set_up_yet(home)
    is_under_way = asyncio.Event()
    set_up = EntityComponent.async_setup_entry

    async def set_up_slowly(component: EntityComponent, entry: ConfigEntry) -> bool:
        if component.domain == platform:
            is_under_way.set()
            for _ in range(10):
                await asyncio.sleep(0)
        return await set_up(component, entry)

    monkeypatch.setattr(EntityComponent, "async_setup_entry", set_up_slowly)
    reloading = asyncio.create_task(home.hass.config_entries.async_reload(home.entry.entry_id))
    await is_under_way.wait()
    for _ in range(times):
        reloading.cancel()
        await asyncio.sleep(0)
    await asyncio.wait([reloading])
    assert home.entry.state is ConfigEntryState.SETUP_ERROR
    await home.reload()
    assert "has already been setup" not in caplog.text
    assert home.entry.state is ConfigEntryState.LOADED
    home.wallet.pay(1)
    await home.poll()
    assert home.announced == [1]
    assert home.sensor("received_today").state == "1.0"


async def test_an_unload_that_is_cancelled_goes_to_its_end(home: Home, disk: SlowDisk) -> None:
    disk.is_writing.set()
    coordinator = await home.add()
    await reload_over_and_over(home)
    home.wallet.pay(1)
    disk.is_writing.clear()
    polling = home.hass.async_create_task(coordinator.async_refresh())
    await until(disk.is_writing.is_set)
    home.hass.bus.async_fire("again")
    await until(lambda: home.entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS)
    home.hass.bus.async_fire("again")
    await asyncio.sleep(0.1)
    disk.may_end.set()
    await polling
    await home.rest()
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.coordinator is not coordinator
    home.wallet.pay(2)
    await home.poll()
    assert home.announced == [1, 2]
    assert not any(record["possible_duplicate"] for record in home.heard)


async def test_an_unload_that_is_cancelled_twice_goes_to_its_end(home: Home, disk: SlowDisk) -> None:
    disk.is_writing.set()
    coordinator = await home.add()
    home.wallet.pay(1)
    disk.is_writing.clear()
    polling = home.hass.async_create_task(coordinator.async_refresh())
    await until(disk.is_writing.is_set)
    unloading = asyncio.create_task(home.hass.config_entries.async_unload(home.entry.entry_id))
    await until(lambda: home.entry.state is ConfigEntryState.UNLOAD_IN_PROGRESS)
    for _ in range(2):
        unloading.cancel()
        await asyncio.sleep(0)
    disk.may_end.set()
    await polling
    assert await unloading
    assert home.entry.state is ConfigEntryState.NOT_LOADED
