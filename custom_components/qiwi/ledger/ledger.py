"""Which payments are new: told the time and the wallet's rows, the ledger answers what is news and keeps it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self

from ..api import Transaction, UnreadableRow
from ..payments import Announcement, Key, Payment, PaymentStatus, has_failed, is_final
from . import keys
from .book import Book, OutboxItem, Sighting
from .keys import Dates, epoch
from .totals import Past, TotalsBook

# How long after it was paid a row may first appear and still be news.
ALLOWED_LATENESS: Final = timedelta(hours=24)
LATE: Final = timedelta(hours=1)
# A pending row is given up when it has waited for so long.
_PENDING_KEPT: Final = timedelta(days=90)
# A payment that was reversed is remembered as long; the watermark is a day behind.
_REVERSED_KEPT: Final = _PENDING_KEPT - ALLOWED_LATENESS
# The watermark waits for the newest payment for so long: a clock that runs ahead can't pass real payments unseen.
_IDLE: Final = timedelta(days=30)
# Keys kept from behind the watermark: a row that the wallet dates anew is known all the same.
_SPARE_KEYS: Final = 1000
_MOST_UNREADABLE: Final = 100
# How often a pending row that no window reaches is looked up, by its age.
_LOOK_UP: Final = (
    (timedelta(days=2), timedelta(minutes=1)),
    (timedelta(days=7), timedelta(hours=1)),
)
_LOOK_UP_OLD: Final = timedelta(days=1)

type Books = Sequence[Book[Any]]


class News(StrEnum):
    """What a row of the history means to the ledger.

    KNOWN: nothing new. BEHIND: first seen behind the watermark, and no news for that. PENDING: it waits for its
    outcome. FINAL: its outcome is new. REVERSED: it was a success and failed afterwards.
    """

    KNOWN = "known"
    BEHIND = "behind"
    PENDING = "pending"
    FINAL = "final"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The wallet's payments as far as they are known; never changed, every step returns the next state.

    Moments are whole seconds of the Unix epoch, told by the wallet's clock or the host's, whichever is behind.

    Attributes:
        watermark: From here on every key is kept; a row that first appears behind it is not news.
        since: The first contact: what was paid before it is the baseline, whenever it appears.
        newest: The newest date of any payment known, none in the future.
        outcomes_since: Of older keys it is not known whether they failed: an earlier version did not keep it.
        in_backup: The file was written for a backup; whoever loads it so has restored one, and doubts what is found
            until a window was read.
        stopped: The outbox was left by an orderly stop: nothing in it was told.
        backfill_before: While the first month is unread: the totals lack what was paid before it.
        doubtful_until: Payments up to here may have been announced before a backup was restored.
        seen: Final rows.
        failed: Those among them that failed: money may come after all.
        reversed: Rows that failed after they had succeeded.
        pending: Rows that wait for their outcome.
        unreadable: Rows that could not be read, each told once.
        outbox: What is written down and not yet known to be told, oldest first.
        books: The state of every book by its name.
        currency: The wallet's main one as last seen, an ISO 4217 code.
    """

    watermark: int
    since: int
    newest: int = 0
    outcomes_since: int = 0
    in_backup: bool = False
    stopped: bool = False
    backfill_before: int | None = None
    doubtful_until: int | None = None
    seen: Dates = field(default_factory=dict)
    failed: Dates = field(default_factory=dict)
    reversed: Dates = field(default_factory=dict)
    pending: Dates = field(default_factory=dict)
    unreadable: tuple[UnreadableRow, ...] = ()
    outbox: tuple[OutboxItem, ...] = ()
    books: Mapping[str, Any] = field(default_factory=dict)
    currency: str | None = None

    @classmethod
    def first_contact(cls, rows: Sequence[Transaction], *, now: datetime, books: Books) -> Self:
        """Begin with a wallet that was never read: these rows are its past, and none is news.

        Only the clock bounds what is baseline, no row's date: one in the future would silence what is to come.
        """
        watermark = epoch(now - ALLOWED_LATENESS)
        ledger = cls(
            watermark=watermark,
            since=epoch(now),
            newest=max((epoch(row.date) for row in rows if row.date <= now), default=0),
            backfill_before=watermark,
            pending=keys.added({}, ((row.key, epoch(row.date)) for row in rows if not is_final(row))),
            books={book.name: book.empty() for book in books},
        )
        known = [
            Payment.from_transaction(row) for row in rows if is_final(row) and epoch(row.date) >= watermark
        ]
        return ledger._taken(known, now=now, books=books, silent=True)

    # What a row means

    def news(self, row: Transaction) -> News:
        """Tell what a row means. Ids decide, not dates; the watermark only bounds what can be an id's first sight."""
        if keys.holds(self.seen, row.key):
            return self._outcome(row)
        if keys.holds(self.pending, row.key):
            return News.FINAL if is_final(row) else News.KNOWN
        if epoch(row.date) < self.watermark:
            return News.BEHIND
        return News.FINAL if is_final(row) else News.PENDING

    def _outcome(self, row: Transaction) -> News:
        """Tell what a row with a known outcome means now."""
        if not is_final(row):
            return News.KNOWN
        if keys.holds(self.failed, row.key):
            return News.FINAL if not has_failed(row) else News.KNOWN
        is_judged = epoch(row.date) >= self.outcomes_since
        if has_failed(row) and is_judged and not keys.holds(self.reversed, row.key):
            return News.REVERSED
        return News.KNOWN

    def holds(self, payment: Payment) -> bool:
        """Tell whether a payment's outcome is known; one that failed first and succeeds now is not."""
        return keys.holds(self.seen, payment.key) and not (
            keys.holds(self.failed, payment.key) and payment.status is PaymentStatus.SUCCESS
        )

    def knows(self, key: Key) -> bool:
        """Tell whether a row was seen, whether or not it has its outcome."""
        return keys.holds(self.seen, key) or keys.holds(self.pending, key)

    def newest_known(self, start: datetime, end: datetime) -> Key | None:
        """Return the newest final row between two dates: a complete read of them must hold it."""
        return keys.newest(self.seen, epoch(start), epoch(end))

    # Steps

    def noted(self, rows: Iterable[Transaction], unreadable: Iterable[UnreadableRow] = ()) -> Self:
        """Remember the rows that wait, those that were reversed, and those that cannot be read."""
        waiting, failed = [], []
        for row in rows:
            match self.news(row):
                case News.PENDING:
                    waiting.append((row.key, epoch(row.date)))
                case News.REVERSED:
                    failed.append((row.key, epoch(row.date)))
        told = set(self.unreadable)
        odd = tuple(row for row in dict.fromkeys(unreadable) if row not in told)
        if not (waiting or failed or odd):
            return self
        return replace(
            self,
            pending=keys.added(self.pending, waiting),
            reversed=keys.added(self.reversed, failed),
            unreadable=(*self.unreadable, *odd)[-_MOST_UNREADABLE:],
        )

    def taken(self, payments: Iterable[Payment], *, now: datetime, books: Books) -> Self:
        """Put payments into the outbox, in the order given, together with all that follows from them.

        What is known already is left out, so that whoever finds a payment twice announces it once. What was paid
        before the first contact counts, and nothing is told of it.
        """
        return self._taken(payments, now=now, books=books, silent=False)

    def _taken(self, payments: Iterable[Payment], *, now: datetime, books: Books, silent: bool) -> Self:
        fresh: dict[Key, Payment] = {}
        for payment in payments:
            if not self.holds(payment):
                fresh.setdefault(payment.key, payment)
        if not fresh:
            return self
        states = dict(self.books)
        outbox = list(self.outbox)
        for payment in fresh.values():
            sighting = Sighting(
                now=now,
                silent=silent or self._is_baseline(payment),
                doubtful=self._is_doubtful(payment),
            )
            if not sighting.silent:
                outbox.append(self.announcement(payment, now))
            for book in books:
                states[book.name], items = book.apply(states[book.name], payment, sighting)
                outbox.extend(items)
        dated = [(key, epoch(payment.date)) for key, payment in fresh.items()]
        failed = [key for key, payment in fresh.items() if payment.status is PaymentStatus.FAILED]
        return replace(
            self,
            newest=max(self.newest, min(max(moment for _, moment in dated), epoch(now))),
            seen=keys.added(self.seen, dated),
            failed=keys.added(
                keys.without(self.failed, fresh), ((key, epoch(fresh[key].date)) for key in failed)
            ),
            pending=keys.without(self.pending, fresh),
            unreadable=tuple(row for row in self.unreadable if (row.transaction_id, row.type) not in fresh),
            outbox=tuple(outbox),
            books=states,
        )

    def _is_baseline(self, payment: Payment) -> bool:
        """Tell whether a payment belongs to the time before the first contact; what was pending then does not."""
        return epoch(payment.date) < self.since and not (
            keys.holds(self.pending, payment.key) or keys.holds(self.failed, payment.key)
        )

    def _is_doubtful(self, payment: Payment) -> bool:
        return self.in_backup or (
            self.doubtful_until is not None and epoch(payment.date) <= self.doubtful_until
        )

    def announcement(self, payment: Payment, now: datetime) -> Announcement:
        """Return what is to be announced of a payment at a moment."""
        return Announcement(
            payment=payment,
            late=now - payment.date > LATE,
            possible_duplicate=self._is_doubtful(payment),
        )

    def published(self, count: int) -> Self:
        """Remove the first `count` items of the outbox after they were told."""
        return replace(self, outbox=self.outbox[count:])

    def restarted(self) -> Self:
        """Flag what is left in the outbox: it may have been told, unless an orderly stop left it just now."""
        if self.stopped and not self.in_backup:
            return replace(self, stopped=False)
        return replace(self, stopped=False, outbox=tuple(item.again() for item in self.outbox))

    def doubted(self, until: datetime) -> Self:
        """Doubt everything paid up to a date: the ledger came out of a backup and forgot what it announced since."""
        return replace(self, doubtful_until=epoch(until))

    def trusted(self) -> Self:
        """Doubt no more of what is found from now on: what the backup had forgotten was found."""
        return replace(self, in_backup=False) if self.in_backup else self

    def advanced(self, until: datetime, *, books: Books) -> Self:
        """Move the watermark: all that was paid up to `until` has been read, and what appears late was waited for.

        It never moves back, nor far past the newest payment known: clocks that run ahead must not make real
        payments look old.
        """
        limit = max(self.newest, epoch(until - _IDLE))
        watermark = max(self.watermark, min(epoch(until), limit))
        return replace(
            self,
            watermark=watermark,
            seen=keys.since(self.seen, watermark, spare=_SPARE_KEYS),
            failed=keys.since(self.failed, watermark, spare=_SPARE_KEYS),
            reversed=keys.since(self.reversed, epoch(until - _REVERSED_KEPT)),
            books={book.name: book.pruned(self.books[book.name], until) for book in books},
        )

    def outwaited(self, now: datetime) -> list[tuple[Key, datetime]]:
        """Return the pending rows that have waited for 90 days and that no window reaches, with their dates."""
        limit = min(epoch(now - _PENDING_KEPT), self.watermark)
        return [
            (key, datetime.fromtimestamp(paid, UTC)) for key, paid in keys.items(self.pending) if paid < limit
        ]

    def given_up(self, rows: Iterable[Key]) -> Self:
        """Forget pending rows: whatever becomes of them is no news."""
        return replace(self, pending=keys.without(self.pending, rows))

    def overdue(self, now: datetime) -> list[tuple[datetime, timedelta]]:
        """Return the dates of the pending rows that no window reaches, and how often to look each up."""
        moment = epoch(now)
        found = []
        for _, paid in keys.items(self.pending):
            age = timedelta(seconds=moment - paid)
            if age > ALLOWED_LATENESS:
                every = next((every for limit, every in _LOOK_UP if age < limit), _LOOK_UP_OLD)
                found.append((datetime.fromtimestamp(paid, UTC), every))
        return found

    def with_past(self, past: Past, totals: TotalsBook) -> Self:
        """Count what was paid before the first contact; what still waits among it may become news."""
        return replace(
            self,
            backfill_before=None,
            pending=keys.added(self.pending, past.waiting.items()),
        ).with_state(totals, totals.merged(self.state(totals), past.totals))

    # The books

    def state[State](self, book: Book[State]) -> State:
        """Return a book's state."""
        state: State = self.books[book.name]
        return state

    def with_state[State](self, book: Book[State], state: State, *items: OutboxItem) -> Self:
        """Return the ledger with a book's next state, and what is to be told of it."""
        if state is self.books.get(book.name) and not items:
            return self
        return replace(self, books={**self.books, book.name: state}, outbox=(*self.outbox, *items))
