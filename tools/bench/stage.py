"""Where the figures are measured: Home Assistant in this process, its wallet in another, loopback between them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
import logging
from multiprocessing import get_context
from multiprocessing.connection import Connection
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiohttp import ThreadedResolver
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import DATA_RESOLVER
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

# Imported here so that Home Assistant looks for integrations in this repository.
from custom_components.qiwi.const import DOMAIN
from custom_components.qiwi.coordinator import EVENT_NEW_PAYMENT, QiwiCoordinator
from wallet_simulator import Simulator, Wallet

NUMBER: Final = "79000000000"
TOKEN: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105 - the simulator's
MANY: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `is_ok` is None for a time, which a busy machine may spoil."""

    what: str
    measured: str
    reach: str
    is_ok: bool | None


def at_most(what: str, measured: float, reach: float, unit: str = "", *, is_time: bool = False) -> Figure:
    """Return a figure that must not be larger than its reach."""
    is_ok = measured <= reach
    return Figure(
        what, f"{measured:,.3g}{unit}", f"≤ {reach:,g}{unit}", None if is_time and not is_ok else is_ok
    )


def exactly(what: str, measured: float, reach: float) -> Figure:
    """Return a figure that must be what it should be."""
    return Figure(what, f"{measured:,g}", f"{reach:,g}", measured == reach)


def holds(what: str, is_so: bool) -> Figure:
    """Return a figure that is true or is not."""
    return Figure(what, "yes" if is_so else "no", "yes", is_so)


class RemoteWallet:
    """A wallet served by a process of its own, so that its work is not counted as ours."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def pay(self, count: int = 1, *, apart: float = 0) -> None:
        """Let 1, 2, 3 … roubles arrive, so many seconds apart by the wallet's own clock."""
        self._call("pay", count, apart)

    def refuse(self) -> None:
        """Refuse connections."""
        self._call("refuse")

    def listen(self) -> None:
        """Accept connections again."""
        self._call("listen")

    @property
    def asked(self) -> int:
        """How many requests came so far."""
        return int(self._call("asked"))

    def _call(self, *call: Any) -> Any:  # noqa: ANN401  as the wallet answers
        self._pipe.send(call)
        return self._pipe.recv()


@contextmanager
def remote_wallet() -> Iterator[RemoteWallet]:
    """Serve a wallet beside this process."""
    spawn = get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield RemoteWallet(here)
    finally:
        here.send(("end",))
        process.join()


def _serve(pipe: Connection) -> None:
    asyncio.run(_answer(pipe))


async def _answer(pipe: Connection) -> None:
    wallet = Wallet(NUMBER, balances={"RUB": 1000, "USD": 5})
    wallet.add_token(TOKEN)
    clock = wallet.clock
    ahead = timedelta()
    async with Simulator(wallet, rate_limit=None) as simulator:
        simulator.clock = lambda: clock() + ahead
        pipe.send(simulator.url)
        while True:
            match await asyncio.to_thread(pipe.recv):
                case ("pay", count, apart):
                    begun = simulator.clock()
                    for number in range(count):
                        wallet.pay(number + 1, date=begun + timedelta(seconds=number * apart))
                    ahead += timedelta(seconds=count * apart)
                    pipe.send(None)
                case ("refuse",):
                    await simulator.refuse()
                    pipe.send(None)
                case ("listen",):
                    await simulator.listen()
                    pipe.send(None)
                case ("asked",):
                    pipe.send(simulator.count())
                case _:
                    return


@dataclass(slots=True)
class Stage:
    """A running Home Assistant with one entry, and what it announced."""

    hass: HomeAssistant
    entry: MockConfigEntry
    heard: list[dict[str, Any]] = field(default_factory=list)

    @property
    def coordinator(self) -> QiwiCoordinator:
        """The entry's coordinator."""
        coordinator: QiwiCoordinator = self.entry.runtime_data
        return coordinator

    async def set_up(self) -> None:
        """Set the entry up and let it read its window; requests are not held back from then on."""
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.rest()
        limiter = self.coordinator.client._shared.transport.limiter  # noqa: SLF001
        limiter.requests = limiter.catch_up_requests = MANY

    async def poll(self) -> None:
        """Poll once, and let what follows from it come to rest."""
        await self.coordinator.async_refresh()
        await self.rest()

    async def rest(self) -> None:
        """Wait until nothing is left to do."""
        await self.hass.async_block_till_done(wait_background_tasks=True)


@asynccontextmanager
async def stage(url: str) -> AsyncIterator[Stage]:
    """Run a Home Assistant in a throw-away folder, with an entry that is not set up yet."""
    # What goes wrong on purpose is told by the table.
    logging.disable(logging.ERROR)
    with TemporaryDirectory(prefix="qiwi-bench-") as folder:
        async with async_test_home_assistant(config_dir=folder, initial_state=CoreState.running) as hass:
            hass.data.pop("custom_components")
            # The wallet's address is a number; Home Assistant's own resolver would ask the local network.
            hass.data[str(DATA_RESOLVER)] = ThreadedResolver()
            entry = MockConfigEntry(
                domain=DOMAIN,
                unique_id=NUMBER,
                title="QIWI •••• 0000",
                data={"api_token": TOKEN, "api_url": url, "wallet": NUMBER, "token_entered": "2026-05-06"},
            )
            entry.add_to_hass(hass)
            made = Stage(hass, entry)

            @callback
            def hear(event: Event[Any]) -> None:
                made.heard.append(dict(event.data))

            hass.bus.async_listen(EVENT_NEW_PAYMENT, hear)
            try:
                yield made
            finally:
                await hass.async_stop(force=True)
