"""The socket of the simulator: it listens on loopback, refuses on command, and keeps its port meanwhile."""

import asyncio
import socket

from aiohttp import web

LOOPBACK = "127.0.0.1"


class Listener:
    """Listens for an application; `refuse` and `listen` can alternate as often as they like."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self._held_port: socket.socket | None = None
        self._outage: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The address to give to a client, without a slash at the end; it stays while not listening."""
        return f"http://{LOOPBACK}:{self._port}"

    async def start(self, application: web.Application) -> None:
        """Begin to listen. OSError when the port is taken."""
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        try:
            self._hold_port()
            await self.listen()
        except OSError:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop for good; requests that hang are dropped."""
        if self._outage:
            self._outage.cancel()
        await self.refuse()
        if self._held_port:
            self._held_port.close()
            self._held_port = None
        if self._runner:
            await self._runner.cleanup()

    async def refuse(self) -> None:
        """Refuse connections from now on and drop the open ones; `listen` undoes it on the same port."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        server.abort_clients()
        await server.wait_closed()
        self._hold_port()

    async def listen(self) -> None:
        """Accept connections again."""
        if self._server is not None or self._held_port is None or not (self._runner and self._runner.server):
            return
        held, self._held_port = self._held_port, None
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._runner.server, sock=held)
        except OSError:
            held.close()
            raise

    def outage(self, seconds: float) -> None:
        """Refuse connections for a while, from the next moment on."""
        if self._outage:
            self._outage.cancel()
        self._outage = asyncio.create_task(self._refuse_for(seconds))

    async def _refuse_for(self, seconds: float) -> None:
        # The answer to the request that asked for it leaves first.
        await asyncio.sleep(0.05)
        await self.refuse()
        await asyncio.sleep(seconds)
        await self.listen()

    def _hold_port(self) -> None:
        """Bind the port without listening on it: connections are refused, nobody else can take it."""
        held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            held.bind((LOOPBACK, self._port))
        except OSError:
            held.close()
            raise
        self._port = held.getsockname()[1]
        self._held_port = held
