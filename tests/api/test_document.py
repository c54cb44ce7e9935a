"""A body is JSON with exact numbers that can be written down again, or it is refused and not quoted."""

from decimal import Decimal
from typing import Any

import pytest

from custom_components.qiwi.api import QiwiResponseError
from custom_components.qiwi.api.document import MOST_VALUES, decode, error_code
from custom_components.qiwi.api.exceptions import QiwiTooLargeError

from . import bodies


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (bodies.error("auth.forbidden"), "auth.forbidden"),
        (bodies.error("payment.history.not.found", description="made up"), "payment.history.not.found"),
        ({"errorCode": 5}, None),
        ({"data": []}, None),
        (["errorCode"], None),
        (None, None),
    ],
)
def test_the_code_of_an_error_body_is_found(document: Any, code: str | None) -> None:
    assert error_code(document) == code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null and void",
        b"{",
        b'{"data":[',
        b"<!doctype html><html></html>",
        b'{"amount":NaN}',
        b'{"amount":Infinity}',
        b'{"amount":-Infinity}',
        b'{"amount":1e99999999999999999999}',
        b'{"amount":%b}' % (b"9" * 5000),
        b"[" * 200_000,
        b'{"a":' * 100_000,
        '{"comment":"донат"}'.encode("cp1251"),
        '{"comment":"донат"}'.encode("utf-16"),
        b'{"comment":"\xff\xfe"}',
        b'{"comment":"\xed\xa0\x80"}',
        b'{"comment":"\x01"}',
    ],
    ids=range(17),
)
def test_what_is_not_json_is_told_so_and_nothing_of_it_travels_along(body: bytes) -> None:
    with pytest.raises(QiwiResponseError) as caught:
        decode(body)
    assert caught.value.__context__ is None


def test_a_byte_order_mark_does_no_harm() -> None:
    assert decode(b'\xef\xbb\xbf{"data":[]}') == {"data": []}


def test_half_an_emoji_is_mended_and_a_whole_one_kept() -> None:
    document = decode(rb'{"a\uD83D":["\ud83d","\uDE00x","\ud83d\ude00","\u0434", 1.50, true, null]}')
    assert document == {"a�": ["�", "�x", "😀", "д", Decimal("1.50"), True, None]}


def test_an_escaped_backslash_is_no_surrogate() -> None:
    assert decode(rb'["\\ud83d"]') == [r"\ud83d"]


def test_a_deep_body_with_half_an_emoji_is_refused() -> None:
    with pytest.raises(QiwiResponseError):
        decode(b"[" * 5000 + rb'"\ud83d"' + b"]" * 5000)


def holding(values: int, length: int) -> bytes:
    """Return a body with so many commas and brackets, some of them in a text."""
    body = b'{"data":["' + b"," * 100 + b'",' + b"1," * (values - 103) + b"1]}"
    assert sum(map(body.count, (b",", b"[", b"{"))) == values
    return body.ljust(length)


@pytest.mark.parametrize(
    ("values", "length"), [(MOST_VALUES, 65_537), (MOST_VALUES, 1_048_576), (MOST_VALUES + 1, 65_536)]
)
def test_what_a_page_may_hold_is_read(values: int, length: int) -> None:
    assert decode(holding(values, length))


@pytest.mark.parametrize("length", [65_537, 1_048_576])
def test_what_would_hold_the_loop_is_too_large(length: int) -> None:
    with pytest.raises(QiwiTooLargeError):
        decode(holding(MOST_VALUES + 1, length))
