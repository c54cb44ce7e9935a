"""Subentries: what comes or goes with one takes a reload, and takes it once."""

import asyncio
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.home import Home
from wallet_simulator import Fault


def subentry(title: str = "Camera") -> ConfigSubentry:
    return ConfigSubentry(data=MappingProxyType({}), subentry_type="example", title=title, unique_id=None)


@pytest.fixture
def setups(home: Home) -> list[Any]:
    """Return the coordinators that the entry has had, one for each time it was set up."""
    found: list[Any] = []

    def note() -> None:
        if home.entry.state is ConfigEntryState.LOADED and home.coordinator not in found:
            found.append(home.coordinator)

    home.entry.async_on_state_change(note)
    return found


async def test_a_subentry_that_comes_or_goes_reloads_the_wallet_once(home: Home, setups: list[Any]) -> None:
    await home.add()
    camera = subentry()
    home.hass.config_entries.async_add_subentry(home.entry, camera)
    await home.rest()
    assert len(setups) == 2
    home.hass.config_entries.async_remove_subentry(home.entry, camera.subentry_id)
    await home.rest()
    assert len(setups) == 3
    assert home.entry.state is ConfigEntryState.LOADED


async def test_subentries_that_come_together_reload_the_wallet_once(home: Home, setups: list[Any]) -> None:
    await home.add()
    for title in ("Camera", "Light", "Microphone"):
        home.hass.config_entries.async_add_subentry(home.entry, subentry(title))
    await home.rest()
    assert len(setups) == 2


async def test_what_else_changes_in_an_entry_reloads_nothing(home: Home, setups: list[Any]) -> None:
    await home.add()
    other = MockConfigEntry(domain="qiwi", unique_id="79000000001")
    other.add_to_hass(home.hass)
    home.hass.config_entries.async_add_subentry(other, subentry())
    home.hass.config_entries.async_update_entry(home.entry, title="Another name")
    await home.rest()
    assert len(setups) == 1


async def test_a_changed_subentry_is_reloaded_by_its_flow_alone(home: Home, setups: list[Any]) -> None:
    camera = subentry()
    home.hass.config_entries.async_add_subentry(home.entry, camera)
    await home.add()
    home.hass.config_entries.async_update_subentry(home.entry, camera, title="A better camera")
    await home.rest()
    assert len(setups) == 1
    # Home Assistant's reload helpers raise beside an update listener.
    assert not home.entry.update_listeners


async def test_a_wallet_that_is_not_loaded_finds_its_subentries_when_it_is(
    home: Home, setups: list[Any]
) -> None:
    home.simulator.fault(Fault(kind="status", status=500))
    await home.add()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    home.hass.config_entries.async_add_subentry(home.entry, subentry())
    await home.rest()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    home.simulator.clear_faults()
    await home.reload()
    assert len(setups) == 1


async def test_a_goal_that_comes_while_its_wallet_is_set_up_is_there_after_the_reload(
    home: Home, setups: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    under_way = asyncio.Event()
    home.entry.async_on_state_change(under_way.set)
    adding = home.hass.async_create_task(home.hass.config_entries.async_setup(home.entry.entry_id))
    await under_way.wait()
    assert home.entry.state is ConfigEntryState.SETUP_IN_PROGRESS
    await home.add_goal()
    await adding
    await home.rest()
    assert len(setups) == 2
    assert home.hass.states.get("sensor.camera_raised") is not None
    assert "Error adding entity" not in caplog.text
