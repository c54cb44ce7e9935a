"""A gap whose reading is struck by a wrong answer: all of it is announced once, oldest first, when it is over."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from wallet_simulator import Fault

from .conftest import Home

NOT_FOUND: Mapping[str, Mapping[str, Any]] = {
    "plain 404": {"kind": "status", "status": 404, "body": ""},
    "coded 404": {"kind": "status", "status": 404},
    "404 of another service": {"kind": "status", "status": 404, "code": "upstream.not.found"},
    "503 that says not found": {"kind": "status", "status": 503, "code": "upstream.not.found"},
    "500 that says not found": {"kind": "status", "status": 500, "code": "upstream.not.found"},
    "200 that says not found": {"kind": "status", "status": 200, "code": "upstream.not.found"},
    "empty page": {"kind": "no_rows"},
}
# The newest page is asked for without dates, the gap by its dates.
PLACES: Mapping[str, Mapping[str, Any]] = {
    "newest page": {"dated": False, "page": 1},
    "first page of the gap": {"dated": True, "page": 1},
    "second page of the gap": {"dated": True, "page": 2},
    "third page of the gap": {"dated": True, "page": 3},
}


async def read_through(home: Home, fault: Mapping[str, Any], gap: timedelta) -> None:
    """Let the wallet be away, be struck once while the gap is read, and read it to its end."""
    home.wallet.pay(0.5)
    await home.add()
    paid = await home.outage(gap, payments=150)
    struck = home.simulator.fault(Fault(**fault, endpoint="payments", times=1))
    told = []
    for _ in range(4):
        await home.poll()
        told.append(home.reason)
        assert home.announced == ([] if home.reason else paid)
    assert struck.struck == 1
    assert told[0] == ("cannot_connect" if fault.get("status") in {500, 503} else "invalid_response")
    assert told[-1] is None
    assert not any(record["possible_duplicate"] for record in home.heard)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("answer", NOT_FOUND)
async def test_a_wrong_answer_while_a_gap_is_read_holds_all_of_it_back_until_it_is_over(
    home: Home, answer: str, place: str
) -> None:
    await read_through(home, {**NOT_FOUND[answer], **PLACES[place]}, timedelta(hours=70))


@pytest.mark.parametrize("hours", [10, 23])
@pytest.mark.parametrize("place", ["first page of the gap", "second page of the gap"])
@pytest.mark.parametrize("answer", ["plain 404", "empty page"])
async def test_of_a_gap_that_the_watermark_covers_the_newest_do_not_leave_first(
    home: Home, answer: str, place: str, hours: int
) -> None:
    await read_through(home, {**NOT_FOUND[answer], **PLACES[place]}, timedelta(hours=hours))


async def test_a_wallet_that_has_nothing_behind_a_burst_lets_none_of_it_leave_before_the_rest(
    home: Home,
) -> None:
    home.wallet.pay(0.5)
    await home.add()
    for amount in range(1, 61):
        home.wallet.pay(amount)
    fault = home.simulator.fault(Fault(kind="no_rows", endpoint="payments", dated=False, page=2, times=1))
    await home.poll()
    assert fault.struck == 1
    assert (home.announced, home.reason) == ([], "invalid_response")
    await home.poll()
    assert (home.announced, home.reason) == (list(map(float, range(1, 61))), None)


@pytest.mark.parametrize("answer", NOT_FOUND)
async def test_a_wrong_answer_where_the_reading_goes_on_after_a_failure_is_not_taken_for_its_end(
    home: Home, answer: str
) -> None:
    home.wallet.pay(0.5)
    await home.add()
    # The newest payment known lies on the first page: the rest of the gap holds nothing to be missed.
    home.wallet.pay(0.7, date=home.now + timedelta(hours=69))
    await home.poll()
    paid = await home.outage(timedelta(hours=70), payments=150)
    pages: dict[str, Any] = {"endpoint": "payments", "dated": True, "times": 1}
    broken = home.simulator.fault(Fault(kind="status", status=500, page=2, **pages))
    await home.poll()
    struck = home.simulator.fault(Fault(**NOT_FOUND[answer], page=2, **pages))
    await home.poll()
    assert (broken.struck, struck.struck, home.announced) == (1, 1, [0.7])
    await home.poll(2)
    assert (home.announced, home.reason) == ([0.7, *paid], None)


@pytest.mark.parametrize("page", [2, 3])
@pytest.mark.parametrize("answer", NOT_FOUND)
async def test_an_old_row_among_newer_ones_takes_none_with_it_when_the_reading_breaks_off_behind_it(
    home: Home, answer: str, page: int
) -> None:
    home.wallet.pay(0.5)
    await home.add()
    paid = await home.outage(timedelta(hours=70), payments=150)
    pages: dict[str, Any] = {"endpoint": "payments", "dated": True, "times": 1}
    oldest = home.wallet.rows[-2].wire().decode()
    stray = home.simulator.fault(Fault(kind="odd_row", body=oldest, page=page - 1, **pages))
    broken = home.simulator.fault(Fault(**NOT_FOUND[answer], page=page, **pages))
    await home.poll()
    assert (stray.struck, broken.struck, home.announced) == (1, 1, [])
    await home.poll(2)
    assert (home.announced, home.reason) == (paid, None)
