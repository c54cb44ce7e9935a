"""Adding a goal, changing it, and its overlay's address: typed as people type, and nothing that was counted is lost."""

from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest

from tests.home import Home
from tests.story import largest_file

from .part_forms import answer, begin_part, suggested

begin = partial(begin_part, "goal")
CAMERA = {"name": "Camera", "target": "1000", "currency": "RUB", "kinds": ["transfer", "top_up"]}


async def choose(home: Home, goal: ConfigSubentry, step: str) -> Any:
    menu = await begin(home, goal)
    assert menu["type"] is FlowResultType.MENU and menu["menu_options"] == ["settings", "overlay"]
    return await answer(home, menu, next_step_id=step)


async def add(home: Home, **fields: Any) -> ConfigSubentry:
    """Add a goal as a person does."""
    known = set(home.entry.subentries)
    result = await answer(home, await begin(home), **CAMERA | fields)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    (added,) = set(home.entry.subentries) - known
    goal: ConfigSubentry = home.entry.subentries[added]
    return goal


async def test_a_goal_is_added_with_its_device_and_the_address_of_its_overlay(home: Home) -> None:
    await home.add()
    home.hass.config.internal_url = "http://192.168.1.2:8123"
    home.hass.config.external_url = "https://home.example.com"
    form = await begin(home)
    assert form["step_id"] == "user" and suggested(form) == {"currency": "RUB"}
    result = await answer(home, form, **CAMERA)
    (goal,) = home.entry.subentries.values()
    secret = goal.data["overlay_secret"]
    assert result["description_placeholders"] == {
        "address": f"http://192.168.1.2:8123/api/qiwi/overlay#{secret}",
        "studio": f"http://192.168.1.2:8123/api/qiwi/overlay/studio#{secret}",
    }
    # 256 bits.
    assert len(secret) == 43
    assert goal.title == "Camera" and goal.data["overlay_reach"] == "local"
    device = dr.async_get(home.hass).async_get_device_by_identifier(
        ("qiwi", goal.subentry_id), home.entry.entry_id
    )
    assert device is not None and device.name == "Camera"
    entities = er.async_entries_for_device(er.async_get(home.hass), device.id)
    assert {each.unique_id.removeprefix(f"{goal.subentry_id}_") for each in entities} == {
        *("raised", "remaining", "progress", "donations", "top_donation", "last_donation"),
        *("target", "new_session", "hide_message", "reached"),
    }
    assert {each.config_subentry_id for each in entities} == {goal.subentry_id}


async def test_without_an_address_of_its_own_the_usual_one_is_shown(home: Home) -> None:
    await home.add()
    home.hass.config.api = None
    result = await answer(home, await begin(home), **CAMERA)
    address = result["description_placeholders"]["address"]
    assert address.startswith("http://homeassistant.local:8123/api/qiwi/overlay#")


@pytest.mark.parametrize("typed", ["10,5", "10.5", " 10,50 ", 10.5])
async def test_amounts_are_read_as_they_are_typed(home: Home, typed: Any) -> None:
    await home.add()
    goal = await add(
        home,
        target=typed,
        start_amount=typed,
        min_amount=typed,
        milestones=[typed, "1 000,5", ""],
    )
    assert goal.data["target"] == goal.data["start_amount"] == goal.data["min_amount"] == "10.5"
    assert goal.data["milestones"] == ["10.5", "1000.5"]
    assert home.state("number.camera_target").state == "10.5"
    assert home.state("sensor.camera_raised").state == "10.5"


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("name", "  ", "invalid_name"),
        ("target", "0", "invalid_target"),
        ("target", "-1", "invalid_target"),
        # A thousand, or one?
        ("target", "1,000", "invalid_target"),
        ("target", "1000.005", "invalid_target"),
        ("target", "a lot", "invalid_target"),
        ("target", "", "invalid_target"),
        ("target", "9" * 20, "invalid_target"),
        ("currency", "roubles", "invalid_currency"),
        ("start_amount", "-5", "invalid_amount"),
        ("min_amount", "NaN", "invalid_amount"),
        ("kinds", [], "invalid_kinds"),
        ("milestones", ["100", "0"], "invalid_milestones"),
    ],
)
async def test_what_can_not_be_right_is_refused_and_can_be_corrected(
    home: Home, field: str, typed: Any, error: str
) -> None:
    await home.add()
    form = await answer(home, await begin(home), **CAMERA | {field: typed})
    assert form["type"] is FlowResultType.FORM and form["errors"] == {field: error}
    assert suggested(form)[field] == typed
    result = await answer(home, form, **CAMERA)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_empty_fields_are_no_conditions(home: Home) -> None:
    await home.add()
    goal = await add(home, start_amount=" ", min_amount="", comment=" ", milestones=[])
    assert not {"start_amount", "min_amount", "comment"} & goal.data.keys()


async def test_a_goal_can_be_added_while_the_wallet_is_away(home: Home) -> None:
    await home.simulator.refuse()
    await home.add()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    await add(home)
    await home.simulator.listen()
    home.wallet.pay(100)
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.rest()
    # At the first contact what was paid since counts, silently.
    assert home.state("sensor.camera_raised").state == "100.0"


async def test_new_settings_keep_what_was_counted(home: Home) -> None:
    await home.add()
    goal = await add(home)
    home.wallet.pay(100)
    await home.poll()
    form = await choose(home, goal, "settings")
    assert form["step_id"] == "settings"
    assert suggested(form) == CAMERA
    result = await answer(
        home, form, **CAMERA | {"name": "New camera", "target": "2000,50", "min_amount": "50"}
    )
    assert result["reason"] == "reconfigure_successful"
    changed = home.entry.subentries[goal.subentry_id]
    assert changed.title == "New camera"
    kept = ("created", "overlay_secret", "overlay_reach")
    assert [changed.data[name] for name in kept] == [goal.data[name] for name in kept]
    home.wallet.pay(10)
    home.wallet.pay(60)
    await home.poll()
    assert home.state("sensor.camera_raised").state == "160.0"
    assert home.state("number.camera_target").state == "2000.5"
    device = dr.async_get(home.hass).async_get_device_by_identifier(
        ("qiwi", goal.subentry_id), home.entry.entry_id
    )
    assert device is not None and device.name == "New camera"


async def test_the_currency_stays_once_something_was_counted(home: Home) -> None:
    await home.add()
    goal = await add(home)
    form = await choose(home, goal, "settings")
    assert (await answer(home, form, **CAMERA | {"currency": "usd"}))["type"] is FlowResultType.ABORT
    assert home.state("sensor.camera_raised").attributes["unit_of_measurement"] == "USD"
    home.wallet.pay(1, "USD")
    await home.poll()
    assert home.state("sensor.camera_raised").state == "1.0"
    refused = await answer(home, await choose(home, goal, "settings"), **CAMERA)
    assert refused["errors"] == {"currency": "currency_in_use"}
    assert refused["description_placeholders"] == {"currency": "USD"}


async def test_settings_need_a_loaded_wallet(home: Home) -> None:
    await home.add()
    goal = await add(home)
    await home.unload()
    result = await choose(home, goal, "settings")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "entry_not_loaded")


async def test_a_target_that_can_not_be_written_changes_nothing(home: Home) -> None:
    await home.add()
    goal = await add(home)
    form = await choose(home, goal, "settings")
    with largest_file(10):
        refused = await answer(home, form, **CAMERA | {"target": "5", "name": "Other"})
    assert refused["errors"] == {"base": "storage"}
    assert home.entry.subentries[goal.subentry_id].title == "Camera"
    assert home.state("number.camera_target").state == "1000.0"


async def test_a_new_secret_replaces_the_old_one_and_the_reach_is_chosen(home: Home) -> None:
    coordinator = await home.add()
    goal = await add(home)
    coordinator = home.coordinator
    old = goal.data["overlay_secret"]
    form = await choose(home, goal, "overlay")
    assert form["description_placeholders"]["address"].endswith(f"#{old}")
    assert suggested(form) == {"overlay_reach": "local"}
    result = await answer(home, form, overlay_reach="anywhere", rotate=False)
    assert result["reason"] == "overlay_changed"
    data = home.entry.subentries[goal.subentry_id].data
    assert (data["overlay_secret"], data["overlay_reach"]) == (old, "anywhere")
    result = await answer(home, await choose(home, goal, "overlay"), overlay_reach="local", rotate=True)
    assert result["reason"] == "overlay_rotated"
    data = home.entry.subentries[goal.subentry_id].data
    assert data["overlay_reach"] == "local" and data["overlay_secret"] != old
    assert result["description_placeholders"]["address"].endswith(f"#{data['overlay_secret']}")
    # It holds at once; nothing is reloaded for it.
    assert home.coordinator is coordinator


async def test_removing_a_goal_takes_its_data_along(home: Home) -> None:
    await home.add()
    camera, light = await add(home), await add(home, name="Light")
    home.wallet.pay(100, comment="a stranger's words")
    await home.poll()
    file = home.coordinator.file.path
    home.hass.config_entries.async_remove_subentry(home.entry, camera.subentry_id)
    await home.rest()
    stored = file.read_text()
    assert camera.subentry_id not in stored and light.subentry_id in stored
    assert home.state("sensor.light_raised").state == "100.0"
    assert home.hass.states.get("sensor.camera_raised") is None
    devices = dr.async_entries_for_config_entry(dr.async_get(home.hass), home.entry.entry_id)
    assert {device.name for device in devices} == {"QIWI •••• 0000", "Light"}


async def test_a_disk_that_refuses_does_not_stop_the_setup_and_is_asked_again(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    await home.add()
    goal = await add(home)
    home.wallet.pay(100)
    await home.poll()
    file = home.coordinator.file.path
    with largest_file(10):
        home.hass.config_entries.async_remove_subentry(home.entry, goal.subentry_id)
        await home.rest()
    assert home.entry.state is ConfigEntryState.LOADED and "removed goal" in caplog.text
    assert goal.subentry_id in file.read_text()
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    await home.rest()
    assert goal.subentry_id not in file.read_text()
