"""What is known of the orders: by the action, by the list, and by the triggers."""

from typing import Any

from homeassistant.components.todo import DATA_COMPONENT
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
import pytest

from tests.home import Home

ORDERS = "todo.webinar_orders"


@pytest.fixture
async def told(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return what automations on both triggers are told."""
    told: list[dict[str, Any]] = []

    @callback
    def listen(event: Event[Any]) -> None:
        told.append(event.data)

    hass.bus.async_listen("told", listen)
    automation = {
        "mode": "queued",
        "max": 1000,
        "triggers": [{"trigger": f"qiwi.order_{what}", "id": what} for what in ("paid", "needs_attention")],
        "actions": {
            "event": "told",
            "event_data": {"by": "{{ trigger.id }}", "order": "{{ trigger.order }}"},
        },
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    return told


async def order(home: Home, **filters: Any) -> dict[str, Any]:
    """Return the one order there is."""
    [found] = (await home.act("get_orders", **filters))["orders"]
    return dict(found)


def items(home: Home, entity_id: str = ORDERS) -> list[Any]:
    entity = home.hass.data[DATA_COMPONENT].get_entity(entity_id)
    assert entity is not None
    return entity.todo_items or []
