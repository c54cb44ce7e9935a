"""The triggers of goals: once for what happened, for the goals that are named, and over every reload."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest

from tests.home import Home

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


async def test_news_of_a_goal_start_automations_once_and_lowest_first(home: Home, listen: Listen) -> None:
    await home.add()
    await home.add_goal(milestones=["100", "200.50"])
    runs = await listen()
    home.wallet.pay("300.30")
    await home.poll()
    home.wallet.pay(500)
    await home.poll()
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


async def test_only_the_goals_that_the_target_names_start_an_automation(home: Home, listen: Listen) -> None:
    await home.add()
    await home.add_goal()
    light = await home.add_goal(name="Light")
    device = dr.async_get(home.hass).async_get_device_by_identifier(
        ("qiwi", light.subentry_id), home.entry.entry_id
    )
    assert device is not None
    runs = await listen(device_id=device.id)
    home.wallet.pay(1000)
    await home.poll()
    assert [run["name"] for run in runs] == ["Light"]


async def test_a_lowered_target_starts_automations_and_a_reload_changes_nothing_for_them(
    home: Home, listen: Listen
) -> None:
    await home.add()
    await home.add_goal()
    runs = await listen()
    home.wallet.pay(100)
    await home.poll()
    await home.reload()
    await home.hass.services.async_call(
        "number", "set_value", {"entity_id": "number.camera_target", "value": 99.99}, blocking=True
    )
    await home.rest()
    assert [(run["trigger"], run["target"], run["raised"]) for run in runs] == [
        ("qiwi.goal_reached", 99.99, 100.0)
    ]


async def test_a_removed_goal_starts_nothing(home: Home, listen: Listen) -> None:
    await home.add()
    camera = await home.add_goal()
    runs = await listen()
    home.hass.config_entries.async_remove_subentry(home.entry, camera.subentry_id)
    await home.rest()
    home.wallet.pay(1000)
    await home.poll()
    assert runs == []
