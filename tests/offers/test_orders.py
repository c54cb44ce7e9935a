"""Orders: which payment makes one, and how a person sees and closes it."""

from datetime import timedelta
import json
from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi.diagnostics import async_get_config_entry_diagnostics
from tests.conftest import OTHER_NUMBER, OTHER_TOKEN
from tests.home import Home
from tests.seller import BUYER, Seller
from wallet_simulator import Kind, Simulator, Status, Wallet

from .conftest import ORDERS, items, order


async def check_off(home: Home, number: str, **changes: Any) -> None:
    await home.hass.services.async_call(
        "todo",
        "update_item",
        {"entity_id": ORDERS, "item": number, **({"status": "completed"} | changes)},
        blocking=True,
    )
    await home.rest()


async def test_a_payment_of_the_price_is_answered_once(
    home: Home, seller: Seller, told: list[dict[str, Any]]
) -> None:
    await home.add()
    await seller.sell()
    number = await seller.paid()
    [mail] = seller.mail_server.mails
    assert (mail.sender, mail.recipients) == ("shop@example.com", (BUYER,))
    assert mail.text.strip() == f"Dear {BUYER}, for 500 RUB: https://example.com/{number}"
    assert mail.message["Subject"] == "Webinar"
    assert [(each["by"], each["order"]["order_id"], each["order"]["state"]) for each in told] == [
        ("paid", number, "new")
    ]
    found = await order(home)
    assert (found["order_id"], found["state"], found["reason"], found["email"]) == (
        number,
        "sent",
        None,
        BUYER,
    )
    assert (found["offer"], found["quantity"], found["payment"]["amount"]) == ("Webinar", 1, 500.0)
    # Neither polls nor reloads nor a replay send it again.
    await home.poll()
    await home.act("replay_payment", transaction_id=number, direction="in")
    await home.reload()
    await home.act("send_test_payment", amount=500, comment=BUYER)
    assert len(seller.mail_server.mails) == 1
    assert len(told) == 1
    assert home.state(ORDERS).state == "0"
    assert home.state("sensor.webinar_open_orders").state == "0"
    assert home.state("sensor.webinar_revenue").state == "500.0"
    [item] = items(home)
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
    home: Home, seller: Seller, told: list[dict[str, Any]], details: dict[str, Any], reason: str | None
) -> None:
    await home.add()
    await seller.sell()
    number = await seller.paid(**details)
    assert not seller.mail_server.connections
    assert [(each["by"], each["order"]["order_id"], each["order"]["reason"]) for each in told] == (
        [("needs_attention", number, reason)] if reason else []
    )
    orders = (await home.act("get_orders"))["orders"]
    assert [each["reason"] for each in orders] == ([reason] if reason else [])


@pytest.mark.parametrize(("amount", "reason"), [(499, "underpaid"), (501, "overpaid")])
async def test_a_wrong_sum_with_the_offers_word_is_told_and_sent_on_a_persons_word(
    home: Home, seller: Seller, amount: float, reason: str
) -> None:
    await home.add()
    await seller.sell(comment="yoga")
    await seller.paid(comment=BUYER)
    assert not (await home.act("get_orders"))["orders"]
    number = await seller.paid(amount, comment=f"Yoga, {BUYER}")
    assert (await order(home, offer="Webinar"))["reason"] == reason
    assert not seller.mail_server.mails
    await home.act("retry_order", order_id=number)
    assert [mail.recipients for mail in seller.mail_server.mails] == [(BUYER,)]


@pytest.mark.usefixtures("long_known")
async def test_what_was_paid_more_than_a_day_ago_is_left_to_a_person(home: Home, seller: Seller) -> None:
    await seller.sell(created="2026-01-01T00:00:00+00:00")
    await home.add()
    home.wallet.pay(
        500, comment=BUYER, date=dt_util.utcnow() - timedelta(hours=24, minutes=1), status=Status.WAITING
    )
    number = home.wallet.rows[0].transaction_id
    await home.poll()
    home.wallet.settle(number, Status.SUCCESS)
    await home.reload()
    found = (await home.act("get_orders"))["orders"]
    assert [each["reason"] for each in found] in ([], ["late"])
    assert not seller.mail_server.mails


async def test_an_order_without_an_address_is_answered_by_hand(home: Home, seller: Seller) -> None:
    await home.add()
    offer = await seller.sell()
    number = await seller.paid(comment="[click](https://example.com) `ivan` at example <b>com</b>")
    [item] = items(home)
    assert item.status == "needs_action"
    assert "No valid e-mail address in the comment" in item.description
    assert "`[click](https://example.com) ˋivanˋ at example <b>com</b>`" in item.description
    assert home.state(ORDERS).state == "1"
    assert "…" not in item.description
    open_orders = home.state("sensor.webinar_open_orders")
    assert (open_orders.state, open_orders.attributes["needs_attention"]) == ("1", 1)
    with pytest.raises(ServiceValidationError, match="no e-mail address"):
        await home.act("retry_order", order_id=number)
    with pytest.raises(ServiceValidationError):
        await home.act("retry_order", order_id=number, email="ivan@example.com, all@example.com")
    device = dr.async_get(home.hass).async_get_device_by_identifier(
        ("qiwi", offer.subentry_id), home.entry.entry_id
    )
    assert device is not None
    await home.act("retry_order", order_id=number, email="ivan@example.com", device_id=device.id)
    [mail] = seller.mail_server.mails
    assert mail.recipients == ("ivan@example.com",)
    found = await order(home, device_id=device.id, state="sent")
    assert (found["email"], found["payment"]["email"]) == ("ivan@example.com", None)
    with pytest.raises(ServiceValidationError, match="sent already"):
        await home.act("retry_order", order_id=number)


async def test_a_long_comment_leaves_room_for_what_to_do(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell()
    await seller.paid(comment="word " * 60)
    [item] = items(home)
    assert f"`{('word ' * 60)[:120]}…`" in item.description


async def test_checking_an_order_off_completes_it(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell(delivery="manual")
    number = await seller.paid(comment=None)
    [item] = items(home)
    assert item.status == "needs_action" and "check it off" in item.description
    with pytest.raises(ServiceValidationError, match="only be checked off"):
        await check_off(home, number, rename="Another order")
    await check_off(home, number)
    found = await order(home)
    assert (found["state"], found["outcome"]) == ("completed", "delivered")
    # Once more changes nothing, and it is not opened again.
    await check_off(home, number)
    with pytest.raises(ServiceValidationError, match="done already"):
        await check_off(home, number, status="needs_action")
    with pytest.raises(ServiceValidationError, match="done already"):
        await home.act("complete_order", order_id=number)


async def test_money_that_went_back_is_no_revenue(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell(delivery="manual", quantity="multiples")
    first, second = await seller.paid(500), await seller.paid(1000)
    assert home.state("sensor.webinar_revenue").state == "1500.0"
    assert "× 2" in items(home)[1].description
    await home.act("complete_order", order_id=first)
    await home.act("complete_order", order_id=second, outcome="refunded")
    assert home.state("sensor.webinar_revenue").state == "500.0"
    outcomes = [each["outcome"] for each in (await home.act("get_orders"))["orders"]]
    assert outcomes == ["refunded", "delivered"]
    with pytest.raises(ServiceValidationError, match="delivered by yourself"):
        await home.act("retry_order", order_id=await seller.paid(500))


async def test_the_list_is_not_told_to_assist_unless_a_person_exposes_it(home: Home, seller: Seller) -> None:
    assert await async_setup_component(home.hass, "homeassistant", {})
    await home.add()
    await seller.sell()
    assert not async_should_expose(home.hass, "conversation", ORDERS)
    from homeassistant.components.homeassistant.exposed_entities import async_expose_entity

    async_expose_entity(home.hass, "conversation", ORDERS, should_expose=True)
    await home.reload()
    assert async_should_expose(home.hass, "conversation", ORDERS)


async def test_orders_are_found_by_time_offer_and_state(home: Home, seller: Seller) -> None:
    await home.add()
    webinar = await seller.sell()
    await seller.sell(name="Book", price="70", delivery="manual")
    number, book = await seller.paid(), await seller.paid(70)

    async def found(**filters: Any) -> list[str]:
        return [each["order_id"] for each in (await home.act("get_orders", **filters))["orders"]]

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
            await home.act("get_orders", **filters)
    for action in ("complete_order", "retry_order"):
        with pytest.raises(ServiceValidationError, match="no loaded wallet"):
            await home.act(action, order_id="1")
    # An offer that is gone leaves its orders behind.
    home.hass.config_entries.async_remove_subentry(home.entry, webinar.subentry_id)
    await home.rest()
    assert await found(offer="Webinar") == [number]
    assert home.hass.states.get(ORDERS) is None


async def test_a_wallet_that_stops_takes_no_word(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell(delivery="manual")
    number = await seller.paid()
    await home.coordinator.journal.close()
    with pytest.raises(HomeAssistantError, match="starting or stopping"):
        await home.act("complete_order", order_id=number)


async def test_an_offer_that_is_over_sells_nothing(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell(valid_until="2020-01-01 00:00:00")
    await seller.paid()
    assert not (await home.act("get_orders"))["orders"]


async def test_a_wallet_that_is_not_loaded_has_no_orders(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell()
    number = await seller.paid()
    await home.unload()
    assert home.entry.state is ConfigEntryState.NOT_LOADED
    with pytest.raises(ServiceValidationError):
        await home.act("get_orders")
    with pytest.raises(ServiceValidationError):
        await home.act("complete_order", order_id=number)


async def test_two_wallets_keep_their_orders_apart(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell()
    wallet = Wallet(OTHER_NUMBER)
    wallet.add_token(OTHER_TOKEN)
    async with Simulator(wallet) as other_simulator:
        other = MockConfigEntry(
            domain="qiwi",
            unique_id=OTHER_NUMBER,
            title="Other",
            data={"api_token": OTHER_TOKEN, "api_url": other_simulator.url, "wallet": OTHER_NUMBER},
        )
        other.add_to_hass(home.hass)
        await home.hass.config_entries.async_setup(other.entry_id)
        await home.rest()
        number = await seller.paid()
        await home.act("complete_order", order_id=number)
        with pytest.raises(ServiceValidationError, match="there are several"):
            await home.act("get_orders")
        # Each by its own device.
        assert (await order(home, device_id=home.coordinator.device_id))["order_id"] == number
        with pytest.raises(ServiceValidationError, match="no loaded wallet"):
            await home.act("complete_order", order_id=number, device_id=other.runtime_data.device_id)


async def test_diagnostics_count_orders_and_name_nobody(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell()
    await seller.paid()
    await seller.paid(comment=f"{BUYER} second@example.com")
    told = await async_get_config_entry_diagnostics(home.hass, home.entry)
    assert told["subentries"] == {"mail_server": 1, "offer": 1}
    assert told["ledger"]["orders"] == {"sent": 1, "needs_attention several_addresses": 1}
    assert "@" not in json.dumps(told)


async def test_every_entity_stands_on_its_offers_device(home: Home, seller: Seller) -> None:
    await home.add()
    offer = await seller.sell()
    device = dr.async_get(home.hass).async_get_device_by_identifier(
        ("qiwi", offer.subentry_id), home.entry.entry_id
    )
    assert device is not None
    entities = er.async_entries_for_device(er.async_get(home.hass), device.id)
    assert {each.unique_id for each in entities} == {
        f"{offer.subentry_id}_{key}" for key in ("orders", "revenue", "order_list")
    }
    assert all(each.config_subentry_id == offer.subentry_id for each in entities)
