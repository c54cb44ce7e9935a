"""The wallet client against the simulator and against a server that says whatever a test wants."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
import json
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.qiwi.api import QiwiClient, WalletLimiter
from wallet_simulator import Simulator, Wallet

NUMBER = "79000000000"
TOKEN = "0123456789abcdef0123456789abcdef"


@dataclass(slots=True, kw_only=True)
class Said:
    """One answer of the scripted server."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class ScriptedServer:
    """Answers with what it was told to say, in order, the last over and over; keeps what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[web.BaseRequest] = []
        self.script: list[Said] = []
        self.compressed = False

    def says(self, *script: Said) -> None:
        """Forget the old script and begin this one."""
        self.script = list(script)

    def says_json(self, *documents: Any) -> None:
        """Answer with JSON bodies of status 200."""
        self.says(*(Said(body=json.dumps(document).encode()) for document in documents))

    @property
    def targets(self) -> list[str]:
        """The raw paths and queries asked for."""
        return [request.raw_path for request in self.asked]

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Say the next thing."""
        self.asked.append(request)
        said = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        response = web.Response(status=said.status, body=said.body, headers=said.headers)
        if self.compressed:
            response.enable_compression()
        return response


class raw_server:  # noqa: N801 - reads like the function it stands for
    """Sends the same bytes to whoever connects, then closes, or goes on with `endless` until left."""

    def __init__(self, answer: bytes, endless: bytes = b"") -> None:
        self._answer = answer
        self._endless = endless

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self._server.abort_clients()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self._answer)
            while self._endless:
                writer.write(self._endless)
                await writer.drain()
        except OSError, asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow real sockets."""


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedServer]:
    server = ScriptedServer()
    runner = web.ServerRunner(web.Server(server.answer, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield server
    await runner.cleanup()


@pytest.fixture
def wallet() -> Wallet:
    wallet = Wallet(NUMBER, balances={"RUB": "100.50"})
    wallet.add_token(TOKEN)
    return wallet


@pytest.fixture
async def simulator(wallet: Wallet) -> AsyncIterator[Simulator]:
    async with Simulator(wallet, rate_limit=None) as simulator:
        yield simulator


@pytest.fixture
def limiter() -> WalletLimiter:
    """A limiter that never makes a test wait."""
    limiter = WalletLimiter()
    limiter.requests = limiter.catch_up_requests = 1_000_000
    return limiter


@pytest.fixture
def client(session: aiohttp.ClientSession, simulator: Simulator, limiter: WalletLimiter) -> QiwiClient:
    """A client of the simulator that knows its wallet."""
    return QiwiClient(session, TOKEN, wallet=NUMBER, api_url=simulator.url, limiter=limiter)


@pytest.fixture
def told(session: aiohttp.ClientSession, scripted: ScriptedServer, limiter: WalletLimiter) -> QiwiClient:
    """A client of the scripted server that knows its wallet."""
    return QiwiClient(session, TOKEN, wallet=NUMBER, api_url=scripted.url, limiter=limiter)
