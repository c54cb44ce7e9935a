"""Numbers, ids, dates and currencies that the wallet may tell, up to the last one and not beyond."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from custom_components.qiwi.api import QiwiResponseError
from custom_components.qiwi.api.fields import amount, currency, date, identifier, optional_integer


def test_a_fraction_without_a_currency_is_not_rounded_but_refused() -> None:
    with pytest.raises(QiwiResponseError, match="rate"):
        amount(Decimal("0.1234567891"), "rate")


@pytest.mark.parametrize(("value", "told"), [(0, "0"), ("0", "0"), ("9" * 30, "9" * 30)])
def test_an_id_may_be_zero_and_thirty_digits_long(value: Any, told: str) -> None:
    assert identifier(value, "txnId") == told


def test_a_whole_number_of_more_than_thirty_digits_is_refused() -> None:
    assert optional_integer(10**30 - 1, "provider.id") == 10**30 - 1
    with pytest.raises(QiwiResponseError, match=r"provider\.id"):
        optional_integer(10**30, "provider.id")


@pytest.mark.parametrize("value", ["0002-01-01T00:00:00+03:00", "9998-12-31T23:59:59+03:00"])
def test_the_first_and_the_last_year_of_a_date_leave_room_for_another_zone(value: str) -> None:
    assert date(value, "date") == datetime.fromisoformat(value)


@pytest.mark.parametrize("value", [1, "1", "001"])
def test_the_least_number_of_a_currency_is_shown_by_its_digits(value: Any) -> None:
    assert currency(value, "currency") == "001"


@pytest.mark.parametrize("value", ["", "0643", "RUBL"])
def test_no_currency_has_more_than_three_digits_or_letters(value: str) -> None:
    with pytest.raises(QiwiResponseError, match="currency"):
        currency(value, "currency")
