"""The lived-in wallet: plausible, complete, and the same for the same seed."""

from datetime import timedelta
import re

import pytest

from wallet_simulator import Kind, Row, Status, Wallet
from wallet_simulator.history import arrive, lived_in_wallet

from .conftest import NOW


def history(seed: int = 0, days: int = 30) -> Wallet:
    return lived_in_wallet(seed=seed, days=days, clock=lambda: NOW)


def described(row: Row) -> tuple[object, ...]:
    return row.key, row.date, row.status, row.amount, row.currency, row.comment, row.account


def test_the_same_seed_makes_the_same_history() -> None:
    assert [described(row) for row in history(3).rows] == [described(row) for row in history(3).rows]
    assert [described(row) for row in history(3).rows] != [described(row) for row in history(4).rows]


@pytest.mark.parametrize("seed", range(20))
def test_a_month_holds_everything_a_wallet_lives_through(seed: int) -> None:
    wallet = history(seed)
    rows = wallet.rows
    assert {row.kind for row in rows} == set(Kind)
    assert {row.currency for row in rows} == {"RUB", "USD", "KZT"} == set(wallet.balances)
    assert [row.status for row in rows].count(Status.ERROR) == 1
    assert [row.status for row in rows].count(Status.WAITING) == 1
    assert [row.kind for row in rows].count(Kind.REFUND) == 1
    assert [row.kind for row in rows].count(Kind.CONVERSION) == 2
    assert any("@example.com" in (row.comment or "") for row in rows)
    assert all(NOW - timedelta(days=30) <= row.date <= NOW for row in rows)
    assert 30 < len(rows) < 200
    assert min(wallet.balances.values()) > 0


def test_nobody_real_is_in_it() -> None:
    text = " ".join(f"{row.account} {row.comment}" for row in history().rows)
    assert all(number.startswith("7900000000") for number in re.findall(r"\b7\d{10}\b", text))
    assert all(address.endswith("@example.com") for address in re.findall(r"\S+@\S+", text))


@pytest.mark.parametrize(("language", "foreign"), [("en", r"[а-яё]"), ("ru", r"\b(stream|final|wp)\b")])
def test_donations_come_with_words_of_one_language(language: str, foreign: str) -> None:
    wallet = lived_in_wallet(language=language, clock=lambda: NOW)
    for _ in range(100):
        arrive(wallet, language=language)
    donations = [row for row in wallet.rows if row.kind is Kind.TRANSFER]
    assert any(row.comment for row in donations)
    assert not [row.comment for row in donations if re.search(foreign, row.comment or "", re.IGNORECASE)]


@pytest.mark.parametrize("days", [1, 3, 90])
def test_a_history_can_be_shorter_or_longer(days: int) -> None:
    assert all(NOW - timedelta(days=days) <= row.date <= NOW for row in history(days=days).rows)


def test_a_donation_can_arrive() -> None:
    wallet = Wallet(clock=lambda: NOW)
    rows = [arrive(wallet) for _ in range(100)]
    assert {row.kind for row in rows} == {Kind.TRANSFER, Kind.TOP_UP}
    assert {row.currency for row in rows} == {"RUB", "USD", "KZT"}
    assert {row.date for row in rows} == {NOW}
    assert len(wallet) == 100
