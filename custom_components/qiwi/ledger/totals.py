"""The book of sums: successful payments by local day, and the newest payment of each direction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any, ClassVar, Final, override

from ..api import Transaction
from ..payments import Direction, Key, Kind, Payment, PaymentEvent, PaymentStatus
from .book import Book, OutboxItem, Sighting
from .keys import epoch

KEPT: Final = timedelta(days=62)

type TotalKey = tuple[str, Direction, Kind]
type Days = Mapping[date, Mapping[TotalKey, Total]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What a day's successful payments of one currency, direction and kind add up to, in major units.

    `amount` includes the commission of what was sent; `received` is the part that counts as received.
    """

    count: int = 0
    amount: Decimal = Decimal(0)
    received: Decimal = Decimal(0)

    def plus(self, other: Total) -> Total:
        """Return both together."""
        return Total(
            count=self.count + other.count,
            amount=self.amount + other.amount,
            received=self.received + other.received,
        )


def spent(direction: Direction, kind: Kind, total: Total) -> Decimal:
    """Return what of a sum was spent: what was converted is still there, in another currency."""
    return total.amount if direction is Direction.OUT and kind is not Kind.CONVERSION else Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The sums.

    Attributes:
        days: Successful payments by the local day they were paid on, for 62 days.
        last_received: The newest payment received.
        last_sent: The newest payment sent.
    """

    days: Days = field(default_factory=dict)
    last_received: Payment | None = None
    last_sent: Payment | None = None


class TotalsBook(Book[Totals]):
    """Adds payments up.

    Args:
        received: The kinds that count as received, from now on.
        zone: Where the days begin.
    """

    name: ClassVar[str] = "totals"
    items: ClassVar[tuple[type[OutboxItem], ...]] = ()

    def __init__(self, *, received: Iterable[Kind], zone: Callable[[], tzinfo]) -> None:
        self._received = frozenset(received)
        self._zone = zone

    @override
    def empty(self) -> Totals:
        return Totals()

    @override
    def apply(
        self, state: Totals, payment: Payment, sighting: Sighting
    ) -> tuple[Totals, Sequence[OutboxItem]]:
        return self._with_latest(self._counted(state, payment), payment), ()

    @override
    def pruned(self, state: Totals, until: datetime) -> Totals:
        oldest = until.astimezone(self._zone()).date() - KEPT
        if all(day >= oldest for day in state.days):
            return state
        return replace(state, days={day: sums for day, sums in state.days.items() if day >= oldest})

    def merged(self, state: Totals, other: Totals) -> Totals:
        """Return two sums of different payments as one."""
        days = dict(state.days)
        for day, sums in other.days.items():
            known = days.get(day, {})
            days[day] = {**known, **{key: known.get(key, Total()).plus(total) for key, total in sums.items()}}
        state = replace(state, days=days)
        for payment in (other.last_received, other.last_sent):
            if payment is not None:
                state = self._with_latest(state, payment)
        return state

    def shown(self, state: Totals, payments: Iterable[Payment]) -> Totals:
        """Return the sums with the newest payments among some that are not counted."""
        for payment in payments:
            if payment.status is not PaymentStatus.PENDING:
                state = self._with_latest(state, payment)
        return state

    def month_of(self, moment: datetime) -> datetime:
        """Return the beginning of a moment's local month."""
        local = moment.astimezone(self._zone())
        return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def _counted(self, state: Totals, payment: Payment) -> Totals:
        if payment.status is not PaymentStatus.SUCCESS:
            return state
        is_received = payment.direction is Direction.IN and payment.kind in self._received
        total = Total(count=1, amount=payment.moved, received=payment.amount if is_received else Decimal(0))
        day = payment.date.astimezone(self._zone()).date()
        key = (payment.currency, payment.direction, payment.kind)
        sums = state.days.get(day, {})
        known = sums.get(key)
        return replace(state, days={**state.days, day: {**sums, key: known.plus(total) if known else total}})

    @staticmethod
    def _with_latest(state: Totals, payment: Payment) -> Totals:
        if payment.event is PaymentEvent.RECEIVED and _is_newer(payment, state.last_received):
            return replace(state, last_received=payment)
        if payment.event is PaymentEvent.SENT and _is_newer(payment, state.last_sent):
            return replace(state, last_sent=payment)
        return state

    @override
    def to_json(self, state: Totals) -> dict[str, Any]:
        return {
            "days": {
                day.isoformat(): {
                    " ".join(key): [total.count, str(total.amount), str(total.received)]
                    for key, total in sums.items()
                }
                for day, sums in state.days.items()
            },
            "last_received": state.last_received.as_json() if state.last_received else None,
            "last_sent": state.last_sent.as_json() if state.last_sent else None,
        }

    @override
    def from_json(self, stored: Any) -> Totals:
        return Totals(
            days={
                date.fromisoformat(day): {_total_key(key): _total(total) for key, total in sums.items()}
                for day, sums in stored["days"].items()
            },
            last_received=_optional_payment(stored["last_received"]),
            last_sent=_optional_payment(stored["last_sent"]),
        )


class Past:
    """What was paid before the first contact, read page by page for the sums of the month: none of it is news.

    Args:
        book: What counts it.
        before: Rows from this epoch second on belong to the ledger already.
        knows: Whether a row does so though it is older: one that waited at the first contact.
    """

    def __init__(self, book: TotalsBook, before: int, knows: Callable[[Key], bool]) -> None:
        self.totals = book.empty()
        self.waiting: dict[Key, int] = {}
        self._book = book
        self._before = before
        self._knows = knows
        self._keys: set[Key] = set()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found."""
        return not self._keys

    def add(self, rows: Iterable[Transaction], now: datetime) -> None:
        """Take one page; pages may overlap."""
        for row in rows:
            moment = epoch(row.date)
            if moment >= self._before or row.key in self._keys:
                continue
            self._keys.add(row.key)
            if self._knows(row.key):
                continue
            payment = Payment.from_transaction(row)
            if payment.status is PaymentStatus.PENDING:
                self.waiting[row.key] = moment
            else:
                self.totals, _ = self._book.apply(self.totals, payment, Sighting(now=now, silent=True))


def _is_newer(payment: Payment, other: Payment | None) -> bool:
    return other is None or payment.date >= other.date


def _total_key(value: str) -> TotalKey:
    currency, direction, kind = value.split(" ")
    return currency, Direction(direction), Kind(kind)


def _total(value: Sequence[Any]) -> Total:
    count, amount, received = value
    total = Total(count=count, amount=Decimal(amount), received=Decimal(received))
    if type(count) is not int or not (total.amount.is_finite() and total.received.is_finite()):
        raise ValueError("Not a total")
    return total


def _optional_payment(value: Any) -> Payment | None:  # noqa: ANN401  JSON is checked where it is read
    return None if value is None else Payment.from_json(value)
