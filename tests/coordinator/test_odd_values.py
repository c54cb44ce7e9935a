"""Values that nobody means, in options, actions and balances: refused in a sentence, or harmless."""

from contextlib import nullcontext
from datetime import timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.trigger import async_validate_trigger_config
import pytest
import voluptuous as vol

from custom_components.qiwi.api import Balance
from custom_components.qiwi.wallet_data import main_currency
from tests.home import Home
from tests.story import amounts


def test_a_second_account_in_the_default_accounts_currency_changes_nothing() -> None:
    def balance(alias: str, currency: str, *, is_default: bool) -> Balance:
        return Balance(alias=alias, currency=currency, amount=Decimal(1), is_default=is_default)

    accounts = [
        balance("qw_wallet_kzt", "KZT", is_default=True),
        balance("qw_wallet_rub", "RUB", is_default=False),
        balance("mc_mobile_kzt", "KZT", is_default=False),
    ]
    assert main_currency(accounts) == "KZT"


@pytest.mark.parametrize(
    "options",
    [
        {"min_amount": None, "max_amount": "", "comment": None, "has_email": None},
        {"device_id": [], "currency": [], "kind": [], "comment": "", "payer": ""},
        {"device_id": None, "currency": None, "kind": None, "payer": None, "max_age": None},
        {"device_id": "", "currency": "", "kind": "", "max_age": ""},
        {"max_age": {"days": 0, "hours": 0, "minutes": 0, "seconds": 0}},
        {"max_age": "00:00:00"},
        {"currency": 643},
        {"currency": ["643", "840"]},
    ],
)
async def test_an_option_left_empty_lets_everything_through(home: Home, options: dict[str, Any]) -> None:
    runs = await home.automate(**options)
    await home.add()
    later = home.simulator.clock() + timedelta(minutes=1)
    home.simulator.clock = lambda: later
    home.wallet.pay(1, date=later - timedelta(seconds=30))
    await home.poll()
    assert amounts(runs) == [1]


@pytest.mark.parametrize(
    ("trigger", "kind", "fits"),
    [
        ("payment_received", "refund", False),
        ("payment_received", ["bill", "purchase"], False),
        ("payment_received", ["refund", "transfer"], True),
        ("payment_sent", "top_up", False),
        ("payment_sent", ["conversion", "bill"], True),
        ("payment_failed", "conversion", True),
    ],
)
async def test_kinds_that_a_trigger_never_sees_are_refused(
    hass: HomeAssistant, trigger: str, kind: str | list[str], *, fits: bool
) -> None:
    config = [{"platform": f"qiwi.{trigger}", "options": {"kind": kind}}]
    with nullcontext() if fits else pytest.raises(vol.Invalid, match="runs for these kinds only"):
        await async_validate_trigger_config(hass, config)


async def test_options_that_are_no_options_are_refused_and_none_are_none(hass: HomeAssistant) -> None:
    await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_sent", "options": None}])
    with pytest.raises(vol.Invalid):
        await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_sent", "options": ["kind"]}])


@pytest.mark.parametrize(
    ("action", "data", "key"),
    [
        ("get_payments", {"until": "0001-01-01 00:00:00"}, "invalid_until"),
        ("get_payments", {"since": "0001-01-01 00:00:00"}, "invalid_since"),
        ("get_payments", {"until": "9999-12-31 23:59:59"}, "invalid_until"),
        ("get_payments", {"max_amount": "1e400"}, "invalid_max_amount"),
        ("send_test_payment", {"amount": "1e400"}, "invalid_amount"),
    ],
)
async def test_a_value_beyond_all_measure_is_refused(
    home: Home, action: str, data: dict[str, Any], key: str
) -> None:
    await home.add()
    with pytest.raises(ServiceValidationError) as refusal:
        await home.act(action, **data)
    assert refusal.value.translation_key == key


async def test_a_test_payment_without_a_currency_is_the_main_one(home: Home) -> None:
    await home.add()
    await home.act("send_test_payment", currency=[])
    assert [record["currency"] for record in home.heard] == ["RUB"]


async def test_years_without_payments_are_pages_too(home: Home) -> None:
    await home.add()
    home.wallet.pay(1)
    asked = home.simulator.count("payments")
    since = home.simulator.clock() - timedelta(days=90 * 50)
    assert amounts((await home.act("get_payments", since=since, limit=1))["payments"]) == [1]
    with pytest.raises(ServiceValidationError) as refusal:
        await home.act("get_payments", since=since)
    assert refusal.value.translation_key == "too_many_pages"
    assert home.simulator.count("payments") - asked <= 1 + 41
