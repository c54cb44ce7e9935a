"""The simulator: the wallet API over real sockets on loopback, with faults and a control page."""

from collections.abc import Callable
from datetime import timedelta
from types import TracebackType
from typing import Self

from aiohttp import web

from .control import Control
from .delivery import set_date
from .faulty_api import FaultyApi
from .fields import LARGEST_BODY
from .listener import Listener
from .wallet import Wallet


class Simulator(FaultyApi):
    """Serves wallets: `async with Simulator(wallet) as simulator: simulator.url`."""

    def __init__(
        self,
        *wallets: Wallet,
        port: int = 0,
        rate_limit: int | None = 100,
        block: timedelta = timedelta(minutes=5),
        honours_dates: bool = True,
        empty_history_404: bool = False,
        checks_number: bool = True,
        log: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(
            *wallets,
            rate_limit=rate_limit,
            block=block,
            honours_dates=honours_dates,
            empty_history_404=empty_history_404,
            checks_number=checks_number,
            log=log,
        )
        self._listener = Listener(port)
        self._application = web.Application(client_max_size=LARGEST_BODY)
        self._application.on_response_prepare.append(set_date)
        Control(self, self._listener).add_routes(self._application)
        self._application.router.add_route("*", "/{path:.*}", self.serve)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """The address to give to a client, without a slash at the end; it stays while not listening."""
        return self._listener.url

    async def start(self) -> None:
        """Begin to listen. OSError when the port is taken."""
        await self._listener.start(self._application)

    async def close(self) -> None:
        """Stop for good; requests that hang are dropped."""
        self.clear_faults()
        await self._listener.close()

    async def refuse(self) -> None:
        """Refuse connections from now on and drop the open ones; `listen` undoes it on the same port."""
        await self._listener.refuse()

    async def listen(self) -> None:
        """Accept connections again."""
        await self._listener.listen()

    def outage(self, seconds: float) -> None:
        """Refuse connections for a while, from the next moment on."""
        self._listener.outage(seconds)
