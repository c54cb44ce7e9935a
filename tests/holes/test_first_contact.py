"""The first contact, whatever the wallet answers to each of its steps: its past is never news, what comes then always is."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
import pytest

from wallet_simulator import Fault

from .conftest import Home

ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "plain 404": {"kind": "status", "status": 404, "body": ""},
    "coded 404": {"kind": "status", "status": 404},
    "503 that says not found": {"kind": "status", "status": 503, "code": "upstream.not.found"},
    "200 that says not found": {"kind": "status", "status": 200, "code": "upstream.not.found"},
    "empty page": {"kind": "no_rows"},
    "newest rows missing": {"kind": "missing_rows", "rows": 5},
    "odd row": {"kind": "odd_row"},
    "date 30 hours ahead": {"kind": "wrong_date", "offset": timedelta(hours=30)},
    "date 30 days ahead": {"kind": "wrong_date", "offset": timedelta(days=30)},
    "date 30 hours behind": {"kind": "wrong_date", "offset": timedelta(hours=-30)},
}
# The newest rows are asked for without dates, the window by those of a day, the month by its own.
STEPS: Mapping[str, Mapping[str, Any]] = {
    "newest page": {"dated": False, "page": 1},
    "first page of the window": {"dated": True, "longest_range": timedelta(days=3), "page": 1},
    "second page of the window": {"dated": True, "longest_range": timedelta(days=3), "page": 2},
    "first page of the month": {"dated": True, "shortest_range": timedelta(days=10), "page": 1},
    "second page of the month": {"dated": True, "shortest_range": timedelta(days=10), "page": 2},
}
MONTH = "sensor.qiwi_0000_received_this_month"


def past(home: Home) -> float:
    """Let the wallet have a past of a fortnight, more than a page of it since yesterday; return what it received."""
    for minutes in range(1, 21 * 60, 20):
        home.wallet.pay(1000, date=home.now - timedelta(minutes=minutes))
    for hours in range(30, 30 + 60 * 5, 5):
        home.wallet.pay(1000, date=home.now - timedelta(hours=hours))
    return 1000.0 * len(home.wallet)


async def add(home: Home) -> None:
    """Add the wallet, a second time if the first contact failed: Home Assistant tries again by itself."""
    await home.add()
    if home.entry.state is ConfigEntryState.SETUP_RETRY:
        await home.reload()
    assert home.entry.state is ConfigEntryState.LOADED


async def live(home: Home, payments: int = 20) -> list[float]:
    """Let payments come one by one over hours; return what was paid."""
    paid = [float(amount) for amount in range(1, payments + 1)]
    for amount in paid:
        home.wallet.pay(amount)
        await home.poll()
        await home.after(minutes=30)
    await home.poll()
    return paid


@pytest.mark.parametrize(
    ("answer", "step"),
    [
        (answer, step)
        for answer in ANSWERS
        for step in STEPS
        # Nothing tells that a page of the month lacks rows, and only its sum does.
        if not (answer == "newest rows missing" and step.endswith("month"))
    ],
)
async def test_a_wrong_answer_makes_no_news_of_the_past_and_costs_nothing_of_what_comes(
    home: Home, answer: str, step: str
) -> None:
    before = past(home)
    struck = home.simulator.fault(Fault(**ANSWERS[answer], **STEPS[step], endpoint="payments", times=1))
    await add(home)
    assert struck.struck == 1
    paid = await live(home, payments=5)
    assert (home.announced, home.reason) == (paid, None)
    assert not any(record["possible_duplicate"] or record["late"] for record in home.heard)
    assert float(home.state(MONTH).state) == before + sum(paid)


@pytest.mark.parametrize("rows", [10, 15, 70])
async def test_what_was_paid_in_the_second_before_is_no_news(home: Home, rows: int) -> None:
    past(home)
    for _ in range(rows):
        home.wallet.pay(1000)
    await home.add()
    paid = await live(home, payments=5)
    assert (home.announced, home.reason) == (paid, None)


@pytest.mark.parametrize(
    "answer", ["plain 404", "coded 404", "503 that says not found", "empty page", "odd row"]
)
async def test_a_wrong_answer_behind_the_newest_page_makes_no_news_of_it(home: Home, answer: str) -> None:
    before = past(home)
    for _ in range(15):
        home.wallet.pay(1000)
    struck = home.simulator.fault(Fault(**ANSWERS[answer], dated=False, page=2, endpoint="payments", times=1))
    await add(home)
    assert struck.struck == 1
    paid = await live(home, payments=5)
    assert (home.announced, home.reason) == (paid, None)
    assert float(home.state(MONTH).state) == before + 15_000 + sum(paid)


@pytest.mark.parametrize("answer", ["plain 404", "empty page"])
async def test_a_wallet_that_has_nothing_for_an_hour_after_the_first_contact_does_not_tell_its_past_then(
    home: Home, answer: str
) -> None:
    past(home)
    home.simulator.fault(Fault(**ANSWERS[answer], endpoint="payments"))
    await add(home)
    for _ in range(4):
        await home.reconcile()
    home.simulator.clear_faults()
    await home.poll()
    paid = await live(home, payments=5)
    assert (home.announced, home.reason) == (paid, None)


@pytest.mark.parametrize("hours", [30, 30 * 24, -30, -30 * 24])
@pytest.mark.parametrize("lasts", [False, True], ids=["until it was added", "for good"])
async def test_a_wrong_clock_of_the_wallet_makes_no_news_of_the_past_and_costs_nothing_of_what_comes(
    home: Home, hours: int, *, lasts: bool
) -> None:
    past(home)
    home.simulator.fault(Fault(kind="wrong_date", offset=timedelta(hours=hours)))
    await home.add()
    if not lasts:
        home.simulator.clear_faults()
    paid = await live(home)
    assert (home.announced, home.reason) == (paid, None)
    assert not any(record["possible_duplicate"] for record in home.heard)


@pytest.mark.parametrize("hours", [30, -30])
async def test_a_wrong_clock_of_the_host_makes_no_news_of_the_past_and_costs_nothing_of_what_comes(
    home: Home, hours: int
) -> None:
    host = home.simulator.clock
    home.simulator.clock = lambda: host() - timedelta(hours=hours)
    past(home)
    await home.add()
    paid = await live(home)
    assert (home.announced, home.reason) == (paid, None)


@pytest.mark.parametrize("hours", [3, 30])
async def test_a_clock_that_is_behind_makes_no_news_of_many_payments_either(home: Home, hours: int) -> None:
    for number in range(400):
        home.wallet.pay(1000, date=home.now - timedelta(minutes=1) - number * timedelta(hours=hours) / 400)
    home.simulator.fault(Fault(kind="wrong_date", offset=timedelta(hours=-hours)))
    await home.add()
    home.simulator.clear_faults()
    paid = await live(home, payments=5)
    assert (home.announced, home.reason) == (paid, None)


async def test_newest_pages_that_lead_in_a_circle_are_no_first_contact(home: Home) -> None:
    for _ in range(60):
        home.wallet.pay(1000)
    home.simulator.fault(Fault(kind="paging_loop", endpoint="payments", dated=False))
    await home.add()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    home.simulator.clear_faults()
    await home.reload()
    paid = await live(home, payments=5)
    assert (home.announced, home.reason) == (paid, None)
