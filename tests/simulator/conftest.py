"""A wallet, the simulator that serves it, and a bare client that asks it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from wallet_simulator import Simulator, Wallet

NOW = datetime(2026, 5, 20, 9, 30, 15, tzinfo=UTC)
NUMBER = "79000000000"
TOKEN = "0123456789abcdef0123456789abcdef"
PROFILE = "/person-profile/v1/profile/current"
BALANCES = f"/funding-sources/v2/persons/{NUMBER}/accounts"
PAYMENTS = f"/payment-history/v2/persons/{NUMBER}/payments"
TOTAL = f"{PAYMENTS}/total"
TRANSACTION = "/payment-history/v2/transactions"
COMMISSION = "/sinap/providers/99/form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it arrived."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def ids(self) -> list[int]:
        return [row["txnId"] for row in self.json["data"]]


class Client:
    """Asks the simulator as a wallet's client does."""

    def __init__(self, session: aiohttp.ClientSession, simulator: Simulator) -> None:
        self.session = session
        self.simulator = simulator

    async def ask(
        self,
        path: str,
        *,
        token: str | None = TOKEN,
        method: str = "GET",
        accept: str | None = "application/json",
        **query: str | int,
    ) -> Reply:
        headers = {name: value for name, value in (("Accept", accept),) if value}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        async with self.session.request(
            method, self.simulator.url + path, params=query, headers=headers, allow_redirects=False
        ) as response:
            return Reply(status=response.status, body=await response.read(), headers=dict(response.headers))

    async def payments(self, rows: str | int | None = 50, /, **query: str | int) -> Reply:
        wanted = query if rows is None else {"rows": rows, **query}
        return await self.ask(f"{PAYMENTS}?{urlencode(wanted)}")

    async def control(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None
    ) -> Reply:
        async with self.session.request(
            method,
            f"{self.simulator.url}{path}",
            headers=headers,
            json=body,
        ) as response:
            return Reply(status=response.status, body=await response.read(), headers=dict(response.headers))


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Let the tests open sockets on loopback."""


@pytest.fixture
def wallet() -> Wallet:
    wallet = Wallet(balances={"RUB": "1000"}, clock=lambda: NOW)
    wallet.add_token(TOKEN)
    return wallet


@pytest.fixture
async def simulator(wallet: Wallet) -> AsyncIterator[Simulator]:
    async with Simulator(wallet, rate_limit=None) as simulator:
        yield simulator


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(session, simulator)
