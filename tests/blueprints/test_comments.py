"""Repetitions, tests and comments in all blueprints of payments: marked as such, and only ever plain text."""

from datetime import timedelta
from typing import Any

import pytest

from tests.home import Home

from .conftest import HARMLESS, HOSTILE, User, make_script, own


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("announce_payment", {"skip_duplicates": True}),
        ("alert_large_payment", {"skip_duplicates": True, "received_least": 0}),
        ("alert_failed_payment", {"skip_duplicates": True}),
        ("thank_for_payment", {}),
    ],
)
async def test_a_possible_repetition_can_be_left_out(
    home: Home, user: User, name: str, inputs: dict[str, Any]
) -> None:
    await user.use(name, **inputs)
    row = home.wallet.pay(1, status="ERROR" if name == "alert_failed_payment" else "SUCCESS")
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert len(user.told) == 1


@pytest.mark.parametrize(
    ("name", "inputs", "title", "message"),
    [
        (
            "announce_payment",
            {},
            "Test: Payment received",
            "Received 100 RUB: «hello». This is a test, nobody paid.",
        ),
        (
            "announce_payment",
            {"language": "ru"},
            "Проверка: Платёж получен",
            "Получено 100 RUB: «hello». Это проверка, никто не платил.",
        ),
        (
            "thank_for_payment",
            {},
            "Test / Проверка: QIWI",
            "(Test / Проверка) Thank you for 100 RUB! «hello»",
        ),
        (
            "alert_large_payment",
            {"received_least": 100},
            "Test: Large payment",
            "Received 100 RUB: «hello». This is a test, nobody paid.",
        ),
    ],
)
async def test_a_test_payment_is_marked_as_one(
    home: Home, user: User, name: str, inputs: dict[str, Any], title: str, message: str
) -> None:
    await user.use(name, **inputs)
    await home.act("send_test_payment", amount=100, currency="RUB", comment="hello")
    assert user.told == [(title, message)]


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("announce_payment", {}),
        ("thank_for_payment", {}),
        ("alert_large_payment", {"received_least": 0}),
        ("alert_failed_payment", {}),
    ],
)
async def test_a_comment_is_only_ever_plain_text(
    home: Home, user: User, name: str, inputs: dict[str, Any]
) -> None:
    await user.use(name, comment_length=500, **inputs)
    home.wallet.pay(1, comment=HOSTILE, status="ERROR" if name == "alert_failed_payment" else "SUCCESS")
    await home.poll()
    ((_, message),) = user.told
    assert HARMLESS in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "inputs", "hours"),
    [
        ("handle_order", {"price": 1}, 0),
        ("handle_order", {"price": 1, "hours": 1, "language": "ru"}, 2),
        ("start_script_by_code", {"code": "bold", "script": "script.lamp"}, 2),
        ("start_script_by_code", {"code": "bold", "script": "script.lamp", "language": "ru"}, 2),
    ],
)
async def test_a_comment_of_an_order_or_for_a_script_is_only_ever_plain_text(
    home: Home, user: User, name: str, inputs: dict[str, Any], hours: int
) -> None:
    await make_script(home.hass)
    await user.use(name, **inputs)
    home.wallet.pay(1, comment=HOSTILE, date=home.simulator.clock() - timedelta(hours=hours))
    await home.poll()
    ((_, message),) = user.told
    assert f"{HARMLESS[:200]}…»." in message


async def test_the_address_of_an_order_is_shown_without_markup_and_given_as_it_is(
    home: Home, user: User
) -> None:
    await user.use("handle_order", price=1, order_actions=own(email="{{ email }}", message="{{ message }}"))
    home.wallet.pay(1, comment="_a_@example.com")
    home.wallet.pay(1, comment="a_b@example.com")
    await home.poll()
    assert [data["email"] for data in user.ran] == ["_a_@example.com", "a_b@example.com"]
    assert user.ran[0]["message"].endswith("Address: ＿a＿@example.com")
    assert user.ran[1]["message"].endswith("Address: a_b@example.com")


@pytest.mark.parametrize("comment", ["123", "None", "False", "[1, 2]", "{'a': 1}", "0", "'text'", "{amount}"])
async def test_a_comment_that_looks_like_a_value_stays_text(home: Home, user: User, comment: str) -> None:
    await user.use(
        "thank_for_payment",
        thanks="{comment} {amount}",
        send_actions=own(message="{{ message }}", quote="{{ quote }}"),
    )
    home.wallet.pay(1, comment=comment)
    await home.poll()
    shown = comment.translate(str.maketrans("[]{}", "［］｛｝"))
    assert user.ran == [{"message": f"«{shown}» 1 RUB", "quote": f"«{shown}»"}]


async def test_a_long_comment_is_shortened(home: Home, user: User) -> None:
    await user.use("announce_payment", comment_length=10.0)
    home.wallet.pay(1, comment="0123456789", account="")
    home.wallet.pay(2, comment="0123456789 and more", account="")
    await home.poll()
    assert [message for _, message in user.told] == [
        "Received 1 RUB: «0123456789».",
        "Received 2 RUB: «012345678…».",
    ]
