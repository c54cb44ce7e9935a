"""The to-do lists: the orders of each offer."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import QiwiConfigEntry
from .order_entities import ORDER_LIST, OrderList, async_add_offers

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the to-do lists."""
    async_add_offers(entry, async_add_entities, (OrderList, ORDER_LIST))
