"""Numbers that a person may set: the targets of goals."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import QiwiConfigEntry
from .goal_entities import TARGET, GoalTarget, async_add_goals

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the numbers."""
    async_add_goals(entry, async_add_entities, (GoalTarget, TARGET))
