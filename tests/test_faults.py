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
from homeassistant.core import CoreState, Event, callback
from homeassistant.helpers.aiohttp_client import DATA_CONNECTOR, DATA_RESOLVER
import pytest

from custom_components.qiwi import backup
from custom_components.qiwi.ledger_file import BACKUP
from custom_components.qiwi.limiters import _LIMITERS
from wallet_simulator import Fault
from wallet_simulator.limit import RateLimit
from wallet_simulator.rows import Status
from wallet_simulator.trouble import Trouble, answers, refused

from .conftest import NUMBER, OTHER_TOKEN
from .home import Home
from .story import Till, largest_file, until

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


def flagged(heard: Heard) -> Heard:
    return [record for record in heard if record["possible_duplicate"] or record["late"] or record["test"]]


async def restart(home: Home, between: Callable[[], object]) -> None:
    """Stop the entry and start it again, as a new process would: with what is on the disk."""
    await home.unload()
    del home.hass.data[_LIMITERS], home.hass.data[BACKUP]
    between()
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    await home.rest()


def at(home: Home, amount: float, do: Callable[[], object]) -> None:
    """Do something in the very moment a payment of this amount is announced for the first time."""

    @callback
    def listen(event: Event[Any]) -> None:
        if event.data["amount"] == amount:
            unsubscribe()
            do()

    unsubscribe = home.hass.bus.async_listen("qiwi_new_payment", listen)


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
    home: Home, till: Till, trouble: Trouble, told: str | None
) -> None:
    coordinator = await home.add()
    coordinator.client.timeout = 0.5
    till.take()
    await home.poll()
    till.take(15)
    async with trouble(home.simulator):
        for _ in range(2):
            till.take(15)
            await home.poll()
            assert home.reason == told
    till.take(15)
    for _ in range(3):
        await home.poll()
        assert home.reason is None
        assert home.announced == till.taken
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_pages_that_lead_in_a_circle_hold_back_the_rest_until_they_end(home: Home, till: Till) -> None:
    await home.add()
    till.take(30)
    async with answers("paging_loop")(home.simulator):
        for _ in range(2):
            await home.poll()
            assert home.reason == "invalid_response"
            assert home.heard == []
    # What is paid once all is well again does not wait for what was held.
    till.take()
    await home.poll()
    assert home.announced == [31.0, *till.taken[:30]]
    await home.poll()
    assert len(home.heard) == 31
    assert home.reason is None
    assert flagged(home.heard) == []


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


async def test_payments_are_announced_once_the_servers_name_is_known_again(home: Home, till: Till) -> None:
    names = Names("wallet.example")
    home.hass.data[str(DATA_RESOLVER)] = names
    address = home.simulator.url.replace("127.0.0.1", "wallet.example")
    home.hass.config_entries.async_update_entry(home.entry, data={**home.entry.data, "api_url": address})
    await home.add()
    till.take()
    names.host = None
    # A connection that is open needs no name.
    async with refused(home.simulator):
        pass
    for connector in home.hass.data[DATA_CONNECTOR].values():
        assert isinstance(connector, TCPConnector)
        connector.clear_dns_cache()
    till.take()
    await home.poll()
    assert home.reason == "cannot_connect"
    till.take()
    names.host = "wallet.example"
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []
    assert home.reason is None


async def test_payments_of_a_token_that_ran_out_are_announced_with_the_next(
    home: Home, till: Till, expected_errors: list[str]
) -> None:
    expected_errors.append("Authentication failed while fetching wallet •••• 0000 data")
    await home.add()
    till.take()
    home.wallet.revoke(next(iter(home.wallet.tokens)))
    await home.poll()
    assert home.reason == "invalid_auth"
    till.take()
    (flow,) = home.hass.config_entries.flow.async_progress()
    answer = {"api_token": home.wallet.add_token(OTHER_TOKEN)}
    await home.hass.config_entries.flow.async_configure(flow["flow_id"], answer)
    await home.rest()
    assert home.entry.data["api_token"] == OTHER_TOKEN
    assert home.reason is None
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []


@pytest.mark.usefixtures("profile_at_every_poll")
async def test_payments_come_without_the_permission_for_anything_else(home: Home, till: Till) -> None:
    await home.add()
    for endpoint in ("balances", "profile"):
        home.simulator.fault(Fault(kind="status", status=403, endpoint=endpoint))
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert home.reason is None


# A wallet that wants to be left alone


def let_pass(home: Home, seconds: float) -> None:
    """Let time pass for the wallet's limiter."""
    limiter = home.coordinator.client._shared.transport.limiter
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
    home: Home, till: Till, fault: Fault, pause: float, restarts: bool
) -> None:
    await home.add()
    till.take()
    home.simulator.fault(fault)
    await home.poll()
    asked = home.simulator.count()
    if restarts:
        await restart(home, till.take)
    else:
        till.take()
    let_pass(home, pause - 2)
    await home.poll()
    assert home.simulator.count() == asked
    assert home.reason == "rate_limited"
    assert home.heard == []
    let_pass(home, 3)
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []
    assert home.reason is None


# Clocks


@pytest.mark.parametrize(
    "jump", [timedelta(days=3), timedelta(days=-3), timedelta(hours=1), timedelta(hours=-1)]
)
async def test_the_hosts_clock_may_jump(
    home: Home, till: Till, freezer: FrozenDateTimeFactory, jump: timedelta
) -> None:
    coordinator = await home.add()
    for there_and_back in (jump, -jump):
        till.take()
        await home.poll()
        freezer.move_to(datetime.now(UTC) + there_and_back)
        till.take()
        await home.poll()
        coordinator.feed.miss()
        till.take()
        await home.poll()
        await restart(home, till.take)
        coordinator = home.coordinator
    assert home.announced == till.taken
    assert flagged(home.heard) == []
    assert home.reason is None


@pytest.mark.parametrize("jump", [timedelta(hours=20), timedelta(hours=-20), timedelta(minutes=-1)])
async def test_the_wallets_clock_may_jump_by_less_than_a_day(
    home: Home, till: Till, freezer: FrozenDateTimeFactory, jump: timedelta
) -> None:
    coordinator = await home.add()
    # Whatever is dated before the first contact is the past.
    till.now += timedelta(hours=21)
    freezer.move_to(till.now)
    for there_and_back in (jump, -jump):
        till.take(15)
        await home.poll()
        till.now += there_and_back
        till.take(15)
        await home.poll()
        coordinator.feed.miss()
        await home.poll()
        till.take(15)
        await restart(home, till.take)
        coordinator = home.coordinator
    assert sorted(home.announced) == till.taken
    assert not any(record["possible_duplicate"] for record in home.heard)


async def test_a_wallets_clock_that_ran_ahead_for_days_makes_no_payment_look_old(
    home: Home, till: Till
) -> None:
    waiting = home.wallet.pay(0.5, status="WAITING")
    coordinator = await home.add()
    jump = timedelta(days=200)
    for ahead in (jump, -jump):
        till.now += ahead
        till.take(3)
        await home.poll()
        coordinator.feed.miss()
        await home.poll()
        coordinator.feed.miss()
        till.take(3)
        await home.poll()
    assert home.announced == till.taken
    home.wallet.settle(waiting.transaction_id)
    coordinator.feed.miss()
    await home.poll()
    assert home.announced == [*till.taken, 0.5]


@pytest.mark.parametrize("days", [400, 2, -2, -400])
async def test_a_wrong_date_header_costs_no_payment(home: Home, till: Till, days: int) -> None:
    coordinator = await home.add()
    till.take(15)
    await home.poll()
    async with answers("wrong_date", offset=timedelta(days=days))(home.simulator):
        till.take(15)
        await home.poll()
        coordinator.feed.miss()
        till.take(15)
        await home.poll()
        await restart(home, till.take)
        coordinator = home.coordinator
    till.take(15)
    await home.poll()
    coordinator.feed.miss()
    await home.poll()
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert not any(record["possible_duplicate"] for record in home.heard)
    assert not any(record["late"] for record in home.heard[-16:])


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
    home: Home, till: Till, expected_errors: list[str], disk: Disk
) -> None:
    # Home Assistant's own word.
    expected_errors.append("Saving file failed")
    path = (await home.add()).file.path
    till.take()
    await home.poll()
    written, files = path.read_bytes(), sorted(path.parent.iterdir())
    with disk(path.parent):
        for _ in range(2):
            till.take()
            await home.poll()
            assert home.reason == "storage"
            assert len(home.heard) == 1
    assert path.read_bytes() == written
    assert sorted(path.parent.iterdir()) == files
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert home.reason is None
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


@pytest.mark.parametrize("disk", [full_disk, unwritable_disk])
async def test_a_disk_that_fails_behind_an_announcement_costs_nothing_once_it_is_well(
    home: Home, till: Till, expected_errors: list[str], disk: Disk
) -> None:
    # Home Assistant's own word.
    expected_errors.append("Saving file failed")
    coordinator = await home.add()
    failing = disk(coordinator.file.path.parent)
    at(home, 2, failing.__enter__)
    till.take(3)
    await home.poll()
    failing.__exit__(None, None, None)
    assert home.announced == till.taken
    await home.poll()
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_what_a_disk_could_not_be_told_before_a_restart_is_announced_again_with_a_flag(
    home: Home, till: Till, expected_errors: list[str]
) -> None:
    expected_errors.append("Saving file failed")
    coordinator = await home.add()
    failing = full_disk(coordinator.file.path.parent)
    at(home, 1, failing.__enter__)
    till.take()
    await home.poll()
    await restart(home, till.take)
    assert home.reason == "storage"
    failing.__exit__(None, None, None)
    await home.poll()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (1.0, False),
        (1.0, True),
        (2.0, False),
    ]
    assert home.reason is None


# Reloads, stops and starts


@pytest.mark.parametrize(("endpoint", "page"), [("payments", 1), ("payments", 2), ("balances", 1)])
async def test_a_reload_in_the_middle_of_a_poll_changes_nothing(
    home: Home, till: Till, endpoint: str, page: int
) -> None:
    coordinator = await home.add()
    till.take(30)
    hanging = home.simulator.fault(Fault(kind="slow", seconds=1000, endpoint=endpoint, times=1))
    for _ in range(1, page):
        # The newest fault strikes first, and this one does no harm.
        home.simulator.fault(Fault(kind="slow", seconds=0, endpoint=endpoint, times=1))
    polling = asyncio.create_task(coordinator.async_refresh())
    await until(lambda: hanging.struck)
    await home.reload()
    assert home.coordinator is not coordinator
    till.take()
    written = coordinator.file.path.read_bytes()
    # Now the answer that was asked for before the reload arrives.
    hanging.ended.set()
    await polling
    assert coordinator.file.path.read_bytes() == written
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []


@pytest.mark.parametrize("catching_up", [False, True])
async def test_a_reload_in_the_middle_of_a_burst_tears_nothing(
    home: Home, till: Till, catching_up: bool
) -> None:
    coordinator = await home.add()
    coordinator.feed.miss()
    for amount in (20, 60, 61, 100):
        at(home, amount, lambda: home.hass.config_entries.async_schedule_reload(home.entry.entry_id))
    till.take(120)
    for _ in range(6):
        await home.poll()
    assert home.coordinator is not coordinator
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def stop(home: Home) -> None:
    """Stop Home Assistant as far as an integration sees it."""
    home.hass.set_state(CoreState.stopping)
    home.hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_STOP)


@pytest.mark.parametrize("catching_up", [False, True])
async def test_a_stop_in_the_middle_of_announcements_keeps_the_rest_for_later(
    home: Home, till: Till, expected_errors: list[str], catching_up: bool
) -> None:
    expected_errors.append(UNLOADED_AFTER_STOP)
    coordinator = await home.add()
    coordinator.feed.miss()
    at(home, 60, lambda: home.hass.async_create_task(stop(home)))
    till.take(120)
    await home.poll()
    till.take()
    await home.poll()
    assert len(home.heard) == 60
    home.hass.set_state(CoreState.running)
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_stop_in_the_middle_of_a_catch_ups_reading_keeps_all_for_later(
    home: Home, till: Till, expected_errors: list[str]
) -> None:
    expected_errors.append(UNLOADED_AFTER_STOP)
    coordinator = await home.add()
    coordinator.feed.miss()
    till.take(120)
    asked = home.simulator.count("payments")
    polling = asyncio.create_task(coordinator.async_refresh())
    await until(lambda: home.simulator.count("payments") > asked)
    # The newest page is answered; the first of the window hangs.
    hanging = home.simulator.fault(Fault(kind="timeout", endpoint="payments"))
    await polling
    await until(lambda: hanging.struck)
    await stop(home)
    await home.rest()
    assert home.heard == []
    home.simulator.clear_faults()
    home.hass.set_state(CoreState.running)
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_restart_while_the_wallet_is_down_waits_for_it(home: Home, till: Till) -> None:
    await home.add()
    till.take()
    async with refused(home.simulator):
        await restart(home, till.take)
        assert home.entry.state is ConfigEntryState.LOADED
        assert home.reason == "cannot_connect"
        till.take()
        await home.poll()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []
    assert home.reason is None


# Rows that change


async def test_a_payment_that_waits_for_two_months_is_looked_up_daily_and_announced(
    home: Home, till: Till, freezer: FrozenDateTimeFactory
) -> None:
    coordinator = await home.add()
    till.take(status="WAITING")
    await home.poll()
    waiting = home.wallet.rows[0]
    till.now += timedelta(days=60)
    freezer.move_to(till.now)
    till.take(15)

    def looked_up() -> int:
        minute = waiting.date.replace(second=0).isoformat()
        return sum(request.query.get("startDate") == minute for request in home.simulator.requests)

    for _ in range(3):
        await home.poll()
        coordinator.feed.miss()
    assert looked_up() == 1
    home.wallet.settle(waiting.transaction_id)
    await home.poll()
    assert home.announced == till.taken[1:]
    freezer.tick(86_400)
    await home.poll()
    assert looked_up() == 2
    assert home.announced == [*till.taken[1:], till.taken[0]]
    assert flagged(home.heard) == home.heard[-1:]
    assert home.heard[-1]["late"]


async def test_a_payment_that_waits_at_the_first_contact_is_announced_when_it_settles(
    home: Home, till: Till
) -> None:
    till.take(status="WAITING")
    till.wallet.pay(0.5)
    await home.add()
    await home.poll()
    assert home.heard == []
    home.wallet.settle(home.wallet.rows[-1].transaction_id)
    await home.poll()
    assert home.announced == till.taken


@pytest.mark.parametrize("status", ["WAITING", "SUCCESS"])
async def test_a_row_that_vanishes_takes_nothing_with_it(home: Home, till: Till, status: str) -> None:
    coordinator = await home.add()
    till.take()
    vanishing = till.wallet.pay(0.5, status=status)
    await home.poll()
    announced = home.announced
    assert announced == ([1.0, 0.5] if status == "SUCCESS" else [1.0])
    home.wallet.remove(vanishing.transaction_id)
    unseen = till.wallet.pay(0.25)
    home.wallet.remove(unseen.transaction_id)
    for _ in range(2):
        till.take()
        await home.poll()
        coordinator.feed.miss()
    assert home.announced == [*announced, 2.0, 3.0]
    assert home.reason is None


@pytest.mark.parametrize("status", ["ERROR", "WAITING"])
async def test_a_payment_that_changes_after_its_announcement_is_not_announced_again(
    home: Home, till: Till, status: str
) -> None:
    coordinator = await home.add()
    till.take()
    await home.poll()
    row = home.wallet.rows[0]
    for status_now in (Status(status), Status.SUCCESS):
        row.become(status_now, 0)
        await home.poll()
        coordinator.feed.miss()
        till.take()
        await home.poll()
    await restart(home, till.take)
    assert home.announced == till.taken


# Two wallets


async def test_two_wallets_share_nothing(home: Home, other: Home) -> None:
    announced: list[tuple[str, float]] = []
    home.hass.bus.async_listen(
        "qiwi_new_payment",
        callback(lambda event: announced.append((event.data["entry_id"], event.data["amount"]))),
    )
    await home.add()
    assert other.entry.state is ConfigEntryState.LOADED
    # Payer's and payee's row of one transfer have one id.
    paid = home.wallet.pay(5, type="OUT")
    other.wallet.pay(6, transaction_id=paid.transaction_id)
    home.wallet.pay(1)
    for one in (home, other):
        await one.poll()
    assert announced == [(home.entry.entry_id, 1.0), (other.entry.entry_id, 6.0)]
    assert home.state("event.qiwi_0000_payment").attributes["amount"] == 1.0
    assert home.state("event.qiwi_0001_payment").attributes["amount"] == 6.0
    home.simulator.limits[NUMBER] = RateLimit(0, timedelta(minutes=5))
    other.wallet.pay(7)
    for one in (home, other):
        await one.poll()
    assert home.reason == "rate_limited"
    assert other.reason is None
    assert announced[2:] == [(other.entry.entry_id, 7.0)]
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    other.wallet.pay(8)
    await other.reload()
    assert announced[3:] == [(other.entry.entry_id, 8.0)]


# Backups


def is_marked(home: Home) -> bool:
    """Tell whether the ledger on the disk says that it is a backup's."""
    return bool(json.loads(home.coordinator.file.path.read_bytes())["in_backup"])


async def test_a_reload_during_a_backup_restores_nothing(home: Home, till: Till) -> None:
    await home.add()
    await backup.async_pre_backup(home.hass)
    till.take()
    await home.reload()
    till.take()
    await home.poll()
    assert is_marked(home)
    await backup.async_post_backup(home.hass)
    assert not is_marked(home)
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_backup_that_ends_while_an_entry_is_unloaded_restores_nothing(home: Home, till: Till) -> None:
    await home.add()
    await backup.async_pre_backup(home.hass)
    await home.unload()
    await backup.async_post_backup(home.hass)
    await home.add()
    assert not is_marked(home)
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_mark_that_could_not_be_taken_off_is_taken_off_later(home: Home, till: Till) -> None:
    coordinator = await home.add()
    await backup.async_pre_backup(home.hass)
    with unwritable_disk(coordinator.file.path.parent), pytest.raises(OSError, match="storage"):
        await backup.async_post_backup(home.hass)
    assert is_marked(home)
    await home.poll()
    assert not is_marked(home)
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_restart_in_the_middle_of_a_backup_casts_doubt_once(home: Home, till: Till) -> None:
    await home.add()
    await backup.async_pre_backup(home.hass)
    await restart(home, till.take)
    assert not is_marked(home)
    till.take()
    await home.poll()
    await restart(home, till.take)
    assert home.announced == till.taken
    # It looks like a restored backup, in which what was paid meanwhile may have been announced.
    assert flagged(home.heard) == home.heard[:1]


async def test_a_restored_backup_is_known_as_such_even_while_the_next_one_is_made(
    home: Home, till: Till
) -> None:
    path = (await home.add()).file.path
    await backup.async_pre_backup(home.hass)
    copy = path.read_bytes()
    await backup.async_post_backup(home.hass)
    till.take()
    await home.poll()
    await home.simulator.refuse()
    await restart(home, lambda: path.write_bytes(copy))
    await backup.async_pre_backup(home.hass)
    await home.reload()
    await home.simulator.listen()
    await home.poll()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (1.0, False),
        (1.0, True),
    ]
    await backup.async_post_backup(home.hass)
    assert not is_marked(home)
