"""The road of a payment through a running Home Assistant: announced once, in paid order, whatever happens."""

from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi import backup
from custom_components.qiwi.ledger_file import LedgerFile
from wallet_simulator import Fault, Simulator, Wallet

from .conftest import SetUp
from .story import FEED, amounts, poll, state


def collect(events: list[Event[Any]]) -> Callable[[Event[Any]], None]:
    """Return a listener that keeps what it hears."""

    @callback
    def listen(event: Event[Any]) -> None:
        events.append(event)

    return listen


async def test_a_payment_is_announced_once(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    wallet.pay(7)
    await set_up()
    assert state(hass, "sensor.qiwi_0000_balance_rub").state == "1007.0"
    paid = wallet.pay(150, comment=" for you\n me@Example.com ", account="+79000000001")
    await poll(hass, entry)
    await poll(hass, entry)
    assert amounts(heard) == [150.0]
    record = heard[0]
    assert record["event_type"] == "payment_received"
    assert record["transaction_id"] == paid.transaction_id
    assert record["comment"] == "for you me@Example.com"
    assert record["email"] == "me@example.com"
    assert record["account"] == "•••• 0001"
    assert (record["kind"], record["direction"], record["status"]) == ("transfer", "in", "success")
    assert not any(record[flag] for flag in ("late", "possible_duplicate", "test"))


async def test_the_bus_event_holds_no_person(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp
) -> None:
    events: list[Event[Any]] = []
    hass.bus.async_listen("qiwi_new_payment", collect(events))
    await set_up()
    wallet.pay(150, comment="me@example.com")
    wallet.pay(20, kind="bill")
    await poll(hass, entry)
    assert len(events) == 1
    assert not events[0].data.keys() & {"comment", "email", "account", "provider"}
    assert events[0].data["entry_id"] == entry.entry_id
    assert events[0].data["device_id"] == entry.runtime_data.device_id


async def test_each_kind_has_its_event(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    await set_up()
    wallet.pay(1, kind="top_up")
    wallet.pay(2, kind="bill")
    wallet.pay(3, kind="refund")
    wallet.convert(480, "RUB", 6, "USD")
    wallet.pay(4, kind="purchase", status="ERROR")
    await poll(hass, entry)
    assert sorted((record["event_type"], record["kind"]) for record in heard) == [
        ("currency_converted", "conversion"),
        ("currency_converted", "conversion"),
        ("payment_failed", "purchase"),
        ("payment_received", "top_up"),
        ("payment_sent", "bill"),
        ("refund_received", "refund"),
    ]


async def test_a_waiting_payment_is_announced_when_it_settles(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    await set_up()
    paid = wallet.pay(150, status="WAITING")
    await poll(hass, entry)
    assert heard == []
    wallet.settle(paid.transaction_id)
    await poll(hass, entry)
    assert amounts(heard) == [150.0]


async def test_a_waiting_payment_of_last_month_is_looked_up_by_itself(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[dict[str, Any]],
    freezer: FrozenDateTimeFactory,
) -> None:
    paid = wallet.pay(150, status="WAITING")
    await set_up()
    later = simulator.clock() + timedelta(days=30)
    freezer.move_to(later)
    simulator.clock = lambda: later
    for _ in range(60):
        wallet.pay(1, date=simulator.clock())
    await poll(hass, entry)
    assert len(heard) == 60
    wallet.settle(paid.transaction_id)
    entry.runtime_data.feed._look_up._asked.clear()
    await poll(hass, entry)
    assert amounts(heard)[60:] == [150.0]
    assert heard[-1]["late"]


async def test_a_burst_leaves_in_paid_order(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    await set_up()
    for amount in range(1, 301):
        wallet.pay(amount)
    await poll(hass, entry)
    assert amounts(heard) == list(map(float, range(1, 301)))


async def test_an_outage_loses_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[dict[str, Any]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    coordinator = await set_up()
    await simulator.refuse()
    await poll(hass, entry)
    feed = state(hass, FEED)
    assert (feed.state, feed.attributes["reason"]) == ("on", "cannot_connect")
    assert state(hass, "sensor.qiwi_0000_balance_rub").state == "unavailable"
    assert state(hass, "event.qiwi_0000_payment").state != "unavailable"
    for amount in range(1, 401):
        wallet.pay(amount)
    await simulator.listen()
    await poll(hass, entry)
    assert amounts(heard) == list(map(float, range(1, 401)))
    assert state(hass, FEED).state == "off"
    assert coordinator.data.catch_up is None
    assert caplog.text.count("are not arriving") == 1
    assert caplog.text.count("are arriving again") == 1


async def test_a_catch_up_goes_on_where_it_broke_off(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[dict[str, Any]],
) -> None:
    coordinator = await set_up()
    coordinator.feed.miss()
    start = simulator.clock() + timedelta(seconds=1)
    simulator.clock = lambda: start + timedelta(minutes=15)
    for amount in range(1, 601):
        wallet.pay(amount, date=start + timedelta(seconds=amount))
    coordinator.client._shared.transport.limiter.catch_up_requests = 1000
    simulator.fault(Fault(kind="status", status=500, endpoint="payments", times=1))
    await poll(hass, entry)
    assert heard == []
    assert coordinator.data.problem == "cannot_connect"
    await poll(hass, entry)
    assert amounts(heard) == list(map(float, range(1, 601)))


async def test_payments_made_while_it_was_down_come_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    await set_up()
    await hass.config_entries.async_unload(entry.entry_id)
    wallet.pay(150)
    await set_up()
    assert amounts(heard) == [150.0]
    assert not heard[0]["possible_duplicate"]


async def test_nothing_is_announced_before_home_assistant_has_started(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    await set_up()
    await hass.config_entries.async_unload(entry.entry_id)
    wallet.pay(150)
    hass.set_state(CoreState.starting)
    await set_up()
    await poll(hass, entry)
    assert heard == []
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert amounts(heard) == [150.0]


async def test_what_a_crash_left_in_the_outbox_comes_again_with_a_flag(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    coordinator = await set_up()
    written: list[Any] = []

    @callback
    def keep(event: Event[Any]) -> None:
        # Written down and not yet taken out: the moment of the crash.
        written.append(coordinator.file.path.read_bytes())

    hass.bus.async_listen_once("qiwi_new_payment", keep)
    wallet.pay(150)
    await poll(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    coordinator.file.path.write_bytes(written[0])
    await set_up()
    assert [(record["amount"], record["possible_duplicate"]) for record in heard] == [
        (150.0, False),
        (150.0, True),
    ]


async def test_a_stop_in_the_middle_of_a_batch_flags_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    coordinator = await set_up()

    @callback
    def stop(event: Event[Any]) -> None:
        coordinator.journal._is_open = False

    hass.bus.async_listen("qiwi_new_payment", stop)
    wallet.pay(1)
    wallet.pay(2)
    await poll(hass, entry)
    assert amounts(heard) == [1.0]
    await hass.config_entries.async_unload(entry.entry_id)
    await set_up()
    assert [(record["amount"], record["possible_duplicate"]) for record in heard] == [
        (1.0, False),
        (2.0, False),
    ]


async def test_home_assistant_stopping_keeps_what_is_not_out(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    coordinator = await set_up()
    hass.bus.async_fire("homeassistant_stop")
    await hass.async_block_till_done(wait_background_tasks=True)
    wallet.pay(1)
    await poll(hass, entry)
    assert heard == []
    assert not coordinator.journal.is_open


async def test_a_disk_that_refuses_holds_announcements_back(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    set_up: SetUp,
    heard: list[dict[str, Any]],
    tmp_path: Path,
) -> None:
    coordinator = await set_up()
    path = coordinator.file.path
    (tmp_path / "file").touch()
    coordinator.file.path = tmp_path / "file" / "ledger"
    wallet.pay(150)
    await poll(hass, entry)
    assert heard == []
    assert state(hass, FEED).attributes["reason"] == "storage"
    coordinator.file.path = path
    await poll(hass, entry)
    await poll(hass, entry)
    assert amounts(heard) == [150.0]


@pytest.mark.parametrize("content", [b"not json", b"[]", b'{"version": 99}', b"\xff\xfe"])
async def test_an_unreadable_ledger_is_set_aside(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    set_up: SetUp,
    heard: list[Any],
    content: bytes,
) -> None:
    file = LedgerFile(hass, entry.entry_id)
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_bytes(content)
    wallet.pay(1)
    await set_up()
    assert entry.state is ConfigEntryState.LOADED
    assert ir.async_get(hass).async_get_issue("qiwi", f"ledger_unreadable_{entry.entry_id}")
    wallet.pay(150)
    await poll(hass, entry)
    assert amounts(heard) == [150.0]
    aside = file.path.with_name(file.path.name + ".unreadable")
    assert aside.read_bytes() == content
    await hass.config_entries.async_remove(entry.entry_id)
    assert not (aside.exists() or file.path.exists())


async def test_a_ledger_that_cannot_be_read_now_is_not_replaced(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp
) -> None:
    path = LedgerFile(hass, entry.entry_id).path
    path.mkdir(parents=True, exist_ok=True)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    path.rmdir()


async def test_the_first_setup_needs_the_wallet_and_later_ones_do_not(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, simulator: Simulator, set_up: SetUp
) -> None:
    await simulator.refuse()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await simulator.listen()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    await simulator.refuse()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.LOADED
    assert state(hass, FEED).attributes["reason"] == "cannot_connect"


async def test_a_refused_token_starts_reauthentication_once(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, simulator: Simulator, set_up: SetUp
) -> None:
    await set_up()
    wallet.revoke(next(iter(wallet.tokens)))
    await poll(hass, entry)
    await poll(hass, entry)
    flows = hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == ["reauth"]
    assert state(hass, FEED).attributes["reason"] == "invalid_auth"


async def test_a_wallet_that_was_asked_too_often_is_left_alone(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, simulator: Simulator, set_up: SetUp
) -> None:
    await set_up()
    simulator.fault(Fault(kind="status", status=423, endpoint="payments", times=1))
    await poll(hass, entry)
    asked = simulator.count()
    await poll(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert simulator.count() == asked
    assert state(hass, FEED).attributes["reason"] == "rate_limited"


@pytest.mark.parametrize(
    ("endpoint", "status", "reason"),
    [
        ("payments", 403, "missing_permission"),
        ("payments", 400, "invalid_response"),
        ("balances", 403, None),
        ("balances", 500, None),
        ("profile", 403, None),
        ("profile", 500, None),
    ],
)
async def test_a_method_that_fails_leaves_the_others_running(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    simulator: Simulator,
    set_up: SetUp,
    endpoint: str,
    status: int,
    reason: str | None,
) -> None:
    coordinator = await set_up()
    coordinator._profile_at = 0.0
    simulator.fault(Fault(kind="status", status=status, endpoint=endpoint))
    await poll(hass, entry)
    assert state(hass, FEED).attributes["reason"] == reason
    balance = state(hass, "sensor.qiwi_0000_balance_rub").state
    assert balance == ("unavailable" if endpoint == "balances" else "1000.0")


@pytest.mark.parametrize("endpoint", ["balances", "profile"])
async def test_a_token_refused_anywhere_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp, endpoint: str
) -> None:
    coordinator = await set_up()
    coordinator._profile_at = 0.0
    simulator.fault(Fault(kind="status", status=401, endpoint=endpoint))
    await poll(hass, entry)
    assert coordinator.data.problem == "invalid_auth"


async def test_a_quiet_poll_asks_for_two_things_and_writes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, simulator: Simulator, set_up: SetUp
) -> None:
    wallet.pay(7)
    coordinator = await set_up()
    await poll(hass, entry)
    changes: list[Event[Any]] = []
    hass.bus.async_listen("state_changed", collect(changes))
    asked, written = simulator.count(), coordinator.file.path.stat().st_mtime_ns
    await poll(hass, entry)
    assert simulator.count() - asked == 2
    assert changes == []
    assert coordinator.file.path.stat().st_mtime_ns == written


async def test_a_new_currency_gets_its_sensor(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp
) -> None:
    await set_up()
    wallet.balances["KZT"] = wallet.balances["USD"]
    await poll(hass, entry)
    assert state(hass, "sensor.qiwi_0000_balance_kzt").state == "5.0"
    del wallet.balances["KZT"]
    await poll(hass, entry)
    assert state(hass, "sensor.qiwi_0000_balance_kzt").state == "unavailable"


async def test_a_blocked_wallet_shows(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp
) -> None:
    wallet.blocked = True
    await set_up()
    assert state(hass, "binary_sensor.qiwi_0000_blocked").state == "on"


async def test_a_restored_backup_flags_what_it_forgot(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    coordinator = await set_up()
    await backup.async_pre_backup(hass)
    copy = coordinator.file.path.read_bytes()
    await backup.async_post_backup(hass)
    wallet.pay(150)
    await poll(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    coordinator.file.path.write_bytes(copy)
    await set_up()
    assert [(record["amount"], record["possible_duplicate"]) for record in heard] == [
        (150.0, False),
        (150.0, True),
    ]


async def test_an_empty_wallet_announces_its_first_payment(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    await set_up()
    wallet.pay(150)
    await poll(hass, entry)
    assert amounts(heard) == [150.0]


async def test_the_month_before_is_counted_silently(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[Any],
) -> None:
    now = simulator.clock()
    for days in range(2, 25):
        wallet.pay(10, date=now - timedelta(days=days))
    waiting = wallet.pay(11, date=now - timedelta(days=3), status="WAITING")
    coordinator = await set_up()
    await poll(hass, entry)
    assert heard == []
    assert coordinator.journal.ledger.backfill_before is None
    month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
    expected = sum(10 for days in range(2, 25) if now - timedelta(days=days) >= month)
    assert (
        sum(total.amount for day in coordinator.data.totals.days.values() for total in day.values())
        == expected
    )
    assert (waiting.transaction_id in coordinator.journal.ledger.pending.get("IN", {})) == (
        now - timedelta(days=3) >= month
    )


async def test_a_backup_before_the_first_contact_marks_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp
) -> None:
    file = LedgerFile(hass, entry.entry_id)
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_bytes(b"?")
    await simulator.refuse()
    coordinator = await set_up()
    assert coordinator is None
    await backup.async_pre_backup(hass)
    await backup.async_post_backup(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    assert not file.path.exists()


async def test_without_a_date_header_the_newest_row_tells_the_time(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[dict[str, Any]],
) -> None:
    simulator.fault(Fault(kind="no_date"))
    await set_up()
    for amount in (1, 2):
        wallet.pay(amount)
        await poll(hass, entry)
    wallet.pay(3, status="WAITING")
    await poll(hass, entry)
    assert amounts(heard) == [1.0, 2.0]


async def nothing(show: object) -> None:
    """Put off what a poll leaves to the background."""


async def test_a_second_outage_in_the_middle_of_a_catch_up_is_caught_up_too(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[dict[str, Any]],
) -> None:
    coordinator = await set_up()
    start = simulator.clock() + timedelta(hours=1)
    simulator.clock = lambda: start
    coordinator.feed.miss()
    for amount in range(1, 101):
        wallet.pay(amount, date=start)
    page = Fault(kind="status", status=500, endpoint="payments", times=1)
    work = coordinator.feed.work
    coordinator.feed.work = nothing
    await poll(hass, entry)
    simulator.fault(page)
    await poll(hass, entry)
    simulator.clock = lambda: start + timedelta(minutes=1)
    for amount in range(101, 201):
        wallet.pay(amount, date=simulator.clock())
    coordinator.feed.work = work
    await poll(hass, entry)
    assert amounts(heard) == list(map(float, range(1, 201)))


async def test_a_token_refused_while_catching_up_is_refused_at_the_next_poll(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, wallet: Wallet, set_up: SetUp
) -> None:
    coordinator = await set_up()
    coordinator.feed.miss()
    work = coordinator.feed.work

    async def refused(show: Any) -> None:
        simulator.fault(Fault(kind="status", status=401, endpoint="payments"))
        await work(show)

    coordinator.feed.work = refused
    await poll(hass, entry)
    assert coordinator.data.problem == "invalid_auth"
    await poll(hass, entry)
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == ["reauth"]


async def test_a_stop_in_the_middle_of_a_catch_up_loses_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    set_up: SetUp,
    heard: list[dict[str, Any]],
) -> None:
    await set_up()
    await hass.config_entries.async_unload(entry.entry_id)
    for amount in range(1, 121):
        wallet.pay(amount)

    @callback
    def stop(event: Event[Any]) -> None:
        if event.data["amount"] == 60:
            entry.runtime_data.journal._is_open = False

    unsubscribe = hass.bus.async_listen("qiwi_new_payment", stop)
    await set_up()
    assert amounts(heard) == list(map(float, range(1, 61)))
    unsubscribe()
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert amounts(heard) == list(map(float, range(1, 121)))
    assert not any(record["possible_duplicate"] for record in heard)


async def test_a_payment_that_waits_for_90_days_is_dropped_with_a_word(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    paid = wallet.pay(150, status="WAITING")
    coordinator = await set_up()
    later = simulator.clock() + timedelta(days=91)
    freezer.move_to(later)
    simulator.clock = lambda: later
    coordinator.feed.miss()
    await poll(hass, entry)
    assert f"Payment {paid.transaction_id} waited for 90 days" in caplog.text
    assert coordinator.journal.ledger.pending == {"IN": {}}


async def test_a_wallet_added_on_the_first_of_a_month_has_no_month_to_read(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: SetUp
) -> None:
    month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
    simulator.clock = lambda: (month + timedelta(hours=1)).astimezone(UTC)
    coordinator = await set_up()
    await poll(hass, entry)
    assert coordinator.journal.ledger.backfill_before is None


@pytest.mark.parametrize(
    "kind", ["html", "not_json", "empty", "truncated", "wrong_types", "huge", "redirect", "duplicate_rows",
             "reordered_rows", "reset", "close", "cut_off"],
)  # fmt: skip
async def test_no_fault_of_the_wallet_loses_or_doubles_a_payment(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[dict[str, Any]],
    kind: str,
) -> None:
    await set_up()
    simulator.fault(Fault(kind=kind, endpoint="payments"))
    for amount in range(1, 31):
        wallet.pay(amount)
    await poll(hass, entry)
    simulator.clear_faults()
    await poll(hass, entry)
    assert sorted(amounts(heard)) == list(map(float, range(1, 31)))


async def test_what_was_paid_before_the_first_contact_is_known_silently(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[dict[str, Any]],
) -> None:
    begun = simulator.clock() - timedelta(minutes=10)
    for second in range(60):
        wallet.pay(10, date=begun + timedelta(seconds=second))
    coordinator = await set_up()
    await poll(hass, entry)
    assert heard == []
    assert len(coordinator.journal.ledger.seen["IN"]) == 60


async def test_a_payment_made_during_a_catch_up_does_not_wait_for_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[dict[str, Any]],
) -> None:
    coordinator = await set_up()
    start = simulator.clock() + timedelta(hours=1)
    simulator.clock = lambda: start
    coordinator.feed.miss()
    wallet.pay(1, date=start)
    work = coordinator.feed.work
    coordinator.feed.work = nothing
    await poll(hass, entry)
    simulator.clock = lambda: start + timedelta(minutes=1)
    wallet.pay(2, date=simulator.clock())
    await poll(hass, entry)
    assert amounts(heard) == [2.0]
    coordinator.feed.work = work
    wallet.pay(3, date=simulator.clock())
    await poll(hass, entry)
    assert sorted(amounts(heard)) == [1.0, 2.0, 3.0]
