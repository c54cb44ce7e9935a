"""Buttons: a new session of a goal, and a message off the screen."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import QiwiConfigEntry
from .goal_entities import BUTTONS, GoalButton, async_add_goals

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons."""
    async_add_goals(entry, async_add_entities, *((GoalButton, description) for description in BUTTONS))
