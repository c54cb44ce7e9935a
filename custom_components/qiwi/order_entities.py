"""The entities of paid offers, each on the device of its offer."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, override

from homeassistant.components.homeassistant.const import DATA_EXPOSED_ENTITIES
from homeassistant.components.homeassistant.exposed_entities import (
    async_expose_entity,
    async_get_entity_settings,
)
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.components.todo import (
    TodoItem,
    TodoItemStatus,
    TodoListEntity,
    TodoListEntityFeature,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.typing import StateType

from .const import DOMAIN
from .coordinator import QiwiCoordinator
from .entity import SubentryEntity
from .ledger import Order, OrderOutcome, Orders, OrderState
from .offer_settings import offer_settings
from .offers import async_complete, shown_orders
from .order_text import order_description, order_summary

# A list is read by people; `get_orders` tells of all.
MOST_CLOSED_SHOWN: Final = 50
_ASSIST: Final = "conversation"
_OPEN: Final = (OrderState.NEW, OrderState.SENDING, OrderState.FAILED, OrderState.NEEDS_ATTENTION)


@dataclass(frozen=True, kw_only=True)
class OrderSensorDescription(SensorEntityDescription):
    """A sensor on the orders of an offer.

    Attributes:
        value: The number, given the orders and the offer's id.
        is_money: It is in the offer's currency.
        tells_states: Its attributes count the open orders by their states.
    """

    value: Callable[[Orders, str], Decimal | int]
    is_money: bool = False
    tells_states: bool = False


ORDER_SENSORS: Final = (
    OrderSensorDescription(
        key="orders",
        translation_key="orders",
        state_class=SensorStateClass.MEASUREMENT,
        value=lambda orders, offer: sum(order.is_open for order in orders.of(offer)),
        tells_states=True,
    ),
    OrderSensorDescription(
        key="revenue",
        translation_key="revenue",
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        value=lambda orders, offer: orders.revenue.get(offer, Decimal(0)),
        is_money=True,
    ),
)
ORDER_LIST: Final = EntityDescription(key="order_list", translation_key="orders")


class OrderEntity(SubentryEntity):
    """An entity on an offer's device."""

    model = "Paid offer"

    def __init__(
        self, coordinator: QiwiCoordinator, subentry: ConfigSubentry, description: EntityDescription
    ) -> None:
        super().__init__(coordinator, subentry, description)
        self._offer = offer_settings(subentry)
        self._shown: Orders | None = None

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write a state when an order has changed."""
        if self.orders is not self._shown:
            self._show()
            super()._handle_coordinator_update()

    def _show(self) -> None:
        self._shown = self.orders

    @property
    def orders(self) -> Orders:
        """The orders of the whole wallet."""
        return shown_orders(self.coordinator)


class OrderSensor(OrderEntity, SensorEntity):
    """A number of an offer's orders; amounts are in major units of its currency."""

    entity_description: OrderSensorDescription

    @property
    @override
    def native_value(self) -> StateType:
        """Return the number."""
        value = self.entity_description.value(self.orders, self._offer.offer_id)
        return float(value) if isinstance(value, Decimal) else value

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the offer's currency for money."""
        return (
            self._offer.currency if self.entity_description.is_money else super().native_unit_of_measurement
        )

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Count the open orders by their states."""
        if not self.entity_description.tells_states:
            return None
        states = Counter(order.state for order in self.orders.of(self._offer.offer_id) if order.is_open)
        return {state.value: states[state] for state in _OPEN}


class OrderList(OrderEntity, TodoListEntity):
    """The orders of an offer: those that somebody still has to do something for, and those that are done."""

    _attr_supported_features = TodoListEntityFeature.UPDATE_TODO_ITEM

    @override
    async def async_added_to_hass(self) -> None:
        """Show the orders, and keep them from Assist until a person exposes them: they hold strangers' words."""
        await super().async_added_to_hass()
        self._show()
        if DATA_EXPOSED_ENTITIES not in self.hass.data:
            return
        settings = async_get_entity_settings(self.hass, self.entity_id)
        if "should_expose" not in settings.get(_ASSIST, {}):
            async_expose_entity(self.hass, _ASSIST, self.entity_id, should_expose=False)

    @override
    def _show(self) -> None:
        super()._show()
        orders = self.orders
        mine = sorted(
            (order for order in orders.open.values() if order.offer == self._offer.offer_id),
            key=lambda order: order.payment.date,
        )
        closed = [order for order in orders.closed.values() if order.offer == self._offer.offer_id]
        self._attr_todo_items = [
            self._item(order) for order in (*mine, *closed[: -MOST_CLOSED_SHOWN - 1 : -1])
        ]

    def _item(self, order: Order) -> TodoItem:
        return TodoItem(
            uid=order.order_id,
            summary=order_summary(order),
            description=order_description(self.hass, order),
            status=TodoItemStatus.NEEDS_ACTION if order.is_open else TodoItemStatus.COMPLETED,
            completed=order.closed,
        )

    @override
    async def async_update_todo_item(self, item: TodoItem) -> None:
        """End an order that is checked off: it was delivered.

        Raises:
            ServiceValidationError: something else is to be changed, or it can't be ended now.
            HomeAssistantError: it could not be written down.
        """
        order = self.orders.get(item.uid or "")
        if order is None or item.summary != order_summary(order):
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="order_not_editable")
        if order.is_open and item.status == TodoItemStatus.COMPLETED:
            await async_complete(self.coordinator, order.order_id, OrderOutcome.DELIVERED)
        elif not order.is_open and item.status == TodoItemStatus.NEEDS_ACTION:
            raise ServiceValidationError(translation_domain=DOMAIN, translation_key="order_completed")
