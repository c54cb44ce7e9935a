"""What an outage costs in which ten thousand payments were made, or a hundred thousand."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
import gc
from time import process_time
import tracemalloc
from typing import Final

from custom_components.qiwi.ledger import ALLOWED_LATENESS, Ledger, Window

from .figures import Figure, about, at_most, exactly, holds
from .longest_step import LongestStep, longest_step
from .remote_wallet import RemoteWallet
from .stage import Extras, Stage, stage

PAYMENTS: Final = 10_000
PAGES: Final = 200
# They fit the day that a window reaches back.
OUTAGE: Final = timedelta(hours=20)
MANY_PAYMENTS: Final = 100_000
LONG_OUTAGE: Final = timedelta(days=89)
GOALS: Final = Extras(goals=[{}] * 10)


@dataclass(frozen=True, slots=True)
class CaughtUp:
    """What catching up took: CPU seconds and requests, and what was announced."""

    spent: float
    pages: int
    amounts: list[float]
    step: LongestStep

    @property
    def cost(self) -> float:
        """CPU seconds a payment."""
        return self.spent / len(self.amounts)

    def figures(self, what: str, payments: int) -> list[Figure]:
        """Return whether every payment came once and in order."""
        return [
            exactly(f"{what}: payments announced", len(self.amounts), payments),
            exactly(f"{what}: payments announced once", len(set(self.amounts)), payments),
            holds(f"{what}: announced oldest first", self.amounts == sorted(self.amounts)),
        ]


async def catch_up(wallet: RemoteWallet) -> list[Figure]:
    """Catch up what was paid during an outage, with ten goals to count it."""
    wallet.pay(5)
    async with stage(wallet.url, extras=[GOALS]) as made:
        await made.set_up()
        caught_up = await _catch_up(made, wallet, PAYMENTS, OUTAGE)
        memory = await _memory(made, OUTAGE)
    step = caught_up.step
    return [
        Figure("catch-up: pages", f"{caught_up.pages}", f"{PAGES} ± 2", abs(caught_up.pages - PAGES) <= 2),
        *caught_up.figures("catch-up", PAYMENTS),
        at_most("catch-up: CPU a payment, all in all", caught_up.cost * 1000, 0.2, " ms", is_time=True),
        at_most(f"catch-up: longest step ({step.who}, {step.wall * 1000:.0f} ms by the clock)", step.seconds * 1000, 10, " ms", is_time=True),
        at_most("catch-up: memory a payment held", memory, 900, " bytes"),
    ]  # fmt: skip


async def long_catch_up(wallet: RemoteWallet) -> list[Figure]:
    """Come back after three months to a hundred thousand payments, and compare with ten thousand."""
    wallet.pay(5)
    wallet.pay(5, place=1)
    async with stage(wallet.url, extras=[GOALS, GOALS]) as made:
        await made.set_up()
        few = await _catch_up(made, wallet, PAYMENTS, OUTAGE, place=1)
        many = await _catch_up(made, wallet, MANY_PAYMENTS, LONG_OUTAGE)
        memory = await _memory(made, LONG_OUTAGE)
    return [
        *many.figures("three months", MANY_PAYMENTS),
        about("three months: CPU a payment to that of 10,000", many.cost / few.cost, 1, 0.2),
        at_most("three months: memory a payment held", memory, 1024, " bytes"),
    ]


async def _catch_up(
    made: Stage, wallet: RemoteWallet, payments: int, outage: timedelta, *, place: int = 0
) -> CaughtUp:
    wallet.refuse()
    await made.poll(place)
    made.wait(outage, wallet)
    wallet.pay(payments, over=outage, place=place)
    wallet.listen()
    made.heard.clear()
    pages, begun = wallet.pages, process_time()
    with longest_step() as step:
        await asyncio.sleep(0)
        await made.poll(place)
    spent = process_time() - begun
    # The poll's own page is beside it.
    return CaughtUp(spent, wallet.pages - pages - 1, [record["amount"] for record in made.heard], step)


async def _memory(made: Stage, outage: timedelta) -> float:
    """Read the same payments once more as if they were news, and weigh what is held."""
    client = made.coordinator.client
    now = made.time.now()
    start = now - outage
    moment = int((start - ALLOWED_LATENESS).timestamp())
    unread = Ledger(watermark=moment, since=moment)
    window = Window(start, now, begun=now)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    async for page in client.pages(start, now):
        window.read(page, unread)
    # The order in which they leave is held as well.
    window.oldest_held()
    del page
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / window.held
