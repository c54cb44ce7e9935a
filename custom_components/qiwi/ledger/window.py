"""One complete read of a part of the history: it holds what it finds until all of it was read."""

from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
import json
from operator import neg
from typing import Final

from ..api import LONGEST_RANGE, Cursor, PaymentsPage, Transaction
from ..payments import Key, Payment
from .keys import epoch
from .ledger import Ledger, News

BATCH: Final = 50
_SECOND: Final = timedelta(seconds=1)
# Both ends of a range are rounded to whole seconds on the way.
_LONGEST: Final = LONGEST_RANGE - 2 * _SECOND
# A cursor that led to so many failures, one after the other, is not followed any more. With fewer a long window
# would never come to its end while every third request fails.
_MOST_FAILURES: Final = 10


@dataclass(frozen=True, slots=True)
class Range:
    """A part of the window that the wallet can be asked for at once, both ends included.

    Attributes:
        doubt_empty: No row is known to lie in it, so an answer without rows may be wrong.
    """

    start: datetime
    end: datetime
    doubt_empty: bool


class _Reading:
    """How far a range has been read.

    Attributes:
        cursor: Where the reading goes on. A date would not do: rows can stand out of the order of their dates,
            and what lies between would be left out.
        unread_until: No row after it is still to be read, as far as the dates of those that were read tell.
        failures: How many there were where the reading goes on.
        has_rows: Whether a row was found.
    """

    def __init__(self, of: Range) -> None:
        self.of = of
        self.cursor: Cursor | None = None
        self.unread_until = of.end
        self.failures = 0
        self.has_rows = False


class Window:
    """The history from the watermark to the moment the reading began, and what was found in it.

    The wallet tells the newest rows first, so a part of a window must not be announced: older payments would
    come after newer ones, or never. After a failure the reading goes on with the page that failed.

    A window is whole when it was read to its end, holds every row that is known to lie in it, each page went on
    where the one before ended, and none of several ranges is empty. An answer that leaves out what the wallet
    told before was wrong, and may have left out more.

    Args:
        start: The watermark.
        end: No row after it belongs to the window.
        begun: When the reading began, by the clock that the watermark follows.
        expected: Rows known to lie between start and end.

    Attributes:
        pages: How many were read.
        oldest: The date it has been read back to.
        is_torn: Whether a page did not go on where the one before ended.
        empty: The ranges, of several, in which nothing was found.
    """

    def __init__(
        self, start: datetime, end: datetime, *, begun: datetime, expected: Iterable[Key] = ()
    ) -> None:
        self.end = end
        self.begun = begun
        self.pages = 0
        self.oldest = end
        self.is_torn = False
        self.empty: list[Range] = []
        # What every reading must hold, and what the one under way has not held yet.
        self._known = set(expected)
        self._expected = set(expected)
        self._ranges = _ranges(start, end)
        self._unread = [_Reading(each) for each in self._ranges]
        self._held: dict[Key, bytes] = {}
        # Dates tell the order of seconds; within one the wallet's lists do.
        self._seconds: dict[int, list[Key]] = {}
        # The seconds, newest first, once something is released.
        self._order: list[int] | None = None

    @property
    def held(self) -> int:
        """The number of payments held."""
        return len(self._held)

    @property
    def is_read(self) -> bool:
        """Whether nothing is left to read."""
        return not self._unread

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to read or to announce."""
        return self.is_read and not self.held

    @property
    def missing(self) -> frozenset[Key]:
        """The rows that are known to lie in the window and were not found in it."""
        return frozenset(self._expected)

    def covers(self, row: Transaction) -> bool:
        """Tell whether a row belongs to the window, so that it leaves with it in paid order."""
        return row.date <= self.end

    def awaits(self, row: Transaction) -> bool:
        """Tell whether a row is held or still to be read."""
        return row.key in self._held or self._is_unread(row)

    def expect_newest(self, rows: Iterable[Transaction]) -> None:
        """Ask the part of the window that is still unread for the newest of the rows that lie in it."""
        unread = [row for row in rows if self._is_unread(row)]
        if unread:
            newest = max(unread, key=lambda row: row.date).key
            self._known.add(newest)
            self._expected.add(newest)

    def _is_unread(self, row: Transaction) -> bool:
        return any(each.of.start <= row.date <= each.unread_until for each in self._unread)

    def extend(self, end: datetime) -> None:
        """Add what was missed since the window was begun."""
        if end > self.end:
            # The wallet's dates are whole seconds, and more may have been paid in the last one since it was read.
            ranges = _ranges(self.end.replace(microsecond=0), end)
            self._ranges += ranges
            self._unread += [_Reading(each) for each in ranges]
            self.end = end

    def next_range(self) -> tuple[datetime, datetime, Cursor | None]:
        """Return what is to be read next: a range, and where in it."""
        reading = self._unread[0]
        return reading.of.start, reading.of.end, reading.cursor

    def read(self, page: PaymentsPage, ledger: Ledger) -> None:
        """Take one page of the range that `next_range` told."""
        rows = page.rows
        self.pages += 1
        self.is_torn |= page.is_torn
        self._hold(rows, ledger, are_newest=False)
        self._expected -= {row.key for row in rows}
        reading = self._unread[0]
        reading.cursor, reading.failures = page.cursor, 0
        if rows:
            reading.has_rows = True
            self.oldest = min(row.date for row in rows)
            reading.unread_until = min(reading.unread_until, self.oldest - _SECOND)

    def failed(self) -> None:
        """Note that a page did not come; all is read again if its cursor may be to blame."""
        reading = self._unread[0]
        reading.failures += 1
        if reading.cursor and reading.failures >= _MOST_FAILURES:
            self._read_all_again()

    def range_done(self) -> None:
        """Note that the range was read to its end."""
        reading = self._unread.pop(0)
        if reading.of.doubt_empty and not reading.has_rows:
            self.empty.append(reading.of)

    def restart(self) -> None:
        """Read again what was not whole: all of it, or what was empty alone; what was found stays held."""
        if self.missing or self.is_torn:
            self._read_all_again()
        else:
            self._read_again(self.empty)

    def _read_all_again(self) -> None:
        # What was found once must be found again: an answer that leaves it out leaves out more.
        self._expected = set(self._known)
        self._read_again(self._ranges)

    def _read_again(self, ranges: Iterable[Range]) -> None:
        self._unread = [_Reading(each) for each in ranges]
        self.is_torn = False
        self.empty = []

    def forgive(self) -> None:
        """Accept that rows known before are gone, and that ranges are empty."""
        self._known -= self._expected
        self._expected.clear()
        self.empty = []

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
                moment = epoch(row.date)
                if (second := self._seconds.get(moment)) and row.key in second:
                    places[moment] = second.index(row.key)
        for row in reversed(rows):
            moment = epoch(row.date)
            if row.key in self._held:
                if (second := self._seconds.get(moment)) and row.key in second:
                    places[moment] = second.index(row.key) + 1
            elif ledger.news(row) is News.FINAL:
                second = self._second(moment)
                place = places.get(moment, len(second) if are_newest else 0)
                second.insert(place, row.key)
                places[moment] = place + 1
                stored = Payment.from_transaction(row).as_json()
                self._held[row.key] = json.dumps(stored, ensure_ascii=False).encode()

    def _second(self, moment: int) -> list[Key]:
        if moment not in self._seconds:
            self._seconds[moment] = []
            if self._order is not None:
                insort(self._order, moment, key=neg)
        return self._seconds[moment]

    def oldest_held(self, count: int = BATCH) -> list[Payment]:
        """Return up to `count` of the oldest payments held, oldest first."""
        if self._order is None:
            self._order = sorted(self._seconds, reverse=True)
        keys = (key for moment in reversed(self._order) for key in self._seconds[moment])
        return [Payment.from_json(json.loads(self._held[key])) for key in islice(keys, count)]

    def release(self, payments: Iterable[Payment]) -> None:
        """Drop payments that `oldest_held` returned: they are on disk now."""
        assert self._order is not None
        for payment in payments:
            del self._held[payment.key]
            moment = epoch(payment.date)
            second = self._seconds[moment]
            second.remove(payment.key)
            if not second:
                del self._seconds[moment]
                # Searching from the front would take as long as the whole list.
                if self._order[-1] == moment:
                    self._order.pop()
                else:
                    self._order.remove(moment)


def _ranges(start: datetime, end: datetime) -> list[Range]:
    """Split a range into ranges that the wallet accepts, the newest first; neighbours share their last second."""
    ends = [end]
    while ends[-1] - start > _LONGEST:
        ends.append(ends[-1] - _LONGEST)
    starts = [*ends[1:], start]
    return [Range(first, last, doubt_empty=len(ends) > 1) for first, last in zip(starts, ends, strict=True)]


def paid_order(rows: Iterable[Transaction]) -> list[Transaction]:
    """Return rows, newest first as the wallet tells them, in the order they were paid, each once.

    The wallet puts the later of one second first: sorting keeps the order of equals.
    """
    newest_first = list({row.key: row for row in rows}.values())
    newest_first.reverse()
    return sorted(newest_first, key=lambda row: row.date)
