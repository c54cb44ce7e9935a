"""The offers of a loaded wallet: their orders as they stand, and what a person may do with one."""

from collections.abc import Callable, Iterable

from homeassistant.config_entries import ConfigSubentry
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .commit import async_commit
from .const import DOMAIN, SUBENTRY_OFFER
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .ledger import OrderError, OrderOutcome, Orders


def offer_subentries(entry: QiwiConfigEntry) -> Iterable[ConfigSubentry]:
    """Return the offers of a wallet, as they were added."""
    return [each for each in entry.subentries.values() if each.subentry_type == SUBENTRY_OFFER]


def shown_orders(coordinator: QiwiCoordinator) -> Orders:
    """Return the orders of a wallet as they stand."""
    orders: Orders = coordinator.journal.ledger.state(coordinator.orders)
    return orders


async def async_complete(coordinator: QiwiCoordinator, order_id: str, outcome: OrderOutcome) -> None:
    """End an order.

    Raises:
        ServiceValidationError: it is unknown, ended already or being sent this moment.
        HomeAssistantError: it could not be written down; nothing has changed.
    """
    now = dt_util.utcnow().replace(microsecond=0)
    await _async_decide(coordinator, lambda orders: orders.completed(order_id, outcome, now))


async def async_release(coordinator: QiwiCoordinator, order_id: str, email: str | None) -> None:
    """Have an order's mail sent all the same, to an address that a person found out if one is given.

    Raises:
        ServiceValidationError: it is not an order whose mail could be sent now; its sentence says why.
        HomeAssistantError: it could not be written down; nothing has changed.
    """
    now = dt_util.utcnow().replace(microsecond=0)
    await _async_decide(coordinator, lambda orders: orders.released(order_id, email, now))


async def _async_decide(coordinator: QiwiCoordinator, decide: Callable[[Orders], Orders]) -> None:
    try:
        await async_commit(coordinator, coordinator.orders, lambda orders: (decide(orders), ()))
    except OrderError as error:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=error.problem) from None
