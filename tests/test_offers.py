"""Paid offers in a running Home Assistant, with a real mail server: the right payment gets its mail, and no other."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.todo import DATA_COMPONENT
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.qiwi.diagnostics import async_get_config_entry_diagnostics
from mail_simulator import Certificate, Fault, MailSimulator
from wallet_simulator import Kind, Simulator, Status, Wallet

from .conftest import OTHER_NUMBER, OTHER_TOKEN, Act, Sell, SetUp
from .story import largest_file, poll, state

BUYER = "buyer@example.com"
ORDERS = "todo.webinar_orders"
REFUSES = "mail_server_refuses_{}"

type Pay = Callable[..., Awaitable[str]]


@pytest.fixture
def pay(hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator) -> Pay:
    """Return a call that pays 500 roubles with an address and has the wallet polled; it returns the order's number."""

    async def pay(amount: float | str = 500, comment: str | None = BUYER, **details: Any) -> str:
        row = simulator.wallet.pay(amount, comment=comment, **details)
        await poll(hass, entry)
        return row.transaction_id

    return pay


@pytest.fixture
async def told(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return what automations on both triggers are told."""
    told: list[dict[str, Any]] = []

    @callback
    def listen(event: Event[Any]) -> None:
        told.append(event.data)

    hass.bus.async_listen("told", listen)
    automation = {
        "mode": "queued",
        "max": 1000,
        "triggers": [{"trigger": f"qiwi.order_{what}", "id": what} for what in ("paid", "needs_attention")],
        "actions": {
            "event": "told",
            "event_data": {"by": "{{ trigger.id }}", "order": "{{ trigger.order }}"},
        },
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    return told


async def order(act: Act, **filters: Any) -> dict[str, Any]:
    """Return the one order there is."""
    [found] = (await act("get_orders", **filters))["orders"]
    return dict(found)


def items(hass: HomeAssistant, entity_id: str = ORDERS) -> list[Any]:
    entity = hass.data[DATA_COMPONENT].get_entity(entity_id)
    assert entity is not None
    return entity.todo_items or []


async def check_off(hass: HomeAssistant, number: str, **changes: Any) -> None:
    await hass.services.async_call(
        "todo",
        "update_item",
        {"entity_id": ORDERS, "item": number, **({"status": "completed"} | changes)},
        blocking=True,
    )
    await hass.async_block_till_done(wait_background_tasks=True)


def mark_as_being_sent(ledger: Path) -> None:
    """Let the one order of a ledger's file be being sent."""
    document = json.loads(ledger.read_text())
    [stored] = document["books"]["orders"]["orders"]
    stored["state"] = "sending"
    del stored["closed"]
    ledger.write_text(json.dumps(document))


async def later(hass: HomeAssistant, freezer: Any, **time: float) -> None:
    """Let time pass, and what is due then be done."""
    freezer.tick(timedelta(**time))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_payment_of_the_price_is_answered_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    told: list[dict[str, Any]],
    mail_server: MailSimulator,
) -> None:
    await set_up()
    await sell(entry)
    number = await pay()
    [mail] = mail_server.mails
    assert (mail.sender, mail.recipients) == ("shop@example.com", (BUYER,))
    assert mail.text.strip() == f"Dear {BUYER}, for 500 RUB: https://example.com/{number}"
    assert mail.message["Subject"] == "Webinar"
    assert [(each["by"], each["order"]["order_id"], each["order"]["state"]) for each in told] == [
        ("paid", number, "new")
    ]
    found = await order(act)
    assert (found["order_id"], found["state"], found["reason"], found["email"]) == (
        number,
        "sent",
        None,
        BUYER,
    )
    assert (found["offer"], found["quantity"], found["payment"]["amount"]) == ("Webinar", 1, 500.0)
    # Neither polls nor reloads nor a replay send it again.
    await poll(hass, entry)
    await act("replay_payment", transaction_id=number, direction="in")
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await act("send_test_payment", amount=500, comment=BUYER)
    assert len(mail_server.mails) == 1
    assert len(told) == 1
    assert state(hass, ORDERS).state == "0"
    assert state(hass, "sensor.webinar_open_orders").state == "0"
    assert state(hass, "sensor.webinar_revenue").state == "500.0"
    [item] = items(hass)
    assert (item.uid, item.status) == (number, "completed")


WRONG: dict[str, tuple[dict[str, Any], str | None]] = {
    "underpaid": ({"amount": 499}, None),
    "overpaid": ({"amount": 501}, None),
    "another currency": ({"currency": "USD"}, None),
    "no address": ({"comment": "hello"}, "no_address"),
    "two addresses": ({"comment": f"{BUYER} a@example.com"}, "several_addresses"),
    "a header": ({"comment": f"{BUYER}\r\nBcc: all@example.com"}, "several_addresses"),
    "refund": ({"kind": Kind.REFUND, "comment": None}, None),
    "conversion": ({"kind": Kind.CONVERSION}, None),
    "failed": ({"status": Status.ERROR}, None),
    "pending": ({"status": Status.WAITING}, None),
}


@pytest.mark.parametrize(("details", "reason"), WRONG.values(), ids=WRONG)
async def test_another_payment_is_not_mailed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    told: list[dict[str, Any]],
    mail_server: MailSimulator,
    details: dict[str, Any],
    reason: str | None,
) -> None:
    await set_up()
    await sell(entry)
    number = await pay(**details)
    assert not mail_server.connections
    assert [(each["by"], each["order"]["order_id"], each["order"]["reason"]) for each in told] == (
        [("needs_attention", number, reason)] if reason else []
    )
    orders = (await act("get_orders"))["orders"]
    assert [each["reason"] for each in orders] == ([reason] if reason else [])


@pytest.mark.parametrize(("amount", "reason"), [(499, "underpaid"), (501, "overpaid")])
async def test_a_wrong_sum_with_the_offers_word_is_told_and_sent_on_a_persons_word(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    mail_server: MailSimulator,
    amount: float,
    reason: str,
) -> None:
    await set_up()
    await sell(entry, comment="yoga")
    await pay(comment=BUYER)
    assert not (await act("get_orders"))["orders"]
    number = await pay(amount, comment=f"Yoga, {BUYER}")
    assert (await order(act, offer="Webinar"))["reason"] == reason
    assert not mail_server.mails
    await act("retry_order", order_id=number)
    assert [mail.recipients for mail in mail_server.mails] == [(BUYER,)]


@pytest.mark.usefixtures("long_known")
async def test_what_was_paid_more_than_a_day_ago_is_left_to_a_person(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    simulator: Simulator,
    mail_server: MailSimulator,
) -> None:
    await sell(entry, created="2026-01-01T00:00:00+00:00")
    await set_up()
    simulator.wallet.pay(
        500, comment=BUYER, date=dt_util.utcnow() - timedelta(hours=24, minutes=1), status=Status.WAITING
    )
    number = simulator.wallet.rows[0].transaction_id
    await poll(hass, entry)
    simulator.wallet.settle(number, Status.SUCCESS)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    found = (await act("get_orders"))["orders"]
    assert [each["reason"] for each in found] in ([], ["late"])
    assert not mail_server.mails


async def test_an_order_without_an_address_is_answered_by_hand(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    mail_server: MailSimulator,
) -> None:
    await set_up()
    offer = await sell(entry)
    number = await pay(comment="[click](https://example.com) `ivan` at example <b>com</b>")
    [item] = items(hass)
    assert item.status == "needs_action"
    assert "No valid e-mail address in the comment" in item.description
    assert "`[click](https://example.com) ˋivanˋ at example <b>com</b>`" in item.description
    assert state(hass, ORDERS).state == "1"
    assert "…" not in item.description
    open_orders = state(hass, "sensor.webinar_open_orders")
    assert (open_orders.state, open_orders.attributes["needs_attention"]) == ("1", 1)
    with pytest.raises(ServiceValidationError, match="no e-mail address"):
        await act("retry_order", order_id=number)
    with pytest.raises(ServiceValidationError):
        await act("retry_order", order_id=number, email="ivan@example.com, all@example.com")
    device = dr.async_get(hass).async_get_device_by_identifier(("qiwi", offer.subentry_id), entry.entry_id)
    assert device is not None
    await act("retry_order", order_id=number, email="ivan@example.com", device_id=device.id)
    [mail] = mail_server.mails
    assert mail.recipients == ("ivan@example.com",)
    found = await order(act, device_id=device.id, state="sent")
    assert (found["email"], found["payment"]["email"]) == ("ivan@example.com", None)
    with pytest.raises(ServiceValidationError, match="sent already"):
        await act("retry_order", order_id=number)


async def test_a_long_comment_leaves_room_for_what_to_do(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell, pay: Pay
) -> None:
    await set_up()
    await sell(entry)
    await pay(comment="word " * 60)
    [item] = items(hass)
    assert f"`{('word ' * 60)[:120]}…`" in item.description


async def test_checking_an_order_off_completes_it(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell, pay: Pay, act: Act
) -> None:
    await set_up()
    await sell(entry, delivery="manual")
    number = await pay(comment=None)
    [item] = items(hass)
    assert item.status == "needs_action" and "check it off" in item.description
    with pytest.raises(ServiceValidationError, match="only be checked off"):
        await check_off(hass, number, rename="Another order")
    await check_off(hass, number)
    found = await order(act)
    assert (found["state"], found["outcome"]) == ("completed", "delivered")
    # Once more changes nothing, and it is not opened again.
    await check_off(hass, number)
    with pytest.raises(ServiceValidationError, match="done already"):
        await check_off(hass, number, status="needs_action")
    with pytest.raises(ServiceValidationError, match="done already"):
        await act("complete_order", order_id=number)


async def test_money_that_went_back_is_no_revenue(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell, pay: Pay, act: Act
) -> None:
    await set_up()
    await sell(entry, delivery="manual", quantity="multiples")
    first, second = await pay(500), await pay(1000)
    assert state(hass, "sensor.webinar_revenue").state == "1500.0"
    assert "× 2" in items(hass)[1].description
    await act("complete_order", order_id=first)
    await act("complete_order", order_id=second, outcome="refunded")
    assert state(hass, "sensor.webinar_revenue").state == "500.0"
    outcomes = [each["outcome"] for each in (await act("get_orders"))["orders"]]
    assert outcomes == ["refunded", "delivered"]
    with pytest.raises(ServiceValidationError, match="delivered by yourself"):
        await act("retry_order", order_id=await pay(500))


async def test_the_list_is_not_told_to_assist_unless_a_person_exposes_it(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await set_up()
    await sell(entry)
    assert not async_should_expose(hass, "conversation", ORDERS)
    from homeassistant.components.homeassistant.exposed_entities import async_expose_entity

    async_expose_entity(hass, "conversation", ORDERS, should_expose=True)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert async_should_expose(hass, "conversation", ORDERS)


async def test_orders_are_found_by_time_offer_and_state(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell, pay: Pay, act: Act
) -> None:
    await set_up()
    webinar = await sell(entry)
    await sell(entry, name="Book", price="70", delivery="manual")
    number, book = await pay(), await pay(70)

    async def found(**filters: Any) -> list[str]:
        return [each["order_id"] for each in (await act("get_orders", **filters))["orders"]]

    assert await found() == [book, number]
    assert await found(offer="Book") == await found(state=["new"]) == [book]
    assert await found(offer=webinar.subentry_id) == await found(state="sent") == [number]
    hour = timedelta(hours=1)
    now = dt_util.utcnow()
    assert await found(since=(now + hour).isoformat()) == await found(until=(now - hour).isoformat()) == []
    assert await found(since=(now - hour).isoformat(), until=(now + hour).isoformat()) == [book, number]
    for filters, sentence in (
        ({"offer": "Car"}, "no offer"),
        ({"state": "lost"}, "State"),
        ({"since": "2026-05-02 00:00:00", "until": "2026-05-01 00:00:00"}, "after the end"),
    ):
        with pytest.raises(ServiceValidationError, match=sentence):
            await act("get_orders", **filters)
    for action in ("complete_order", "retry_order"):
        with pytest.raises(ServiceValidationError, match="no loaded wallet"):
            await act(action, order_id="1")
    # An offer that is gone leaves its orders behind.
    hass.config_entries.async_remove_subentry(entry, webinar.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert await found(offer="Webinar") == [number]
    assert hass.states.get(ORDERS) is None


async def test_a_server_that_refuses_for_a_while_gets_the_mail_when_it_takes_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    freezer: Any,
    told: list[dict[str, Any]],
    mail_server: MailSimulator,
) -> None:
    await set_up()
    await sell(entry)
    fault = mail_server.fault(Fault(at="RCPT", answer="450 4.2.0 later"))
    await pay()
    issue = REFUSES.format(entry.entry_id)
    assert fault.struck == 1
    await later(hass, freezer, minutes=1, seconds=1)
    assert fault.struck == 2
    assert ir.async_get(hass).async_get_issue("qiwi", issue) is None
    await later(hass, freezer, hours=1)
    assert fault.struck == 3
    assert ir.async_get(hass).async_get_issue("qiwi", issue) is not None
    mail_server.faults.clear()
    await later(hass, freezer, hours=1)
    assert len(mail_server.mails) == 1
    assert ir.async_get(hass).async_get_issue("qiwi", issue) is None
    assert (await order(act))["state"] == "sent"
    assert [each["by"] for each in told] == ["paid"]


@pytest.mark.parametrize(
    ("fault", "mails", "reason", "attempts"),
    [
        (Fault(at="DATA", answer="554 5.7.1 spam"), 0, "refused", 1),
        (Fault(at="RCPT", answer="450 4.2.0 later"), 0, "gave_up", 7),
        (Fault(at="DATA", is_taken=True), 2, "outcome_unknown", 2),
        (Fault(at="DATA", is_taken=True, times=1), 2, None, 1),
    ],
    ids=["for good", "for a day", "dying after data", "dying after data once"],
)
async def test_what_can_not_be_sent_is_left_to_a_person(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    freezer: Any,
    told: list[dict[str, Any]],
    mail_server: MailSimulator,
    fault: Fault,
    mails: int,
    reason: str | None,
    attempts: int,
) -> None:
    await set_up()
    await sell(entry)
    mail_server.fault(fault)
    await pay()
    for _ in range(7):
        await later(hass, freezer, hours=4)
    assert len(mail_server.mails) == mails
    assert len({mail.message["Message-ID"] for mail in mail_server.mails}) <= 1
    assert (await order(act))["reason"] == reason
    assert fault.struck <= attempts
    assert [each["order"]["reason"] for each in told] == [None, *([reason] if reason else [])]


async def test_a_mail_server_that_is_away_is_asked_once_for_all_orders(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    simulator: Simulator,
    freezer: Any,
    mail_server: MailSimulator,
) -> None:
    await set_up()
    await sell(entry)
    await mail_server.refuse()
    for _ in range(4):
        simulator.wallet.pay(500, comment=BUYER)
    await pay()
    await mail_server.listen()
    await later(hass, freezer, minutes=1, seconds=1)
    assert len(mail_server.mails) == 5
    assert mail_server.connections == 5


async def test_mails_go_over_tls_with_a_login(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # By this Home Assistant finds whom to trust.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))
    await set_up()
    async with MailSimulator(certificate, "starttls", users={"seller": "secret"}) as server:
        await sell(entry)
        [subentry] = [each for each in entry.subentries.values() if each.subentry_type == "mail_server"]
        data = {**subentry.data, "port": server.port, "security": "starttls"}
        hass.config_entries.async_update_subentry(
            entry, subentry, data={**data, "username": "seller", "password": "secret"}
        )
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        await pay()
        assert [mail.user for mail in server.mails] == ["seller"]


async def test_an_order_that_waits_survives_a_restart_and_is_tried_at_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    mail_server: MailSimulator,
) -> None:
    await set_up()
    await sell(entry)
    mail_server.fault(Fault(at="MAIL", answer="451 4.3.0 later", times=1))
    await pay()
    assert not mail_server.mails
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(mail_server.mails) == 1


async def test_an_order_found_being_sent_is_sent_once_more_with_the_same_id(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    freezer: Any,
    mail_server: MailSimulator,
) -> None:
    await set_up()
    await sell(entry)
    await pay()
    [first] = mail_server.mails
    await hass.config_entries.async_unload(entry.entry_id)
    # As a kill between the server's answer and its note leaves the file.
    mark_as_being_sent(Path(hass.config.path(".storage", f"qiwi.{entry.entry_id}")))
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await later(hass, freezer, minutes=1, seconds=1)
    assert [mail.message["Message-ID"] for mail in mail_server.mails] == [first.message["Message-ID"]] * 2
    assert (await order(act))["state"] == "sent"


async def test_a_disk_that_refuses_sends_nothing_and_takes_no_word(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    mail_server: MailSimulator,
) -> None:
    await set_up()
    await sell(entry)
    number = await pay(comment=None)
    with largest_file(10), pytest.raises(HomeAssistantError, match="disk"):
        await act("retry_order", order_id=number, email=BUYER)
    assert not mail_server.mails
    await act("retry_order", order_id=number, email=BUYER)
    assert len(mail_server.mails) == 1


async def test_a_wallet_that_is_unloaded_while_it_begins_sends_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    mail_server: MailSimulator,
) -> None:
    await set_up()
    await sell(entry)
    mail_server.fault(Fault(at="MAIL", answer="451 4.3.0 later", times=1))
    await pay()
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not mail_server.mails


async def test_a_wallet_that_stops_takes_no_word(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell, pay: Pay, act: Act
) -> None:
    await set_up()
    await sell(entry, delivery="manual")
    number = await pay()
    await entry.runtime_data.journal.close()
    with pytest.raises(HomeAssistantError, match="starting or stopping"):
        await act("complete_order", order_id=number)


async def test_an_offer_that_is_over_sells_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell, pay: Pay, act: Act
) -> None:
    await set_up()
    await sell(entry, valid_until="2020-01-01 00:00:00")
    await pay()
    assert not (await act("get_orders"))["orders"]


async def test_a_wallet_that_is_not_loaded_has_no_orders(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell, pay: Pay, act: Act
) -> None:
    await set_up()
    await sell(entry)
    number = await pay()
    await hass.config_entries.async_unload(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    with pytest.raises(ServiceValidationError):
        await act("get_orders")
    with pytest.raises(ServiceValidationError):
        await act("complete_order", order_id=number)


async def test_without_a_mail_server_an_order_waits_for_one_until_a_person_is_told(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    freezer: Any,
    mail_server: MailSimulator,
) -> None:
    await set_up()
    await sell(entry)
    [server] = [each for each in entry.subentries.values() if each.subentry_type == "mail_server"]
    hass.config_entries.async_remove_subentry(entry, server.subentry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await pay()
    assert (await order(act))["state"] == "new"
    await later(hass, freezer, hours=25)
    assert (await order(act))["reason"] == "late"
    assert not mail_server.mails


async def test_two_wallets_keep_their_orders_apart(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    sell: Sell,
    pay: Pay,
    act: Act,
    simulator: Simulator,
) -> None:
    await set_up()
    await sell(entry)
    wallet = Wallet(OTHER_NUMBER)
    wallet.add_token(OTHER_TOKEN)
    async with Simulator(wallet) as other_simulator:
        other = MockConfigEntry(
            domain="qiwi",
            unique_id=OTHER_NUMBER,
            title="Other",
            data={"api_token": OTHER_TOKEN, "api_url": other_simulator.url, "wallet": OTHER_NUMBER},
        )
        other.add_to_hass(hass)
        await hass.config_entries.async_setup(other.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        number = await pay()
        await act("complete_order", order_id=number)
        with pytest.raises(ServiceValidationError, match="there are several"):
            await act("get_orders")
        # Each by its own device.
        assert (await order(act, device_id=entry.runtime_data.device_id))["order_id"] == number
        with pytest.raises(ServiceValidationError, match="no loaded wallet"):
            await act("complete_order", order_id=number, device_id=other.runtime_data.device_id)


async def test_diagnostics_count_orders_and_name_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell, pay: Pay
) -> None:
    await set_up()
    await sell(entry)
    await pay()
    await pay(comment=f"{BUYER} second@example.com")
    told = await async_get_config_entry_diagnostics(hass, entry)
    assert told["subentries"] == {"mail_server": 1, "offer": 1}
    assert told["ledger"]["orders"] == {"sent": 1, "needs_attention several_addresses": 1}
    assert "@" not in json.dumps(told)


async def test_every_entity_stands_on_its_offers_device(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell
) -> None:
    await set_up()
    offer = await sell(entry)
    device = dr.async_get(hass).async_get_device_by_identifier(("qiwi", offer.subentry_id), entry.entry_id)
    assert device is not None
    entities = er.async_entries_for_device(er.async_get(hass), device.id)
    assert {each.unique_id for each in entities} == {
        f"{offer.subentry_id}_{key}" for key in ("orders", "revenue", "order_list")
    }
    assert all(each.config_subentry_id == offer.subentry_id for each in entities)
