"""Goals through the real journal: crashes, full disks, replays and restored backups don't move what was counted."""

import asyncio
from dataclasses import dataclass, field, replace
from decimal import Decimal
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from custom_components.qiwi.journal import Journal
from custom_components.qiwi.ledger import Ledger, OutboxItem, stored
from custom_components.qiwi.ledger.goal_news import GoalNews
from custom_components.qiwi.ledger.goals import GoalsBook
from custom_components.qiwi.payments import Announcement, Payment

from .test_goals import CAMERA, NOON, SECOND, payment

MILESTONE = Decimal(100)
BOOK = GoalsBook([replace(CAMERA, target=Decimal(300), milestones=(MILESTONE,))])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 250), st.integers(0, 20)),
        st.sampled_from(
            [
                ("find",),
                ("find",),
                ("again",),
                ("session",),
                ("crash",),
                ("stop",),
                ("full",),
                ("backup",),
                ("restore",),
            ]
        ),
    ),
    max_size=40,
)


class FullError(Exception):
    """The disk takes nothing."""


@dataclass
class Snapshot:
    """What the disk held at a moment, and how many sessions had begun by then."""

    text: str
    starts: list[int]


@dataclass
class World:
    """A wallet's payments, a disk, and what was told."""

    now: int = 10
    payments: list[Payment] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    disk: str = ""
    is_full: bool = False
    told: list[OutboxItem] = field(default_factory=list)
    journal: Journal = field(init=False)
    backup: Snapshot | None = None

    async def begin(self) -> None:
        self.journal = self._journal(None)
        await self.journal.begin(Ledger.first_contact([], now=NOON, books=(BOOK,)))
        self.journal.open()

    def _journal(self, ledger: Ledger | None) -> Journal:
        return Journal(ledger, books=(BOOK,), write=self._write, publish=self.told.append)

    async def _write(self, ledger: Ledger) -> None:
        await asyncio.sleep(0)
        if self.is_full:
            raise FullError
        self.disk = json.dumps(stored.to_json(ledger, (BOOK,)))

    async def find(self) -> None:
        """Show all payments to the ledger, as a read of the window does: it knows most of them."""
        moment = NOON + self.now * SECOND
        try:
            await self.journal.commit(lambda ledger: ledger.taken(self.payments, now=moment, books=(BOOK,)))
        except FullError:
            assert self.is_full

    async def start_session(self) -> None:
        await self.find()
        self.now += 2
        moment = NOON + self.now * SECOND

        def change(ledger: Ledger) -> Ledger:
            return ledger.with_state(BOOK, BOOK.session_started(ledger.state(BOOK), "camera", moment))

        try:
            await self.journal.commit(change)
        except FullError:
            return
        self.starts.append(self.now)

    async def restart(self) -> None:
        """Begin anew with what is on the disk."""
        ledger = stored.from_json(json.loads(self.disk), (BOOK,))
        self.journal = self._journal(ledger.restarted())
        self.journal.open()
        await self.journal.flush()

    async def step(self, what: str, *details: Any) -> None:
        match what:
            case "pay":
                amount, pause = details
                self.now += pause
                number = len(self.payments)
                self.payments.append(payment(amount, self.now, number=number))
            case "find":
                await self.find()
            case "again":
                await self.find()
                await self.find()
            case "session":
                await self.start_session()
            case "crash":
                await self.restart()
            case "stop":
                await self.journal.close()
                await self.restart()
            case "full":
                self.is_full = not self.is_full
            case "backup":
                self.backup = Snapshot(self.disk, list(self.starts))
            case "restore" if self.backup:
                self.disk, self.starts = self.backup.text, list(self.backup.starts)
                await self.restart()


@settings(deadline=None)
@given(steps=STEPS)
def test_what_was_counted_equals_the_wallets_books_whatever_happens(steps: list[Any]) -> None:
    world = World()

    async def live() -> None:
        await world.begin()
        for step in steps:
            await world.step(*step)
        world.is_full = False
        world.now += 60
        await world.find()
        # A crash right after the last write tells again, and counts nothing again.
        await world.restart()
        await world.find()

    asyncio.run(live())
    naive: list[list[Decimal]] = [[] for _ in world.starts]
    for each in world.payments:
        paid = (each.date - NOON) / SECOND
        naive[max(number for number, start in enumerate(world.starts) if start <= paid)].append(each.amount)
    state = BOOK.goal(world.journal.ledger.state(BOOK), "camera").state
    counted = [
        *((past.raised, past.count) for past in state.past),
        (state.session.counted, state.session.count),
    ]
    assert counted == [(sum(amounts), len(amounts)) for amounts in naive]
    assert (state.session.is_reached_told, MILESTONE in state.session.milestones_told) == (
        sum(naive[-1]) >= 300,
        sum(naive[-1]) >= 100,
    )
    news = [item for item in world.told if isinstance(item, GoalNews)]
    if sum(naive[-1]) >= 300:
        assert any(item.kind == "goal_reached" for item in news)
    if ("restore",) not in steps:
        fresh = [item for item in news if not item.possible_duplicate]
        assert len([item for item in fresh if item.kind == "goal_reached"]) <= len(world.starts)
    assert {type(item) for item in world.told} <= {Announcement, *BOOK.items}
