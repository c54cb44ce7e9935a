"""All orders of a wallet: made from payments once each, moved on by the mail's delivery and by persons."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any, ClassVar, Final, Self

from ..payments import Payment
from . import strict
from .book import OutboxItem, Sighting
from .offers import OfferSettings, order_of
from .order_news import OrderNeedsAttention, OrderPaid
from .order_states import Delivered, OrderOutcome, OrderReason, OrderState
from .orders import LONGEST_PAUSE, Order

# How long an order is kept after it was sent or ended, and how many at most: the file is written whole.
CLOSED_KEPT: Final = timedelta(days=400)
MOST_CLOSED: Final = 2000
# No younger one is dropped: its payment may still be read again.
_NEVER_DROPPED: Final = timedelta(days=2)


class OrderError(ValueError):
    """A person asked for something that an order can't do now.

    Attributes:
        problem: `unknown_order`, `order_completed`, `order_sent`, `order_being_sent`, `order_by_hand` or
            `missing_email`.
    """

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The orders by their ids, and what each offer brought; never changed, every step returns the next state.

    Attributes:
        open: Those somebody still has to do something for, the first-paid first.
        closed: Those sent or ended, the first-closed first.
        revenue: By the offer's id, in its currency, over all its life.
    """

    open: Mapping[str, Order] = field(default_factory=dict)
    closed: Mapping[str, Order] = field(default_factory=dict)
    revenue: Mapping[str, Decimal] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Order]:
        """Yield all orders."""
        return chain(self.open.values(), self.closed.values())

    def get(self, order_id: str) -> Order | None:
        """Return an order."""
        return self.open.get(order_id) or self.closed.get(order_id)

    def of(self, offer: str) -> Iterator[Order]:
        """Yield the orders of an offer."""
        return (order for order in self if order.offer == offer)

    # What is to be sent

    def due(self, now: datetime, offers: Collection[str]) -> Order | None:
        """Return the order whose mail is to be sent next, of the offers that have one; None when none is due."""
        waiting = (order for order in self.open.values() if order.offer in offers and order.is_due(now))
        return min(waiting, key=lambda order: order.next_attempt or order.payment.date, default=None)

    def pause(self, now: datetime, offers: Collection[str]) -> timedelta | None:
        """Return how long nothing will be due; None when nothing waits for its time."""
        planned = [
            order.next_attempt
            for order in self.open.values()
            if order.awaits_mail and order.offer in offers and order.next_attempt
        ]
        return min(LONGEST_PAUSE, max(timedelta(), min(planned) - now)) if planned else None

    @property
    def refused_since(self) -> datetime | None:
        """Since when the mail server has taken none of the mails that are tried again."""
        return min(
            (order.since for order in self.open.values() if order.awaits_mail and order.attempts),
            default=None,
        )

    # Steps of the delivery

    def checked(self, now: datetime, doubtful_until: datetime | None = None) -> Step:
        """Leave to a person what may not be sent any more.

        Args:
            now: The host's time.
            doubtful_until: Up to here the ledger came out of a backup: what waited then may have been sent since.
        """
        return self._moved(order.checked(now, doubtful_until) for order in self.open.values())

    def doubted(self) -> Step:
        """Leave to a person whatever waits: a backup was restored, and it may have been sent since that was made."""
        return self._moved(
            order.stopped(OrderReason.RESTORED)
            for order in self.open.values()
            if order.awaits_mail or order.state is OrderState.SENDING
        )

    def hurried(self) -> Self:
        """Plan to try at once what was put off: the mail server may be another one. What may have arrived waits."""
        waiting = (order for order in self.open.values() if order.next_attempt and not order.is_doubtful)
        return self._with([replace(order, next_attempt=None) for order in waiting])

    def recovered(self, now: datetime) -> Step:
        """Take up what a crash or a stop broke off."""
        return self._moved(
            order.recovered(now) for order in self.open.values() if order.state is OrderState.SENDING
        )

    def begun(self, order_id: str, message_id: str, now: datetime) -> Self:
        """Begin an attempt to send an order's mail, if it is still to be sent."""
        order = self.open.get(order_id)
        if order is None or not order.awaits_mail:
            return self
        return self._with([order.begun(message_id, now)])

    def handed_over(self, order_id: str) -> Self:
        """Note that an order's mail is about to leave for the second time: a crash must not take it for not sent."""
        order = self.open.get(order_id)
        return self if order is None else self._with([replace(order, is_handed_over=True)])

    def concluded(self, order_id: str, delivered: Delivered, now: datetime) -> Step:
        """Take note of what came of an attempt. A server that can't be reached is not tried for the others either."""
        order = self.open.get(order_id)
        if order is None or order.state is not OrderState.SENDING:
            return self, ()
        moved = [order.concluded(delivered, now)]
        if delivered is Delivered.UNREACHABLE:
            moved += [other.postponed(now) for other in self.open.values() if other.is_due(now)]
        return self._moved(moved)

    # Steps of persons

    def completed(self, order_id: str, outcome: OrderOutcome, now: datetime) -> Self:
        """End an order.

        Raises:
            OrderError: it is unknown, ended already or being sent this moment.
        """
        return self._with([self._settled(order_id).completed(outcome, now)])

    def released(self, order_id: str, email: str | None, now: datetime) -> Self:
        """Send an order's mail all the same, to another address if one is given.

        Raises:
            OrderError: it is unknown, ended already, being sent this moment or delivered by hand; it has no address;
                or it was sent to the one it has.
        """
        order = self._settled(order_id)
        if order.by_hand:
            raise OrderError("order_by_hand")
        if order.state is OrderState.SENT and email is None:
            raise OrderError("order_sent")
        address = email or order.email
        if address is None:
            raise OrderError("missing_email")
        return self._with([order.released(address, now)])

    def _settled(self, order_id: str) -> Order:
        order = self.get(order_id)
        if order is None:
            raise OrderError("unknown_order")
        if order.state is OrderState.COMPLETED:
            raise OrderError("order_completed")
        if order.state is OrderState.SENDING:
            raise OrderError("order_being_sent")
        return order

    # Putting together

    def plus(self, order: Order) -> Self:
        """Return the orders with a new one."""
        return self._with([order])

    def _moved(self, moved: Iterable[Order]) -> Step:
        changed = [order for order in moved if order != self.open[order.order_id]]
        stopped = tuple(
            OrderNeedsAttention(order=order)
            for order in changed
            if order.state in {OrderState.FAILED, OrderState.NEEDS_ATTENTION}
        )
        return self._with(changed), stopped

    def _with(self, changed: Sequence[Order]) -> Self:
        if not changed:
            return self
        still_open, closed, revenue = dict(self.open), dict(self.closed), dict(self.revenue)
        for order in changed:
            before = self.get(order.order_id)
            brought = order.revenue - (before.revenue if before else Decimal(0))
            revenue[order.offer] = revenue.get(order.offer, Decimal(0)) + brought
            if order.is_open:
                closed.pop(order.order_id, None)
                still_open[order.order_id] = order
            else:
                still_open.pop(order.order_id, None)
                closed.pop(order.order_id, None)
                closed[order.order_id] = order
        return replace(self, open=still_open, closed=closed, revenue=revenue)


type Step = tuple[Orders, Sequence[OutboxItem]]
type OrderStep = Callable[[Orders], Step]


class OrdersBook:
    """Makes orders of payments, each once, by what the seller offers."""

    name: ClassVar[str] = "orders"
    items: ClassVar[tuple[type[OutboxItem], ...]] = (OrderPaid, OrderNeedsAttention)

    def __init__(self, offers: Sequence[OfferSettings] = ()) -> None:
        # Subentries keep no order that can be relied on.
        self.offers: Final = sorted(offers, key=lambda offer: (offer.created, offer.offer_id))

    def empty(self) -> Orders:
        """Return no orders."""
        return Orders()

    def apply(
        self, state: Orders, payment: Payment, sighting: Sighting
    ) -> tuple[Orders, Sequence[OutboxItem]]:
        """Make an order of a payment that buys something, and tell of it; the past of a wallet buys nothing."""
        if sighting.silent or not self.offers or state.get(payment.transaction_id):
            return state, ()
        order = order_of(payment, self.offers, sighting)
        if order is None:
            return state, ()
        item = OrderPaid if order.reason is None else OrderNeedsAttention
        return state.plus(order), (item(order=order),)

    def pruned(self, state: Orders, until: datetime) -> Orders:
        """Forget orders that were closed long ago, and the oldest when there are too many; never an open one."""
        spare = len(state.closed) - MOST_CLOSED
        kept = {
            order_id: order
            for place, (order_id, order) in enumerate(state.closed.items())
            if order.payment.date > until - _NEVER_DROPPED
            or (place >= spare and order.payment.date > until - CLOSED_KEPT)
        }
        return state if len(kept) == len(state.closed) else replace(state, closed=kept)

    def to_json(self, state: Orders) -> Any:  # noqa: ANN401  each book's own
        """Return the stored form."""
        return {
            "orders": [order.to_json() for order in state],
            "revenue": {offer: str(amount) for offer, amount in state.revenue.items()},
        }

    def from_json(self, stored: Any) -> Orders:  # noqa: ANN401  JSON is checked where it is read
        """Read the stored form, strictly.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: it is damaged.
        """
        orders = [Order.from_json(strict.mapping(order)) for order in strict.sequence(stored["orders"])]
        revenue = {
            offer: strict.amount(amount) for offer, amount in strict.mapping(stored["revenue"]).items()
        }
        return Orders(
            open={order.order_id: order for order in orders if order.is_open},
            closed={order.order_id: order for order in orders if not order.is_open},
            revenue=revenue,
        )
