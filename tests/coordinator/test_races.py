"""What happens at the same time: polls, windows, automations and the end of a wallet leave each other whole."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import Event, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.qiwi.journal import JournalClosedError
from custom_components.qiwi.ledger_file import LedgerFile
from custom_components.qiwi.publication import SIGNAL_ANNOUNCEMENT
from tests.home import Home
from tests.story import Till, amounts, until
from wallet_simulator import Fault


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
