"""What polls cost: quiet ones, those with news, beside goals and offers, of ten wallets."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
import json
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final

import aiohttp
from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, callback
from homeassistant.setup import async_setup_component

from custom_components.qiwi.coordinator import POLL_INTERVAL, WATCHED_INTERVAL
from custom_components.qiwi.feed import QUIET_ROWS, RECONCILE_INTERVAL

from .figures import Figure, about, at_most, exactly, holds
from .longest_step import longest_step
from .remote_wallet import NUMBER, TOKEN, RemoteWallet
from .stage import Extras, stage

ROUNDS: Final = 15
POLLS: Final = 40
# The balances are asked for at least every second minute.
POLLS_A_BALANCE: Final = 4
PAYMENTS: Final = 25
BURST: Final = 50
BURSTS: Final = 20
WALLETS: Final = 10
# Ten goals that count everything, ten offers that nothing here pays for.
FULL: Final = Extras(goals=[{}] * 10, offers=[{"price": f"{5_000_000 + place}"} for place in range(10)])
RAN: Final = "qiwi_bench_automation_ran"
AUTOMATIONS: Final = {
    "automation": {
        "alias": "Bench",
        "mode": "queued",
        "max": 1000,
        "triggers": {"trigger": "qiwi.payment_received"},
        "actions": {"event": RAN},
    }
}


async def _cost(work: Callable[[], Awaitable[object]], times: int = POLLS) -> float:
    """Return the CPU seconds that one time takes."""
    begun = process_time()
    for _ in range(times):
        await work()
    return (process_time() - begun) / times


def _identity(file: Path) -> tuple[int, int]:
    """Tell a file from the one that would replace it."""
    found = file.stat()
    return found.st_ino, found.st_mtime_ns


async def quiet(wallet: RemoteWallet) -> list[Figure]:
    """Compare quiet polls with bare requests for the same bodies, read and parsed by nobody but json."""
    wallet.pay(100, over=timedelta(seconds=100))
    async with stage(wallet.url) as made, aiohttp.ClientSession() as session:
        await made.set_up()
        await made.poll()
        headers = {"Accept": "application/json", "Authorization": f"Bearer {TOKEN}"}

        async def ask(path: str) -> None:
            async with session.get(f"{wallet.url}{path}", headers=headers) as answer:
                json.loads(await answer.read())

        async def one() -> None:
            await ask(f"/payment-history/v2/persons/{NUMBER}/payments?rows={QUIET_ROWS}")

        async def bare_average() -> None:
            for _ in range(POLLS_A_BALANCE):
                await one()
            await ask(f"/funding-sources/v2/persons/{NUMBER}/accounts")

        async def average() -> None:
            for _ in range(POLLS_A_BALANCE - 1):
                await made.scheduled_poll()
            await made.coordinator.async_refresh()

        to_one, to_average = [], []
        for _ in range(ROUNDS):
            to_one.append(await _cost(made.scheduled_poll) / await _cost(one))
            times = POLLS // POLLS_A_BALANCE
            # Beside two bare requests this would measure how long the two answers are.
            to_average.append(await _cost(average, times) / await _cost(bare_average, times))
    return [
        at_most("quiet poll: CPU to one bare request", median(to_one), 1.10, " ×"),
        at_most(
            "with every fourth for balances: CPU to the same bare requests", median(to_average), 1.10, " ×"
        ),
    ]


async def minute(wallet: RemoteWallet) -> list[Figure]:
    """Count what quiet minutes do, with goals and offers that wait."""
    wallet.pay(100, over=timedelta(hours=20))
    async with stage(wallet.url, extras=[FULL]) as made:
        await made.set_up()
        await made.poll()
        heard: list[Event[Any]] = []

        @callback
        def hear(event: Event[Any]) -> None:
            heard.append(event)

        made.hass.bus.async_listen(MATCH_ALL, hear)
        file = made.coordinator.file.path
        written, asked = _identity(file), wallet.asked
        # Up to the next reconcile.
        polls = int(RECONCILE_INTERVAL / POLL_INTERVAL) - 2
        for _ in range(polls):
            made.wait(POLL_INTERVAL, wallet)
            await made.scheduled_poll()
            await made.rest()
        requests = (wallet.asked - asked) / polls * (timedelta(minutes=1) / POLL_INTERVAL)
        now, events = _identity(file), len(heard)
    return [
        exactly("quiet minute, 10 goals, 10 offers: requests", requests, 2.5),
        exactly("quiet minutes: events, state writes and recorder rows", events, 0),
        holds("quiet minutes: the ledger's file stays as it is", now == written),
        exactly("seconds between polls", POLL_INTERVAL.total_seconds(), 30),
        exactly("seconds between polls while an overlay is watched", WATCHED_INTERVAL.total_seconds(), 15),
    ]


async def beside(wallet: RemoteWallet) -> list[Figure]:
    """Compare the polls of a wallet that has goals and offers with one that has none, and ten wallets with one."""
    for place in range(WALLETS):
        wallet.pay(100, over=timedelta(seconds=100), place=place)
    extras = [Extras(), FULL, *[Extras()] * (WALLETS - 2)]
    async with stage(wallet.url, extras=extras) as made:
        await made.set_up()
        to_none, to_one = [], []

        async def all_of_them() -> None:
            for place in range(WALLETS):
                await made.scheduled_poll(place)

        for _ in range(ROUNDS):
            # Before and after: what slows the machine down slows both.
            before = await _cost(made.scheduled_poll)
            full = await _cost(lambda: made.scheduled_poll(1))
            ten = await _cost(all_of_them, POLLS // WALLETS)
            alone = (before + await _cost(made.scheduled_poll)) / 2
            to_none.append(full / alone)
            to_one.append(ten / alone / WALLETS)
    return [
        about("quiet poll with 10 goals and 10 offers: CPU to one without", median(to_none), 1, 0.05),
        about("polls of ten wallets: CPU to ten times one", median(to_one), 1, 0.10),
    ]


async def burst(wallet: RemoteWallet) -> list[Figure]:
    """Let 50 payments come between two polls, with goals and offers that each of them is shown to."""
    async with stage(wallet.url, extras=[FULL]) as made:
        await made.set_up()
        spent = 0.0
        with longest_step() as step:
            for _ in range(BURSTS):
                made.wait(POLL_INTERVAL, wallet)
                wallet.pay(BURST, over=POLL_INTERVAL)
                begun = process_time()
                await made.poll()
                spent += process_time() - begun
        announced = len(made.heard)
    return [
        exactly("polls with 50 payments, 10 goals, 10 offers: announced", announced, BURST * BURSTS),
        at_most("polls with 50 payments: CPU a payment", spent / announced * 1000, 1, " ms", is_time=True),
        at_most(f"polls with 50 payments: longest step ({step.who})", step.seconds * 1000, 10, " ms", is_time=True),
    ]  # fmt: skip


async def latency(wallet: RemoteWallet) -> list[Figure]:
    """Time a payment from the poll that finds it to the action of an automation."""
    async with stage(wallet.url) as made:
        await async_setup_component(made.hass, "automation", AUTOMATIONS)
        await made.set_up()
        times = []
        for _ in range(PAYMENTS):
            made.wait(POLL_INTERVAL, wallet)
            wallet.pay()
            ran: asyncio.Future[float] = asyncio.get_running_loop().create_future()
            made.hass.bus.async_listen_once(RAN, callback(lambda _, ran=ran: ran.set_result(perf_counter())))
            begun = perf_counter()
            await made.coordinator.async_refresh()
            times.append(await asyncio.wait_for(ran, 10) - begun)
            await made.rest()
    return [
        at_most("payment to automation, beyond the poll's moment: median", median(times) * 1000, 50, " ms", is_time=True),
        at_most("payment to automation, beyond the poll's moment: longest", max(times) * 1000, 50, " ms", is_time=True),
    ]  # fmt: skip
