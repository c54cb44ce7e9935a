"""Models know their money and keep what is personal out of sight."""

from decimal import Decimal, getcontext, localcontext
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.api import (
    CommissionRange,
    CommissionTerms,
    Cursor,
    PaymentsPage,
    Profile,
    parsing,
)
from custom_components.qiwi.api.answer import Answer
from custom_components.qiwi.api.parsing import ProfileAnswer

from . import bodies


def terms(*ranges: CommissionRange) -> CommissionTerms:
    return CommissionTerms(ranges=ranges, minimum=None, maximum=None, currency=None)


def tariff(
    bound: Any = 0, rate: Any = 0, fixed: Any = 0, minimum: Any = None, maximum: Any = None
) -> CommissionRange:
    return CommissionRange(
        bound=Decimal(bound),
        rate=Decimal(rate),
        fixed=Decimal(fixed),
        minimum=None if minimum is None else Decimal(minimum),
        maximum=None if maximum is None else Decimal(maximum),
    )


@pytest.mark.parametrize(
    ("amount", "commission"),
    [("0", "50.00"), ("1000", "70.00"), ("100.25", "52.01"), ("100.24", "52.00"), ("0.25", "50.01")],
)
def test_rate_and_fixed_part_add_up_to_the_kopeck_halves_up(amount: str, commission: str) -> None:
    assert str(terms(tariff(rate="0.02", fixed="50.0")).commission_for(Decimal(amount))) == commission


@pytest.mark.parametrize(
    ("amount", "commission"),
    [("99.99", "0.00"), ("100", "10.00"), ("4999.99", "100.00"), ("5000", "125.00"), ("10000", "250.00")],
)
def test_the_highest_bound_reached_decides_and_its_limits_hold(amount: str, commission: str) -> None:
    ranges = tariff(100, "0.03", minimum=10, maximum=100), tariff(5000, "0.025")
    assert terms(*ranges).commission_for(Decimal(amount)) == Decimal(commission)


def test_a_tariff_without_ranges_costs_nothing() -> None:
    assert terms().commission_for(Decimal(100)) == 0


@pytest.mark.parametrize("amount", ["-0.01", "NaN", "sNaN", "Infinity", "-Infinity", "1e15", "1e999999"])
def test_what_is_no_amount_has_no_commission(amount: str) -> None:
    with pytest.raises(ValueError, match="Not an amount"):
        terms(tariff(rate=1)).commission_for(Decimal(amount))


@given(
    amount=st.decimals(0, 10**14, places=2),
    rate=st.decimals(0, 1, places=8),
    fixed=st.decimals(0, 10**6, places=2),
)
def test_a_commission_is_exact_whatever_the_callers_precision(
    amount: Decimal, rate: Decimal, fixed: Decimal
) -> None:
    precision = getcontext().prec
    with localcontext(prec=3):
        commission = terms(tariff(rate=rate, fixed=fixed)).commission_for(amount)
    assert getcontext().prec == precision
    with localcontext(prec=60):
        assert abs(commission - (amount * rate + fixed)) <= Decimal("0.005")
        assert commission == round(commission, 2)


def test_nothing_personal_is_represented() -> None:
    row = parsing.transaction(
        bodies.row(comment="Иван, ivan@example.com", provider=bodies.party(5, "+79000000003"))
    )
    page = PaymentsPage(rows=(row,), cursor=Cursor(transaction_id="1", date="2026-11-20T10:00:00+03:00"))
    profile = Profile(wallet="79000000000", blocked=False, identification="FULL")
    told = ProfileAnswer(wallet="79000000000", blocked=False, identification="FULL")
    answer = Answer(status=200, headers={"X": "79000000000"}, body="Иван".encode(), is_whole=True)
    shown = f"{row!r} {row} {page!r} {profile!r} {row.provider!r} {told!r} {answer!r}"
    for personal in ("7900000000", "Иван", "example.com"):
        assert personal not in shown
    assert "26110000031" in shown
