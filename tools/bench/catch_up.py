"""What an outage in which ten thousand payments were made costs, and how large the ledger's file becomes."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
import gc
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, thread_time
import tracemalloc
from types import SimpleNamespace
from typing import Any, Final, cast
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from custom_components.qiwi.api import Status, Transaction
from custom_components.qiwi.ledger import ALLOWED_LATENESS, BATCH, Ledger, TotalsBook, Window
from custom_components.qiwi.ledger_file import LedgerFile
from custom_components.qiwi.payments import Kind, Payment

from .stage import Figure, RemoteWallet, Stage, at_most, exactly, holds, stage

PAYMENTS: Final = 10_000
PAGES: Final = 200
# They fit the day that a window holds.
APART: Final = 7
A_DAY: Final = 5_000
DAYS: Final = 65
RECONCILED_A_DAY: Final = 10


@dataclass(slots=True)
class LongestStep:
    """The longest time the event loop was held up for, in seconds, and by whom."""

    seconds: float = 0.0
    wall: float = 0.0
    who: str = ""

    def note(self, handle: asyncio.Handle, seconds: float, wall: float) -> None:
        """Compare with the longest so far."""
        if seconds > self.seconds:
            owner = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]  # noqa: SLF001
            task = owner.get_name() if isinstance(owner, asyncio.Task) else repr(handle)
            self.seconds, self.wall, self.who = seconds, wall, task


@contextmanager
def longest_step() -> Iterator[LongestStep]:
    """Watch every step of the event loop: nothing but Home Assistant with the integration runs in it."""
    longest = LongestStep()
    run = asyncio.Handle._run  # noqa: SLF001

    def watched(handle: asyncio.Handle) -> None:
        wall, begun = perf_counter(), thread_time()
        run(handle)
        # The step that ends the watch does other things as well.
        if asyncio.Handle._run is watched:  # noqa: SLF001
            longest.note(handle, thread_time() - begun, perf_counter() - wall)

    with patch.object(asyncio.Handle, "_run", watched):
        yield longest


async def catch_up(wallet: RemoteWallet) -> list[Figure]:
    """Catch up what was paid during an outage."""
    wallet.pay(5, apart=1)
    async with stage(wallet.url) as made:
        await made.set_up()
        wallet.refuse()
        await made.poll()
        wallet.pay(PAYMENTS, apart=APART)
        wallet.listen()
        made.heard.clear()
        asked = wallet.asked
        # What earlier measures left would be collected within a step of ours.
        gc.collect()
        gc.freeze()
        begun = process_time()
        with longest_step() as step:
            await asyncio.sleep(0)
            await made.poll()
        spent = process_time() - begun
        # The newest page and the balances are asked for beside it.
        pages = wallet.asked - asked - 2
        amounts = [record["amount"] for record in made.heard]
        memory = await _memory(made)
    return [
        Figure("catch-up: pages", f"{pages}", f"{PAGES} ± 2", abs(pages - PAGES) <= 2),
        exactly("catch-up: payments announced", len(amounts), PAYMENTS),
        exactly("catch-up: payments announced once", len(set(amounts)), PAYMENTS),
        holds("catch-up: announced oldest first", amounts == sorted(amounts)),
        at_most("catch-up: CPU a payment, all in all", spent / PAYMENTS * 1000, 1, " ms", is_time=True),
        at_most(f"catch-up: longest step ({step.who}, {step.wall * 1000:.0f} ms by the clock)", step.seconds * 1000, 20, " ms", is_time=True),
        at_most("catch-up: memory a payment held", memory, 1024, " bytes"),
    ]  # fmt: skip


async def _memory(made: Stage) -> float:
    """Read the same payments once more as if they were news, and weigh what is held."""
    client = made.coordinator.client
    now = client.wallet_time or dt_util.utcnow()
    start = now - timedelta(seconds=PAYMENTS * APART)
    moment = int((now - 2 * ALLOWED_LATENESS).timestamp())
    unread = Ledger(watermark=moment, since=moment)
    window = Window(start, now, begun=now)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    async for page in client.pages(start, now):
        window.read(page.rows, unread)
    # The order in which they leave is held as well.
    window.oldest_held()
    del page
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) / window.held


async def ledger(wallet: RemoteWallet) -> list[Figure]:
    """Keep the ledger of a busy wallet for two months and look at its file."""
    wallet.pay(apart=1)
    async with stage(wallet.url) as made:
        await made.set_up()
        template = (await made.coordinator.client.payments_page(rows=1)).rows[0]
    books = (TotalsBook(received=[Kind.TRANSFER], zone=dt_util.get_default_time_zone),)
    now = template.date
    kept = Ledger.first_contact([], now=now, books=books)
    share = A_DAY // RECONCILED_A_DAY
    largest = 0
    with TemporaryDirectory(prefix="qiwi-bench-") as folder:
        file = LedgerFile(_config(folder), "busy")
        for part in range(DAYS * RECONCILED_A_DAY):
            now += timedelta(days=1) / RECONCILED_A_DAY
            rows = [_paid(template, part * share + number, now) for number in range(share)]
            kept = kept.taken([Payment.from_transaction(row) for row in rows], now=now, books=books)
            # At most one batch waits on disk at a time.
            kept = kept.published(share - BATCH)
            if part >= (DAYS - 2) * RECONCILED_A_DAY:
                await file.async_save(kept, books)
                largest = max(largest, file.path.stat().st_size)
            kept = kept.published(BATCH).advanced(now - ALLOWED_LATENESS, books=books)
    return [at_most(f"ledger file at {A_DAY:,} payments a day", largest / 1000, 300, " KB")]


def _paid(template: Transaction, number: int, moment: datetime) -> Transaction:
    return replace(template, transaction_id=str(25_050_000_000 + number), date=moment, status=Status.SUCCESS)


def _config(folder: str) -> HomeAssistant:
    async def at_once(job: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401  whatever the job does
        return job(*arguments)

    return cast(
        "HomeAssistant",
        SimpleNamespace(
            config=SimpleNamespace(path=Path(folder).joinpath), data={}, async_add_executor_job=at_once
        ),
    )
