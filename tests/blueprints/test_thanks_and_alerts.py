"""The blueprints that thank for a payment, and that alert to a large or failed one."""

from datetime import timedelta
from typing import Any

from homeassistant.util import dt as dt_util
import pytest

from tests.home import Home

from .conftest import User, own


async def test_each_transfer_is_thanked_for_in_the_users_words(home: Home, user: User) -> None:
    await user.use(
        "thank_for_payment",
        thanks="Спасибо за {amount}! {comment}",
        least=10,
        max_age={"hours": 12},
        send_actions=own(message="{{ message }}"),
    )
    home.wallet.pay(10, comment="привет")
    home.wallet.pay("20.05", "USD")
    home.wallet.pay(9)
    home.wallet.pay(500, kind="top_up")
    home.wallet.pay(600, date=home.simulator.clock() - timedelta(hours=13))
    home.wallet.pay(700, date=home.simulator.clock() - timedelta(hours=11))
    await home.poll()
    assert sorted(data["message"] for data in user.ran) == [
        "Спасибо за 10 RUB! «привет»",
        "Спасибо за 20.05 USD!",
        "Спасибо за 700 RUB!",
    ]


async def test_thanks_are_repeated_only_on_request(home: Home, user: User) -> None:
    await user.use("thank_for_payment", repeat_thanks=True, currencies=["RUB"])
    row = home.wallet.pay(1)
    home.wallet.pay(2, "USD")
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [message for _, message in user.told] == ["Thank you for 1 RUB!"] * 2


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, ["10\N{NO-BREAK SPACE}000 RUB", "5\N{NO-BREAK SPACE}000 RUB", "1 USD", "2 KZT"]),
        (
            {"received_least": 100, "watch_sent": False},
            ["10\N{NO-BREAK SPACE}000 RUB", "9\N{NO-BREAK SPACE}999.99 RUB", "1 USD"],
        ),
        (
            {"sent_least": 4999.99, "watch_received": False},
            ["5\N{NO-BREAK SPACE}000 RUB", "4\N{NO-BREAK SPACE}999.99 RUB", "2 KZT"],
        ),
        ({"watch_foreign": False}, ["10\N{NO-BREAK SPACE}000 RUB", "5\N{NO-BREAK SPACE}000 RUB"]),
        ({"foreign_least": 1.5}, ["10\N{NO-BREAK SPACE}000 RUB", "5\N{NO-BREAK SPACE}000 RUB", "2 KZT"]),
        ({"home_currency": "usd", "received_least": 1, "watch_foreign": False}, ["1 USD"]),
    ],
)
async def test_a_large_or_foreign_payment_alerts(
    home: Home, user: User, inputs: dict[str, Any], expected: list[str]
) -> None:
    await user.use("alert_large_payment", **inputs, alert_actions=own(money="{{ money }}"))
    home.wallet.pay(10000)
    home.wallet.pay("9999.99")
    home.wallet.pay(5000, kind="bill")
    home.wallet.pay("4999.99", kind="bill")
    home.wallet.pay(1, "USD")
    home.wallet.pay(2, "KZT", kind="bill")
    await home.poll()
    assert [data["money"] for data in user.ran] == expected


async def test_an_alert_says_what_was_paid_to_whom(home: Home, user: User) -> None:
    await user.use("alert_large_payment")
    home.wallet.pay(
        5000,
        kind="bill",
        provider={"id": 1, "shortName": "<b>MTS</b>"},
        account="9000000005",
        commission="12.50",
    )
    home.wallet.pay(3, "USD", account="+79000000001", comment="gift")
    await home.poll()
    assert user.told == [
        (
            "Large payment",
            "Sent 5\N{NO-BREAK SPACE}000 RUB («＜b＞MTS＜/b＞», •••• 0005). Commission 12.50 RUB.",
        ),
        ("Payment in a foreign currency", "Received 3 USD («QIWI Кошелек», •••• 0001): «gift»."),
    ]


async def test_an_alert_is_in_russian_when_chosen(home: Home, user: User) -> None:
    await user.use("alert_large_payment", language="ru")
    paid = home.simulator.clock() - timedelta(hours=2)
    row = home.wallet.pay(3, "USD", account="+79000000001", date=paid)
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    when = dt_util.as_local(paid).strftime("%d.%m.%Y %H:%M")
    message = f"Получено 3 USD («QIWI Кошелек», •••• 0001). Оплачено {when}."
    assert user.told == [
        ("Платёж в другой валюте", message),
        ("Платёж в другой валюте", f"{message} Возможно, об этом уже сообщалось."),
    ]


async def test_a_failed_payment_alerts(home: Home, user: User) -> None:
    await user.use("alert_failed_payment", least=2)
    home.wallet.pay(150, kind="bill", provider=1, account="9000000005", status="ERROR")
    home.wallet.pay(20, "USD", status="ERROR", account="+79000000001", comment="gift")
    home.wallet.pay(1, status="ERROR")
    home.wallet.pay(3)
    home.wallet.pay(4, status="WAITING")
    await home.poll()
    assert user.told == [
        ("Payment failed", "150 RUB could not be sent («МТС», •••• 0005)."),
        ("Payment failed", "20 USD did not reach you («QIWI Кошелек», •••• 0001): «gift»."),
    ]


async def test_a_pending_payment_that_fails_at_last_alerts_in_russian(home: Home, user: User) -> None:
    await user.use("alert_failed_payment", language="ru", directions=["out"])
    row = home.wallet.pay(150, kind="bill", provider=1, account="9000000005", status="WAITING")
    home.wallet.pay(20, status="ERROR")
    await home.poll()
    assert user.told == []
    home.wallet.settle(row.transaction_id, "ERROR")
    await home.poll()
    assert user.told == [("Платёж не прошёл", "Не отправлены 150 RUB («МТС», •••• 0005).")]
