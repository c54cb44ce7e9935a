"""The to-do lists: the orders of each offer."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import QiwiConfigEntry
from .entity import async_add_for
from .offers import offer_subentries
from .order_entities import ORDER_LIST, OrderList

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the to-do lists."""
    async_add_for(entry, offer_subentries(entry), async_add_entities, (OrderList, ORDER_LIST))
