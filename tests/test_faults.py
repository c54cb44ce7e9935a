"""What goes wrong around the wallet, the host and Home Assistant: each payment is still announced once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
import resource
import socket
import time
from typing import Any, override

from aiohttp.abc import AbstractResolver, ResolveResult
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import DATA_CONNECTOR, DATA_RESOLVER
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi import backup
from custom_components.qiwi.connection import _LIMITERS
from custom_components.qiwi.ledger_file import LedgerFile
from wallet_simulator import Fault, Simulator, Wallet

from .conftest import NUMBER, SetUp
from .test_payments import amounts, poll, state

FEED = "binary_sensor.qiwi_0000_payments_feed"
OTHER_NUMBER = "79000000001"
OTHER_TOKEN = "2" * 32

type Heard = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def expected_errors(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Return what a test expects in the log as an error; any other error, and any traceback, fails it."""
    expected: list[str] = []
    yield expected
    errors = [
        record.getMessage()
        for record in caplog.get_records("call")
        # The simulator's own server is told off by clients that hang up, and asyncio debugs.
        if (record.levelno >= logging.ERROR or (record.exc_info and record.levelno > logging.DEBUG))
        and record.name != "aiohttp.server"
    ]
    assert [error for error in errors if not any(part in error for part in expected)] == []


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Leave Home Assistant its real storage."""
    return {}


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Give it a folder of its own."""
    return hass_tmp_config_dir


class Till:
    """Takes 1, 2, 3 … a second apart, by a wallet clock that only this moves."""

    def __init__(self, simulator: Simulator) -> None:
        self.wallet = simulator.wallet
        self.now = simulator.clock()
        self.taken: list[float] = []
        simulator.clock = lambda: self.now

    def take(self, count: int = 1, **details: Any) -> None:
        """Let so many payments arrive."""
        for _ in range(count):
            self.now += timedelta(seconds=1)
            self.taken.append(float(len(self.taken) + 1))
            self.wallet.pay(self.taken[-1], **details)


@pytest.fixture
def till(simulator: Simulator) -> Till:
    """Return who takes the payments."""
    return Till(simulator)


def reason(hass: HomeAssistant, feed: str = FEED) -> str | None:
    """Return why payments are not arriving, as the feed sensor tells."""
    found = state(hass, feed)
    told = found.attributes["reason"]
    assert found.state == ("off" if told is None else "on")
    return told


def flagged(heard: Heard) -> Heard:
    return [record for record in heard if record["possible_duplicate"] or record["late"] or record["test"]]


async def restart(hass: HomeAssistant, entry: MockConfigEntry, between: Callable[[], None]) -> None:
    """Stop the entry and start it again, as a new process would: with what is on the disk."""
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    del hass.data[_LIMITERS]
    between()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


# Faults between the wallet and Home Assistant

type Trouble = Callable[[Simulator], AbstractAsyncContextManager[None]]


def answers(kind: str, **details: Any) -> Trouble:
    """Let the simulator's answers be struck by a fault."""

    @asynccontextmanager
    async def trouble(simulator: Simulator) -> AsyncIterator[None]:
        simulator.fault(Fault(kind=kind, **details))
        yield
        simulator.clear_faults()

    return trouble


@asynccontextmanager
async def refused(simulator: Simulator) -> AsyncIterator[None]:
    await simulator.refuse()
    yield
    await simulator.listen()


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (refused, "cannot_connect"),
        (answers("reset"), "cannot_connect"),
        (answers("close"), "cannot_connect"),
        (answers("timeout"), "cannot_connect"),
        (answers("slow", seconds=60), "cannot_connect"),
        (answers("slow", seconds=0.1), None),
        (answers("cut_off"), "cannot_connect"),
        (answers("truncated"), "invalid_response"),
        (answers("html"), "invalid_response"),
        (answers("not_json"), "invalid_response"),
        (answers("empty"), "invalid_response"),
        (answers("wrong_types"), "invalid_response"),
        (answers("huge"), "invalid_response"),
        (answers("redirect"), "invalid_response"),
        (answers("redirect", location="https://example.com/"), "invalid_response"),
        (answers("status", status=400), "invalid_response"),
        (answers("status", status=403), "missing_permission"),
        (answers("status", status=404), None),
        (answers("status", status=500), "cannot_connect"),
        (answers("status", status=502, body="<html>Bad gateway</html>"), "cannot_connect"),
        (answers("status", status=503, body=""), "cannot_connect"),
        (answers("status", status=500, endpoint="payments"), "cannot_connect"),
        (answers("duplicate_rows"), None),
        (answers("reordered_rows"), None),
        (answers("no_date"), None),
    ],
)
async def test_payments_around_a_fault_are_announced_once_and_in_order(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    trouble: Trouble,
    told: str | None,
) -> None:
    coordinator = await set_up()
    coordinator.client.timeout = 0.5
    till.take()
    await poll(hass, entry)
    till.take(15)
    async with trouble(simulator):
        for _ in range(2):
            till.take(15)
            await poll(hass, entry)
            assert reason(hass) == told
    till.take(15)
    for _ in range(3):
        await poll(hass, entry)
        assert reason(hass) is None
        assert amounts(heard) == till.taken
    till.take()
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


async def test_pages_that_lead_in_a_circle_hold_back_the_rest_until_they_end(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
) -> None:
    await set_up()
    till.take(30)
    async with answers("paging_loop")(simulator):
        for _ in range(2):
            await poll(hass, entry)
            assert reason(hass) == "invalid_response"
            assert heard == []
    # What is paid once all is well again does not wait for what was held.
    till.take()
    await poll(hass, entry)
    assert amounts(heard) == [31.0, *till.taken[:30]]
    await poll(hass, entry)
    assert len(heard) == 31
    assert reason(hass) is None
    assert flagged(heard) == []


class Names(AbstractResolver):
    """Knows one host, while it knows any."""

    def __init__(self, host: str) -> None:
        self.host: str | None = host

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host != self.host:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0
            )
        ]

    @override
    async def close(self) -> None:
        """Hold nothing."""

    async def real_close(self) -> None:
        """Hold nothing, as Home Assistant asks when it ends."""


async def test_payments_are_announced_once_the_servers_name_is_known_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
) -> None:
    names = hass.data[DATA_RESOLVER] = Names("wallet.example")  # type: ignore[assignment]
    address = simulator.url.replace("127.0.0.1", "wallet.example")
    hass.config_entries.async_update_entry(entry, data={**entry.data, "api_url": address})
    await set_up()
    till.take()
    names.host = None
    # A connection that is open needs no name.
    async with refused(simulator):
        pass
    (connector,) = hass.data[DATA_CONNECTOR].values()
    connector.clear_dns_cache()
    till.take()
    await poll(hass, entry)
    assert reason(hass) == "cannot_connect"
    till.take()
    names.host = "wallet.example"
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []
    assert reason(hass) is None


async def test_payments_of_a_token_that_ran_out_are_announced_with_the_next(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    expected_errors: list[str],
) -> None:
    expected_errors.append("Authentication failed while fetching wallet •••• 0000 data")
    await set_up()
    till.take()
    simulator.wallet.revoke(next(iter(simulator.wallet.tokens)))
    await poll(hass, entry)
    assert reason(hass) == "invalid_auth"
    till.take()
    (flow,) = hass.config_entries.flow.async_progress()
    answer = {"api_token": simulator.wallet.add_token(OTHER_TOKEN)}
    await hass.config_entries.flow.async_configure(flow["flow_id"], answer)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.data["api_token"] == OTHER_TOKEN
    assert reason(hass) is None
    till.take()
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


async def test_payments_come_without_the_permission_for_anything_else(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
) -> None:
    coordinator = await set_up()
    coordinator._profile_at = 0.0
    for endpoint in ("balances", "profile"):
        simulator.fault(Fault(kind="status", status=403, endpoint=endpoint))
    till.take()
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert reason(hass) is None


# A wallet that wants to be left alone


def let_pass(entry: MockConfigEntry, seconds: float) -> None:
    """Let time pass for the wallet's limiter."""
    limiter = entry.runtime_data.client._shared.transport.limiter
    clock = limiter._clock
    limiter._clock = lambda: clock() + seconds


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (Fault(kind="status", status=423, times=1), 300),
        (Fault(kind="status", status=429, times=1), 60),
        (Fault(kind="status", status=429, times=1, endpoint="payments", headers={"Retry-After": "7"}), 7),
        (Fault(kind="status", status=403, times=1, body='{"errorCode": "request.blocked"}'), 300),
        (Fault(kind="status", status=200, times=1, body='{"errorCode": "request.blocked"}'), 300),
    ],
)
@pytest.mark.parametrize("restarts", [False, True])
async def test_a_block_is_sat_out_and_its_payments_are_announced_after_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    fault: Fault,
    pause: float,
    restarts: bool,
) -> None:
    await set_up()
    till.take()
    simulator.fault(fault)
    await poll(hass, entry)
    asked = simulator.count()
    if restarts:
        await restart(hass, entry, till.take)
    else:
        till.take()
    let_pass(entry, pause - 2)
    await poll(hass, entry)
    assert simulator.count() == asked
    assert reason(hass) == "rate_limited"
    assert heard == []
    let_pass(entry, 3)
    till.take()
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []
    assert reason(hass) is None


# Clocks


@pytest.mark.parametrize("jump", [timedelta(days=3), timedelta(days=-3), timedelta(hours=1), timedelta(hours=-1)])
async def test_the_hosts_clock_may_jump(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    freezer: FrozenDateTimeFactory,
    jump: timedelta,
) -> None:
    coordinator = await set_up()
    for there_and_back in (jump, -jump):
        till.take()
        await poll(hass, entry)
        freezer.move_to(datetime.now(UTC) + there_and_back)
        till.take()
        await poll(hass, entry)
        coordinator._reconcile_at = 0.0
        till.take()
        await poll(hass, entry)
        await restart(hass, entry, till.take)
        coordinator = entry.runtime_data
    assert amounts(heard) == till.taken
    assert flagged(heard) == []
    assert reason(hass) is None


@pytest.mark.parametrize("jump", [timedelta(hours=20), timedelta(hours=-20), timedelta(minutes=-1)])
async def test_the_wallets_clock_may_jump_by_less_than_a_day(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    jump: timedelta,
) -> None:
    coordinator = await set_up()
    for there_and_back in (jump, -jump):
        till.take(15)
        await poll(hass, entry)
        till.now += there_and_back
        till.take(15)
        await poll(hass, entry)
        coordinator._reconcile_at = 0.0
        await poll(hass, entry)
        till.take(15)
        await restart(hass, entry, till.take)
        coordinator = entry.runtime_data
    assert sorted(amounts(heard)) == till.taken
    assert not any(record["possible_duplicate"] for record in heard)


async def test_a_wallets_clock_that_ran_ahead_for_days_makes_no_payment_look_old(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
) -> None:
    waiting = simulator.wallet.pay(0.5, status="WAITING")
    coordinator = await set_up()
    jump = timedelta(days=200)
    for ahead in (jump, -jump):
        till.now += ahead
        till.take(3)
        await poll(hass, entry)
        coordinator._reconcile_at = 0.0
        await poll(hass, entry)
        coordinator._reconcile_at = 0.0
        till.take(3)
        await poll(hass, entry)
    assert amounts(heard) == till.taken
    simulator.wallet.settle(waiting.transaction_id)
    coordinator._reconcile_at = 0.0
    await poll(hass, entry)
    assert amounts(heard) == [*till.taken, 0.5]


@pytest.mark.parametrize("days", [400, 2, -2, -400])
async def test_a_wrong_date_header_costs_no_payment(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    days: int,
) -> None:
    coordinator = await set_up()
    till.take(15)
    await poll(hass, entry)
    async with answers("wrong_date", offset=timedelta(days=days))(simulator):
        till.take(15)
        await poll(hass, entry)
        coordinator._reconcile_at = 0.0
        till.take(15)
        await poll(hass, entry)
        await restart(hass, entry, till.take)
        coordinator = entry.runtime_data
    till.take(15)
    await poll(hass, entry)
    coordinator._reconcile_at = 0.0
    await poll(hass, entry)
    till.take()
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert not any(record["possible_duplicate"] for record in heard)
    assert not any(record["late"] for record in heard[-16:])
