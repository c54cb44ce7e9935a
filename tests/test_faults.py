"""What goes wrong around the wallet, the host and Home Assistant: each payment is still announced once."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import (
    AbstractContextManager,
    contextmanager,
)
from datetime import UTC, datetime, timedelta
import json
import logging
from pathlib import Path
import socket
from typing import Any, override

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import DATA_CONNECTOR, DATA_RESOLVER
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi import backup
from custom_components.qiwi.ledger_file import BACKUP
from custom_components.qiwi.limiters import _LIMITERS
from wallet_simulator import Fault, Simulator, Wallet
from wallet_simulator.limit import RateLimit
from wallet_simulator.rows import Status
from wallet_simulator.trouble import Trouble, answers, refused

from .conftest import NUMBER, OTHER_NUMBER, OTHER_TOKEN, SetUp
from .story import FEED, Till, amounts, largest_file, poll, state, until

# A process that has stopped unloads nothing; a test that goes on with it does.
UNLOADED_AFTER_STOP = "Unable to remove unknown job listener"

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


def reason(hass: HomeAssistant, feed: str = FEED) -> str | None:
    """Return why payments are not arriving, as the feed sensor tells."""
    found = state(hass, feed)
    told: str | None = found.attributes["reason"]
    assert found.state == ("off" if told is None else "on")
    return told


def flagged(heard: Heard) -> Heard:
    return [record for record in heard if record["possible_duplicate"] or record["late"] or record["test"]]


async def restart(hass: HomeAssistant, entry: MockConfigEntry, between: Callable[[], object]) -> None:
    """Stop the entry and start it again, as a new process would: with what is on the disk."""
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    del hass.data[_LIMITERS], hass.data[BACKUP]
    between()
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


def at(amount: float, hass: HomeAssistant, do: Callable[[], object]) -> None:
    """Do something in the very moment a payment of this amount is announced for the first time."""

    @callback
    def listen(event: Event[Any]) -> None:
        if event.data["amount"] == amount:
            unsubscribe()
            do()

    unsubscribe = hass.bus.async_listen("qiwi_new_payment", listen)


# Faults between the wallet and Home Assistant


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
        (answers("status", status=404), "invalid_response"),
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
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)
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
    names = Names("wallet.example")
    hass.data[str(DATA_RESOLVER)] = names
    address = simulator.url.replace("127.0.0.1", "wallet.example")
    hass.config_entries.async_update_entry(entry, data={**entry.data, "api_url": address})
    await set_up()
    till.take()
    names.host = None
    # A connection that is open needs no name.
    async with refused(simulator):
        pass
    for connector in hass.data[DATA_CONNECTOR].values():
        assert isinstance(connector, TCPConnector)
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


@pytest.mark.parametrize(
    "jump", [timedelta(days=3), timedelta(days=-3), timedelta(hours=1), timedelta(hours=-1)]
)
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
        coordinator.feed.miss()
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
    freezer: FrozenDateTimeFactory,
    jump: timedelta,
) -> None:
    coordinator = await set_up()
    # Whatever is dated before the first contact is the past.
    till.now += timedelta(hours=21)
    freezer.move_to(till.now)
    for there_and_back in (jump, -jump):
        till.take(15)
        await poll(hass, entry)
        till.now += there_and_back
        till.take(15)
        await poll(hass, entry)
        coordinator.feed.miss()
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
        coordinator.feed.miss()
        await poll(hass, entry)
        coordinator.feed.miss()
        till.take(3)
        await poll(hass, entry)
    assert amounts(heard) == till.taken
    simulator.wallet.settle(waiting.transaction_id)
    coordinator.feed.miss()
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
        coordinator.feed.miss()
        till.take(15)
        await poll(hass, entry)
        await restart(hass, entry, till.take)
        coordinator = entry.runtime_data
    till.take(15)
    await poll(hass, entry)
    coordinator.feed.miss()
    await poll(hass, entry)
    till.take()
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert not any(record["possible_duplicate"] for record in heard)
    assert not any(record["late"] for record in heard[-16:])


# The disk


def full_disk(folder: Path) -> AbstractContextManager[None]:
    """Let the system refuse whatever makes a file larger."""
    return largest_file(0)


@contextmanager
def unwritable_disk(folder: Path) -> Iterator[None]:
    """Let nothing be written into a folder, not by the superuser either."""
    aside = folder.rename(folder.with_name("aside"))
    folder.touch()
    yield
    folder.unlink()
    aside.rename(folder)


type Disk = Callable[[Path], AbstractContextManager[None]]


@pytest.mark.parametrize("disk", [full_disk, unwritable_disk])
async def test_a_disk_that_takes_nothing_holds_payments_back_until_it_does(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    expected_errors: list[str],
    disk: Disk,
) -> None:
    # Home Assistant's own word.
    expected_errors.append("Saving file failed")
    path = (await set_up()).file.path
    till.take()
    await poll(hass, entry)
    written, files = path.read_bytes(), sorted(path.parent.iterdir())
    with disk(path.parent):
        for _ in range(2):
            till.take()
            await poll(hass, entry)
            assert reason(hass) == "storage"
            assert len(heard) == 1
    assert path.read_bytes() == written
    assert sorted(path.parent.iterdir()) == files
    till.take()
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert reason(hass) is None
    await restart(hass, entry, till.take)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


@pytest.mark.parametrize("disk", [full_disk, unwritable_disk])
async def test_a_disk_that_fails_behind_an_announcement_costs_nothing_once_it_is_well(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    expected_errors: list[str],
    disk: Disk,
) -> None:
    # Home Assistant's own word.
    expected_errors.append("Saving file failed")
    coordinator = await set_up()
    failing = disk(coordinator.file.path.parent)
    at(2, hass, failing.__enter__)
    till.take(3)
    await poll(hass, entry)
    failing.__exit__(None, None, None)
    assert amounts(heard) == till.taken
    await poll(hass, entry)
    await restart(hass, entry, till.take)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


async def test_what_a_disk_could_not_be_told_before_a_restart_is_announced_again_with_a_flag(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    expected_errors: list[str],
) -> None:
    expected_errors.append("Saving file failed")
    coordinator = await set_up()
    failing = full_disk(coordinator.file.path.parent)
    at(1, hass, failing.__enter__)
    till.take()
    await poll(hass, entry)
    await restart(hass, entry, till.take)
    assert reason(hass) == "storage"
    failing.__exit__(None, None, None)
    await poll(hass, entry)
    assert [(record["amount"], record["possible_duplicate"]) for record in heard] == [
        (1.0, False),
        (1.0, True),
        (2.0, False),
    ]
    assert reason(hass) is None


# Reloads, stops and starts


@pytest.mark.parametrize(("endpoint", "page"), [("payments", 1), ("payments", 2), ("balances", 1)])
async def test_a_reload_in_the_middle_of_a_poll_changes_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    endpoint: str,
    page: int,
) -> None:
    coordinator = await set_up()
    till.take(30)
    hanging = simulator.fault(Fault(kind="slow", seconds=1000, endpoint=endpoint, times=1))
    for _ in range(1, page):
        # The newest fault strikes first, and this one does no harm.
        simulator.fault(Fault(kind="slow", seconds=0, endpoint=endpoint, times=1))
    polling = asyncio.create_task(coordinator.async_refresh())
    await until(lambda: hanging.struck)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data is not coordinator
    till.take()
    written = coordinator.file.path.read_bytes()
    # Now the answer that was asked for before the reload arrives.
    hanging.ended.set()
    await polling
    assert coordinator.file.path.read_bytes() == written
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


@pytest.mark.parametrize("catching_up", [False, True])
async def test_a_reload_in_the_middle_of_a_burst_tears_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    catching_up: bool,
) -> None:
    coordinator = await set_up()
    coordinator.feed.miss()
    for amount in (20, 60, 61, 100):
        at(amount, hass, lambda: hass.config_entries.async_schedule_reload(entry.entry_id))
    till.take(120)
    for _ in range(6):
        await poll(hass, entry)
    assert entry.runtime_data is not coordinator
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


async def stop(hass: HomeAssistant) -> None:
    """Stop Home Assistant as far as an integration sees it."""
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_STOP)


@pytest.mark.parametrize("catching_up", [False, True])
async def test_a_stop_in_the_middle_of_announcements_keeps_the_rest_for_later(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    expected_errors: list[str],
    catching_up: bool,
) -> None:
    expected_errors.append(UNLOADED_AFTER_STOP)
    coordinator = await set_up()
    coordinator.feed.miss()
    at(60, hass, lambda: hass.async_create_task(stop(hass)))
    till.take(120)
    await poll(hass, entry)
    till.take()
    await poll(hass, entry)
    assert len(heard) == 60
    hass.set_state(CoreState.running)
    await restart(hass, entry, till.take)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


async def test_a_stop_in_the_middle_of_a_catch_ups_reading_keeps_all_for_later(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    expected_errors: list[str],
) -> None:
    expected_errors.append(UNLOADED_AFTER_STOP)
    coordinator = await set_up()
    coordinator.feed.miss()
    till.take(120)
    asked = simulator.count("payments")
    polling = asyncio.create_task(coordinator.async_refresh())
    await until(lambda: simulator.count("payments") > asked)
    # The newest page is answered; the first of the window hangs.
    hanging = simulator.fault(Fault(kind="timeout", endpoint="payments"))
    await polling
    await until(lambda: hanging.struck)
    await stop(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert heard == []
    simulator.clear_faults()
    hass.set_state(CoreState.running)
    await restart(hass, entry, till.take)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


async def test_a_restart_while_the_wallet_is_down_waits_for_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
) -> None:
    await set_up()
    till.take()
    async with refused(simulator):
        await restart(hass, entry, till.take)
        assert entry.state is ConfigEntryState.LOADED
        assert reason(hass) == "cannot_connect"
        till.take()
        await poll(hass, entry)
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []
    assert reason(hass) is None


# Rows that change


async def test_a_payment_that_waits_for_two_months_is_looked_up_daily_and_announced(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    freezer: FrozenDateTimeFactory,
) -> None:
    coordinator = await set_up()
    till.take(status="WAITING")
    await poll(hass, entry)
    waiting = simulator.wallet.rows[0]
    till.now += timedelta(days=60)
    freezer.move_to(till.now)
    till.take(15)

    def looked_up() -> int:
        minute = waiting.date.replace(second=0).isoformat()
        return sum(request.query.get("startDate") == minute for request in simulator.requests)

    for _ in range(3):
        await poll(hass, entry)
        coordinator.feed.miss()
    assert looked_up() == 1
    simulator.wallet.settle(waiting.transaction_id)
    await poll(hass, entry)
    assert amounts(heard) == till.taken[1:]
    freezer.tick(86_400)
    await poll(hass, entry)
    assert looked_up() == 2
    assert amounts(heard) == [*till.taken[1:], till.taken[0]]
    assert flagged(heard) == heard[-1:]
    assert heard[-1]["late"]


async def test_a_payment_that_waits_at_the_first_contact_is_announced_when_it_settles(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
) -> None:
    till.take(status="WAITING")
    till.wallet.pay(0.5)
    await set_up()
    await poll(hass, entry)
    assert heard == []
    simulator.wallet.settle(simulator.wallet.rows[-1].transaction_id)
    await poll(hass, entry)
    assert amounts(heard) == till.taken


@pytest.mark.parametrize("status", ["WAITING", "SUCCESS"])
async def test_a_row_that_vanishes_takes_nothing_with_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    status: str,
) -> None:
    coordinator = await set_up()
    till.take()
    vanishing = till.wallet.pay(0.5, status=status)
    await poll(hass, entry)
    announced = amounts(heard)
    assert announced == ([1.0, 0.5] if status == "SUCCESS" else [1.0])
    simulator.wallet.remove(vanishing.transaction_id)
    unseen = till.wallet.pay(0.25)
    simulator.wallet.remove(unseen.transaction_id)
    for _ in range(2):
        till.take()
        await poll(hass, entry)
        coordinator.feed.miss()
    assert amounts(heard) == [*announced, 2.0, 3.0]
    assert reason(hass) is None


@pytest.mark.parametrize("status", ["ERROR", "WAITING"])
async def test_a_payment_that_changes_after_its_announcement_is_not_announced_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
    status: str,
) -> None:
    coordinator = await set_up()
    till.take()
    await poll(hass, entry)
    row = simulator.wallet.rows[0]
    for status_now in (Status(status), Status.SUCCESS):
        row.become(status_now, 0)
        await poll(hass, entry)
        coordinator.feed.miss()
        till.take()
        await poll(hass, entry)
    await restart(hass, entry, till.take)
    assert amounts(heard) == till.taken


# Two wallets


async def test_two_wallets_share_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
) -> None:
    announced: list[tuple[str, float]] = []
    hass.bus.async_listen(
        "qiwi_new_payment",
        callback(lambda event: announced.append((event.data["entry_id"], event.data["amount"]))),
    )
    wallet, other_wallet = simulator.wallet, Wallet(OTHER_NUMBER)
    other_wallet.add_token(OTHER_TOKEN)
    simulator.wallets = (wallet, other_wallet)
    simulator.limits[OTHER_NUMBER] = RateLimit(100, timedelta(minutes=5))
    other = MockConfigEntry(
        domain="qiwi",
        unique_id=OTHER_NUMBER,
        title="QIWI •••• 0001",
        data={**entry.data, "api_token": OTHER_TOKEN, "wallet": OTHER_NUMBER},
    )
    other.add_to_hass(hass)
    await set_up()
    assert other.state is ConfigEntryState.LOADED
    # Payer's and payee's row of one transfer have one id.
    paid = wallet.pay(5, type="OUT")
    other_wallet.pay(6, transaction_id=paid.transaction_id)
    wallet.pay(1)
    for one in (entry, other):
        await poll(hass, one)
    assert announced == [(entry.entry_id, 1.0), (other.entry_id, 6.0)]
    assert state(hass, "event.qiwi_0000_payment").attributes["amount"] == 1.0
    assert state(hass, "event.qiwi_0001_payment").attributes["amount"] == 6.0
    simulator.limits[NUMBER] = RateLimit(0, timedelta(minutes=5))
    other_wallet.pay(7)
    for one in (entry, other):
        await poll(hass, one)
    assert reason(hass) == "rate_limited"
    assert reason(hass, "binary_sensor.qiwi_0001_payments_feed") is None
    assert announced[2:] == [(other.entry_id, 7.0)]
    await hass.config_entries.async_remove(entry.entry_id)
    other_wallet.pay(8)
    await hass.config_entries.async_reload(other.entry_id)
    await poll(hass, other)
    assert announced[3:] == [(other.entry_id, 8.0)]


# Backups


def is_marked(entry: MockConfigEntry) -> bool:
    """Tell whether the ledger on the disk says that it is a backup's."""
    return bool(json.loads(entry.runtime_data.file.path.read_bytes())["in_backup"])


async def test_a_reload_during_a_backup_restores_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, till: Till, set_up: SetUp, heard: Heard
) -> None:
    await set_up()
    await backup.async_pre_backup(hass)
    till.take()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    till.take()
    await poll(hass, entry)
    assert is_marked(entry)
    await backup.async_post_backup(hass)
    assert not is_marked(entry)
    await restart(hass, entry, till.take)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


async def test_a_backup_that_ends_while_an_entry_is_unloaded_restores_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, till: Till, set_up: SetUp, heard: Heard
) -> None:
    await set_up()
    await backup.async_pre_backup(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    await backup.async_post_backup(hass)
    await set_up()
    assert not is_marked(entry)
    till.take()
    await poll(hass, entry)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


async def test_a_mark_that_could_not_be_taken_off_is_taken_off_later(
    hass: HomeAssistant, entry: MockConfigEntry, till: Till, set_up: SetUp, heard: Heard
) -> None:
    coordinator = await set_up()
    await backup.async_pre_backup(hass)
    with unwritable_disk(coordinator.file.path.parent), pytest.raises(OSError, match="storage"):
        await backup.async_post_backup(hass)
    assert is_marked(entry)
    await poll(hass, entry)
    assert not is_marked(entry)
    await restart(hass, entry, till.take)
    assert amounts(heard) == till.taken
    assert flagged(heard) == []


async def test_a_restart_in_the_middle_of_a_backup_casts_doubt_once(
    hass: HomeAssistant, entry: MockConfigEntry, till: Till, set_up: SetUp, heard: Heard
) -> None:
    await set_up()
    await backup.async_pre_backup(hass)
    await restart(hass, entry, till.take)
    assert not is_marked(entry)
    till.take()
    await poll(hass, entry)
    await restart(hass, entry, till.take)
    assert amounts(heard) == till.taken
    # It looks like a restored backup, in which what was paid meanwhile may have been announced.
    assert flagged(heard) == heard[:1]


async def test_a_restored_backup_is_known_as_such_even_while_the_next_one_is_made(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    till: Till,
    set_up: SetUp,
    heard: Heard,
) -> None:
    path = (await set_up()).file.path
    await backup.async_pre_backup(hass)
    copy = path.read_bytes()
    await backup.async_post_backup(hass)
    till.take()
    await poll(hass, entry)
    await simulator.refuse()
    await restart(hass, entry, lambda: path.write_bytes(copy))
    await backup.async_pre_backup(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await simulator.listen()
    await poll(hass, entry)
    assert [(record["amount"], record["possible_duplicate"]) for record in heard] == [
        (1.0, False),
        (1.0, True),
    ]
    await backup.async_post_backup(hass)
    assert not is_marked(entry)
