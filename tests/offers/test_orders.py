"""Orders: how a person sees, finds and closes them."""

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

from custom_components.qiwi.diagnostics import async_get_config_entry_diagnostics
from tests.home import Home
from tests.seller import BUYER, Seller

from .conftest import ORDERS, items, order


async def check_off(home: Home, number: str, **changes: Any) -> None:
    await home.hass.services.async_call(
        "todo",
        "update_item",
        {"entity_id": ORDERS, "item": number, **({"status": "completed"} | changes)},
        blocking=True,
    )
    await home.rest()


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


async def test_two_wallets_keep_their_orders_apart(home: Home, other: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell()
    number = await seller.paid()
    await home.act("complete_order", order_id=number)
    with pytest.raises(ServiceValidationError, match="there are several"):
        await home.act("get_orders")
    # Each by its own device.
    assert (await order(home, device_id=home.coordinator.device_id))["order_id"] == number
    with pytest.raises(ServiceValidationError, match="no loaded wallet"):
        await home.act("complete_order", order_id=number, device_id=other.coordinator.device_id)


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
