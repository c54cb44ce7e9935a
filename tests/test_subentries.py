"""Subentries: what comes or goes with one takes a reload, and takes it once."""

import asyncio
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from wallet_simulator import Fault, Simulator

from .conftest import AddGoal, SetUp


def subentry(title: str = "Camera") -> ConfigSubentry:
    return ConfigSubentry(data=MappingProxyType({}), subentry_type="example", title=title, unique_id=None)


@pytest.fixture
def setups(hass: HomeAssistant, entry: MockConfigEntry) -> list[Any]:
    """Return the coordinators that the entry has had, one for each time it was set up."""
    found: list[Any] = []

    def note() -> None:
        if entry.state is ConfigEntryState.LOADED and entry.runtime_data not in found:
            found.append(entry.runtime_data)

    entry.async_on_state_change(note)
    return found


async def test_a_subentry_that_comes_or_goes_reloads_the_wallet_once(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, setups: list[Any]
) -> None:
    await set_up()
    camera = subentry()
    hass.config_entries.async_add_subentry(entry, camera)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(setups) == 2
    hass.config_entries.async_remove_subentry(entry, camera.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(setups) == 3
    assert entry.state is ConfigEntryState.LOADED


async def test_subentries_that_come_together_reload_the_wallet_once(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, setups: list[Any]
) -> None:
    await set_up()
    for title in ("Camera", "Light", "Microphone"):
        hass.config_entries.async_add_subentry(entry, subentry(title))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(setups) == 2


async def test_what_else_changes_in_an_entry_reloads_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, setups: list[Any]
) -> None:
    await set_up()
    other = MockConfigEntry(domain="qiwi", unique_id="79000000001")
    other.add_to_hass(hass)
    hass.config_entries.async_add_subentry(other, subentry())
    hass.config_entries.async_update_entry(entry, title="Another name")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(setups) == 1


async def test_a_changed_subentry_is_reloaded_by_its_flow_alone(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, setups: list[Any]
) -> None:
    camera = subentry()
    hass.config_entries.async_add_subentry(entry, camera)
    await set_up()
    hass.config_entries.async_update_subentry(entry, camera, title="A better camera")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(setups) == 1
    # Home Assistant's reload helpers raise beside an update listener.
    assert not entry.update_listeners


async def test_a_wallet_that_is_not_loaded_finds_its_subentries_when_it_is(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp, setups: list[Any]
) -> None:
    simulator.fault(Fault(kind="status", status=500))
    await set_up()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    hass.config_entries.async_add_subentry(entry, subentry())
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    simulator.clear_faults()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(setups) == 1


async def test_a_goal_that_comes_while_its_wallet_is_set_up_is_there_after_the_reload(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    setups: list[Any],
    add_goal: AddGoal,
    caplog: pytest.LogCaptureFixture,
) -> None:
    under_way = asyncio.Event()
    entry.async_on_state_change(under_way.set)
    adding = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    await under_way.wait()
    assert entry.state is ConfigEntryState.SETUP_IN_PROGRESS
    await add_goal(entry)
    await adding
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(setups) == 2
    assert hass.states.get("sensor.camera_raised") is not None
    assert "Error adding entity" not in caplog.text
