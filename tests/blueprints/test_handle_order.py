"""The blueprint that handles an order by the sum and the comment of a payment, and asks a person where eyes are needed."""

from datetime import timedelta

from homeassistant.util import dt as dt_util
import pytest

from tests.home import Home

from .conftest import User, own

ORDER = {
    "order_actions": own(
        email="{{ email }}",
        money="{{ money }}",
        quantity="{{ quantity }}",
        test="{{ test }}",
        quote="{{ quote }}",
    )
}


async def test_an_order_runs_the_users_own_actions_once_with_the_address(home: Home, user: User) -> None:
    await user.use("handle_order", price=99.9, **ORDER)
    home.wallet.pay("99.89", comment="me@example.com")
    home.wallet.pay("99.90", comment="course me_too@Example.com")
    home.wallet.pay("300", comment="you@example.com", kind="top_up")
    home.wallet.pay(500, "USD", comment="them@example.com")
    await home.poll()
    await home.poll()
    assert user.ran == [
        {
            "email": "me_too@example.com",
            "money": "99.90 RUB",
            "quantity": 1,
            "test": False,
            "quote": "«course me＿too@Example.com»",
        },
        {
            "email": "you@example.com",
            "money": "300 RUB",
            "quantity": 3,
            "test": False,
            "quote": "«you@example.com»",
        },
    ]
    assert user.told == []


async def test_an_order_is_told_without_further_ado(home: Home, user: User) -> None:
    await user.use("handle_order", price=100)
    row = home.wallet.pay(100, comment="me@example.com")
    await home.poll()
    await home.act("send_test_payment", amount=100, currency="RUB", comment="you@example.com")
    when = dt_util.as_local(row.date).strftime("%d.%m.%Y %H:%M")
    assert user.told[0] == (
        "Paid order",
        f"100 RUB paid on {when}: «me@example.com».\nAddress: me@example.com",
    )
    title, message = user.told[1]
    assert title == "Test: Paid order"
    assert message.endswith("Address: you@example.com\nThis is a test, nobody paid.")


@pytest.mark.parametrize(
    ("language", "title", "reasons"),
    [
        (
            "en",
            "An order needs your eyes",
            [
                "The comment does not hold one valid address.",
                "The comment does not hold one valid address.",
                "The payment was heard of too late.",
                "The order may have been handled before.",
            ],
        ),
        (
            "ru",
            "Заказ нужно проверить",
            [
                "В комментарии нет одного верного адреса.",
                "В комментарии нет одного верного адреса.",
                "О платеже стало известно слишком поздно.",
                "Возможно, заказ уже выполнен.",
            ],
        ),
    ],
)
async def test_an_order_that_needs_eyes_is_told_and_not_acted_on(
    home: Home, user: User, language: str, title: str, reasons: list[str]
) -> None:
    await user.use("handle_order", price=100, hours=2, language=language, **ORDER)
    home.wallet.pay(100)
    await home.poll()
    home.wallet.pay(100, comment="me@example.com you@example.com")
    await home.poll()
    home.wallet.pay(
        100, comment="me@example.com", date=home.simulator.clock() - timedelta(hours=2, minutes=1)
    )
    await home.poll()
    row = home.wallet.pay(
        100, comment="me@example.com", date=home.simulator.clock() - timedelta(hours=1, minutes=50)
    )
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [found for found, _ in user.told] == [title] * 4
    for (_, message), reason in zip(user.told, reasons, strict=True):
        assert reason in message.split("\n")
        assert message.split("\n")[-1] in {
            "Nothing was done, it is up to you.",
            "Ничего не сделано, решать вам.",
        }
    assert len(user.ran) == 1


async def test_an_order_has_its_filters(home: Home, user: User) -> None:
    await user.use(
        "handle_order",
        price=10,
        keyword="course",
        act_on_duplicates=True,
        tell_without_address=False,
        **ORDER,
    )
    row = home.wallet.pay(10, comment="Course me@example.com")
    home.wallet.pay(10, comment="me@example.com")
    home.wallet.pay(10, comment="course")
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [data["email"] for data in user.ran] == ["me@example.com"] * 2
    assert user.told == []
