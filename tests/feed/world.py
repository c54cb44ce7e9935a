"""A wallet that may lie, a disk that may refuse and clocks that may jump, around the feed and the journal as they run.

Time is simulated: nothing waits, and the clocks move with the loop's.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from functools import lru_cache
import json
import selectors
from typing import Any, cast, override

import aiohttp
from yarl import URL

from custom_components.qiwi.api import Priority, QiwiClient, QiwiError, WalletLimiter
from custom_components.qiwi.feed import Feed
from custom_components.qiwi.journal import Journal, JournalClosedError
from custom_components.qiwi.ledger import Ledger, OutboxItem, TotalsBook, stored
from custom_components.qiwi.ledger.goal import GoalSettings
from custom_components.qiwi.ledger.goal_news import GoalNews
from custom_components.qiwi.ledger.goals import GoalsBook
from custom_components.qiwi.payments import Announcement, Key, Kind

NUMBER = "79000000000"
NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
MOSCOW = timedelta(hours=3)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TOTALS = TotalsBook(received=(Kind.TRANSFER,), zone=lambda: UTC)
GOALS = GoalsBook(
    [
        GoalSettings(
            goal_id="goal",
            name="Goal",
            currency="RUB",
            created=NOON,
            target=Decimal(1000),
            milestones=(Decimal(100),),
        )
    ]
)
BOOKS = (TOTALS, GOALS)


class Killed(BaseException):
    """The process was killed here."""


class RefusedError(OSError):
    """The disk took nothing."""


class JumpingSelector(selectors.SelectSelector):
    """Moves the time to the next timer instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "Nobody would ever wake up"
        if timeout > 0:
            # A little more: after months a float no longer tells the timer's moment from the one before it.
            self.now += timeout + 1e-6
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop without waiting."""

    def __init__(self) -> None:
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)
        # By nanoseconds, as usual, a timer that is due this very moment would never be: after months a float
        # does not tell them apart.
        self._clock_resolution = 1e-6

    @override
    def time(self) -> float:
        return self.jumping.now

    def jump(self, by: timedelta) -> None:
        """Let time pass while nothing happens."""
        self.jumping.now += by.total_seconds()


@dataclass(slots=True)
class Row:
    """A row of the wallet's history.

    Attributes:
        odd: It has a shape that no parser takes.
        letters: How long its comment is.
    """

    number: int
    date: datetime
    status: str = "SUCCESS"
    type: str = "IN"
    odd: bool = False
    letters: int = 0

    @property
    def key(self) -> Key:
        """What makes the row itself and no other."""
        return str(25_050_000_000 + self.number), self.type

    def to_json(self) -> dict[str, Any]:
        """Return the row as the wallet tells it."""
        money = {"amount": self.number, "currency": 643}
        return {
            "txnId": 25_050_000_000 + self.number,
            "personId": int(NUMBER),
            "date": local(self.date),
            "status": "EXOTIC" if self.odd else self.status,
            "type": self.type,
            "account": "+79000000001",
            "sum": money,
            "commission": {"amount": 0, "currency": 643},
            "total": money,
            "comment": "x" * self.letters or None,
            "provider": {"id": 7, "shortName": "QIWI Кошелек"},
            "source": {"id": 99},
        }


@lru_cache(maxsize=5000)
def _told(*row: Any) -> bytes:
    """Return a row's JSON: most rows are told again and again."""
    return json.dumps(Row(*row).to_json()).encode()


def local(moment: datetime) -> str:
    """Return a date as the wallet writes it."""
    return f"{moment + MOSCOW:%Y-%m-%dT%H:%M:%S}+03:00"


@dataclass(slots=True)
class Fault:
    """What goes wrong with one request.

    Attributes:
        request: Which one, counted from now.
        kind: One of `FAULTS`.
    """

    request: int
    kind: str


FAULTS: dict[str, tuple[int, bytes | None]] = {
    "refused": (0, None),
    "404": (404, b""),
    "coded 404": (404, b'{"errorCode":"payment.not.found"}'),
    "503 with a code": (503, b'{"errorCode":"upstream.not.found"}'),
    "500": (500, b""),
    "200 with a code": (200, b'{"errorCode":"upstream.not.found"}'),
    "empty page": (200, b'{"data":[],"nextTxnId":null,"nextTxnDate":null}'),
    "html": (200, b"<html></html>"),
    "401": (401, b""),
    "423": (423, b""),
    # Behind a cursor the first row is left out.
    "torn": (200, None),
}


@dataclass
class World:
    """Everything outside the process.

    Attributes:
        loop: Its time is the true one.
        rows: The wallet's history, newest first.
        disk: The file's content, None while there is none.
        heard: What was told of payments, in order.
        news: What was told of the goal, in order.
        wallet_skew: How far the wallet's clock is ahead; None is no `Date` at all.
        host_skew: How far the host's clock is ahead.
        full_disk: Whether the disk refuses.
        kill_at: How many steps from now the process is killed, None for never.
        faults: What goes wrong with the next requests.
        latencies: How long the next requests take, in seconds; then at once.
        slow_writes: How many steps of the loop the next writes take, on top of one.
        asked: How many requests were made.
        reach: How far beyond the true time a request asked.
        rash: What was told as late within an hour after it was paid.
    """

    loop: JumpingLoop
    rows: list[Row] = field(default_factory=list)
    disk: str | None = None
    heard: list[Announcement] = field(default_factory=list)
    news: list[GoalNews] = field(default_factory=list)
    reversed: list[Key] = field(default_factory=list)
    wallet_skew: timedelta | None = timedelta()
    host_skew: timedelta = timedelta()
    full_disk: bool = False
    kill_at: int | None = None
    faults: list[Fault] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    slow_writes: list[int] = field(default_factory=list)
    asked: int = 0
    reach: timedelta = timedelta()
    rash: list[Announcement] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        """The true time."""
        return NOON + timedelta(seconds=self.loop.time())

    def insert(self, new: Row, *, behind: bool = False) -> Row:
        """Put a row where its date belongs, in front of or behind the rows of its own second."""
        place = sum(1 for known in self.rows if known.date > new.date or (behind and known.date == new.date))
        self.rows.insert(place, new)
        return new

    def move(self, row: Row, date: datetime) -> None:
        """Date a row anew."""
        self.rows.remove(row)
        row.date = date
        self.insert(row)

    def answer(self, url: URL, *, is_torn: bool = False) -> bytes:
        """Return a page of the history; behind a cursor one that is torn leaves its first row out."""
        query = url.query
        rows = self.rows
        if "startDate" in query:
            start, end = (datetime.fromisoformat(query[name]) for name in ("startDate", "endDate"))
            self.reach = max(self.reach, end - self.now)
            rows = [row for row in rows if start <= row.date <= end]
        if "nextTxnId" in query:
            first = next(
                (i for i, row in enumerate(rows) if row.key[0] == query["nextTxnId"]
                 and local(row.date) == query["nextTxnDate"]),
                len(rows),
            )  # fmt: skip
            rows = rows[first + is_torn :]
        wanted = int(query["rows"])
        rest = rows[wanted:]
        cursor = {
            "nextTxnId": int(rest[0].key[0]) if rest else None,
            "nextTxnDate": local(rest[0].date) if rest else None,
        }
        told = (
            _told(row.number, row.date, row.status, row.type, row.odd, row.letters) for row in rows[:wanted]
        )
        return b'{"data":[%b],%b' % (b",".join(told), json.dumps(cursor)[1:].encode())


@dataclass(slots=True)
class _Content:
    body: bytes

    async def iter_any(self) -> AsyncIterator[bytes]:
        yield self.body


@dataclass(slots=True)
class _Response:
    status: int
    headers: dict[str, str]
    content: _Content


class Process:
    """One run of the integration's feed and journal, with the ports that Home Assistant gives them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.is_dead = False
        ledger = None
        if world.disk is not None:
            ledger = stored.from_json(json.loads(world.disk), BOOKS).restarted()
        self.journal = Journal(
            ledger,
            books=BOOKS,
            write=self._write,
            publish=self._publish,
            may_publish=lambda: not self.is_dead,
        )
        limiter = WalletLimiter(world.loop.time, world.loop.time)
        session = cast("aiohttp.ClientSession", self)
        client = QiwiClient(session, "0" * 32, wallet=NUMBER, api_url="http://localhost", limiter=limiter)
        self.client = client
        self.feed = Feed(
            client,
            client.with_priority(Priority.CATCH_UP),
            self.journal,
            TOTALS,
            host_time=lambda: world.now + world.host_skew,
            monotonic=world.loop.time,
            reversed_=lambda payment: world.reversed.append(payment.key),
        )
        self.journal.open()

    async def poll(self) -> None:
        """Poll, and do what follows from it, as the coordinator does."""
        with forgiving():
            await self.feed.poll()
            if self.feed.has_work:
                await self.feed.work(lambda: None)

    async def poll_beside_work(self) -> None:
        """Poll while a catch-up is under way."""

        async def poll() -> None:
            with forgiving():
                await self.feed.poll()

        async def work() -> None:
            with forgiving():
                if self.feed.has_work:
                    await self.feed.work(lambda: None)

        await together(poll(), work())

    async def begin_session(self) -> None:
        """Begin a new session of the goal, as a person does."""

        def change(ledger: Ledger) -> Ledger:
            return ledger.with_state(
                GOALS, GOALS.session_started(ledger.state(GOALS), "goal", self.feed.now())
            )

        with forgiving():
            await self.journal.commit(change)

    # The ports

    closed = False

    @asynccontextmanager
    async def get(self, url: URL, **_: Any) -> AsyncIterator[_Response]:
        """Answer a request: the session of the client."""
        world = self.world
        self._step()
        if world.latencies:
            await asyncio.sleep(world.latencies.pop())
            self._step()
        world.asked += 1
        fault = next((fault for fault in world.faults if fault.request == 0), None)
        world.faults = [Fault(each.request - 1, each.kind) for each in world.faults if each.request]
        status, body = FAULTS[fault.kind] if fault else (200, None)
        is_torn = fault is not None and fault.kind == "torn"
        if status == 0:
            raise aiohttp.ClientConnectionError
        headers = {}
        if world.wallet_skew is not None:
            headers["Date"] = format_datetime(world.now + world.wallet_skew, usegmt=True)
        if body is None:
            body = world.answer(url, is_torn=is_torn)
        yield _Response(status, headers, _Content(body))
        self._step()

    async def _write(self, ledger: Ledger) -> None:
        """Replace the file, as a thread does that goes on when nobody waits for it any more."""
        self._step()
        world = self.world
        written: asyncio.Future[None] = world.loop.create_future()
        content = json.dumps(stored.to_json(ledger, BOOKS))

        def write(steps: int) -> None:
            if steps:
                world.loop.call_soon(write, steps - 1)
                return
            error = self._replaced(content)
            if not written.cancelled():
                written.set_exception(error) if error else written.set_result(None)

        world.loop.call_soon(write, world.slow_writes.pop() if world.slow_writes else 0)
        await written
        self._step()

    def _replaced(self, content: str) -> BaseException | None:
        """Replace the file's content, and return what went wrong."""
        try:
            self._step()
        except Killed as killed:
            return killed
        if self.world.full_disk:
            return RefusedError()
        self.world.disk = content
        return None

    def _publish(self, item: OutboxItem) -> None:
        self._step()
        if isinstance(item, Announcement):
            self.world.heard.append(item)
            # The client's clock goes on by the real time: a minute is left to it.
            if item.late and self.world.now - item.payment.date <= timedelta(minutes=59):
                self.world.rash.append(item)
        else:
            assert isinstance(item, GoalNews)
            self.world.news.append(item)
        self._step()

    def _step(self) -> None:
        """Pass a point at which the process may be killed; what is dead does nothing more."""
        if self.is_dead:
            raise Killed
        if self.world.kill_at is not None:
            self.world.kill_at -= 1
            if self.world.kill_at < 0:
                self.world.kill_at = None
                self.is_dead = True
                raise Killed


@contextmanager
def forgiving() -> Iterator[None]:
    """Go on after what the coordinator goes on after."""
    with suppress(QiwiError, RefusedError, JournalClosedError):
        yield


async def together(*parts: Any) -> None:
    """Run parts side by side to their ends; the first that was killed takes the others with it."""
    tasks = [asyncio.ensure_future(part) for part in parts]
    await asyncio.wait(tasks)
    for task in tasks:
        if not task.cancelled() and (error := task.exception()):
            raise error


def total_of(ledger: Ledger) -> dict[str, Decimal]:
    """Return what all days of a ledger's sums add up to, by direction."""
    sums: dict[str, Decimal] = {}
    for day in ledger.state(TOTALS).days.values():
        for (_, direction, _), total in day.items():
            sums[direction] = sums.get(direction, Decimal(0)) + total.amount
    return sums


def counted_by(ledger: Ledger) -> Decimal:
    """Return what the goal has counted in all its sessions."""
    state = GOALS.goal(ledger.state(GOALS), "goal").state
    return state.session.counted + sum((session.raised for session in state.past), Decimal(0))
