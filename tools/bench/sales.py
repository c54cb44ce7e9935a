"""Kill a real Home Assistant over and over while it sells, and count the mails that each buyer got."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import cycle, islice
import json
from pathlib import Path
import random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final, override

from mail_simulator import Mail, MailSimulator
from real_home_assistant.process import end, free_port, furnish, start
from wallet_simulator import Kind, Simulator, Wallet

from .kill_books import PRICE, buyer
from .kills import ENTRY, kill_at_once, stored_entry

CONFIGURATION: Final = """
homeassistant:
  time_zone: Europe/Moscow
http:
  server_host: 127.0.0.1
  server_port: {port}
logger:
  default: warning
"""
# How long a moment to kill at is waited for; if it does not come, the kill comes anyway.
PATIENCE: Final = 25.0
# Until every mail is sent, once nobody kills any more: one whose outcome is unknown waits a minute.
SETTLING: Final = 240.0
STARTING_UP: Final = 3.5


class Moment(StrEnum):
    """When Home Assistant is killed."""

    START_UP = "during start-up"
    MAILING = "while mails are sent"
    ANSWER = "between the server's answer and its note"
    WRITING = "while an order is written down"


@dataclass(slots=True)
class Sales:
    """What a trial showed."""

    seed: int
    moments: Counter[Moment] = field(default_factory=Counter)
    orders: int = 0
    missing: set[str] = field(default_factory=set)
    """Buyers without a mail."""
    twice: set[str] = field(default_factory=set)
    """Buyers with two mails of one id."""
    wrong: list[str] = field(default_factory=list)
    """Buyers with more, or with two ids, and whoever got a mail without having paid the price."""
    unsettled: Counter[str] = field(default_factory=Counter)
    """What is not sent in the end, by state and reason."""

    @property
    def is_kept(self) -> bool:
        """Tell whether the promise was kept."""
        # An order whose mail was cut off twice is left to a person: the buyer has two mails by then.
        is_settled = self.unsettled.keys() <= {"needs_attention outcome_unknown"}
        return is_settled and not (self.missing or self.wrong) and len(self.twice) <= self.moments.total()

    @override
    def __str__(self) -> str:
        moments = ", ".join(f"{count} {moment}" for moment, count in sorted(self.moments.items()))
        return (
            f"seed {self.seed}: {self.moments.total()} kills ({moments}); {self.orders} orders, "
            f"{len(self.missing)} without a mail, {len(self.twice)} with two of one id, "
            f"{len(self.wrong)} wrong, {self.unsettled.total()} unsettled {dict(self.unsettled)}"
        )


class Trial:
    """One shop, its buyers, and somebody who kills it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311  repeatable on purpose
        self.sales = Sales(seed)
        self._folder = folder
        self._wallet = Wallet(seed=seed)
        self._ledger = folder / ".storage" / f"qiwi.{ENTRY}"
        self._mails: list[Mail] = []

    async def run(self, kills: int, orders: int) -> Sales:
        """Sell so much and kill so often, let everything come to rest, and count."""
        self._wallet.pay(1, date=self._wallet.clock() - timedelta(minutes=5))
        async with Simulator(self._wallet, rate_limit=None) as simulator, MailSimulator() as server:
            self._mails = server.mails
            self._furnish(simulator.url, server.port)
            process = await start(self._folder)
            try:
                await self._until(self._ledger.exists, SETTLING)
                await end(process)
                process = await start(self._folder)
                for number, moment in enumerate(self._moments(kills)):
                    self._buy(orders * (number + 1) // kills - orders * number // kills)
                    await self._wait_for(moment)
                    await kill_at_once(process)
                    self.sales.moments[moment] += 1
                    process = await start(self._folder)
                await self._until(self._is_settled, SETTLING)
            finally:
                await end(process)
        self._count()
        return self.sales

    def _furnish(self, url: str, mail_port: int) -> None:
        furnish(self._folder, CONFIGURATION.format(port=free_port()))
        storage = self._folder / ".storage"
        storage.mkdir()
        entry = stored_entry(self._wallet.add_token(), url, mail_port)
        (storage / "core.config_entries").write_text(json.dumps(entry))

    def _buy(self, count: int) -> None:
        """Let so many buyers pay, and as many pay something else."""
        for _ in range(count):
            self.sales.orders += 1
            self._wallet.pay(PRICE, comment=buyer(self.sales.orders))
            odd: dict[str, Any] = self.random.choice(
                (
                    {"amount": PRICE - 1},
                    {"amount": PRICE, "kind": Kind.REFUND, "comment": None},
                    {"amount": 1},
                )
            )
            self._wallet.pay(**{"comment": "other@example.com"} | odd)

    # Killing

    def _moments(self, kills: int) -> list[Moment]:
        """Return when to kill: each moment as often as the others, in a random order."""
        moments = list(islice(cycle(Moment), kills))
        self.random.shuffle(moments)
        return moments

    async def _wait_for(self, moment: Moment) -> None:
        """Wait for a moment of the life that has just begun."""
        if moment is Moment.START_UP:
            await asyncio.sleep(self.random.uniform(0, STARTING_UP))
            return
        more = len(self._mails) + self.random.randint(1, 3)
        if moment is Moment.WRITING:
            stamp = self._stamp()
            await self._until(lambda: self._stamp() != stamp and len(self._mails) >= more - 1)
            await asyncio.sleep(self.random.uniform(0, 0.01))
            return
        await self._until(lambda: len(self._mails) >= more)
        # The answer is on its way in the very step in which the mail is taken.
        await asyncio.sleep(0 if moment is Moment.ANSWER else self.random.uniform(0, 0.03))

    async def _until(self, happened: Callable[[], bool], patience: float = PATIENCE) -> None:
        deadline = monotonic() + patience
        while not happened() and monotonic() < deadline:  # noqa: ASYNC110  another process makes it true
            await asyncio.sleep(0.001)

    def _stamp(self) -> int:
        """Tell the ledger's file from the one before."""
        with suppress(FileNotFoundError):
            return self._ledger.stat().st_mtime_ns
        return 0

    # Counting

    def _orders(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._ledger.read_text())["books"]["orders"]["orders"]
        return found

    def _is_settled(self) -> bool:
        orders = self._orders()
        return len(orders) == self.sales.orders and all(order["state"] == "sent" for order in orders)

    def _count(self) -> None:
        sales = self.sales
        ids: dict[str, list[str]] = {}
        for mail in self._mails:
            ids.setdefault(" ".join(mail.recipients), []).append(mail.message["Message-ID"])
        buyers = {buyer(number + 1) for number in range(sales.orders)}
        sales.missing = buyers - ids.keys()
        sales.twice = {buyer for buyer, mine in ids.items() if len(mine) == 2 and len(set(mine)) == 1}
        sales.wrong = [
            f"{buyer}: {mine}"
            for buyer, mine in ids.items()
            if buyer not in buyers or not (len(mine) == 1 or buyer in sales.twice)
        ]
        sales.unsettled = Counter(
            f"{order['state']} {order.get('reason', '')}".strip()
            for order in self._orders()
            if order["state"] != "sent"
        )


async def sell(kills: int, orders: int, seed: int, side_by_side: int = 2) -> list[Sales]:
    """Kill and sell so much in all, in several shops side by side."""

    async def attempt(place: int) -> Sales:
        mine = [total // side_by_side + (place < total % side_by_side) for total in (kills, orders)]
        with TemporaryDirectory(prefix="qiwi-sales-") as folder:
            return await Trial(Path(folder), seed + place).run(*mine)

    return await asyncio.gather(*map(attempt, range(side_by_side)))
