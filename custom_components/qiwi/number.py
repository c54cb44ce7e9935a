"""Numbers that a person may set: the targets of goals."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import QiwiConfigEntry
from .entity import async_add_for
from .goal_entities import TARGET, GoalTarget
from .goal_settings import goal_subentries

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers."""
    async_add_for(entry, goal_subentries(entry), async_add_entities, (GoalTarget, TARGET))
