"""Numbers that the wallet may tell."""

from decimal import Decimal

import pytest

from custom_components.qiwi.api import QiwiResponseError
from custom_components.qiwi.api.fields import amount


def test_a_fraction_without_a_currency_is_not_rounded_but_refused() -> None:
    with pytest.raises(QiwiResponseError, match="rate"):
        amount(Decimal("0.1234567891"), "rate")
