"""The triggers of goals: once for what happened, for the goals that are named, and over every reload."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from wallet_simulator import Simulator

from .conftest import AddGoal, SetUp
from .story import poll

type Listen = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def listen(hass: HomeAssistant) -> Listen:
    """Return a call that makes automations of both triggers, and gives what their templates see."""
    runs: list[dict[str, Any]] = []

    @callback
    def note(event: Event[Any]) -> None:
        runs.append({**event.data["goal"], "trigger": event.data["trigger"]})

    hass.bus.async_listen("ran", note)

    async def listen(**target: Any) -> list[dict[str, Any]]:
        automation = {
            "alias": "Listener",
            "mode": "queued",
            "triggers": [
                {"trigger": f"qiwi.{each}", "target": target} for each in ("goal_reached", "goal_milestone")
            ],
            "actions": {
                "event": "ran",
                "event_data": {"goal": "{{ trigger.goal }}", "trigger": "{{ trigger.platform }}"},
            },
        }
        assert await async_setup_component(hass, "automation", {"automation": automation})
        return runs

    return listen


async def test_news_of_a_goal_start_automations_once_and_lowest_first(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    add_goal: AddGoal,
    listen: Listen,
) -> None:
    await set_up()
    await add_goal(entry, milestones=["100", "200.50"])
    runs = await listen()
    simulator.wallet.pay("300.30")
    await poll(hass, entry)
    simulator.wallet.pay(500)
    await poll(hass, entry)
    about = {
        "name": "Camera",
        "raised": 300.3,
        "target": 300.3,
        "currency": "RUB",
        "possible_duplicate": False,
    }
    assert runs == [
        {"trigger": "qiwi.goal_milestone", "milestone": 100.0, **about},
        {"trigger": "qiwi.goal_milestone", "milestone": 200.5, **about},
        {"trigger": "qiwi.goal_reached", "milestone": None, **about},
    ]


async def test_only_the_goals_that_the_target_names_start_an_automation(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    add_goal: AddGoal,
    listen: Listen,
) -> None:
    await set_up()
    await add_goal(entry)
    light = await add_goal(entry, name="Light")
    device = dr.async_get(hass).async_get_device_by_identifier(("qiwi", light.subentry_id), entry.entry_id)
    assert device is not None
    runs = await listen(device_id=device.id)
    simulator.wallet.pay(1000)
    await poll(hass, entry)
    assert [run["name"] for run in runs] == ["Light"]


async def test_a_lowered_target_starts_automations_and_a_reload_changes_nothing_for_them(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    add_goal: AddGoal,
    listen: Listen,
) -> None:
    await set_up()
    await add_goal(entry)
    runs = await listen()
    simulator.wallet.pay(100)
    await poll(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await hass.services.async_call(
        "number", "set_value", {"entity_id": "number.camera_target", "value": 99.99}, blocking=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [(run["trigger"], run["target"], run["raised"]) for run in runs] == [
        ("qiwi.goal_reached", 99.99, 100.0)
    ]


async def test_a_removed_goal_starts_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    add_goal: AddGoal,
    listen: Listen,
) -> None:
    await set_up()
    camera = await add_goal(entry)
    runs = await listen()
    hass.config_entries.async_remove_subentry(entry, camera.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    simulator.wallet.pay(1000)
    await poll(hass, entry)
    assert runs == []
