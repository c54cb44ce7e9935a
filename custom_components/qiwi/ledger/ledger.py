"""Which payments are new: told the time and the wallet's rows, it answers what to announce and what to persist."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from enum import StrEnum
import json
from typing import Any, Final, Self

from ..api import Status, Transaction
from ..payments import Announcement, Direction, Key, Kind, Payment, PaymentEvent, PaymentStatus

SCHEMA: Final = 1
# A row may appear behind newer ones by up to a day; behind that it is never news.
WINDOW: Final = timedelta(hours=24)
LATE: Final = timedelta(hours=1)
BATCH: Final = 50
TOTALS_KEPT: Final = timedelta(days=62)
PENDING_KEPT: Final = timedelta(days=90)
# How often a pending row older than the window is asked for, by its age.
_LOOK_UP: Final = (
    (timedelta(days=2), timedelta(minutes=1)),
    (timedelta(days=7), timedelta(hours=1)),
    (PENDING_KEPT, timedelta(days=1)),
)

type Dates = Mapping[str, Mapping[str, int]]


# From each older version of the stored form to the next; version 1 is the first.
type Migration = Callable[[Mapping[str, Any]], Mapping[str, Any]]
MIGRATIONS: Final[Mapping[int, Migration]] = {}


class LedgerError(ValueError):
    """A stored ledger cannot be read: it is damaged, or a newer version wrote it."""


class News(StrEnum):
    """What a row of the history means to the ledger."""

    KNOWN = "known"
    BEHIND = "behind"
    PENDING = "pending"
    BASELINE = "baseline"
    ANNOUNCE = "announce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """How payments are counted in the totals.

    Attributes:
        zone: Where the days begin.
        received: The kinds that count as received, from now on.
    """

    zone: tzinfo
    received: frozenset[Kind]

    def day(self, moment: datetime) -> date:
        """Return the local day of a moment."""
        return moment.astimezone(self.zone).date()


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


type TotalKey = tuple[str, Direction, Kind]
type Totals = Mapping[date, Mapping[TotalKey, Total]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The wallet's payments as far as they are known; never changed, every step returns the next state.

    Moments are whole seconds of the Unix epoch by the wallet's own clock.

    Attributes:
        floor: From here on every key is kept; a row that first appears behind it is not news.
        newest: The newest date of any row seen.
        in_backup: The file was written for a backup; whoever loads it so has restored one.
        stopped: The outbox was left by an orderly stop: nothing in it is out.
        baseline_before: While the first read is incomplete: unseen rows before it are known silently.
        history_before: While the first month is unread: the totals lack what was paid before it.
        doubtful_until: Payments up to here may have been announced before a backup was restored.
        seen: Dates of final rows since the floor, by type and id.
        pending: Dates of rows that wait for their outcome, by type and id.
        outbox: Announcements written down and not yet known to be out, oldest first.
        totals: Successful payments by local day, for 62 days.
        last_received: The newest payment received.
        last_sent: The newest payment sent.
        currency: The wallet's main one as last seen, an ISO 4217 code.
    """

    floor: int
    newest: int
    in_backup: bool = False
    stopped: bool = False
    baseline_before: int | None = None
    history_before: int | None = None
    doubtful_until: int | None = None
    seen: Dates = field(default_factory=dict)
    pending: Dates = field(default_factory=dict)
    outbox: tuple[Announcement, ...] = ()
    totals: Totals = field(default_factory=dict)
    last_received: Payment | None = None
    last_sent: Payment | None = None
    currency: str | None = None

    @classmethod
    def first_contact(cls, rows: Sequence[Transaction], *, now: datetime | None, counting: Counting) -> Self:
        """Begin with the newest rows of a wallet that was never read: they are known, and nothing is news yet.

        `now` is the wallet's clock; without one everything to come is news.
        """
        newest = max((_epoch(row.date) for row in rows), default=0)
        floor = _epoch(now - WINDOW) if now else newest
        ledger = cls(floor=floor, newest=newest, baseline_before=newest, history_before=floor)
        known = [row for row in rows if _epoch(row.date) >= floor]
        return (
            ledger.noted(known)
            .with_silent(
                [Payment.from_transaction(row) for row in known if _is_final(row)], counting=counting
            )
            .with_latest(Payment.from_transaction(row) for row in rows if _is_final(row))
        )

    # What a row means

    def news(self, row: Transaction) -> News:
        """Tell what a row means. Ids decide, not dates; the floor only bounds what can be an id's first sight."""
        if self.holds(row.key):
            return News.KNOWN
        was_pending = row.transaction_id in self.pending.get(row.type, {})
        if not _is_final(row):
            if was_pending:
                return News.KNOWN
            return News.PENDING if _epoch(row.date) >= self.floor else News.BEHIND
        if was_pending:
            return News.ANNOUNCE
        moment = _epoch(row.date)
        if moment < self.floor:
            return News.BEHIND
        if self.baseline_before is not None and moment < self.baseline_before:
            return News.BASELINE
        return News.ANNOUNCE

    def holds(self, key: Key) -> bool:
        """Tell whether a payment is final and known."""
        transaction_id, row_type = key
        return transaction_id in self.seen.get(row_type, {})

    # Steps

    def noted(self, rows: Iterable[Transaction]) -> Self:
        """Remember the newest date and the rows that wait for their outcome."""
        rows = tuple(rows)
        waiting = [row for row in rows if self.news(row) is News.PENDING]
        newest = max((_epoch(row.date) for row in rows), default=0)
        if not waiting and newest <= self.newest:
            return self
        return replace(
            self,
            newest=max(newest, self.newest),
            pending=_added(self.pending, ((row.key, _epoch(row.date)) for row in waiting)),
        )

    def with_silent(self, payments: Sequence[Payment], *, counting: Counting) -> Self:
        """Take payments as known without announcing them: they count in the totals."""
        payments = [payment for payment in payments if not self.holds(payment.key)]
        if not payments:
            return self
        keys = [payment.key for payment in payments]
        return replace(
            self,
            seen=_added(self.seen, ((payment.key, _epoch(payment.date)) for payment in payments)),
            pending=_without(self.pending, keys),
            totals=_counted(self.totals, payments, counting),
        ).with_latest(payments)

    def staged(self, payments: Sequence[Payment], *, now: datetime, counting: Counting) -> Self:
        """Put payments into the outbox, oldest first, together with all that follows from them.

        Payments already known are left out, so that whoever finds one twice announces it once.
        """
        fresh = [payment for payment in payments if not self.holds(payment.key)]
        return replace(
            self.with_silent(fresh, counting=counting),
            outbox=(*self.outbox, *(self.announcement(payment, now) for payment in fresh)),
        )

    def announcement(self, payment: Payment, now: datetime) -> Announcement:
        """Return what is to be announced of a payment at a moment."""
        return Announcement(
            payment=payment,
            late=now - payment.date > LATE,
            possible_duplicate=self.doubtful_until is not None
            and _epoch(payment.date) <= self.doubtful_until,
        )

    def published(self, count: int) -> Self:
        """Take the first announcements out of the outbox: they are out."""
        return replace(self, outbox=self.outbox[count:])

    def restarted(self) -> Self:
        """Flag what a crash left in the outbox: it may be out already. What an orderly stop left is not."""
        if self.stopped:
            return replace(self, stopped=False)
        return replace(self, outbox=tuple(announcement.again() for announcement in self.outbox))

    def restored(self, now: datetime) -> Self:
        """Doubt everything paid up to now: the ledger came out of a backup and forgot what it announced since."""
        return replace(self, doubtful_until=_epoch(now), in_backup=False)

    def reconciled(self, until: datetime, *, counting: Counting) -> Self:
        """Move the floor behind a complete read that began at `until`, and forget what lies behind it.

        The floor never passes the newest row seen: a wallet clock that runs ahead by mistake must not
        make real payments look old.
        """
        floor = max(self.floor, min(_epoch(until - WINDOW), self.newest))
        oldest_day = counting.day(until) - TOTALS_KEPT
        return replace(
            self,
            floor=floor,
            baseline_before=None,
            seen=_since(self.seen, floor),
            pending=_since(self.pending, _epoch(until - PENDING_KEPT)),
            totals={day: totals for day, totals in self.totals.items() if day >= oldest_day},
        )

    def overdue(self, now: datetime) -> list[tuple[Key, datetime, timedelta]]:
        """Return the pending rows that no read of the window finds: key, date and how often to ask for each."""
        moment = _epoch(now)
        found = []
        for key, paid in _items(self.pending):
            age = timedelta(seconds=moment - paid)
            if age > WINDOW:
                every = next((every for limit, every in _LOOK_UP if age < limit), timedelta(days=1))
                found.append((key, datetime.fromtimestamp(paid, UTC), every))
        return found

    def forgotten_pending(self, until: datetime) -> list[Key]:
        """Return the pending rows that `reconciled` drops because they waited for too long."""
        limit = _epoch(until - PENDING_KEPT)
        return [key for key, moment in _items(self.pending) if moment < limit]

    def with_history(self, history: History) -> Self:
        """Count what was paid before the first contact; what still waits among it may become news."""
        return replace(
            self,
            history_before=None,
            pending=_added(self.pending, history.waiting.items()),
            totals=_merged(self.totals, history.totals),
        ).with_latest(payment for payment in (history.last_received, history.last_sent) if payment)

    def with_latest(self, payments: Iterable[Payment]) -> Self:
        """Keep the newest payment received and the newest sent."""
        received, sent = _latest(payments, self.last_received, self.last_sent)
        if received is self.last_received and sent is self.last_sent:
            return self
        return replace(self, last_received=received, last_sent=sent)

    # The stored form

    def as_json(self) -> dict[str, Any]:
        """Return the stored form; it shares the maps with the ledger, which never change."""
        return {
            "version": SCHEMA,
            "floor": self.floor,
            "newest": self.newest,
            "in_backup": self.in_backup,
            "stopped": self.stopped,
            "baseline_before": self.baseline_before,
            "history_before": self.history_before,
            "doubtful_until": self.doubtful_until,
            "seen": self.seen,
            "pending": self.pending,
            "outbox": [
                {
                    "payment": announcement.payment.as_json(),
                    "late": announcement.late,
                    "possible_duplicate": announcement.possible_duplicate,
                }
                for announcement in self.outbox
            ],
            "totals": {
                day.isoformat(): {
                    " ".join(key): [total.count, str(total.amount), str(total.received)]
                    for key, total in totals.items()
                }
                for day, totals in self.totals.items()
            },
            "last_received": self.last_received.as_json() if self.last_received else None,
            "last_sent": self.last_sent.as_json() if self.last_sent else None,
            "currency": self.currency,
        }

    @classmethod
    def from_json(cls, stored: object, *, migrations: Mapping[int, Migration] = MIGRATIONS) -> Self:
        """Read the stored form, strictly: a ledger that was read wrong would lose or double payments.

        Raises:
            LedgerError: it is damaged, or a newer version of the integration wrote it.
        """
        try:
            document = _mapping(stored)
            while (version := _whole(document["version"])) in migrations:
                document = migrations[version](document)
        except (KeyError, TypeError) as error:
            raise _damaged(error) from None
        if version != SCHEMA:
            raise LedgerError(f"The ledger has the unknown version {version}")
        try:
            return cls(
                floor=_whole(document["floor"]),
                newest=_whole(document["newest"]),
                in_backup=_flag(document["in_backup"]),
                stopped=_flag(document["stopped"]),
                baseline_before=_optional_whole(document["baseline_before"]),
                history_before=_optional_whole(document["history_before"]),
                doubtful_until=_optional_whole(document["doubtful_until"]),
                seen=_dates(document["seen"]),
                pending=_dates(document["pending"]),
                outbox=tuple(
                    Announcement(
                        payment=Payment.from_json(item["payment"]),
                        late=_flag(item["late"]),
                        possible_duplicate=_flag(item["possible_duplicate"]),
                    )
                    for item in document["outbox"]
                ),
                totals={
                    date.fromisoformat(day): {
                        _total_key(key): _total(total) for key, total in _mapping(totals).items()
                    }
                    for day, totals in _mapping(document["totals"]).items()
                },
                last_received=_optional_payment(document["last_received"]),
                last_sent=_optional_payment(document["last_sent"]),
                currency=_optional_text(document["currency"]),
            )
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise _damaged(error) from None


class Reading:
    """One complete read of a window of the history; it holds what it finds until the window is whole.

    The wallet tells the newest rows first, so a part of a window must not be announced: older payments
    would come after newer ones, or never. Whatever range is left over from a failure is read again
    from where it broke off.
    """

    def __init__(self, start: datetime, end: datetime, *, begun: datetime) -> None:
        self.end = end
        self.begun = begun
        self.pages = 0
        self.oldest = end
        self._unread = [(start, end)]
        self._held: dict[Key, _Held] = {}
        # Dates tell the order of seconds; within one the wallet's lists do.
        self._seconds: dict[int, list[Key]] = {}
        self._order: list[Key] = []

    @property
    def held(self) -> int:
        """Return the number of payments held."""
        return len(self._held)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is left to read."""
        return not self._unread

    @property
    def is_over(self) -> bool:
        """Tell whether nothing is left to read or to announce."""
        return self.is_whole and not self.held

    def covers(self, row: Transaction) -> bool:
        """Tell whether a row belongs to the window, so that it leaves with it in paid order."""
        return row.date <= self.end

    def awaits(self, row: Transaction) -> bool:
        """Tell whether a row is held or still to be read."""
        return row.key in self._held or any(start <= row.date <= end for start, end in self._unread)

    def extend(self, end: datetime) -> None:
        """Add what was missed since the window was begun."""
        if end > self.end:
            self._unread.append((self.end, end))
            self.end = end

    def next_range(self) -> tuple[datetime, datetime]:
        """Return what is to be read next."""
        return self._unread[0]

    def read(self, rows: Sequence[Transaction], ledger: Ledger) -> None:
        """Take one page of the range that `next_range` told, newest first."""
        self.pages += 1
        self._hold(rows, ledger, are_newest=False)
        if rows:
            start, end = self._unread[0]
            self.oldest = min(row.date for row in rows)
            # The rest of that second may stand on the next page.
            self._unread[0] = (start, max(start, min(end, self.oldest + timedelta(seconds=1))))

    def range_done(self) -> None:
        """Note that the range was read to its end."""
        del self._unread[0]

    def hold(self, rows: Sequence[Transaction], ledger: Ledger) -> None:
        """Take the newest rows, newest first, as far as the window covers them."""
        self._hold([row for row in rows if self.covers(row)], ledger, are_newest=True)

    def _hold(self, rows: Sequence[Transaction], ledger: Ledger, *, are_newest: bool) -> None:
        """Keep the rows that are new, as compactly as they are stored, each at its place within its second.

        The rows of a page that are held already tell the places of the others. Without them the newest page
        comes after all that is held of a second, and a window's next page before it.
        """
        places = {}
        for row in rows:
            if row.key in self._held:
                moment = _epoch(row.date)
                places[moment] = self._seconds[moment].index(row.key)
        for row in reversed(rows):
            moment = _epoch(row.date)
            if row.key in self._held:
                places[moment] = self._seconds[moment].index(row.key) + 1
            elif (news := ledger.news(row)) in (News.ANNOUNCE, News.BASELINE):
                second = self._seconds.setdefault(moment, [])
                place = places.get(moment, len(second) if are_newest else 0)
                second.insert(place, row.key)
                places[moment] = place + 1
                stored = json.dumps(Payment.from_transaction(row).as_json(), ensure_ascii=False).encode()
                self._held[row.key] = _Held(stored, silent=news is News.BASELINE)

    def oldest_held(self, count: int = BATCH) -> tuple[list[Payment], list[Payment]]:
        """Return up to `count` of the oldest payments held: those to announce and those known silently."""
        if len(self._order) != len(self._held):
            self._order = [key for _, second in sorted(self._seconds.items()) for key in second]
        batch = [self._held[key] for key in self._order[:count]]
        news = [Payment.from_json(json.loads(held.stored)) for held in batch if not held.silent]
        silent = [Payment.from_json(json.loads(held.stored)) for held in batch if held.silent]
        return news, silent

    def release(self, payments: Iterable[Payment]) -> None:
        """Drop payments: they are on disk now."""
        for payment in payments:
            del self._held[payment.key]
            # They stand at the front or near it.
            self._order.remove(payment.key)
            self._seconds[_epoch(payment.date)].remove(payment.key)


def holds_news(ledger: Ledger, reading: Reading | None, rows: Iterable[Transaction]) -> bool:
    """Tell whether a page holds a key that neither the ledger nor the window under way knows about."""
    return any(
        not (reading and reading.awaits(row)) and ledger.news(row) not in (News.KNOWN, News.BEHIND)
        for row in rows
    )


def sort_out(
    ledger: Ledger, reading: Reading | None, rows: Sequence[Transaction]
) -> tuple[Ledger, list[Payment]]:
    """Take rows, newest first: hold what the window under way covers, return the rest of the news in paid order."""
    if reading:
        reading.hold(rows, ledger)
    news = {}
    for row in rows:
        if reading and reading.covers(row):
            continue
        if ledger.news(row) is News.ANNOUNCE:
            news[row.key] = row
    # The earlier of one second stands later on a page: sorting keeps the order of equals.
    oldest_last = list(news.values())
    oldest_last.reverse()
    paid_order = sorted(oldest_last, key=lambda row: row.date)
    return ledger.noted(rows), [Payment.from_transaction(row) for row in paid_order]


class History:
    """What the wallet's past before the first contact adds up to, page by page."""

    def __init__(self, before: int, counting: Counting) -> None:
        self.totals: Totals = {}
        self.waiting: dict[Key, int] = {}
        self.last_received: Payment | None = None
        self.last_sent: Payment | None = None
        self._before = before
        self._counting = counting
        self._keys: set[Key] = set()

    def add(self, rows: Iterable[Transaction]) -> None:
        """Count one page; pages may overlap."""
        final = []
        for row in rows:
            if _epoch(row.date) >= self._before or row.key in self._keys:
                continue
            self._keys.add(row.key)
            if _is_final(row):
                final.append(Payment.from_transaction(row))
            else:
                self.waiting[row.key] = _epoch(row.date)
        self.totals = _counted(self.totals, final, self._counting)
        self.last_received, self.last_sent = _latest(final, self.last_received, self.last_sent)


@dataclass(frozen=True, slots=True)
class _Held:
    """A payment that waits for its window."""

    stored: bytes
    silent: bool = field(kw_only=True)


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _is_final(row: Transaction) -> bool:
    """Tell whether a row has its outcome; one that names no sum yet cannot be announced."""
    return row.status is not Status.WAITING and (row.sum is not None or row.total is not None)


def _items(dates: Dates) -> Iterator[tuple[Key, int]]:
    for row_type, moments in dates.items():
        for transaction_id, moment in moments.items():
            yield (transaction_id, row_type), moment


def _added(dates: Dates, items: Iterable[tuple[Key, int]]) -> Dates:
    added: dict[str, dict[str, int]] = {}
    for (transaction_id, row_type), moment in items:
        added.setdefault(row_type, {})[transaction_id] = moment
    return {
        **dates,
        **{row_type: {**dates.get(row_type, {}), **moments} for row_type, moments in added.items()},
    }


def _without(dates: Dates, keys: Iterable[Key]) -> Dates:
    found = [
        (transaction_id, row_type)
        for transaction_id, row_type in keys
        if transaction_id in dates.get(row_type, {})
    ]
    if not found:
        return dates
    left = {row_type: dict(moments) for row_type, moments in dates.items()}
    for transaction_id, row_type in found:
        del left[row_type][transaction_id]
    return left


def _since(dates: Dates, limit: int) -> Dates:
    return {
        row_type: {transaction_id: moment for transaction_id, moment in moments.items() if moment >= limit}
        for row_type, moments in dates.items()
    }


def _is_newer(payment: Payment, other: Payment | None) -> bool:
    return other is None or payment.date >= other.date


def _latest(
    payments: Iterable[Payment], received: Payment | None, sent: Payment | None
) -> tuple[Payment | None, Payment | None]:
    """Return the newest payment received and the newest sent."""
    for payment in payments:
        if payment.event is PaymentEvent.RECEIVED and _is_newer(payment, received):
            received = payment
        elif payment.event is PaymentEvent.SENT and _is_newer(payment, sent):
            sent = payment
    return received, sent


def _counted(totals: Totals, payments: Iterable[Payment], counting: Counting) -> Totals:
    """Return the totals with payments added to the local days they were paid on."""
    added: dict[date, dict[TotalKey, Total]] = {}
    for payment in payments:
        if payment.status is not PaymentStatus.SUCCESS:
            continue
        day = added.setdefault(counting.day(payment.date), {})
        key = (payment.currency, payment.direction, payment.kind)
        counts = payment.direction is Direction.IN and payment.kind in counting.received
        day[key] = day.get(key, Total()).plus(
            Total(count=1, amount=payment.moved, received=payment.amount if counts else Decimal(0))
        )
    return _merged(totals, added)


def _merged(totals: Totals, added: Totals) -> Totals:
    merged = dict(totals)
    for day, sums in added.items():
        known = merged.get(day, {})
        merged[day] = {**known, **{key: known.get(key, Total()).plus(total) for key, total in sums.items()}}
    return merged


def _damaged(error: Exception) -> LedgerError:
    # Without the cause's text: it may quote a payment.
    return LedgerError(f"The ledger is damaged ({type(error).__name__})")


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("Not an object")
    return value


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError("Not a whole number")
    return value


def _optional_whole(value: object) -> int | None:
    return None if value is None else _whole(value)


def _optional_text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("Not a text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("Not a flag")
    return value


def _dates(value: object) -> Dates:
    return {
        row_type: {transaction_id: _whole(moment) for transaction_id, moment in _mapping(moments).items()}
        for row_type, moments in _mapping(value).items()
    }


def _total_key(value: str) -> TotalKey:
    currency, direction, kind = value.split(" ")
    return currency, Direction(direction), Kind(kind)


def _total(value: Sequence[Any]) -> Total:
    count, amount, received = value
    total = Total(count=_whole(count), amount=Decimal(amount), received=Decimal(received))
    if not (total.amount.is_finite() and total.received.is_finite()):
        raise InvalidOperation
    return total


def _optional_payment(value: Any) -> Payment | None:  # noqa: ANN401  JSON is checked where it is read
    return None if value is None else Payment.from_json(_mapping(value))
