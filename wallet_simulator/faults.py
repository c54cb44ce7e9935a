"""Faults on command: what can go wrong between a client and the wallet, in which request, and how often."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Endpoint(StrEnum):
    """The part of the API a fault strikes."""

    PROFILE = "profile"
    BALANCES = "balances"
    PAYMENTS = "payments"
    TOTAL = "total"
    TRANSACTION = "transaction"
    COMMISSION = "commission"
    ALL = "all"


class FaultKind(StrEnum):
    """What goes wrong."""

    STATUS = "status"
    """The `status`, `body` or error `code`, and `headers` given, instead of an answer."""
    HTML = "html"
    """A web page with status 200, as a hotel's login page or a proxy sends it."""
    NOT_JSON = "not_json"
    """Status 200 and a body that claims to be JSON."""
    EMPTY = "empty"
    """Status 200 and no body."""
    CLOSE = "close"
    """The connection is closed without an answer."""
    RESET = "reset"
    """The connection is reset (TCP RST)."""
    TIMEOUT = "timeout"
    """No answer for `seconds` (or until cleared), then the connection is closed."""
    SLOW = "slow"
    """The true answer, drop by drop, over `seconds`."""
    CUT_OFF = "cut_off"
    """The connection is closed in the middle of the true body."""
    TRUNCATED = "truncated"
    """The first half of the true body, as if it were all."""
    WRONG_TYPES = "wrong_types"
    """The true answer with every value below its first keys of another type."""
    HUGE = "huge"
    """The true answer, blown up with blanks to more than `size` bytes (2 MiB)."""
    REDIRECT = "redirect"
    """302 to `location`."""
    PAGING_LOOP = "paging_loop"
    """A page whose cursor leads to itself."""
    DUPLICATE_ROWS = "duplicate_rows"
    """Each row of the page twice."""
    REORDERED_ROWS = "reordered_rows"
    """The page's rows, oldest first."""
    NO_ROWS = "no_rows"
    """A page without rows and without a cursor, whatever the wallet holds."""
    MISSING_ROWS = "missing_rows"
    """The page without its newest `rows` (1), as a copy of the wallet that lags behind answers."""
    NO_CURSOR = "no_cursor"
    """The page's rows without the cursor to the next page, as if it were the last."""
    ODD_ROW = "odd_row"
    """The page with `body`, any JSON (null), between its first row and its second."""
    LONG_COMMENTS = "long_comments"
    """The page with comments of `size` (3,600) letters, each of them six bytes long on the wire."""
    NO_DATE = "no_date"
    """The true answer without a Date header."""
    WRONG_DATE = "wrong_date"
    """The true answer with a Date header wrong by `offset`, or of `date`, or with `body` as its text."""


# These change the rows of a page; other answers they leave alone.
ROW_FAULTS = frozenset(
    {
        FaultKind.PAGING_LOOP,
        FaultKind.DUPLICATE_ROWS,
        FaultKind.REORDERED_ROWS,
        FaultKind.NO_ROWS,
        FaultKind.MISSING_ROWS,
        FaultKind.NO_CURSOR,
        FaultKind.ODD_ROW,
        FaultKind.LONG_COMMENTS,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request asks for, as far as faults tell requests apart.

    `page` counts the pages of one reading from 1: it is 1 without a cursor, and one more than the
    page that gave the cursor. It is None for all but lists of payments. `range` is the time
    between startDate and endDate, None for a list without dates.
    """

    endpoint: Endpoint | None
    page: int | None = None
    has_cursor: bool = False
    range: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong: `Fault(kind="status", status=503, endpoint="payments", times=2)`.

    Which requests it strikes:

    `endpoint`: those of one method;
    `page`: pages of that number in a reading of the payments list, 1 being the first;
    `cursor`: pages behind a cursor only (True), or first pages only (False);
    `dated`: lists with startDate and endDate only (True), or without them only (False);
    `longest_range`: lists with dates no further apart than this, such as the look-up of one minute;
    `shortest_range`: lists with dates no closer together than this, such as the window of a day;
    `after`: none of the first so many requests that fit: `after=2, times=1` is the third alone;
    `times`: how many requests it strikes, None for all until it is cleared.

    `page` to `shortest_range` leave alone what is no list of payments. When a connection breaks
    before an answer, aiohttp's client asks once more by itself: two strikes are then one failure.

    For `status`: without a `body` the answer has the wallet's own error body, with the error
    `code` if there is one; a plain 404 is `body=""`, a failure that claims to be none is
    `status=200, code="upstream.not.found"`. 429 carries Retry-After.
    """

    kind: FaultKind | str
    endpoint: Endpoint | str = Endpoint.ALL
    page: int | None = None
    cursor: bool | None = None
    dated: bool | None = None
    longest_range: timedelta | None = None
    shortest_range: timedelta | None = None
    after: int = 0
    times: int | None = None
    status: int = 500
    body: str | None = None
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    offset: timedelta = timedelta()
    date: datetime | None = None
    location: str | None = None
    size: int | None = None
    rows: int = 1

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", FaultKind(self.kind))
        object.__setattr__(self, "endpoint", Endpoint(self.endpoint))
        if self.times is not None and self.times < 1:
            raise ValueError("a fault strikes at least once")
        if self.after < 0:
            raise ValueError("a fault spares no negative number of requests")
        if self.page is not None and self.page < 1:
            raise ValueError("pages are counted from 1")
        if self.seconds is not None and self.seconds < 0:
            raise ValueError("a fault lasts no negative time")
        if not 200 <= self.status <= 599:
            raise ValueError("a status is a number from 200 to 599")

    @property
    def is_for_lists(self) -> bool:
        """Whether it strikes nothing but lists of payments."""
        limits = (self.page, self.cursor, self.dated, self.longest_range, self.shortest_range)
        return self.kind in ROW_FAULTS or any(limit is not None for limit in limits)

    def fits(self, asked: Asked) -> bool:
        """Tell whether it may strike such a request."""
        if self.endpoint not in {Endpoint.ALL, asked.endpoint}:
            return False
        return not self.is_for_lists or (asked.endpoint is Endpoint.PAYMENTS and self._fits_list(asked))

    def _fits_list(self, asked: Asked) -> bool:
        return (
            self.page in {None, asked.page}
            and self.cursor in {None, asked.has_cursor}
            and self.dated in {None, asked.range is not None}
            and (
                self.longest_range is None or (asked.range is not None and asked.range <= self.longest_range)
            )
            and (
                self.shortest_range is None
                or (asked.range is not None and asked.range >= self.shortest_range)
            )
        )


@dataclass(slots=True, eq=False)
class ActiveFault:
    """A fault at work: how often it has struck, and how often it still will (None: until cleared)."""

    fault: Fault
    remaining: int | None
    struck: int = 0
    met: int = 0
    """How many requests fitted so far, spared ones included."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the fault is cleared or the simulator closes; what hangs waits for it."""

    def meets(self, asked: Asked) -> bool:
        """Tell whether a request is to be struck; it counts as met if it fits."""
        if not self.fault.fits(asked):
            return False
        self.met += 1
        return self.met > self.fault.after

    def count(self) -> None:
        """Note that it struck once more."""
        self.struck += 1
        if self.remaining is not None:
            self.remaining -= 1
