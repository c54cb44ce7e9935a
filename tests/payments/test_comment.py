"""Comments are fit to show, and read in a time that grows no faster than they do."""

import re
import sys
from types import FrameType
from unicodedata import category

from hypothesis import example, given
import pytest

from custom_components.qiwi.payments import address, clean_comment, comment, mentions, read_comment, visible
from custom_components.qiwi.payments.comment import LONGEST_READ

from .texts import FAMILY, HEART, JUNK, RAINBOW_FLAG, SCIENTIST, TEXT


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        (None, None),
        ("", None),
        ("  \t\r\n ", None),
        ("\u200b\u202e\ufeff", None),
        ("За урок", "За урок"),
        ("  За \n\n урок\t5  ", "За урок 5"),
        ("Thanks\r\nBcc: you@example.com", "Thanks Bcc: you@example.com"),
        ("a\x00b\x1bc\x7fd\x85e", "a b c d e"),
        ("no\u00a0break\u2003em\u3000wide\u2028line\u2029end", "no break em wide line end"),
        ("Braille\u2800\u2800blank", "Braille blank"),
        ("\u202eсорбу\u202c \u2066x\u2069 \u200ey\u200f \u061cz", "сорбу x y z"),
        (
            "soft\u00adhyphen zero\u200bwidth \ufeffmark word\u2060joiner",
            "softhyphen zerowidth mark wordjoiner",
        ),
        (
            "hangul\u3164\u115f\u1160\uffa0filler khmer\u17b4\u17b5 mongol\u180b\u180e",
            "hangulfiller khmer mongol",
        ),
        ("tagged\U000e0041\U000e007f variation\U000e0100\ufe00 grapheme\u034f", "tagged variation grapheme"),
        ("lone\ud83d \udc00surrogates", "lone surrogates"),
        ("private\ue000\U000f0000\U00100000 use", "private use"),
        ("non\ufdd0\uffff\ufffe\U0001fffe\U0010ffffcharacters", "noncharacters"),
        ("<b>{{ states('x') }}</b> & \"data\"", "<b>{{ states('x') }}</b> & \"data\""),
        ("Мой урок", "Мой урок"),
        ("Наи\u0306", "Наи\u0306"),
        ("Спасибо " + FAMILY, "Спасибо " + FAMILY),
        (HEART + SCIENTIST + RAINBOW_FLAG, HEART + SCIENTIST + RAINBOW_FLAG),
        ("\u200d" + HEART + "\u200d", HEART),
        (HEART + "\u200d me", HEART + " me"),
        (HEART + "\u200d\u200b\U0001f525", HEART + "\U0001f525"),
        (HEART + "\u200d\u200d\U0001f525", HEART + "\u200d\U0001f525"),
        (HEART + "\u200d\u2800x", HEART + " x"),
        ("a\u200db\ufe0fc", "abc"),
        (HEART + "\ufe0f\ufe0f", HEART),
    ],
)
def test_a_comment_is_one_visible_line(raw: str | None, cleaned: str | None) -> None:
    assert clean_comment(raw) == cleaned
    assert read_comment(raw)[0] == cleaned


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("я" * 500, "я" * 500),
        ("я" * 501, "я" * 500),
        ("x" * 499 + " y", "x" * 499),
        (" " * 600 + "x", "x"),
        ("\u200b" * 600 + "x", "x"),
        ("x" * 499 + "\U0001f525y", "x" * 499 + "\U0001f525"),
        ("x" * 498 + "ye\u0301\u0301", "x" * 498 + "y"),
        ("x" * 499 + "e\u0301", "x" * 499),
        ("x" * 499 + "a\u0903", "x" * 499),
        ("x" * 499 + "a\u20dd", "x" * 499),
        ("x" * 499 + HEART, "x" * 499),
        ("x" * 499 + FAMILY, "x" * 499),
        ("x" * 498 + FAMILY, "x" * 498 + "\U0001f468"),
        ("\u0301" * 600, "\u0301" * 500),
        ("e" + "\u0301" * 600, "e" + "\u0301" * 499),
    ],
)
def test_a_long_comment_is_cut_between_characters(raw: str, cleaned: str) -> None:
    assert clean_comment(raw) == cleaned


def count_calls(text: str) -> int:
    """Return how many functions, of Python or C, run to read a text."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    outer = sys.getprofile()
    sys.setprofile(count)
    try:
        read_comment(text)
    finally:
        sys.setprofile(outer)
    return calls


@pytest.mark.parametrize("unit", JUNK)
def test_the_work_grows_no_faster_than_the_text_and_ends_with_what_is_read(unit: str) -> None:
    once, twice, endless = (count_calls(unit * (size // len(unit))) for size in (1_000, 2_000, 1_000_000))
    assert twice <= 2 * once + 100
    assert endless <= 2 * once + 100
    assert endless <= 10 * LONGEST_READ


@pytest.mark.parametrize("unit", JUNK)
def test_a_whole_body_of_junk_is_read_and_searched(unit: str) -> None:
    # A megabyte read in quadratic time would not end.
    junk = unit * (1_000_000 // len(unit))
    read_comment(junk)
    mentions(junk, junk)
    address.addresses(junk)


def test_no_pattern_can_backtrack() -> None:
    patterns = [
        value.pattern
        for module in (address, comment, visible)
        for value in vars(module).values()
        if isinstance(value, re.Pattern)
    ]
    assert len(patterns) == 6
    one = r"(\[(\\.|[^\]\\])+\]|\\d)"
    around = rf"(\(\?<?=({one}\|)?{one}\))?"
    once = rf"{around} {around}"
    for pattern in patterns:
        assert re.fullmatch(rf"(://)?{one}\+?|{once}(\|{once})?", pattern, re.DOTALL), pattern


def test_what_lies_far_behind_is_not_shown() -> None:
    assert clean_comment(" " * (LONGEST_READ - 1) + "xy") == "x"
    assert read_comment(" " * LONGEST_READ + "x") == (None, None)


@given(TEXT)
@example("\U0001f468\u200d" * 600)
@example("x" * 499 + " \u0301" + "\u0301" * 10)
def test_a_cleaned_comment_is_visible_short_and_stays_as_it_is(text: str) -> None:
    cleaned = clean_comment(text)
    assert clean_comment(cleaned) == cleaned
    if cleaned is None:
        return
    assert 0 < len(cleaned) <= 500
    assert cleaned == " ".join(cleaned.split())
    for before, character, after in zip(f" {cleaned}", cleaned, f"{cleaned} "[1:], strict=False):
        assert category(character) not in {"Cc", "Cs", "Co", "Zl", "Zp"}
        assert category(character) != "Zs" or character == " "
        assert ord(character) & 0xFFFE != 0xFFFE
        if category(character) == "Cf":
            assert character == "\u200d"
            assert category(before) in {"So", "Sk"} or before == "\ufe0f"
            assert category(after) in {"So", "Sk"}
    cleaned.encode()
