"""What forms and YAML may say about wallets and payments, read into values."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from .api.currency import ALPHABETIC
from .payments import Kind, PaymentFilter, phone_digits

CONF_COMMENT: Final = "comment"
CONF_CURRENCY: Final = "currency"
CONF_KIND: Final = "kind"
CONF_MAX_AMOUNT: Final = "max_amount"
CONF_MIN_AMOUNT: Final = "min_amount"

# No payment comes near; a float would not hold its kopecks.
_TOO_MUCH: Final = 10**13


def amount(value: object) -> Decimal:
    """Read an amount of money as a form or YAML gives it.

    Raises:
        vol.Invalid: it is none.
    """
    try:
        money = Decimal(str(value).strip())
    except InvalidOperation:
        money = Decimal("NaN")
    if isinstance(value, bool) or not money.is_finite() or not 0 <= money < _TOO_MUCH:
        raise vol.Invalid("expected an amount of money in major units, such as 99.50")
    return money


def typed_amount(value: object) -> Decimal:
    """Read an amount as a person types it into a text field: `1000.50` and `1 000,50` are the same.

    Nothing finer than a hundredth: `1,000` could mean a thousand or one, and is refused.

    Raises:
        vol.Invalid: it is none.
    """
    text = "".join(str(value).split())
    whole, _, fraction = text.replace(",", ".").partition(".")
    if len(fraction) > 2 or not (whole + fraction).isdecimal():
        raise vol.Invalid("expected an amount of money in major units, such as 99.50 or 99,50")
    fraction = fraction.rstrip("0")
    return amount(f"{whole or 0}.{fraction}" if fraction else whole or 0)


def currency(value: object) -> str:
    """Read the code of a currency.

    Raises:
        vol.Invalid: it is none.
    """
    code = str(value).strip().upper()
    if code.isascii() and code.isdigit():
        # An unknown currency goes by its digits.
        code = ALPHABETIC.get(int(code[:4]), code.zfill(3))
    if not (len(code) == 3 and code.isascii() and code.isalnum()):
        raise vol.Invalid("expected the code of a currency, such as RUB")
    return code


def kind(value: object) -> Kind:
    """Read a kind of payment.

    Raises:
        vol.Invalid: it is none.
    """
    try:
        return Kind(str(value))
    except ValueError:
        raise vol.Invalid(f"expected one of {', '.join(Kind)}") from None


def phone(value: object) -> str:
    """Read a whole number, with its country code.

    Raises:
        vol.Invalid: it is none.
    """
    digits = phone_digits(str(value))
    if not 10 <= len(digits) <= 19:
        raise vol.Invalid("expected a whole number with its country code, such as 79000000000")
    return digits


currencies: Final = vol.All(cv.ensure_list, [currency])
kinds: Final = vol.All(cv.ensure_list, [kind])

FILTER_FIELDS: Final[Mapping[vol.Marker, Any]] = {
    vol.Optional(CONF_MIN_AMOUNT): amount,
    vol.Optional(CONF_MAX_AMOUNT): amount,
    vol.Optional(CONF_CURRENCY): currencies,
    vol.Optional(CONF_KIND): kinds,
    vol.Optional(CONF_COMMENT): cv.string,
}


def filled_in(options: Any) -> Any:  # noqa: ANN401  not validated yet
    """Leave out what a form, a blueprint or YAML leaves empty."""
    if not isinstance(options, dict):
        return {} if options is None else options
    return {name: value for name, value in options.items() if value is not None and value != ""}


def is_contradictory(options: Mapping[str, Any]) -> bool:
    """Tell whether the least amount is above the greatest one: nothing would ever fit."""
    return bool(options.get(CONF_MIN_AMOUNT, Decimal(0)) > options.get(CONF_MAX_AMOUNT, Decimal("Infinity")))


def no_contradiction(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options.

    Raises:
        vol.Invalid: they contradict each other.
    """
    if is_contradictory(options):
        raise vol.Invalid(
            "the minimum is above the maximum", path=[CONF_MIN_AMOUNT], error_type="min_above_max"
        )
    return options


def payment_filter(options: Mapping[str, Any], **more: Any) -> PaymentFilter:  # noqa: ANN401  the filter's own fields
    """Return the filter that validated options ask for."""
    return PaymentFilter(
        min_amount=options.get(CONF_MIN_AMOUNT),
        max_amount=options.get(CONF_MAX_AMOUNT),
        currencies=frozenset(options.get(CONF_CURRENCY, ())),
        kinds=frozenset(options.get(CONF_KIND, ())),
        comment=options.get(CONF_COMMENT),
        **more,
    )
