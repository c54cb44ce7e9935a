"""The actions of paid offers: end an order, have its mail sent all the same, and report what was sold."""

from typing import Any, Final

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.helpers import config_validation as cv

from .action import Action, moment, refused, subentries_of, wallet_of, wallets_of
from .const import SUBENTRY_OFFER
from .coordinator import QiwiCoordinator
from .ledger import Order, OrderOutcome, OrderState
from .mail import deliverable
from .offers import async_complete, async_release, shown_orders

ATTR_EMAIL: Final = "email"
ATTR_OFFER: Final = "offer"
ATTR_ORDER_ID: Final = "order_id"
ATTR_OUTCOME: Final = "outcome"
ATTR_SINCE: Final = "since"
ATTR_STATE: Final = "state"
ATTR_UNTIL: Final = "until"


def _order_id(value: object) -> str:
    """Read the id of an order; YAML makes a number of it."""
    return str(value).strip()


def _email(value: object) -> str:
    """Read an address that a mail can be sent to.

    Raises:
        ValueError: it is none.
    """
    address = str(value).strip()
    deliverable(address)
    return address


def _states(value: object) -> frozenset[OrderState]:
    """Read one state or several.

    Raises:
        ValueError: one is none.
    """
    return frozenset(OrderState(str(each)) for each in cv.ensure_list(value))


async def _complete_order(call: ServiceCall, options: dict[str, Any]) -> None:
    """End an order."""
    order_id = options[ATTR_ORDER_ID]
    outcome = options.get(ATTR_OUTCOME, OrderOutcome.DELIVERED)
    await async_complete(_wallet_with(call, order_id), order_id, outcome)


async def _retry_order(call: ServiceCall, options: dict[str, Any]) -> None:
    """Have an order's mail sent all the same."""
    order_id = options[ATTR_ORDER_ID]
    await async_release(_wallet_with(call, order_id), order_id, options.get(ATTR_EMAIL))


async def _get_orders(call: ServiceCall, options: dict[str, Any]) -> ServiceResponse:
    """Return the orders that fit, the last paid first."""
    since, until = options.get(ATTR_SINCE), options.get(ATTR_UNTIL)
    if since and until and since > until:
        raise refused("since_after_until", ATTR_SINCE)
    offers = _offers(call, options.get(ATTR_OFFER))
    states = options.get(ATTR_STATE)
    orders = [
        order
        for order in shown_orders(_wallet_of_offers(call))
        if (offers is None or order.offer in offers or order.name in offers)
        and (states is None or order.state in states)
        and (since is None or order.payment.date >= since)
        and (until is None or order.payment.date <= until)
    ]
    return {"orders": [order.record() for order in sorted(orders, key=_paid, reverse=True)]}


def _paid(order: Order) -> Any:  # noqa: ANN401  something to sort by
    return order.payment.date, order.order_id


def _wallet_with(call: ServiceCall, order_id: str) -> QiwiCoordinator:
    """Find the wallet that holds an order.

    Raises:
        ServiceValidationError: none does, or several do.
    """
    found = [each for each in wallets_of(call, SUBENTRY_OFFER) if shown_orders(each).get(order_id)]
    if len(found) != 1:
        raise refused("several_wallets" if found else "unknown_order", ATTR_ORDER_ID)
    return found[0]


def _wallet_of_offers(call: ServiceCall) -> QiwiCoordinator:
    """Find the one wallet that is meant, by its device or by that of one of its offers."""
    found = wallets_of(call, SUBENTRY_OFFER)
    return found[0] if len(found) == 1 else wallet_of(call)


def _offers(call: ServiceCall, name: str | None) -> frozenset[str] | None:
    """Return the names and ids of the offers that are meant, or None for all.

    Raises:
        ServiceValidationError: no offer and no order goes by the name.
    """
    wallet = _wallet_of_offers(call)
    here = [
        subentry for coordinator, subentry in subentries_of(call, SUBENTRY_OFFER) if coordinator is wallet
    ]
    if name is None:
        all_here = wallet.config_entry.subentries.values()
        is_of_wallet = len(here) == sum(each.subentry_type == SUBENTRY_OFFER for each in all_here)
        return None if is_of_wallet else frozenset(each.subentry_id for each in here)
    ids = {each.subentry_id for each in here if name in (each.title, each.subentry_id)}
    if not ids and not any(name in (order.name, order.offer) for order in shown_orders(wallet)):
        raise refused("invalid_offer", ATTR_OFFER)
    return frozenset(ids | {name})


_ORDER_ID: Final = {ATTR_ORDER_ID: _order_id}

ORDER_ACTIONS: Final = (
    Action(
        name="complete_order",
        run=_complete_order,
        fields={**_ORDER_ID, ATTR_OUTCOME: OrderOutcome},
        required=frozenset(_ORDER_ID),
    ),
    Action(
        name="retry_order",
        run=_retry_order,
        fields={**_ORDER_ID, ATTR_EMAIL: _email},
        required=frozenset(_ORDER_ID),
    ),
    Action(
        name="get_orders",
        run=_get_orders,
        fields={ATTR_SINCE: moment, ATTR_UNTIL: moment, ATTR_OFFER: cv.string, ATTR_STATE: _states},
        responds=True,
    ),
)
