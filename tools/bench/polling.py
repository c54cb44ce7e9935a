"""What a quiet poll, a set-up and the way from the wallet to an automation cost."""

import asyncio
from collections.abc import Awaitable, Callable
import json
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final

import aiohttp
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import CoreState, Event, callback
from homeassistant.setup import async_setup_component

from custom_components.qiwi.coordinator import EVENT_NEW_PAYMENT
from custom_components.qiwi.feed import QUIET_ROWS

from .stage import NUMBER, TOKEN, Figure, RemoteWallet, at_most, exactly, holds, stage

ROUNDS: Final = 15
POLLS: Final = 40
SET_UPS: Final = 9
PAYMENTS: Final = 25
RAN: Final = "qiwi_bench_automation_ran"
AUTOMATIONS: Final = {
    "automation": {
        "alias": "Bench",
        "mode": "queued",
        "triggers": {"trigger": "event", "event_type": EVENT_NEW_PAYMENT},
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
    """Compare a quiet poll with the least that anybody has to do who fetches and parses the same bodies."""
    wallet.pay(100, apart=1)
    async with stage(wallet.url) as made, aiohttp.ClientSession() as session:
        await made.set_up()
        await made.poll()
        payments = f"{wallet.url}/payment-history/v2/persons/{NUMBER}/payments?rows="
        balances = f"{wallet.url}/funding-sources/v2/persons/{NUMBER}/accounts"
        headers = {"Accept": "application/json", "Authorization": f"Bearer {TOKEN}"}

        async def floor(rows: int) -> None:
            for address in (f"{payments}{rows}", balances):
                async with session.get(address, headers=headers) as answer:
                    json.loads(await answer.read())

        changes: list[Event[Any]] = []

        @callback
        def change(event: Event[Any]) -> None:
            changes.append(event)

        made.hass.bus.async_listen(EVENT_STATE_CHANGED, change)
        file = made.coordinator.file.path
        written, asked = _identity(file), wallet.asked
        for _ in range(POLLS):
            await made.coordinator.async_refresh()
        requests = (wallet.asked - asked) / POLLS
        to_floor, to_page = [], []
        for _ in range(ROUNDS):
            ours = await _cost(made.coordinator.async_refresh)
            to_floor.append(ours / await _cost(lambda: floor(QUIET_ROWS)))
            to_page.append(ours / await _cost(lambda: floor(50)))
        now = _identity(file)
        return [
            at_most("quiet poll: CPU to the floor's", median(to_floor), 1.10, " ×"),
            at_most("quiet poll: CPU to the floor's of 50 rows", median(to_page), 1, " ×"),
            exactly("quiet poll: requests", requests, 2),
            exactly("quiet polls: state writes", len(changes), 0),
            holds("quiet polls: the ledger's file stays as it is", now == written),
        ]


async def set_up(wallet: RemoteWallet) -> list[Figure]:
    """Set an entry up that has a ledger, as at every start of Home Assistant."""
    wallet.pay(100, apart=1)
    async with stage(wallet.url) as made:
        await made.set_up()
        made.hass.set_state(CoreState.starting)
        spent, requests = [], []
        for _ in range(SET_UPS):
            await made.hass.config_entries.async_unload(made.entry.entry_id)
            await made.rest()
            asked, begun = wallet.asked, process_time()
            await made.hass.config_entries.async_setup(made.entry.entry_id)
            spent.append(process_time() - begun)
            requests.append(wallet.asked - asked)
        made.hass.set_state(CoreState.running)
    return [
        at_most("set-up: requests before it is loaded", max(requests), 3),
        at_most("set-up: CPU", median(spent) * 1000, 30, " ms", is_time=True),
    ]


async def latency(wallet: RemoteWallet) -> list[Figure]:
    """Time a payment from the poll that finds it to the action of an automation."""
    async with stage(wallet.url) as made:
        await async_setup_component(made.hass, "automation", AUTOMATIONS)
        await made.set_up()
        times = []
        for _ in range(PAYMENTS):
            wallet.pay(apart=1)
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
