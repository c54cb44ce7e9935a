"""The smallest sums that a wallet can move are read like any other."""

from decimal import Decimal

import pytest

from custom_components.qiwi.api import parsing

from . import bodies


@pytest.mark.parametrize("amount", ["0", "0.01", "0.5", "0.99", "1"])
def test_a_sum_of_less_than_one_rouble_is_paid_too(amount: str) -> None:
    money = bodies.money(float(amount))
    row = parsing.transaction(bodies.over_the_wire(bodies.row(sum=money, total=money)))
    assert row.sum and row.total
    assert (row.sum.amount, row.total.amount) == (Decimal(amount), Decimal(amount))
