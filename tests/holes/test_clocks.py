"""Rows dated in the future and a wallet whose `Date` is wrong: no other payment is late, held back or announced twice for it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from wallet_simulator import Fault

from .conftest import Home

AHEAD = {
    "in 3 hours": timedelta(hours=3),
    "in 3 days": timedelta(days=3),
    "in 60 years": timedelta(days=60 * 365),
}
DATES: Mapping[str, Mapping[str, Any]] = {
    "2 hours ahead": {"offset": timedelta(hours=2)},
    "2 hours behind": {"offset": timedelta(hours=-2)},
    "30 hours ahead": {"offset": timedelta(hours=30)},
    "in 60 years": {"offset": timedelta(days=60 * 365)},
    "in 1970": {"date": datetime.fromisoformat("1970-01-01T00:00:00+00:00")},
}


async def fresh(home: Home, payments: range) -> list[float]:
    """Let payments come one by one over hours, each announced by the poll after it; return what was paid."""
    for amount in payments:
        home.wallet.pay(amount)
        await home.poll()
        assert home.announced[-1] == amount
        await home.after(minutes=10)
    return [float(amount) for amount in payments]


def late(home: Home) -> list[float]:
    """Return what was announced as late."""
    return [record["amount"] for record in home.heard if record["late"]]


@pytest.mark.parametrize("date", AHEAD)
async def test_a_row_of_the_future_is_announced_at_once_and_makes_no_other_payment_late(
    home: Home, date: str
) -> None:
    await home.add()
    paid = await fresh(home, range(1, 4))
    home.wallet.pay(1000, date=home.now + AHEAD[date])
    await home.poll()
    assert home.announced == [*paid, 1000]
    paid += [1000, *await fresh(home, range(4, 24))]
    await home.reconcile()
    assert (home.announced, late(home), home.reason) == (paid, [], None)


@pytest.mark.parametrize("date", AHEAD)
async def test_a_row_of_the_future_that_was_there_at_the_first_contact_changes_nothing(
    home: Home, date: str
) -> None:
    home.wallet.pay(1000, date=home.now + AHEAD[date])
    await home.add()
    paid = await fresh(home, range(1, 21))
    await home.reconcile()
    assert (home.announced, late(home), home.reason) == (paid, [], None)


@pytest.mark.parametrize("date", AHEAD)
@pytest.mark.parametrize("known", [True, False], ids=["known", "found with the gap"])
async def test_a_gap_is_read_no_further_for_a_row_of_the_future(
    home: Home, date: str, *, known: bool
) -> None:
    home.wallet.pay(0.5, date=home.now - timedelta(days=5))
    await home.add()
    if known:
        home.wallet.pay(1000, date=home.now + AHEAD[date] + timedelta(hours=70))
        await home.poll()
    paid = await home.outage(timedelta(hours=70), payments=60)
    if not known:
        home.wallet.pay(1000, date=home.now + AHEAD[date])
    asked = home.asked()
    await home.poll()
    assert sorted(home.announced) == [*paid, 1000]
    assert [amount for amount in home.announced if amount != 1000] == paid
    # The newest rows and those behind them, and the two pages of the gap.
    assert home.asked() - asked <= 4
    assert late(home) == paid
    home.heard.clear()
    assert await fresh(home, range(101, 111)) == home.announced
    assert (late(home), home.reason) == ([], None)


@pytest.mark.parametrize("date", DATES)
async def test_a_wrong_date_of_the_wallet_makes_no_payment_late_and_holds_none_back(
    home: Home, date: str
) -> None:
    await home.add()
    paid = await fresh(home, range(1, 4))
    home.simulator.fault(Fault(kind="wrong_date", **DATES[date]))
    paid += await fresh(home, range(4, 14))
    await home.reconcile()
    home.simulator.clear_faults()
    paid += await fresh(home, range(14, 24))
    await home.reconcile()
    assert (home.announced, late(home), home.reason) == (paid, [], None)


@pytest.mark.parametrize("date", DATES)
async def test_a_gap_under_a_wrong_date_of_the_wallet_is_announced_whole_and_once(
    home: Home, date: str
) -> None:
    home.wallet.pay(0.5)
    await home.add()
    paid = await home.outage(timedelta(hours=70), payments=60)
    home.simulator.fault(Fault(kind="wrong_date", **DATES[date]))
    await home.poll(2)
    home.simulator.clear_faults()
    await home.poll()
    await home.reconcile()
    assert (home.announced, home.reason) == (paid, None)
    assert not any(record["possible_duplicate"] for record in home.heard)
