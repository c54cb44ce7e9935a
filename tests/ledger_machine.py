"""A wallet, a disk and a public for the ledger, all in memory: every step that a crash can fall between is one call."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
import json

from custom_components.qiwi.api import Money, Party, Status, Transaction
from custom_components.qiwi.ledger import (
    BATCH,
    Counting,
    Ledger,
    Reading,
    holds_news,
    sort_out,
)
from custom_components.qiwi.payments import Announcement, Key, Kind, Payment

NUMBER = "79000000000"
NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
COUNTING = Counting(zone=UTC, received=frozenset({Kind.TRANSFER, Kind.TOP_UP}))
QUIET_ROWS = 3
FULL_ROWS = 5


class CrashedError(Exception):
    """The process was killed here."""


class UnansweredError(Exception):
    """The wallet did not answer."""


def row(number: int, date: datetime, status: Status = Status.SUCCESS, **changes: object) -> Transaction:
    """Return a row of the history: a transfer of `number` roubles unless something else is said."""
    money = Money(amount=Decimal(number), currency="RUB")
    plain = Transaction(
        transaction_id=str(25_050_000_000 + number),
        type="IN",
        wallet=NUMBER,
        date=date,
        status=status,
        error_code=0,
        sum=money,
        commission=Money(amount=Decimal(0), currency="RUB"),
        total=money,
        account="+79000000001",
        comment=None,
        provider=Party(id=7, short_name="QIWI Кошелек", long_name=None),
        source=Party(id=99, short_name="Перевод на QIWI Кошелек", long_name=None),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


@dataclass
class World:
    """The wallet's own history and clock, the disk, and what the public heard."""

    now: datetime = NOON
    history: list[Transaction] = field(default_factory=list)
    disk: str | None = None
    heard: list[Announcement] = field(default_factory=list)
    crash_at: int | None = None
    """How many steps from now the process is killed."""
    fail_at: int | None = None
    """How many requests from now the wallet does not answer."""
    full_disk: bool = False

    def step(self) -> None:
        """Pass a point at which the process may be killed."""
        if self.crash_at is not None:
            self.crash_at -= 1
            if self.crash_at < 0:
                self.crash_at = None
                raise CrashedError

    def insert(self, new: Transaction, *, behind: bool = False) -> None:
        """Put a row where its date belongs, in front of or behind the rows of its own second."""
        place = 0
        for place, known in enumerate(self.history):  # noqa: B007
            if known.date < new.date or (known.date == new.date and not behind):
                break
        else:
            place = len(self.history)
        self.history.insert(place, new)

    def settle(self, key: Key, status: Status) -> None:
        """Make a waiting row final."""
        self.history = [
            replace(known, status=status) if known.key == key and known.status is Status.WAITING else known
            for known in self.history
        ]

    def page(
        self,
        rows: int,
        after: Transaction | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> tuple[Sequence[Transaction], Transaction | None]:
        """Answer one request: rows from `after` on, and the first row of the next page."""
        if self.fail_at is not None:
            self.fail_at -= 1
            if self.fail_at < 0:
                self.fail_at = None
                raise UnansweredError
        listed = [
            known
            for known in self.history
            if (start is None or known.date >= start) and (end is None or known.date <= end)
        ]
        # A cursor names the first row of its page; rows that came meanwhile stand before it.
        first = next((i for i, known in enumerate(listed) if after and known.key == after.key), 0)
        found = listed[first : first + rows]
        rest = listed[first + rows :]
        return found, rest[0] if rest else None


class Process:
    """One run of the integration around the ledger, in the coordinator's order of steps."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ledger: Ledger | None = None
        self.reading: Reading | None = None
        self.missed = True
        self.cursor: Transaction | None = None
        self.range = (world.now, world.now)
        self.stops_after: int | None = None
        """How many announcements from now the process is told to stop."""
        if world.disk is not None:
            self.ledger = Ledger.from_json(json.loads(world.disk)).restarted()

    def commit(self, ledger: Ledger) -> bool:
        """Write, then believe; a full disk changes nothing."""
        self.world.step()
        if self.world.full_disk:
            return False
        self.world.disk = json.dumps(ledger.as_json())
        self.ledger = ledger
        self.world.step()
        return True

    def publish_outbox(self) -> None:
        """Let the outbox out, one after the other; a stop leaves the rest."""
        assert self.ledger
        published = 0
        for announcement in self.ledger.outbox:
            if self.is_stopping:
                break
            if self.stops_after is not None:
                self.stops_after -= 1
            self.world.step()
            self.world.heard.append(announcement)
            published += 1
        self.ledger = self.ledger.published(published)

    @property
    def is_stopping(self) -> bool:
        """Whether nothing is announced any more."""
        return self.stops_after == 0

    def stop(self) -> bool:
        """Write down that what is left was not announced."""
        return self.ledger is None or self.commit(replace(self.ledger, stopped=True))

    def announce(self, payments: Sequence[Payment]) -> None:
        """Write down, publish, take out."""
        for first in range(0, len(payments), BATCH):
            assert self.ledger
            batch = payments[first : first + BATCH]
            if not self.commit(self.ledger.staged(batch, now=self.world.now, counting=COUNTING)):
                self.missed = True
                return
            self.publish_outbox()
            if self.is_stopping:
                return
        assert self.ledger
        self.commit(self.ledger)

    def poll(self, reconcile: bool = False) -> None:
        """Read the newest page and what hangs on it."""
        world = self.world
        try:
            rows, following = world.page(QUIET_ROWS)
            if self.ledger is None:
                self.commit(Ledger.first_contact(rows, now=world.now, counting=COUNTING))
                if self.ledger is None:
                    return
            if self.ledger.outbox:
                if not self.commit(self.ledger):
                    self.missed = True
                    return
                self.publish_outbox()
                self.commit(self.ledger)
            if self.reading is None and (self.missed or reconcile):
                floor = datetime.fromtimestamp(self.ledger.floor, UTC)
                self.reading = Reading(min(floor, world.now), world.now, begun=world.now)
            elif self.reading is not None and self.missed:
                self.reading.extend(world.now)
            self.missed = False
            found = list(rows)
            while following is not None and holds_news(self.ledger, self.reading, rows):
                rows, following = world.page(FULL_ROWS, following)
                found += rows
        except UnansweredError:
            self.missed = True
            return
        self.settle(found)

    def look_up_pending(self) -> None:
        """Ask for the pending rows that no window reaches, each by its second."""
        assert self.ledger
        for _, paid, _ in self.ledger.overdue(self.world.now):
            self.settle([known for known in self.world.history if known.date == paid])

    def settle(self, found: Sequence[Transaction]) -> None:
        """Announce what is new among rows, or hold it."""
        assert self.ledger
        if self.is_stopping:
            return
        ledger, payments = sort_out(self.ledger, self.reading, found)
        if not self.commit(ledger):
            self.missed = True
            return
        if payments:
            self.announce(payments)

    def read_page(self) -> None:
        """Read one page of the window under way."""
        reading = self.reading
        if reading is None or reading.is_whole or self.ledger is None:
            return
        if self.cursor is None:
            self.range = reading.next_range()
        try:
            rows, self.cursor = self.world.page(FULL_ROWS, self.cursor, *self.range)
        except UnansweredError:
            # Read again from where it broke off, by the dates.
            self.cursor = None
            return
        reading.read(rows, self.ledger)
        self.commit(self.ledger.noted(rows))
        if self.cursor is None:
            reading.range_done()

    def release_batch(self) -> None:
        """Let a batch of a whole window go; after the last one the floor moves."""
        reading = self.reading
        if reading is None or not reading.is_whole or self.ledger is None:
            return
        if reading.held:
            news, silent = reading.oldest_held()
            ledger = self.ledger.with_silent(silent, counting=COUNTING)
            if news:
                if not self.commit(ledger.staged(news, now=self.world.now, counting=COUNTING)):
                    return
            else:
                self.ledger = ledger
            reading.release((*news, *silent))
            self.publish_outbox()
        elif self.commit(self.ledger.reconciled(reading.begun, counting=COUNTING)):
            self.reading = None

    def finish_window(self) -> None:
        """Read and release whatever is under way, unless a full disk or a stop keeps it."""
        while self.reading is not None and not self.world.full_disk and not self.is_stopping:
            if self.reading.is_whole:
                self.release_batch()
            else:
                self.read_page()
