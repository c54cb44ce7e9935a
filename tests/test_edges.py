"""Races, odd values and rare moments: what nobody does on purpose loses, doubles and tells nothing."""

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import async_validate_trigger_config
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
import voluptuous as vol

from custom_components.qiwi.api import Balance
from custom_components.qiwi.journal import JournalClosedError
from custom_components.qiwi.ledger_file import LedgerFile
from custom_components.qiwi.publication import SIGNAL_ANNOUNCEMENT
from custom_components.qiwi.wallet_data import main_currency
from wallet_simulator import Fault

from .home import Home
from .story import Till, amounts, until

# Races


async def test_a_payment_that_a_poll_finds_while_a_window_leaves_follows_it(home: Home, till: Till) -> None:
    coordinator = await home.add()
    home.simulator.fault(Fault(kind="status", status=500, endpoint="payments", times=1))
    await home.poll()
    home.simulator.clear_faults()
    till.take(49)
    polls: list[Any] = []

    @callback
    def poll_beside(event: Event[Any]) -> None:
        if event.data["amount"] == 1:
            home.wallet.pay(50)
            polls.append(home.hass.async_create_task(coordinator.async_refresh()))

    home.hass.bus.async_listen("qiwi_new_payment", poll_beside)
    await home.poll()
    assert len(polls) == 1
    assert home.announced == list(range(1, 51))


async def test_a_gap_that_opens_while_a_window_leaves_is_read_at_once(home: Home, till: Till) -> None:
    coordinator = await home.add()
    home.simulator.fault(Fault(kind="status", status=500, endpoint="payments", times=1))
    await home.poll()
    till.take(49)
    polls: list[Any] = []

    async def poll_beside() -> None:
        home.simulator.fault(Fault(kind="status", status=500, endpoint="payments", times=1))
        await coordinator.async_refresh()
        await coordinator.async_refresh()

    @callback
    def open_gap(event: Event[Any]) -> None:
        if event.data["amount"] == 1:
            till.take(30)
            polls.append(home.hass.async_create_task(poll_beside()))

    home.hass.bus.async_listen("qiwi_new_payment", open_gap)
    await home.poll()
    assert len(polls) == 1
    assert home.announced == till.taken


async def test_a_poll_that_outlives_its_entry_writes_nothing_over_what_came_after_it(
    home: Home, tmp_path: Path
) -> None:
    coordinator = await home.add()
    path = coordinator.file.path
    coordinator.file.path = tmp_path / "a file" / "below"
    (tmp_path / "a file").write_text("")
    home.wallet.pay(1)
    hanging = home.simulator.fault(Fault(kind="slow", endpoint="balances", seconds=1000))
    outliving = home.hass.async_create_task(coordinator.async_refresh())
    await until(lambda: hanging.struck)
    await home.unload()
    coordinator.file.path = path
    home.simulator.clear_faults()
    await outliving
    assert b'"stopped":true' not in path.read_bytes().replace(b" ", b"")
    assert home.heard == []


async def test_looking_up_what_still_waits_writes_nothing(home: Home) -> None:
    home.wallet.pay(1, status="WAITING", date=home.simulator.clock() - timedelta(days=2))
    coordinator = await home.add()
    await home.poll()
    written = coordinator.file.path.stat().st_ino
    asked = home.simulator.count("payments")
    coordinator.feed._look_up._asked.clear()
    await home.poll()
    assert home.simulator.count("payments") - asked == 2
    assert coordinator.file.path.stat().st_ino == written


@pytest.mark.parametrize(
    "action",
    [
        {"action": "homeassistant.update_entity", "target": {"entity_id": "sensor.qiwi_0000_received_today"}},
        {
            "action": "qiwi.replay_payment",
            "data": {"transaction_id": "{{ trigger.payment.transaction_id }}", "direction": "in"},
        },
        {"action": "qiwi.send_test_payment", "data": {"comment": "{{ trigger.payment.comment }}"}},
        {"action": "homeassistant.reload_config_entry", "target": {"entity_id": "event.qiwi_0000_payment"}},
    ],
    ids=["refresh", "replay", "test", "reload"],
)
async def test_an_automation_may_ask_the_wallet_for_anything_while_payments_leave(
    home: Home, till: Till, action: dict[str, Any]
) -> None:
    assert await async_setup_component(home.hass, "homeassistant", {})
    automation = {
        "mode": "queued",
        "max": 10000,
        "triggers": {"trigger": "qiwi.payment_received", "options": {"max_amount": 3}},
        "conditions": "{{ not trigger.payment.test and not trigger.payment.possible_duplicate }}",
        "actions": action,
    }
    assert await async_setup_component(home.hass, "automation", {"automation": automation})
    await home.add()
    till.take(120, comment="Lesson")
    await home.poll()
    await home.poll()
    first = [record for record in home.heard if not record["test"] and not record["possible_duplicate"]]
    assert amounts(first) == till.taken
    more = {"qiwi.replay_payment": 3, "qiwi.send_test_payment": 3}.get(action["action"], 0)
    assert len(home.heard) - len(first) == more


# Sums


def test_a_second_account_in_the_default_accounts_currency_changes_nothing() -> None:
    def balance(alias: str, currency: str, *, is_default: bool) -> Balance:
        return Balance(alias=alias, currency=currency, amount=Decimal(1), is_default=is_default)

    accounts = [
        balance("qw_wallet_kzt", "KZT", is_default=True),
        balance("qw_wallet_rub", "RUB", is_default=False),
        balance("mc_mobile_kzt", "KZT", is_default=False),
    ]
    assert main_currency(accounts) == "KZT"


# Who paid


async def test_an_announcement_that_somebody_fails_on_logs_no_person(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    @callback
    def fail(*announced: Any) -> None:
        raise RuntimeError

    async_dispatcher_connect(home.hass, SIGNAL_ANNOUNCEMENT, fail)
    await home.add()
    home.wallet.pay(1, comment="A secret, me@example.com", account="+79000000001")
    await home.poll()
    assert home.announced == [1]
    assert "Exception in fail" in caplog.text
    for private in ("secret", "example.com", "79000000001"):
        assert private not in caplog.text


# Odd values


@pytest.mark.parametrize(
    "options",
    [
        {"min_amount": None, "max_amount": "", "comment": None, "has_email": None},
        {"device_id": [], "currency": [], "kind": [], "comment": "", "payer": ""},
        {"device_id": None, "currency": None, "kind": None, "payer": None, "max_age": None},
        {"device_id": "", "currency": "", "kind": "", "max_age": ""},
        {"max_age": {"days": 0, "hours": 0, "minutes": 0, "seconds": 0}},
        {"max_age": "00:00:00"},
        {"currency": 643},
        {"currency": ["643", "840"]},
    ],
)
async def test_an_option_left_empty_lets_everything_through(home: Home, options: dict[str, Any]) -> None:
    runs = await home.automate(**options)
    await home.add()
    later = home.simulator.clock() + timedelta(minutes=1)
    home.simulator.clock = lambda: later
    home.wallet.pay(1, date=later - timedelta(seconds=30))
    await home.poll()
    assert amounts(runs) == [1]


@pytest.mark.parametrize(
    ("trigger", "kind", "fits"),
    [
        ("payment_received", "refund", False),
        ("payment_received", ["bill", "purchase"], False),
        ("payment_received", ["refund", "transfer"], True),
        ("payment_sent", "top_up", False),
        ("payment_sent", ["conversion", "bill"], True),
        ("payment_failed", "conversion", True),
    ],
)
async def test_kinds_that_a_trigger_never_sees_are_refused(
    hass: HomeAssistant, trigger: str, kind: str | list[str], *, fits: bool
) -> None:
    config = [{"platform": f"qiwi.{trigger}", "options": {"kind": kind}}]
    with nullcontext() if fits else pytest.raises(vol.Invalid, match="runs for these kinds only"):
        await async_validate_trigger_config(hass, config)


async def test_options_that_are_no_options_are_refused_and_none_are_none(hass: HomeAssistant) -> None:
    await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_sent", "options": None}])
    with pytest.raises(vol.Invalid):
        await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_sent", "options": ["kind"]}])


@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("get_payments", {"until": "0001-01-01 00:00:00"}, "invalid_until"),
        ("get_payments", {"since": "0001-01-01 00:00:00"}, "invalid_since"),
        ("get_payments", {"until": "9999-12-31 23:59:59"}, "invalid_until"),
        ("get_payments", {"max_amount": "1e400"}, "invalid_max_amount"),
        ("send_test_payment", {"amount": "1e400"}, "invalid_amount"),
    ],
)
async def test_a_value_beyond_all_measure_is_refused(
    home: Home, action: str, data: dict[str, Any], key: str
) -> None:
    await home.add()
    with pytest.raises(ServiceValidationError) as refusal:
        await home.act(action, **data)
    assert refusal.value.translation_key == key


async def test_a_test_payment_without_a_currency_is_the_main_one(home: Home) -> None:
    await home.add()
    await home.act("send_test_payment", currency=[])
    assert [record["currency"] for record in home.heard] == ["RUB"]


async def test_years_without_payments_are_pages_too(home: Home) -> None:
    await home.add()
    home.wallet.pay(1)
    asked = home.simulator.count("payments")
    since = home.simulator.clock() - timedelta(days=90 * 50)
    assert amounts((await home.act("get_payments", since=since, limit=1))["payments"]) == [1]
    with pytest.raises(ServiceValidationError) as refusal:
        await home.act("get_payments", since=since)
    assert refusal.value.translation_key == "too_many_pages"
    assert home.simulator.count("payments") - asked <= 1 + 41


async def test_a_damaged_ledger_that_cannot_be_moved_is_read_anew_all_the_same(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    path = LedgerFile(home.hass, home.entry.entry_id).path
    path.parent.mkdir(exist_ok=True)
    path.write_text("damaged")
    aside = path.with_name(f"{path.name}.unreadable")
    aside.mkdir()
    (aside / "in the way").touch()
    coordinator = await home.add()
    assert coordinator.data.problem is None
    assert "can't be moved" in caplog.text
    assert "Traceback" not in caplog.text


async def test_payments_are_asked_for_more_often_while_somebody_watches(home: Home) -> None:
    coordinator = await home.add()
    for _ in range(2):
        coordinator.async_watch()
        assert coordinator.update_interval == timedelta(seconds=15)
    async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(seconds=31))
    assert coordinator.update_interval == timedelta(seconds=30)
    home.simulator.fault(Fault(kind="status", status=401))
    await home.poll()
    asked = home.simulator.count()
    coordinator.async_watch()
    async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(minutes=1))
    await home.rest()
    assert home.simulator.count() == asked


async def test_a_watched_wallet_is_unloaded(home: Home) -> None:
    (await home.add()).async_watch()
    assert await home.unload()


async def test_work_that_outlives_its_wallet_ends_quietly(home: Home) -> None:
    coordinator = await home.add()
    await coordinator.mail_queue.stop()
    coordinator.mail_queue = None

    async def outlive(show: object) -> None:
        raise JournalClosedError

    coordinator.feed.work = outlive
    await coordinator._async_work()
    assert coordinator.data.problem is None
    assert await home.unload()
