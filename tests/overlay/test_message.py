"""What strangers write on a stream: words stay, links, addresses and numbers to call go, and nothing overflows."""

import re

import pytest

from custom_components.qiwi.overlay.message import LENGTH, stream_message
from custom_components.qiwi.payments import clean_comment
from tests.hostile import COMMENTS


def shown(comment: str) -> str | None:
    """Return what is shown of a comment as the wallet hands it over."""
    return stream_message(clean_comment(comment))


@pytest.mark.parametrize(
    "words",
    [
        "Спасибо за урок 3!",
        "На новый компьютер, держи 100 000 рублей",
        "Give him 1.000.000 points",
        "version 2.0.1, 12.05.2026 at 18:30",
        "и т.д. и т.п., г.Москва",
        "wow...what a game... yes",
        "😀😀 ❤️ 👩‍👩‍👧",
        "№5 ½ ²",
        "<b>bold</b> {{ states('sensor.secret') }} & \"quotes\"",
        "Йо, naïve façade",
        "10:0 for us, 100% sure (really) a/b",
    ],
)
def test_words_stay_as_they_are(words: str) -> None:
    assert shown(words) == words


@pytest.mark.parametrize(
    "link",
    [
        "https://example.com/a?b=c#d",
        "HTTP://EXAMPLE.COM",
        "http:/example.com",
        "ftp://example.com",
        "www.example.com",
        "example.com",
        "sub.example.co.uk",
        "example.com:8080",
        "example.com/path",
        "anything.whatever/path",
        "t.me/joinme",
        "discord.gg",
        "пример.рф",
        "кино.онлайн",
        "example\uff0ecom",
        "example\u3002com",
        "ｅｘａｍｐｌｅ.ｃｏｍ",
        "javascript:alert(1)",
        "data:text/html,hi",
        "tg:resolve",
        "mailto:me@example.com",
    ],
)
def test_links_go(link: str) -> None:
    assert shown(f"look {link} now") == "look now"
    assert shown(link) is None


@pytest.mark.parametrize(
    "address",
    ["me@example.com", "ME.YOU+tag@sub.example.com", "имя@пример.рф", "me＠example.com", "me@local.host"],
)
def test_addresses_go(address: str) -> None:
    assert shown(f"write {address} soon") == "write soon"


@pytest.mark.parametrize(
    "number",
    [
        "+7 900 000-00-00",
        "+79000000000",
        "8 (900) 000-00-00",
        "8-900-000-00-00",
        "79000000000",
        "8 9 0 0 0 0 0 0 0 0 0",
        "+1.555.010.0199",
        "4111 1111 1111 1111",
        "٧٩٠٠٠٠٠٠٠٠٠",
        "８９０００００００００",
        "+44 20 7946",
    ],
)
def test_numbers_to_call_go(number: str) -> None:
    assert shown(f"call {number} now") == "call now"


def test_a_link_with_something_invisible_in_it_is_a_link_still() -> None:
    assert shown("see exam\u200bple.c\u2060om") == "see"


def test_what_would_overflow_is_cut() -> None:
    tower = "a" + "\u0301" * 400
    assert shown(tower) == "a\u0301\u0301"
    assert shown("я" * 400) == "я" * (LENGTH - 1) + "…"
    assert shown("😀" * 10_000) == "😀" * (LENGTH - 1) + "…"


@pytest.mark.parametrize("nothing", ["", "   ", "https://example.com", "—", "\u202e\u200b", "..."])
def test_nothing_to_show_is_nothing(nothing: str) -> None:
    assert shown(nothing) is None
    assert stream_message(None) is None


@pytest.mark.parametrize("comment", COMMENTS)
def test_no_hostile_comment_brings_a_link_through(comment: str) -> None:
    assert not re.search(r"example|127\.|://|www\.|@", shown(comment) or "")


@pytest.mark.parametrize("piece", ["a.", "1 ", "+1", "a@", "a/", "(", "-", "www.", "://", "é\u0301"])
def test_no_comment_makes_it_slow(piece: str) -> None:
    # Backtracking would not come back at all.
    stream_message((piece * 500)[:500])
