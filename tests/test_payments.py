"""The road of a payment through a running Home Assistant: announced once, in paid order, whatever happens."""

from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, Event, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest

from custom_components.qiwi import backup
from custom_components.qiwi.ledger_file import LedgerFile
from wallet_simulator import Fault

from .home import Home
from .story import FEED


def collect(events: list[Event[Any]]) -> Callable[[Event[Any]], None]:
    """Return a listener that keeps what it hears."""

    @callback
    def listen(event: Event[Any]) -> None:
        events.append(event)

    return listen


async def test_a_payment_is_announced_once(home: Home) -> None:
    home.wallet.pay(7)
    await home.add()
    assert home.state("sensor.qiwi_0000_balance_rub").state == "1007.0"
    paid = home.wallet.pay(150, comment=" for you\n me@Example.com ", account="+79000000001")
    await home.poll()
    await home.poll()
    assert home.announced == [150.0]
    record = home.heard[0]
    assert record["event_type"] == "payment_received"
    assert record["transaction_id"] == paid.transaction_id
    assert record["comment"] == "for you me@Example.com"
    assert record["email"] == "me@example.com"
    assert record["account"] == "•••• 0001"
    assert (record["kind"], record["direction"], record["status"]) == ("transfer", "in", "success")
    assert not any(record[flag] for flag in ("late", "possible_duplicate", "test"))


async def test_the_bus_event_holds_no_person(home: Home) -> None:
    events: list[Event[Any]] = []
    home.hass.bus.async_listen("qiwi_new_payment", collect(events))
    await home.add()
    home.wallet.pay(150, comment="me@example.com")
    home.wallet.pay(20, kind="bill")
    await home.poll()
    assert len(events) == 1
    assert not events[0].data.keys() & {"comment", "email", "account", "provider"}
    assert events[0].data["entry_id"] == home.entry.entry_id
    assert events[0].data["device_id"] == home.coordinator.device_id


async def test_each_kind_has_its_event(home: Home) -> None:
    await home.add()
    home.wallet.pay(1, kind="top_up")
    home.wallet.pay(2, kind="bill")
    home.wallet.pay(3, kind="refund")
    home.wallet.convert(480, "RUB", 6, "USD")
    home.wallet.pay(4, kind="purchase", status="ERROR")
    await home.poll()
    assert sorted((record["event_type"], record["kind"]) for record in home.heard) == [
        ("currency_converted", "conversion"),
        ("currency_converted", "conversion"),
        ("payment_failed", "purchase"),
        ("payment_received", "top_up"),
        ("payment_sent", "bill"),
        ("refund_received", "refund"),
    ]


async def test_a_waiting_payment_is_announced_when_it_settles(home: Home) -> None:
    await home.add()
    paid = home.wallet.pay(150, status="WAITING")
    await home.poll()
    assert home.heard == []
    home.wallet.settle(paid.transaction_id)
    await home.poll()
    assert home.announced == [150.0]


async def test_a_waiting_payment_of_last_month_is_looked_up_by_itself(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    paid = home.wallet.pay(150, status="WAITING")
    await home.add()
    later = home.simulator.clock() + timedelta(days=30)
    freezer.move_to(later)
    home.simulator.clock = lambda: later
    for _ in range(60):
        home.wallet.pay(1, date=home.simulator.clock())
    await home.poll()
    assert len(home.heard) == 60
    home.wallet.settle(paid.transaction_id)
    home.coordinator.feed._look_up._asked.clear()
    await home.poll()
    assert home.announced[60:] == [150.0]
    assert home.heard[-1]["late"]


async def test_a_burst_leaves_in_paid_order(home: Home) -> None:
    await home.add()
    for amount in range(1, 301):
        home.wallet.pay(amount)
    await home.poll()
    assert home.announced == list(map(float, range(1, 301)))


async def test_an_outage_loses_nothing(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    coordinator = await home.add()
    await home.simulator.refuse()
    await home.poll()
    feed = home.state(FEED)
    assert (feed.state, feed.attributes["reason"]) == ("on", "cannot_connect")
    assert home.state("sensor.qiwi_0000_balance_rub").state == "unavailable"
    assert home.state("event.qiwi_0000_payment").state != "unavailable"
    for amount in range(1, 401):
        home.wallet.pay(amount)
    await home.simulator.listen()
    await home.poll()
    assert home.announced == list(map(float, range(1, 401)))
    assert home.state(FEED).state == "off"
    assert coordinator.data.catch_up is None
    assert caplog.text.count("are not arriving") == 1
    assert caplog.text.count("are arriving again") == 1


async def test_a_catch_up_goes_on_where_it_broke_off(home: Home) -> None:
    coordinator = await home.add()
    coordinator.feed.miss()
    start = home.simulator.clock() + timedelta(seconds=1)
    home.simulator.clock = lambda: start + timedelta(minutes=15)
    for amount in range(1, 601):
        home.wallet.pay(amount, date=start + timedelta(seconds=amount))
    coordinator.client._shared.transport.limiter.catch_up_requests = 1000
    home.simulator.fault(Fault(kind="status", status=500, endpoint="payments", times=1))
    await home.poll()
    assert home.heard == []
    assert coordinator.data.problem == "cannot_connect"
    await home.poll()
    assert home.announced == list(map(float, range(1, 601)))


async def test_payments_made_while_it_was_down_come_after_a_restart(home: Home) -> None:
    await home.add()
    await home.unload()
    home.wallet.pay(150)
    await home.add()
    assert home.announced == [150.0]
    assert not home.heard[0]["possible_duplicate"]


async def test_nothing_is_announced_before_home_assistant_has_started(home: Home) -> None:
    await home.add()
    await home.unload()
    home.wallet.pay(150)
    home.hass.set_state(CoreState.starting)
    await home.add()
    await home.poll()
    assert home.heard == []
    home.hass.set_state(CoreState.running)
    home.hass.bus.async_fire("homeassistant_started")
    await home.rest()
    assert home.announced == [150.0]


async def test_what_a_crash_left_in_the_outbox_comes_again_with_a_flag(home: Home) -> None:
    coordinator = await home.add()
    written: list[Any] = []

    @callback
    def keep(event: Event[Any]) -> None:
        # Written down and not yet taken out: the moment of the crash.
        written.append(coordinator.file.path.read_bytes())

    home.hass.bus.async_listen_once("qiwi_new_payment", keep)
    home.wallet.pay(150)
    await home.poll()
    await home.unload()
    coordinator.file.path.write_bytes(written[0])
    await home.add()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (150.0, False),
        (150.0, True),
    ]


async def test_a_stop_in_the_middle_of_a_batch_flags_nothing(home: Home) -> None:
    coordinator = await home.add()

    @callback
    def stop(event: Event[Any]) -> None:
        coordinator.journal._is_open = False

    home.hass.bus.async_listen("qiwi_new_payment", stop)
    home.wallet.pay(1)
    home.wallet.pay(2)
    await home.poll()
    assert home.announced == [1.0]
    await home.unload()
    await home.add()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (1.0, False),
        (2.0, False),
    ]


async def test_home_assistant_stopping_keeps_what_is_not_out(home: Home) -> None:
    coordinator = await home.add()
    home.hass.bus.async_fire("homeassistant_stop")
    await home.rest()
    home.wallet.pay(1)
    await home.poll()
    assert home.heard == []
    assert not coordinator.journal.is_open


async def test_a_disk_that_refuses_holds_announcements_back(home: Home, tmp_path: Path) -> None:
    coordinator = await home.add()
    path = coordinator.file.path
    (tmp_path / "file").touch()
    coordinator.file.path = tmp_path / "file" / "ledger"
    home.wallet.pay(150)
    await home.poll()
    assert home.heard == []
    assert home.reason == "storage"
    coordinator.file.path = path
    await home.poll()
    await home.poll()
    assert home.announced == [150.0]


@pytest.mark.parametrize("content", [b"not json", b"[]", b'{"version": 99}', b"\xff\xfe"])
async def test_an_unreadable_ledger_is_set_aside(home: Home, content: bytes) -> None:
    file = LedgerFile(home.hass, home.entry.entry_id)
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_bytes(content)
    home.wallet.pay(1)
    await home.add()
    assert home.entry.state is ConfigEntryState.LOADED
    assert ir.async_get(home.hass).async_get_issue("qiwi", f"ledger_unreadable_{home.entry.entry_id}")
    home.wallet.pay(150)
    await home.poll()
    assert home.announced == [150.0]
    aside = file.path.with_name(file.path.name + ".unreadable")
    assert aside.read_bytes() == content
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    assert not (aside.exists() or file.path.exists())


async def test_a_ledger_that_cannot_be_read_now_is_not_replaced(home: Home) -> None:
    path = LedgerFile(home.hass, home.entry.entry_id).path
    path.mkdir(parents=True, exist_ok=True)
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    path.rmdir()


async def test_the_first_setup_needs_the_wallet_and_later_ones_do_not(home: Home) -> None:
    await home.simulator.refuse()
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    await home.simulator.listen()
    await home.reload()
    assert home.entry.state is ConfigEntryState.LOADED
    await home.simulator.refuse()
    await home.reload()
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.reason == "cannot_connect"


async def test_a_refused_token_starts_reauthentication_once(home: Home) -> None:
    await home.add()
    home.wallet.revoke(next(iter(home.wallet.tokens)))
    await home.poll()
    await home.poll()
    flows = home.hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == ["reauth"]
    assert home.reason == "invalid_auth"


async def test_a_wallet_that_was_asked_too_often_is_left_alone(home: Home) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=423, endpoint="payments", times=1))
    await home.poll()
    asked = home.simulator.count()
    await home.poll()
    await home.reload()
    assert home.simulator.count() == asked
    assert home.reason == "rate_limited"


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
@pytest.mark.usefixtures("profile_at_every_poll")
async def test_a_method_that_fails_leaves_the_others_running(
    home: Home, endpoint: str, status: int, reason: str | None
) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=status, endpoint=endpoint))
    await home.poll()
    assert home.reason == reason
    balance = home.state("sensor.qiwi_0000_balance_rub").state
    assert balance == ("unavailable" if endpoint == "balances" else "1000.0")


@pytest.mark.parametrize("endpoint", ["balances", "profile"])
@pytest.mark.usefixtures("profile_at_every_poll")
async def test_a_token_refused_anywhere_is_refused(home: Home, endpoint: str) -> None:
    coordinator = await home.add()
    home.simulator.fault(Fault(kind="status", status=401, endpoint=endpoint))
    await home.poll()
    assert coordinator.data.problem == "invalid_auth"


async def test_a_quiet_poll_asks_for_two_things_and_writes_nothing(home: Home) -> None:
    home.wallet.pay(7)
    coordinator = await home.add()
    await home.poll()
    changes: list[Event[Any]] = []
    home.hass.bus.async_listen("state_changed", collect(changes))
    asked, written = home.simulator.count(), coordinator.file.path.stat().st_mtime_ns
    await home.poll()
    assert home.simulator.count() - asked == 2
    assert changes == []
    assert coordinator.file.path.stat().st_mtime_ns == written


async def test_a_new_currency_gets_its_sensor(home: Home) -> None:
    await home.add()
    home.wallet.balances["KZT"] = home.wallet.balances["USD"]
    await home.poll()
    assert home.state("sensor.qiwi_0000_balance_kzt").state == "5.0"
    del home.wallet.balances["KZT"]
    await home.poll()
    assert home.state("sensor.qiwi_0000_balance_kzt").state == "unavailable"


async def test_a_blocked_wallet_shows(home: Home) -> None:
    home.wallet.blocked = True
    await home.add()
    assert home.state("binary_sensor.qiwi_0000_blocked").state == "on"


async def test_a_restored_backup_flags_what_it_forgot(home: Home) -> None:
    coordinator = await home.add()
    await backup.async_pre_backup(home.hass)
    copy = coordinator.file.path.read_bytes()
    await backup.async_post_backup(home.hass)
    home.wallet.pay(150)
    await home.poll()
    await home.unload()
    coordinator.file.path.write_bytes(copy)
    await home.add()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (150.0, False),
        (150.0, True),
    ]


async def test_an_empty_wallet_announces_its_first_payment(home: Home) -> None:
    await home.add()
    home.wallet.pay(150)
    await home.poll()
    assert home.announced == [150.0]


async def test_the_month_before_is_counted_silently(home: Home) -> None:
    now = home.simulator.clock()
    for days in range(2, 25):
        home.wallet.pay(10, date=now - timedelta(days=days))
    waiting = home.wallet.pay(11, date=now - timedelta(days=3), status="WAITING")
    coordinator = await home.add()
    await home.poll()
    assert home.heard == []
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


async def test_a_backup_before_the_first_contact_marks_nothing(home: Home) -> None:
    file = LedgerFile(home.hass, home.entry.entry_id)
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_bytes(b"?")
    await home.simulator.refuse()
    coordinator = await home.add()
    assert coordinator is None
    await backup.async_pre_backup(home.hass)
    await backup.async_post_backup(home.hass)
    await home.unload()
    assert not file.path.exists()


async def test_without_a_date_header_the_newest_row_tells_the_time(home: Home) -> None:
    home.simulator.fault(Fault(kind="no_date"))
    await home.add()
    for amount in (1, 2):
        home.wallet.pay(amount)
        await home.poll()
    home.wallet.pay(3, status="WAITING")
    await home.poll()
    assert home.announced == [1.0, 2.0]


async def nothing(show: object) -> None:
    """Put off what a poll leaves to the background."""


async def test_a_second_outage_in_the_middle_of_a_catch_up_is_caught_up_too(home: Home) -> None:
    coordinator = await home.add()
    start = home.simulator.clock() + timedelta(hours=1)
    home.simulator.clock = lambda: start
    coordinator.feed.miss()
    for amount in range(1, 101):
        home.wallet.pay(amount, date=start)
    page = Fault(kind="status", status=500, endpoint="payments", times=1)
    work = coordinator.feed.work
    coordinator.feed.work = nothing
    await home.poll()
    home.simulator.fault(page)
    await home.poll()
    home.simulator.clock = lambda: start + timedelta(minutes=1)
    for amount in range(101, 201):
        home.wallet.pay(amount, date=home.simulator.clock())
    coordinator.feed.work = work
    await home.poll()
    assert home.announced == list(map(float, range(1, 201)))


async def test_a_token_refused_while_catching_up_is_refused_at_the_next_poll(home: Home) -> None:
    coordinator = await home.add()
    coordinator.feed.miss()
    work = coordinator.feed.work

    async def refused(show: Any) -> None:
        home.simulator.fault(Fault(kind="status", status=401, endpoint="payments"))
        await work(show)

    coordinator.feed.work = refused
    await home.poll()
    assert coordinator.data.problem == "invalid_auth"
    await home.poll()
    assert [flow["context"]["source"] for flow in home.hass.config_entries.flow.async_progress()] == [
        "reauth"
    ]


async def test_a_stop_in_the_middle_of_a_catch_up_loses_nothing(home: Home) -> None:
    await home.add()
    await home.unload()
    for amount in range(1, 121):
        home.wallet.pay(amount)

    @callback
    def stop(event: Event[Any]) -> None:
        if event.data["amount"] == 60:
            home.coordinator.journal._is_open = False

    unsubscribe = home.hass.bus.async_listen("qiwi_new_payment", stop)
    await home.add()
    assert home.announced == list(map(float, range(1, 61)))
    unsubscribe()
    await home.reload()
    assert home.announced == list(map(float, range(1, 121)))
    assert not any(record["possible_duplicate"] for record in home.heard)


async def test_a_payment_that_waits_for_90_days_is_dropped_with_a_word(
    home: Home, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    paid = home.wallet.pay(150, status="WAITING")
    coordinator = await home.add()
    later = home.simulator.clock() + timedelta(days=91)
    freezer.move_to(later)
    home.simulator.clock = lambda: later
    coordinator.feed.miss()
    await home.poll()
    assert f"Payment {paid.transaction_id} waited for 90 days" in caplog.text
    assert coordinator.journal.ledger.pending == {"IN": {}}


async def test_a_wallet_added_on_the_first_of_a_month_has_no_month_to_read(home: Home) -> None:
    month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
    home.simulator.clock = lambda: (month + timedelta(hours=1)).astimezone(UTC)
    coordinator = await home.add()
    await home.poll()
    assert coordinator.journal.ledger.backfill_before is None


@pytest.mark.parametrize(
    "kind", ["html", "not_json", "empty", "truncated", "wrong_types", "huge", "redirect", "duplicate_rows",
             "reordered_rows", "reset", "close", "cut_off"],
)  # fmt: skip
async def test_no_fault_of_the_wallet_loses_or_doubles_a_payment(home: Home, kind: str) -> None:
    await home.add()
    home.simulator.fault(Fault(kind=kind, endpoint="payments"))
    for amount in range(1, 31):
        home.wallet.pay(amount)
    await home.poll()
    home.simulator.clear_faults()
    await home.poll()
    assert sorted(home.announced) == list(map(float, range(1, 31)))


async def test_what_was_paid_before_the_first_contact_is_known_silently(home: Home) -> None:
    begun = home.simulator.clock() - timedelta(minutes=10)
    for second in range(60):
        home.wallet.pay(10, date=begun + timedelta(seconds=second))
    coordinator = await home.add()
    await home.poll()
    assert home.heard == []
    assert len(coordinator.journal.ledger.seen["IN"]) == 60


async def test_a_payment_made_during_a_catch_up_does_not_wait_for_it(home: Home) -> None:
    coordinator = await home.add()
    start = home.simulator.clock() + timedelta(hours=1)
    home.simulator.clock = lambda: start
    coordinator.feed.miss()
    home.wallet.pay(1, date=start)
    work = coordinator.feed.work
    coordinator.feed.work = nothing
    await home.poll()
    home.simulator.clock = lambda: start + timedelta(minutes=1)
    home.wallet.pay(2, date=home.simulator.clock())
    await home.poll()
    assert home.announced == [2.0]
    coordinator.feed.work = work
    home.wallet.pay(3, date=home.simulator.clock())
    await home.poll()
    assert sorted(home.announced) == [1.0, 2.0, 3.0]
