"""Rows that no parser takes, and pages too large to be read: they cost neither their neighbours nor the feed anything."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from wallet_simulator import Fault
from wallet_simulator.oddities import ODD_FIELDS, ODD_JSON

from .conftest import Home

ODD: Mapping[str, Mapping[str, Any]] = {
    **{name: {"overrides": fields} for name, fields in ODD_FIELDS.items()},
    **{name: {"raw": text} for name, text in ODD_JSON.items()},
}
# What makes a row sound again.
SOUND: Mapping[str, Any] = {"overrides": {}, "raw": ""}
# Of these not even number and direction can be read: nothing tells when they can, and a person ignores the repair.
NAMELESS = {"negative id", "type null", "id null", "id a fraction", *ODD_JSON}
UNREADABLE = ["status null", "date null", "a number"]
MONTH = "sensor.qiwi_0000_received_this_month"


@pytest.mark.parametrize("shape", ODD)
async def test_an_odd_row_of_a_gap_is_announced_or_told_and_holds_nothing_back(
    home: Home, shape: str
) -> None:
    home.wallet.pay(0.5)
    await home.add()
    paid = await home.outage(timedelta(hours=70), payments=59)
    odd = home.wallet.pay(1000, date=home.now - timedelta(hours=10), **ODD[shape])
    for _ in range(2):
        await home.poll()
        assert home.reason is None
        assert [amount for amount in home.announced if amount in paid] == paid
    assert not any(record["possible_duplicate"] for record in home.heard)
    if len(home.announced) == len(paid):
        assert home.repairs == ["unreadable_row"]
        # It holds nothing back, and waits for nothing but being readable.
        home.wallet.change(odd.transaction_id, **SOUND)
        await home.reconcile()
        assert home.announced == [*paid, 1000]
    assert len(home.announced) == len(paid) + 1
    assert home.repairs == (["unreadable_row"] if shape in NAMELESS else [])
    await home.reconcile()
    assert len(home.announced) == len(paid) + 1


@pytest.mark.parametrize("shape", ODD)
async def test_an_odd_row_among_the_newest_is_announced_or_told_and_holds_nothing_back(
    home: Home, shape: str
) -> None:
    await home.add()
    home.wallet.pay(1)
    odd = home.wallet.pay(1000, **ODD[shape])
    home.wallet.pay(2)
    await home.poll()
    home.wallet.pay(3)
    await home.poll()
    assert home.reason is None
    assert [amount for amount in home.announced if amount in {1, 2, 3}] == [1, 2, 3]
    if len(home.announced) == 3:
        assert home.repairs == ["unreadable_row"]
        home.wallet.change(odd.transaction_id, **SOUND)
        await home.poll()
        assert home.announced == [1, 2, 3, 1000]
    assert len(home.announced) == 4
    assert home.repairs == (["unreadable_row"] if shape in NAMELESS else [])


@pytest.mark.parametrize("shape", UNREADABLE)
@pytest.mark.parametrize("age", [{"hours": 0}, {"hours": 5}, {"days": 10}], ids=["newest", "window", "month"])
async def test_an_odd_row_of_the_time_before_the_first_contact_is_read_once(
    home: Home, shape: str, age: dict[str, float]
) -> None:
    # The month is read behind the newest page and the window.
    for hours in (300, 240, 100, *range(1, 13)):
        home.wallet.pay(10, date=home.now - timedelta(hours=hours))
    home.wallet.pay(1000, date=home.now - timedelta(**age), **ODD[shape])
    await home.add()
    assert home.repairs == ["unreadable_row"]
    assert home.state(MONTH).state == "150.0"
    asked = home.asked()
    await home.poll(10)
    assert home.asked() - asked == 10
    home.wallet.pay(1)
    await home.poll()
    assert (home.announced, home.reason) == ([1], None)
    assert home.repairs == ["unreadable_row"]


@pytest.mark.parametrize("shape", UNREADABLE)
async def test_an_odd_row_lets_the_watermark_go_on(home: Home, shape: str) -> None:
    await home.add()
    home.wallet.pay(1000, **ODD[shape])
    for amount in (1, 2, 3):
        home.wallet.pay(amount)
        await home.poll()
        await home.after(hours=30)
    await home.reconcile()
    # Far enough that a row which first appears behind it is no news any more.
    home.wallet.pay(500, date=home.now - timedelta(hours=50))
    await home.reconcile()
    assert home.announced == [1, 2, 3]


async def test_a_gap_whose_pages_are_too_large_is_announced_whole(home: Home) -> None:
    await home.add()
    paid = await home.outage(timedelta(hours=70), payments=60)
    large = home.simulator.fault(Fault(kind="long_comments", endpoint="payments"))
    await home.poll()
    assert large.struck
    assert (home.announced, home.reason) == (paid, None)
    assert {len(record["comment"]) for record in home.heard} == {500}


async def test_a_burst_whose_pages_are_too_large_is_announced_whole(home: Home) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="long_comments", endpoint="payments"))
    paid = [float(amount) for amount in range(1, 121)]
    for amount in paid:
        home.wallet.pay(amount)
    await home.poll()
    assert (home.announced, home.reason) == (paid, None)


@pytest.mark.parametrize(("hours", "announced"), [(20, [1, 2, 1000]), (30, [1, 2])])
async def test_an_odd_row_that_can_be_read_within_a_day_is_announced_and_later_it_is_not(
    home: Home, hours: float, announced: list[float]
) -> None:
    await home.add()
    odd = home.wallet.pay(1000, **ODD["status null"])
    await home.poll()
    for amount in (1, 2):
        home.wallet.pay(amount)
        await home.after(hours=hours / 2)
        await home.reconcile()
    home.wallet.change(odd.transaction_id, **SOUND)
    await home.reconcile()
    assert home.announced == announced
