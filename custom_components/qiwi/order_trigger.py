"""The triggers of paid offers: an order was paid, an order needs attention."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, override

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import Trigger

from .ledger import OrderNeedsAttention, OrderPaid, OutboxItem
from .publication import SIGNAL_ITEM
from .targeted_trigger import TargetedTrigger, Tell, device_of


class OrderTrigger(TargetedTrigger):
    """Runs once for each piece of news of a kind."""

    news: ClassVar[type[OrderPaid | OrderNeedsAttention]]

    # Only an offer's device has a to-do list.
    entity_domains = frozenset({Platform.TODO})
    option_fields: ClassVar[Mapping[Any, Any]] = {}

    @override
    def listen(self, tell: Tell) -> CALLBACK_TYPE:
        """Tell of the orders' news."""

        @callback
        def hear(entry_id: str, item: OutboxItem) -> None:
            if isinstance(item, self.news) and (
                device_id := device_of(self._hass, entry_id, item.order.offer)
            ):
                tell(device_id, {"order": item.record()}, item.kind.replace("_", " "))

        return async_dispatcher_connect(self._hass, SIGNAL_ITEM, hear)


class OrderPaidTrigger(OrderTrigger):
    """An order was paid as it should be."""

    news = OrderPaid


class OrderNeedsAttentionTrigger(OrderTrigger):
    """An order failed or needs a person."""

    news = OrderNeedsAttention


ORDER_TRIGGERS: Final[dict[str, type[Trigger]]] = {
    trigger.news.kind: trigger for trigger in (OrderPaidTrigger, OrderNeedsAttentionTrigger)
}
