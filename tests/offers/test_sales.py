"""Which payment buys an offer and gets its mail, and which does not."""

from datetime import timedelta
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from tests.home import Home
from tests.seller import BUYER, Seller
from wallet_simulator import Kind, Status

from .conftest import ORDERS, items, order


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


async def test_an_offer_that_is_over_sells_nothing(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell(valid_until="2020-01-01 00:00:00")
    await seller.paid()
    assert not (await home.act("get_orders"))["orders"]
