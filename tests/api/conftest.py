"""The wallet client against the simulator and against a server that says whatever a test wants."""

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
