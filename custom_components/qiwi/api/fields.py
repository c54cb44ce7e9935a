"""Single values of the wallet's JSON: each function reads one, or refuses it by the name of its field.

All raise QiwiResponseError for what is neither the documented type nor one that can only mean the same.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
import re
from typing import Final, NoReturn

from .currency import ALPHABETIC, minor_unit
from .document import Json
from .exceptions import QiwiResponseError
from .models import Money

# Beyond any sum a wallet holds; what is longer would only cost time and memory downstream.
_INTEGER_DIGITS: Final = 15
_SCALE: Final = 8
_TOO_MUCH: Final = 10**_INTEGER_DIGITS
_ROUNDING: Final = Context(prec=_INTEGER_DIGITS + 2 * _SCALE, rounding=ROUND_HALF_EVEN)
_LONGEST_ID: Final = 30
_LARGEST_ID: Final = 10**_LONGEST_ID
_ROW_TYPE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,31}")
# Moving a date of the first or the last year to another zone would leave what a datetime can hold.
_FIRST_YEAR: Final = 2
_LAST_YEAR: Final = 9998


def refuse(field: str) -> NoReturn:
    """Raise that a field is not as documented; its value is not repeated."""
    raise QiwiResponseError(f"The wallet's answer has an unexpected shape: {field}")


def mapping(value: Json, field: str) -> Mapping[str, Json]:
    """Read an object."""
    return value if isinstance(value, dict) else refuse(field)


def optional_mapping(value: Json, field: str) -> Mapping[str, Json]:
    """Read an object; null is an empty one."""
    return {} if value is None else mapping(value, field)


def items(value: Json, field: str) -> list[Json]:
    """Read a list."""
    return value if isinstance(value, list) else refuse(field)


def text(value: Json, field: str) -> str | None:
    """Read a text or null; a whole number, as an account may be written, is its digits."""
    if type(value) is int and abs(value) < _LARGEST_ID:
        return str(value)
    return value if value is None or isinstance(value, str) else refuse(field)


def strict_text(value: Json, field: str) -> str | None:
    """Read a text or null."""
    return value if value is None or isinstance(value, str) else refuse(field)


def name(value: Json, field: str) -> str:
    """Read a text that is not empty."""
    return value if isinstance(value, str) and value else refuse(field)


def row_type(value: Json, field: str) -> str:
    """Read the type of a row: one word in capitals, for it is half of the row's key."""
    return value if isinstance(value, str) and _ROW_TYPE.fullmatch(value) else refuse(field)


def identifier(value: Json, field: str) -> str:
    """Read an id or a wallet number: the wallet writes them as numbers, its webhooks as texts."""
    if type(value) is int and 0 <= value < _LARGEST_ID:
        return str(value)
    if isinstance(value, str) and len(value) <= _LONGEST_ID and value.isascii() and value.isdigit():
        return value
    refuse(field)


def optional_identifier(value: Json, field: str) -> str | None:
    """Read an id or null."""
    return None if value is None else identifier(value, field)


def optional_integer(value: Json, field: str) -> int | None:
    """Read a whole number, which may be written as a text of digits, or null."""
    if value is None or (type(value) is int and abs(value) < _LARGEST_ID):
        return value
    return int(identifier(value, field))


def date(value: Json, field: str) -> datetime:
    """Read a date with its offset: a naive one could be anybody's time."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        refuse(field)
    return moment


def amount(value: Json, field: str, unit: Decimal | None = None) -> Decimal:
    """Read an exact number of at most 15 digits before its point and 8 behind it.

    No currency has more than 8 decimals: a longer fraction (1508.5800000000002) was left by somebody's
    binary arithmetic, and is rounded half-even to the unit where one is given.
    """
    if type(value) is int and -_TOO_MUCH < value < _TOO_MUCH:
        return Decimal(value)
    if isinstance(value, Decimal) and value.adjusted() < _INTEGER_DIGITS:
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and exponent >= -_SCALE:
            # 1E+3 is 1000: nobody downstream has to know the other spelling.
            return value if exponent <= 0 else Decimal(int(value))
        if unit is not None:
            return value.quantize(unit, context=_ROUNDING)
    refuse(field)


def optional_amount(value: Json, field: str) -> Decimal | None:
    """Read an exact number or null."""
    return None if value is None else amount(value, field)


def currency(value: Json, field: str) -> str:
    """Read 643, "643" or "RUB"."""
    if type(value) is int and 0 < value < 1000:
        return ALPHABETIC.get(value) or f"{value:03d}"
    if isinstance(value, str) and value.isascii() and len(value) <= 3:
        if value.isdigit():
            return currency(int(value), field)
        if value.isalpha() and len(value) == 3:
            return value.upper()
    refuse(field)


def money(value: Json, field: str) -> Money | None:
    """Read a sum with its currency; null and a sum without an amount are None."""
    get = optional_mapping(value, field).get
    number = get("amount")
    if number is None:
        return None
    code = currency(get("currency"), field)
    return Money(amount=amount(number, field, minor_unit(code)), currency=code)
