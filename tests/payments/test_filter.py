"""A filter lets through what meets every condition; by comment it finds what a person means."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.payments import Kind, Payment, PaymentFilter, mentions, phone_digits

from .rows import row
from .texts import TEXT

PAYMENT = replace(
    Payment.from_transaction(row(comment="Урок 3 Me@Example.com")), amount=Decimal("10.50"), currency="RUB"
)
PLAIN = replace(PAYMENT, comment=None, email=None, counterparty=None)


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"min_amount": Decimal("10.50")},
        {"max_amount": Decimal("10.50")},
        {"currencies": frozenset({"USD", "RUB"})},
        {"kinds": frozenset({Kind.TRANSFER, Kind.BILL})},
        {"comment": "урок 3"},
        {"comment": ""},
        {"has_email": True},
        {"email": "ME@example.COM"},
        {"email": ""},
        {"payer": "79000000001"},
        {"payer": ""},
        {"max_age": timedelta(minutes=5)},
        {"max_age": timedelta()},
        {"min_amount": Decimal(1), "comment": "урок", "has_email": True, "kinds": frozenset({Kind.TRANSFER})},
    ],
)
def test_a_payment_that_meets_every_condition_fits(conditions: dict[str, Any]) -> None:
    assert PaymentFilter(**conditions).fits(PAYMENT, timedelta(minutes=5))


@pytest.mark.parametrize(
    "conditions",
    [
        {"min_amount": Decimal("10.51")},
        {"max_amount": Decimal("10.49")},
        {"max_amount": Decimal(0)},
        {"currencies": frozenset({"USD"})},
        {"kinds": frozenset({Kind.BILL})},
        {"comment": "урок 4"},
        {"has_email": False},
        {"email": "you@example.com"},
        {"payer": "79000000002"},
        {"max_age": timedelta(minutes=4)},
        {"min_amount": Decimal(1), "comment": "урок", "has_email": True, "kinds": frozenset({Kind.BILL})},
    ],
)
def test_one_condition_that_is_not_met_is_enough(conditions: dict[str, Any]) -> None:
    assert not PaymentFilter(**conditions).fits(PAYMENT, timedelta(minutes=5))


def test_what_a_payment_does_not_tell_meets_no_condition_on_it() -> None:
    for condition in ({"comment": "урок"}, {"has_email": True}, {"email": "XXXX"}, {"payer": "7"}):
        assert not PaymentFilter(**condition).fits(PLAIN)
    assert PaymentFilter(has_email=False).fits(PLAIN)
    assert PaymentFilter(max_age=timedelta(seconds=1)).fits(PLAIN)


@pytest.mark.parametrize(
    ("number", "digits"),
    [
        (None, ""),
        ("+7 (900) 000-00-01", "79000000001"),
        ("8 900 000 00 01", "79000000001"),
        ("89000000001", "79000000001"),
        ("8900000000", "8900000000"),
        ("890000000011", "890000000011"),
        ("380501234567", "380501234567"),
        ("T 12", "12"),
        ("٧9", "9"),
        ("²9", "9"),
    ],
)
def test_a_number_is_its_digits_and_a_russian_one_begins_with_7(number: str | None, digits: str) -> None:
    assert phone_digits(number) == digits


@pytest.mark.parametrize(
    ("wanted", "comment"),
    [
        ("урок 1", "за урок1"),
        ("урок 1", "За Урок 1!"),
        ("урок1", "за урок 1"),
        ("урок 1", "урок  \t\n 1, урок 2"),
        ("урок 1", "урок\u00a01"),
        ("урок 1", "урок 10, урок 1"),
        ("урок 1", "урок 1.5"),
        ("урок", "за уроки"),
        ("урок 1", "микроурок 1"),
        ("1 урок", "1урок"),
        ("1 урок", "21 урок, 1 урок"),
        ("5", "5"),
        ("5", "лот5б"),
        ("1 2", "1 2"),
        ("1 2", "урок 1  2 раза"),
        ("5 кг", "ещё 5кг"),
        ("кг 5 кг", "кг5кг"),
        ("ещё", "ЕЩЕ один"),
        ("ЕЩЕ", "ещё один"),
        ("ёлка", "е\u0308лка"),
        ("мой", "МОИ\u0306 дом"),
        ("слова\u0301 1", "слова\u03011"),
        ("straße", "STRASSE"),
        ("no rush", "There's no   rush"),
        ("lesson", "Lesson3"),
        ("a.b", "a.b"),
        ("<b>", "<B>bold</B>"),
        ("за\u200bурок", "заурок"),
        ("🔥", "огонь 🔥🔥"),
        ("", "anything"),
        (" ", "anything"),
        ("", None),
    ],
)
def test_what_a_person_means_is_found(wanted: str, comment: str | None) -> None:
    assert mentions(comment, wanted)


@pytest.mark.parametrize(
    ("wanted", "comment"),
    [
        ("урок 1", "урок 10"),
        ("урок 1", "урок 01"),
        ("урок 1", "урок 11"),
        ("урок 10", "урок 1"),
        ("1 урок", "21 урок"),
        ("5", "15"),
        ("5", "50"),
        ("5", "151"),
        ("1 2", "12"),
        ("12", "1 2"),
        ("1 2", "1 23"),
        ("lesson", "less on"),
        ("less on", "lesson"),
        ("урок №1", "урок 1"),
        ("урок 1", "урок - 1"),
        ("урок !", "урок!"),
        ("урок", None),
        ("x", None),
        ("урок", ""),
        ("1", "١"),
        ("a.b", "axb"),
    ],
)
def test_what_is_something_else_is_not(wanted: str, comment: str | None) -> None:
    assert not mentions(comment, wanted)


WORDS = st.sampled_from(["урок", "Ёж", "ещё", "lesson", "№", "x"])
NUMBERS = st.sampled_from(["1", "10", "2", "05"])


@given(words=st.lists(WORDS | NUMBERS, min_size=1, max_size=6), data=st.data())
def test_blanks_case_and_dots_are_a_matter_of_taste(words: list[str], data: st.DataObject) -> None:
    """Write the same words in two ways."""

    def written() -> str:
        text = ""
        for word in words:
            glues = text and (text[-1] + word[0]).isalnum() and text[-1].isdigit() != word[0].isdigit()
            text += data.draw(st.sampled_from(["", " ", "  "] if glues else [" ", "\t "])) if text else ""
            text += data.draw(st.sampled_from([word, word.upper(), word.lower().replace("ё", "е")]))
        return text

    wanted, comment = written(), written()
    assert mentions(comment, wanted)
    assert mentions(f"Привет,{comment}.", wanted)


@given(number=st.integers(0, 10**6), digit=st.sampled_from("0123456789"), word=WORDS)
def test_a_number_is_never_found_within_a_longer_one(number: int, digit: str, word: str) -> None:
    for longer in (f"{digit}{number}", f"{number}{digit}"):
        if longer != str(number):
            assert not mentions(f"{word} {longer}", f"{word} {number}")
            assert not mentions(longer, str(number))


@given(TEXT)
def test_a_text_mentions_itself_and_never_fails(text: str) -> None:
    assert mentions(text, text)
    mentions(text, text[::-1])
