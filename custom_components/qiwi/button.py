"""Buttons: a new session of a goal, and a message off the screen."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import QiwiConfigEntry
from .entity import async_add_for
from .goal_entities import BUTTONS, GoalButton
from .goal_settings import goal_subentries

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the buttons."""
    async_add_for(
        entry,
        goal_subentries(entry),
        async_add_entities,
        *((GoalButton, description) for description in BUTTONS),
    )
