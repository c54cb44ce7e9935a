"""The simulator: the wallet API over real sockets on loopback, with faults on command."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
import socket
from types import TracebackType
from typing import Self

from aiohttp import hdrs, web

from .answers import ERROR_BODIES, JSON_TYPE, Answer, RefusedError
from .api import WalletApi, route
from .control import LARGEST_BODY, Control
from .delivery import DATE, deliver, header_date, set_date
from .distortion import distort
from .faults import ActiveFault, Endpoint, Fault, FaultKind
from .query import PARAMETERS
from .wallet import Wallet

LOOPBACK = "127.0.0.1"


@dataclass(slots=True, kw_only=True)
class RecordedRequest:
    """A request to the API as tests count it; `status` is 0 while and when nothing was answered."""

    method: str
    path: str
    query: dict[str, str]
    status: int = 0
    endpoint: Endpoint | None = None
    authorized: bool = False
    """Whether it carried an Authorization header, right or wrong."""

    def answered(self, status: int) -> None:
        """Note the answer's status."""
        self.status = status

    def __iter__(self) -> Iterator[object]:
        return iter((self.method, self.path, self.query, self.status))


class Simulator(WalletApi):
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
        )
        self.requests: list[RecordedRequest] = []
        self.faults: list[ActiveFault] = []
        self._log = log
        self._port = port
        self._listener: asyncio.Server | None = None
        self._held_port: socket.socket | None = None
        self._outage: asyncio.Task[None] | None = None
        application = web.Application(client_max_size=LARGEST_BODY)
        application.on_response_prepare.append(set_date)
        Control(self).add_routes(application)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )

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
        return f"http://{LOOPBACK}:{self._port}"

    # Listening

    async def start(self) -> None:
        """Begin to listen. OSError when the port is taken."""
        await self._runner.setup()
        try:
            self._hold_port()
            await self.listen()
        except OSError:
            await self.close()
            raise

    async def close(self) -> None:
        """Stop for good; requests that hang are dropped."""
        self.clear_faults()
        if self._outage:
            self._outage.cancel()
        await self.refuse()
        if self._held_port:
            self._held_port.close()
            self._held_port = None
        await self._runner.cleanup()

    async def refuse(self) -> None:
        """Refuse connections from now on and drop the open ones; `listen` undoes it on the same port."""
        if self._listener is None:
            return
        listener, self._listener = self._listener, None
        listener.close()
        listener.abort_clients()
        await listener.wait_closed()
        self._hold_port()

    async def listen(self) -> None:
        """Accept connections again."""
        if self._listener is not None or self._held_port is None or self._runner.server is None:
            return
        held, self._held_port = self._held_port, None
        loop = asyncio.get_running_loop()
        try:
            self._listener = await loop.create_server(self._runner.server, sock=held)
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

    # Faults

    def fault(self, fault: Fault) -> ActiveFault:
        """Let something go wrong from now on; the newest fault that fits strikes, alone."""
        active = ActiveFault(fault, fault.times)
        self.faults.append(active)
        return active

    def clear_faults(self, endpoint: Endpoint | str | None = None) -> None:
        """End all faults, or those of one endpoint. Requests that hang are dropped."""
        ended = [active for active in self.faults if endpoint in {None, active.fault.endpoint}]
        for active in ended:
            self.faults.remove(active)
            active.ended.set()

    # Counting

    def count(self, endpoint: Endpoint | str | None = None) -> int:
        """How many requests came, to one endpoint or to all."""
        return sum(endpoint in {None, request.endpoint} for request in self.requests)

    def note(self, line: str) -> None:
        """Write a line into the simulator's log, if it keeps one."""
        if self._log:
            self._log(line)

    # Answering

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        endpoint, argument = route(request.path)
        record = RecordedRequest(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            endpoint=endpoint,
            authorized=hdrs.AUTHORIZATION in request.headers,
        )
        self.requests.append(record)
        struck = self._strike(endpoint)
        if date := header_date(self.clock(), struck):
            request[DATE] = date
        try:
            answer = self._faulty_answer(request, endpoint, argument, struck)
            return await deliver(request, answer, struck, record.answered)
        finally:
            self.note(f"{request.method} {_shown(request)} {record.status or 'no answer'}")

    def _strike(self, endpoint: Endpoint | None) -> ActiveFault | None:
        for active in reversed(self.faults):
            if active.strikes(endpoint):
                active.count()
                if active.remaining == 0:
                    self.faults.remove(active)
                return active
        return None

    def _faulty_answer(
        self, request: web.Request, endpoint: Endpoint | None, argument: str, struck: ActiveFault | None
    ) -> Answer:
        if struck is None:
            return self.answer(request, endpoint, argument, None)
        if struck.fault.kind is FaultKind.STATUS:
            return self._status_answer(endpoint, struck.fault)
        return distort(self.answer(request, endpoint, argument, struck.fault), struck.fault, self.url)

    def _status_answer(self, endpoint: Endpoint | None, fault: Fault) -> Answer:
        headers = dict(fault.headers)
        if fault.status == 429:
            headers.setdefault(hdrs.RETRY_AFTER, "60")
        content_type = headers.pop(hdrs.CONTENT_TYPE, JSON_TYPE)
        if fault.body is not None:
            body = fault.body.encode()
        elif fault.status in {200, 401}:
            body = b""
        else:
            code, message = ERROR_BODIES.get(fault.status, ERROR_BODIES[500])
            body = self.refusal(endpoint, RefusedError(fault.status, code, message)).body
        return Answer(status=fault.status, body=body, content_type=content_type, headers=headers)


def _shown(request: web.Request) -> str:
    """Return path and query for the log, leaving out whatever the documentation doesn't name."""
    query = "&".join(f"{name}={value}" for name, value in request.query.items() if name in PARAMETERS)
    return f"{request.path}?{query}" if query else request.path
