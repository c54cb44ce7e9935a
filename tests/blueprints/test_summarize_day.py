"""The blueprint that adds up the payments of a day, or of another period, at its time."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
)

from tests.home import Home
from wallet_simulator import Fault

from .conftest import AUTOMATION, User


async def run(hass: HomeAssistant) -> None:
    """Press Run."""
    await hass.services.async_call("automation", "trigger", {"entity_id": AUTOMATION}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_summary_of_the_day_adds_up_by_currency(home: Home, user: User) -> None:
    await user.use("summarize_day")
    earlier = home.simulator.clock() - timedelta(hours=3)
    home.wallet.pay("0.10", date=earlier)
    home.wallet.pay("0.20", kind="top_up", date=earlier)
    home.wallet.pay(7, kind="refund", date=earlier)
    home.wallet.pay(30, kind="bill", commission=3, date=earlier)
    home.wallet.pay(40, kind="purchase", date=earlier)
    home.wallet.pay(5, "USD", date=earlier)
    home.wallet.convert(480, "RUB", 6, "EUR", date=earlier)
    home.wallet.pay(1000, status="ERROR", date=earlier)
    home.wallet.pay(2000, date=home.simulator.clock() - timedelta(hours=25))
    await run(home.hass)
    assert user.told == [
        (
            "QIWI: summary of the day",
            "\n".join(
                [
                    "Received: 0.30 RUB (payments: 2)",
                    "Refunded: 7 RUB (payments: 1)",
                    "Sent: 73 RUB (payments: 2)",
                    "Received: 5 USD (payments: 1)",
                ]
            ),
        )
    ]


async def test_the_summary_comes_at_its_time_with_each_payment_in_one_day(
    home: Home, user: User, freezer: FrozenDateTimeFactory
) -> None:
    await home.hass.config.async_set_time_zone("Asia/Novosibirsk")
    evening = dt_util.start_of_local_day(dt_util.now() + timedelta(days=1)).replace(hour=21)
    freezer.move_to(evening.astimezone(dt_util.UTC) - timedelta(seconds=30))
    await home.add()
    await user.use("summarize_day", language="ru", at="21:00:00", wallet=home.coordinator.device_id)
    home.wallet.pay(1, date=evening - timedelta(days=1, seconds=1))
    home.wallet.pay(2, date=evening - timedelta(days=1))
    home.wallet.pay(4, date=evening - timedelta(seconds=1))
    home.wallet.pay(8, date=evening)
    assert user.told == []
    for day in range(2):
        freezer.move_to(evening.astimezone(dt_util.UTC) + timedelta(days=day, seconds=0.5))
        async_fire_time_changed(home.hass)
        await home.rest()
    assert user.told == [
        ("QIWI: итоги дня", "Получено: 6 RUB (платежей: 2)"),
        ("QIWI: итоги дня", "Получено: 8 RUB (платежей: 1)"),
    ]


@pytest.mark.parametrize(("period", "expected"), [("today", 12), ("yesterday", 2), ("last", 6)])
async def test_the_summary_has_a_period(
    home: Home, user: User, freezer: FrozenDateTimeFactory, period: str, expected: int
) -> None:
    await home.hass.config.async_set_time_zone("Asia/Novosibirsk")
    midnight = dt_util.start_of_local_day(dt_util.now() + timedelta(days=1))
    freezer.move_to((midnight + timedelta(hours=10)).astimezone(dt_util.UTC))
    await user.use("summarize_day", period=period)
    home.wallet.pay(1, date=midnight - timedelta(days=1, seconds=1))
    home.wallet.pay(2, date=midnight - timedelta(seconds=1))
    home.wallet.pay(4, date=midnight)
    home.wallet.pay(8, date=midnight + timedelta(hours=10))
    await run(home.hass)
    assert user.told == [
        ("QIWI: summary of the day", f"Received: {expected} RUB (payments: {expected.bit_count()})")
    ]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, ["There were no payments."]),
        ({"language": "ru"}, ["Платежей не было."]),
        ({"tell_nothing": False}, []),
    ],
)
async def test_a_day_without_payments_is_told_or_not(
    home: Home, user: User, inputs: dict[str, Any], expected: list[str]
) -> None:
    await user.use("summarize_day", **inputs)
    await run(home.hass)
    assert [message for _, message in user.told] == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "The summary could not be had; the log says why."),
        ("ru", "Итоги узнать не удалось, причина записана в журнал."),
    ],
)
async def test_a_summary_that_cannot_be_had_is_told(
    home: Home, user: User, language: str, expected: str
) -> None:
    await user.use("summarize_day", language=language, tell_nothing=False)
    home.simulator.fault(Fault(kind="status", status=500))
    await run(home.hass)
    assert [message for _, message in user.told] == [expected]
