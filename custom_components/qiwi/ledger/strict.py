"""JSON values of one type and nothing else: a state that was read wrong would lose or double payments."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(value, dict):
        raise TypeError("Not an object")
    return value


def sequence(value: object) -> Sequence[Any]:
    """Return a list.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(value, list):
        raise TypeError("Not a list")
    return value


def whole(value: object) -> int:
    """Return a whole number.

    Raises:
        TypeError: it is something else.
    """
    if type(value) is not int:
        raise TypeError("Not a whole number")
    return value


def flag(value: object) -> bool:
    """Return true or false.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(value, bool):
        raise TypeError("Not a flag")
    return value


def text(value: object) -> str:
    """Return a text.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(value, str):
        raise TypeError("Not a text")
    return value


def amount(value: object) -> Decimal:
    """Return an amount that was written as a text.

    Raises:
        TypeError, ValueError, ArithmeticError: it is something else.
    """
    found = Decimal(text(value))
    if not found.is_finite():
        raise ValueError("Not an amount")
    return found


def moment(value: object) -> datetime:
    """Return a moment that was written in ISO 8601, with its offset.

    Raises:
        TypeError, ValueError: it is something else.
    """
    found = datetime.fromisoformat(text(value))
    if found.utcoffset() is None:
        raise ValueError("A moment without an offset")
    return found
