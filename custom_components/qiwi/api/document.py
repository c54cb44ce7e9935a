"""A body read as JSON: exact numbers, and nothing that can't be written down again."""

from decimal import Decimal
import json
import re
from typing import Final, NoReturn

from .exceptions import QiwiResponseError, QiwiTooLargeError

type Json = object

# The time of a decoder goes into values, not into bytes, and it holds the loop while it takes it (a thread's too:
# it is one call into C). A page of 50 rows has some 3,500 values; a small body can't have many.
MOST_VALUES: Final = 20_000
_SMALL: Final = 64 * 1024
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]+")


def decode(body: bytes) -> Json:
    """Read JSON with exact numbers.

    Raises:
        QiwiTooLargeError: it may hold more than 20,000 values; a comma in a text counts as well.
        QiwiResponseError: it is not JSON in UTF-8, or holds numbers or a depth no wallet sends.
    """
    if len(body) > _SMALL and sum(map(body.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise QiwiTooLargeError("The wallet's answer holds more than is read of one")
    try:
        text = body.decode().removeprefix("\ufeff")
        document: Json = _DECODER.decode(text)
        # A surrogate can only have come as an escape: a comment cut in the middle of an emoji.
        return _mended(document) if b"\\ud" in body or b"\\uD" in body else document
    except ValueError, ArithmeticError, RecursionError:
        pass
    # Raised here, so that the decoder's error, which carries the whole text, does not travel along.
    raise QiwiResponseError("The wallet's answer is not JSON")


def error_code(document: Json) -> str | None:
    """Return the `errorCode` of an error body, None for anything else."""
    code = document.get("errorCode") if isinstance(document, dict) else None
    return code if isinstance(code, str) else None


def _constant(_: str) -> NoReturn:
    raise ValueError


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_constant)


def _mended(value: Json) -> Json:
    """Replace lone surrogates, which no file or connection can carry."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(entry) for entry in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(entry) for name, entry in value.items()}
    return value
