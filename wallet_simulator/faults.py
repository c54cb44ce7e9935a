"""Faults on command: what can go wrong between a client and the wallet, and for how long."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
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
    """The status, body and headers given, instead of an answer."""
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
    """The true answer, blown up with blanks to more than `size` bytes."""
    REDIRECT = "redirect"
    """302 to `location`."""
    PAGING_LOOP = "paging_loop"
    """A page whose cursor leads to itself."""
    DUPLICATE_ROWS = "duplicate_rows"
    """Each row of the page twice."""
    REORDERED_ROWS = "reordered_rows"
    """The page's rows, oldest first."""
    NO_DATE = "no_date"
    """The true answer without a Date header."""
    WRONG_DATE = "wrong_date"
    """The true answer with a Date header wrong by `offset`."""


# These change the rows of a page; other answers they leave alone.
ROW_FAULTS = frozenset({FaultKind.PAGING_LOOP, FaultKind.DUPLICATE_ROWS, FaultKind.REORDERED_ROWS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong: `Fault(kind="status", status=503, endpoint="payments", times=2)`.

    `times` is how many requests it strikes, None for all until it is cleared. When a connection
    breaks before an answer, aiohttp's client asks once more by itself: two strikes are then one
    failure. For `status`, a `body` of None is the wallet's own error body for that status; 429
    carries Retry-After.
    """

    kind: FaultKind | str
    endpoint: Endpoint | str = Endpoint.ALL
    times: int | None = None
    status: int = 500
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    offset: timedelta = timedelta()
    location: str | None = None
    size: int = 2 * 1024 * 1024

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", FaultKind(self.kind))
        object.__setattr__(self, "endpoint", Endpoint(self.endpoint))
        if self.times is not None and self.times < 1:
            raise ValueError("a fault strikes at least once")
        if self.seconds is not None and self.seconds < 0:
            raise ValueError("a fault lasts no negative time")
        if not 200 <= self.status <= 599:
            raise ValueError("a status is a number from 200 to 599")


@dataclass(slots=True, eq=False)
class ActiveFault:
    """A fault at work: how often it has struck, and how often it still will (None: until cleared)."""

    fault: Fault
    remaining: int | None
    struck: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the fault is cleared or the simulator closes; what hangs waits for it."""

    def strikes(self, endpoint: Endpoint | None) -> bool:
        """Tell whether a request to `endpoint` is struck."""
        if self.fault.kind in ROW_FAULTS and endpoint is not Endpoint.PAYMENTS:
            return False
        return self.fault.endpoint in {Endpoint.ALL, endpoint}

    def count(self) -> None:
        """Note that it struck once more."""
        self.struck += 1
        if self.remaining is not None:
            self.remaining -= 1
