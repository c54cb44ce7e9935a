"""Kill a real Home Assistant over and over while payments stream in, and compare what it announced with what was paid."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import cycle, islice, pairwise
import json
from pathlib import Path
import random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, override

from custom_components.qiwi.ledger import BATCH
from mail_simulator import MailSimulator
from real_home_assistant.process import add_integration, end, free_port, furnish, start
from wallet_simulator import Kind, Row, Simulator, Status, Type, Wallet

from .kill_books import PRICE, KillBooks, buyer, subentries

ENTRY = "01KTESTENTRY00000000000000"
CONFIGURATION = """
homeassistant:
  time_zone: Europe/Moscow
http:
  server_host: 127.0.0.1
  server_port: {port}
logger:
  default: warning
witness:
  entry_id: {entry}
"""
WITNESS = Path(__file__).parent / "witness"
# How long a moment to kill at is waited for; if it does not come, the kill comes anyway.
PATIENCE = 15.0
# Until everything owed is announced, once nobody kills any more.
SETTLING = 90.0
STARTING_UP = 3.5
# The share of transfers that buy something.
BUYERS = 0.3
LOOKS = 4

type Key = tuple[str, str]


class Moment(StrEnum):
    """When Home Assistant is killed."""

    START_UP = "during start-up"
    POLLING = "while polling"
    PUBLICATION = "while a burst is published"
    CATCH_UP = "during a catch-up"
    MAILING = "while a mail is sent"


@dataclass(slots=True)
class Outcome:
    """What a trial showed."""

    seed: int
    moments: Counter[Moment] = field(default_factory=Counter)
    paid: int = 0
    lost: set[Key] = field(default_factory=set)
    invented: set[Key] = field(default_factory=set)
    repeated: int = 0
    unflagged: set[Key] = field(default_factory=set)
    """Announced again without the flag."""
    disordered: list[str] = field(default_factory=list)
    """Neighbours of one batch that left in another order than they were paid in."""
    left_over: int = 0
    """Announcements that an orderly stop left on disk."""
    books: str = ""
    complaints: list[str] = field(default_factory=list)
    """What is wrong with the goal, the orders and the mails."""

    @property
    def kills(self) -> int:
        """How often Home Assistant was killed."""
        return self.moments.total()

    @property
    def is_kept(self) -> bool:
        """Tell whether the promise was kept."""
        return self.repeated <= BATCH * self.kills and not (
            self.lost
            or self.invented
            or self.unflagged
            or self.disordered
            or self.left_over
            or self.complaints
        )

    @override
    def __str__(self) -> str:
        moments = ", ".join(f"{count} {moment}" for moment, count in sorted(self.moments.items()))
        return (
            f"seed {self.seed}: {self.kills} kills ({moments}); {self.paid} payments, {len(self.lost)} lost, "
            f"{len(self.invented)} never paid, {self.repeated} announced again, "
            f"{len(self.unflagged)} of them without a flag, {len(self.disordered)} out of order, "
            f"{self.left_over} left over, {self.books}"
            f"{''.join(f'; {pair}' for pair in (*self.disordered, *self.complaints))}"
        )


class Trial:
    """One Home Assistant, its wallet, and somebody who kills the one and pays into the other."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)  # noqa: S311  repeatable on purpose
        self.outcome = Outcome(seed)
        self.wallet = Wallet(seed=seed)
        self.token = self.wallet.add_token()
        self._baseline: set[str] = set()
        self._waited: set[str] = set()
        self._book = folder / "heard"
        self._ledger = folder / ".storage" / f"qiwi.{ENTRY}"
        self._books = KillBooks(self._ledger)

    async def run(self, kills: int) -> Outcome:
        """Kill so many times, let everything come to rest, and compare."""
        now = self.wallet.clock()
        for minutes in (5, 4, 3):
            self.wallet.pay(1, date=now - timedelta(minutes=minutes))
        self._baseline = {row.transaction_id for row in self.wallet.rows}
        async with (
            Simulator(self.wallet, rate_limit=None) as simulator,
            MailSimulator(on_mail=self._books.take) as mails,
        ):
            self._furnish(simulator.url, mails.port)
            streaming = None
            process = await start(self.folder)
            try:
                await self._until(lambda: bool(self._stamp()), SETTLING)
                await end(process)
                process = await start(self.folder)
                streaming = asyncio.create_task(self._stream())
                for moment in self._moments(kills):
                    await self._wait_for(moment, simulator)
                    await kill_at_once(process)
                    self.outcome.moments[moment] += 1
                    process = await start(self.folder)
                streaming.cancel()
                self._settle_all()
                await self._until(lambda: self._owed() <= self._announced().keys(), SETTLING)
                await self._until(lambda: self._books.are_settled(self._owed_rows().values()), SETTLING)
            finally:
                if streaming is not None:
                    streaming.cancel()
                await end(process)
        self._compare()
        return self.outcome

    def _furnish(self, url: str, mail_port: int) -> None:
        furnish(self.folder, CONFIGURATION.format(port=free_port(), entry=ENTRY))
        add_integration(self.folder, WITNESS)
        storage = self.folder / ".storage"
        storage.mkdir()
        (storage / "core.config_entries").write_text(json.dumps(stored_entry(self.token, url, mail_port)))

    # Paying

    async def _stream(self) -> None:
        while True:
            await asyncio.sleep(self.random.expovariate(2))
            self._pay()

    def _pay(self) -> None:
        kind = self.random.choices(
            (Kind.TRANSFER, Kind.TOP_UP, Kind.BILL, Kind.REFUND, Kind.PURCHASE), (6, 1, 1, 1, 1)
        )[0]
        status = self.random.choices((Status.SUCCESS, Status.ERROR), (9, 1))[0]
        settles = self.random.choice((None, None, None, timedelta(seconds=self.random.uniform(0, 15))))
        buys = kind is Kind.TRANSFER and self.random.random() < BUYERS
        row = self.wallet.pay(
            PRICE if buys else self.random.randint(1000, 5000),
            comment=buyer(len(self.wallet)) if buys else None,
            kind=kind,
            status=status,
            settles_after=settles,
            settles_to=status,
        )
        if settles:
            self._waited.add(row.transaction_id)

    def _burst(self, least: int, most: int) -> None:
        for _ in range(self.random.randint(least, most)):
            self.wallet.pay(self.random.randint(1000, 5000))

    def _settle_all(self) -> None:
        for row in self.wallet.rows:
            if row.status is Status.WAITING:
                self.wallet.settle(row.transaction_id, row.settles_to, row.type)

    # Killing

    def _moments(self, kills: int) -> list[Moment]:
        """Return when to kill: each moment as often as the others, in a random order."""
        moments = list(islice(cycle(Moment), kills))
        self.random.shuffle(moments)
        return moments

    async def _wait_for(self, moment: Moment, simulator: Simulator) -> None:
        """Wait for a moment of the life that has just begun."""
        before = simulator.count()
        if moment is Moment.START_UP:
            await asyncio.sleep(self.random.uniform(0, STARTING_UP))
            return
        if moment is Moment.CATCH_UP:
            self._burst(100, 250)
            pages = self.random.randint(1, 3)
            await self._until(
                lambda: sum("startDate" in each.query for each in simulator.requests[before:]) >= pages
            )
        else:
            # The first look at the newest page happens at setup, the next when Home Assistant has started.
            await self._until(
                lambda: sum(each.endpoint == "balances" for each in simulator.requests[before:]) >= LOOKS
            )
        if moment is Moment.POLLING:
            await asyncio.sleep(self.random.uniform(0, 1))
            return
        if moment is Moment.MAILING:
            taken = self._books.taken
            self.wallet.pay(PRICE, comment=buyer(len(self.wallet)))
            # Taken, and not yet answered.
            await self._until(lambda: self._books.taken > taken)
        if moment is Moment.PUBLICATION:
            # At its next poll the burst is written down and then published.
            self._burst(30, 120)
            look = self.random.choice((self._stamp, self._size))
            was = look()
            await self._until(lambda: look() != was)
        await asyncio.sleep(self.random.uniform(0, 0.02))

    async def _until(self, happened: Callable[[], bool], patience: float = PATIENCE) -> None:
        deadline = monotonic() + patience
        while not happened() and monotonic() < deadline:  # noqa: ASYNC110  another process makes it true
            await asyncio.sleep(0.001)

    def _stamp(self) -> int:
        """Tell the ledger's file from the one before."""
        try:
            return self._ledger.stat().st_mtime_ns
        except FileNotFoundError:
            return 0

    def _size(self) -> int:
        return self._book.stat().st_size if self._book.exists() else 0

    # Comparing

    def _owed_rows(self) -> dict[Key, Row]:
        """Return what must have been announced, newest first."""
        return {
            (row.transaction_id, row.type.value): row
            for row in self.wallet.rows
            if row.transaction_id not in self._baseline
        }

    def _owed(self) -> set[Key]:
        return set(self._owed_rows())

    def _heard(self) -> Iterator[dict[str, Any]]:
        with suppress(FileNotFoundError):
            yield from map(json.loads, self._book.read_text().splitlines())

    def _announced(self, by: str = "state") -> dict[Key, list[bool]]:
        """Return how often each payment was heard, and with which flags."""
        announced: dict[Key, list[bool]] = {}
        for line in self._heard():
            if line["by"] == by:
                announced.setdefault((line["id"], line["direction"].upper()), []).append(line["again"])
        return announced

    def _compare(self) -> None:
        rows = self._owed_rows()
        received = {
            key
            for key, row in rows.items()
            if row.type is Type.IN
            and row.kind in {Kind.TRANSFER, Kind.TOP_UP}
            and row.status is Status.SUCCESS
        }
        outcome = self.outcome
        outcome.paid = len(rows)
        for by, owed in (("state", set(rows)), ("bus", received)):
            announced = self._announced(by)
            outcome.lost |= owed - announced.keys()
            outcome.invented |= announced.keys() - owed
            outcome.unflagged |= {key for key, flags in announced.items() if not all(flags[1:])}
        outcome.repeated = sum(len(flags) - 1 for flags in self._announced().values())
        # A payment that waited for its outcome is announced when it is found, whatever its second.
        at_once = {key: row for key, row in rows.items() if row.transaction_id not in self._waited}
        batches: dict[str, list[Row]] = {}
        for line in self._heard():
            row = at_once.get((line["id"], line["direction"].upper()))
            if line["by"] == "state" and row:
                batches.setdefault(line["batch"], []).append(row)
        outcome.disordered = [
            f"{later.transaction_id} of {later.date} after {earlier.transaction_id} of {earlier.date}"
            for batch in batches.values()
            for earlier, later in pairwise(batch)
            if later.position < earlier.position
        ]
        outcome.left_over = len(json.loads(self._ledger.read_text())["outbox"])
        outcome.complaints = self._books.complaints(self.wallet.rows)
        outcome.books = self._books.summary


async def kill_at_once(process: asyncio.subprocess.Process) -> None:
    """Kill a process as a power cut does."""
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


def stored_entry(token: str, url: str, mail_port: int) -> dict[str, Any]:
    """Return what Home Assistant stores of an entry that a user has added."""
    entry: dict[str, Any] = {
        "created_at": "2026-05-06T12:00:00+00:00",
        "data": {"api_token": token, "api_url": url, "token_entered": "2026-05-06"},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": "qiwi",
        "entry_id": ENTRY,
        "minor_version": 1,
        "modified_at": "2026-05-06T12:00:00+00:00",
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": subentries(mail_port),
        "title": "QIWI •••• 0000",
        "unique_id": "79000000000",
        "version": 1,
    }
    return {"version": 1, "minor_version": 5, "key": "core.config_entries", "data": {"entries": [entry]}}


async def kill(kills: int, seed: int, side_by_side: int = 2) -> list[Outcome]:
    """Kill so many times in all, several Home Assistants side by side."""
    shares = [kills // side_by_side + (place < kills % side_by_side) for place in range(side_by_side)]

    async def attempt(place: int, share: int) -> Outcome:
        with TemporaryDirectory(prefix="qiwi-kills-") as folder:
            return await Trial(Path(folder), seed + place).run(share)

    return await asyncio.gather(*(attempt(place, share) for place, share in enumerate(shares) if share))
