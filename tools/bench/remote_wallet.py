"""Wallets served by a process of their own, so that their work is not counted as ours."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

from wallet_simulator import Simulator, Wallet

NUMBER: Final = "79000000000"
TOKEN: Final = "0123456789abcdef0123456789abcdef"  # noqa: S105 - the simulator's
MOST: Final = 10


def number_of(place: int) -> str:
    """Return the number of a wallet."""
    return str(int(NUMBER) + place)


def token_of(place: int) -> str:
    """Return the token of a wallet."""
    return f"{place:x}{TOKEN[1:]}"


class RemoteWallet:
    """Talks to the process that serves the wallets."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.url: str = pipe.recv()

    def pay(
        self, count: int = 1, *, over: timedelta = timedelta(), place: int = 0, comment: str | None = None
    ) -> None:
        """Let 1, 2, 3 … roubles have come to a wallet in the time that has just passed, oldest first."""
        self._call("pay", count, over, place, comment)

    def wait(self, duration: timedelta) -> None:
        """Let time pass."""
        self._call("wait", duration)

    def refuse(self) -> None:
        """Refuse connections."""
        self._call("refuse")

    def listen(self) -> None:
        """Accept connections again."""
        self._call("listen")

    @property
    def asked(self) -> int:
        """How many requests came so far."""
        return int(self._call("asked", None))

    @property
    def pages(self) -> int:
        """How many of them were for a page of payments."""
        return int(self._call("asked", "payments"))

    def _call(self, *call: Any) -> Any:  # noqa: ANN401  as the wallet answers
        self._pipe.send(call)
        return self._pipe.recv()


@contextmanager
def remote_wallet() -> Iterator[RemoteWallet]:
    """Serve wallets beside this process."""
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
    wallets = [Wallet(number_of(place), balances={"RUB": 1000, "USD": 5}) for place in range(MOST)]
    for place, wallet in enumerate(wallets):
        wallet.add_token(token_of(place))
    async with Simulator(*wallets, rate_limit=None) as simulator:
        pipe.send(simulator.url)
        while (call := await asyncio.to_thread(pipe.recv)) != ("end",):
            pipe.send(await _do(simulator, *call))


async def _do(simulator: Simulator, what: str, *details: Any) -> int | None:  # noqa: ANN401
    match what, details:
        case "pay", (count, over, place, comment):
            _pay(simulator.wallets[place], count, over, comment)
        case "wait", (duration,):
            simulator.clock = _later(simulator.clock, duration)
        case "refuse", ():
            await simulator.refuse()
        case "listen", ():
            await simulator.listen()
        case _, (endpoint,):
            return simulator.count(endpoint)
    return None


def _later(clock: Callable[[], Any], duration: timedelta) -> Callable[[], Any]:
    return lambda: clock() + duration


def _pay(wallet: Wallet, count: int, over: timedelta, comment: str | None) -> None:
    now = wallet.clock()
    for number in range(count):
        wallet.pay(number + 1, date=now - over * (count - 1 - number) / count, comment=comment)
