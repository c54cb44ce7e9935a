"""What is paid is announced once, in paid order, and each kind with its own event."""

from datetime import timedelta
import json

from freezegun.api import FrozenDateTimeFactory
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.qiwi.books import wallet_books
from custom_components.qiwi.ledger import Ledger, stored
from custom_components.qiwi.ledger_file import LedgerFile
from custom_components.qiwi.payments import Announcement
from tests.home import Home
from tests.ledger.selling import bought


async def test_a_payment_is_announced_once(home: Home) -> None:
    home.wallet.pay(7)
    await home.add()
    assert home.sensor("balance_rub").state == "1007.0"
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
    events = async_capture_events(home.hass, "qiwi_new_payment")
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


async def test_an_empty_wallet_announces_its_first_payment(home: Home) -> None:
    await home.add()
    home.wallet.pay(150)
    await home.poll()
    assert home.announced == [150.0]


async def test_a_payment_that_waits_for_90_days_is_dropped_with_a_word(
    home: Home, freezer: FrozenDateTimeFactory, caplog: pytest.LogCaptureFixture
) -> None:
    paid = home.wallet.pay(150, status="WAITING")
    coordinator = await home.add()
    freezer.tick(timedelta(days=91))
    home.simulator.clock = dt_util.utcnow
    coordinator.feed.miss()
    # Three months without a payment are believed after an hour, and a row so old is looked up once a day.
    for minutes in (31, 31, 31, 24 * 60):
        freezer.tick(timedelta(minutes=minutes))
        await home.poll()
    assert f"Payment {paid.transaction_id} waited for 90 days" in caplog.text
    assert coordinator.journal.ledger.pending == {"IN": {}}


async def test_what_waits_to_be_told_is_told_though_no_clock_was_ever_set(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    books = wallet_books(home.entry)
    left = Ledger(
        watermark=0,
        since=0,
        outbox=(Announcement(payment=bought(7)),),
        books={book.name: book.empty() for book in books},
    )
    path = LedgerFile(home.hass, home.entry.entry_id).path
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(stored.to_json(left, books)))
    freezer.move_to("1970-01-02 00:00:00+00:00")
    await home.simulator.refuse()
    await home.add()
    assert home.announced == [500]
    await home.simulator.listen()
