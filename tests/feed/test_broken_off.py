"""The reading of a gap that breaks off goes on where it was, whatever the order of the rows."""

from datetime import timedelta

import pytest

from custom_components.qiwi.api import QiwiError

from .watched import Counting, Watched, back_after, met
from .world import DAY, FAULTS, MINUTE, Fault, RefusedError, Row

HOUR = timedelta(hours=1)
# What leaves out the page that was asked for, and says so by its status or its shape.
BREAKS = sorted(set(FAULTS) - {"torn", "401", "423"})


def returned(watched: Watched) -> Counting:
    """Return the process after 200 payments in 200 hours, once it has polled."""
    return back_after(watched, 200 * HOUR, *range(2, 202))


def put(watched: Watched, *strays: int, place: int) -> None:
    """Put rows by their numbers elsewhere into the wallet's list, their dates as they are."""
    for number in strays:
        row = next(row for row in watched.rows if row.number == number)
        watched.rows.remove(row)
        watched.rows.insert(place, row)


def poll_on(watched: Watched, process: Counting, times: int) -> None:
    """Poll so often, a minute apart."""
    for _ in range(times):
        watched.loop.jump(MINUTE)
        watched.do(process.poll())


@pytest.mark.parametrize("fault", BREAKS)
@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("strays", [(2,), (3, 2), (60, 2)], ids=str)
def test_rows_out_of_order_on_the_page_before_take_no_others_with_them(
    watched: Watched, strays: tuple[int, ...], page: int, fault: str
) -> None:
    process = returned(watched)
    put(watched, *strays, place=50 * page - len(strays))
    watched.faults = [Fault(page, fault)]
    with pytest.raises(QiwiError):
        watched.do(process.feed.work(lambda: None))
    assert watched.amounts() == []
    poll_on(watched, process, 2)
    assert watched.amounts() == [*range(2, 202)]


def test_a_disk_that_refuses_a_page_has_it_read_again(watched: Watched) -> None:
    process = returned(watched)
    # Noted with the second page, which the disk refuses.
    waiting = watched.insert(Row(900, watched.now - 120 * HOUR, "WAITING"))
    watched.full_disk = True
    with pytest.raises(RefusedError):
        watched.do(process.feed.work(lambda: None))
    watched.full_disk = False
    poll_on(watched, process, 2)
    waiting.status = "SUCCESS"
    poll_on(watched, process, 61)
    assert watched.amounts() == [*range(2, 202), 900]


@pytest.mark.parametrize("fault", ["404", "500"])
def test_a_gap_of_whose_pages_most_fail_comes_to_its_end(watched: Watched, fault: str) -> None:
    process = returned(watched)
    for _ in range(4):
        # One page comes, and the next one does not until it is asked for a few times.
        watched.faults = [Fault(at, fault) for at in range(2, 9)]
        poll_on(watched, process, 1)
        for _ in range(4):
            watched.faults = [Fault(at, fault) for at in range(1, 9)]
            poll_on(watched, process, 1)
    assert watched.amounts() == []
    cursors = [query["nextTxnId"] for query in watched.queries if {"startDate", "nextTxnId"} <= query.keys()]
    assert len(cursors) == len(set(cursors)) == 3
    watched.faults = []
    poll_on(watched, process, 1)
    assert watched.amounts() == [*range(2, 202)]


@pytest.mark.parametrize("answer", ["404", "empty page"])
@pytest.mark.parametrize("page", [2, 3, 4])
def test_a_gap_that_is_read_anew_is_not_taken_for_empty(watched: Watched, page: int, answer: str) -> None:
    process = returned(watched)
    watched.faults = [Fault(page - 1, "torn")]
    with pytest.raises(QiwiError):
        watched.do(process.feed.work(lambda: None))
    watched.faults = [Fault(1, answer)]
    poll_on(watched, process, 2)
    assert watched.amounts() == [*range(2, 202)]


@pytest.mark.parametrize("fault", BREAKS)
def test_a_page_that_fails_for_a_while_is_asked_for_until_it_comes(watched: Watched, fault: str) -> None:
    process = returned(watched)
    # The third page of the gap, and then whatever page is asked for.
    for first in (3, 1, 1, 1, 1):
        watched.faults = [Fault(at, fault) for at in range(first, 9)]
        poll_on(watched, process, 1)
        watched.faults = []
    assert watched.amounts() == []
    poll_on(watched, process, 2)
    assert watched.amounts() == [*range(2, 202)]


@pytest.mark.parametrize("breaks", [False, True])
def test_a_row_that_vanishes_while_it_is_the_next_one_holds_nothing_up(
    watched: Watched, breaks: bool
) -> None:
    process = returned(watched)
    watched.faults = [Fault(1, "500")]
    with pytest.raises(QiwiError):
        watched.do(process.feed.work(lambda: None))
    # It named the 51st row as the next.
    gone = watched.rows.pop(50)
    watched.breaks_at = gone.number if breaks else None
    poll_on(watched, process, 11)
    assert watched.amounts() == [number for number in range(2, 202) if number != gone.number]


def test_a_row_that_is_dated_anew_while_it_is_the_next_one_takes_none_with_it(watched: Watched) -> None:
    process = returned(watched)
    watched.faults = [Fault(1, "500")]
    with pytest.raises(QiwiError):
        watched.do(process.feed.work(lambda: None))
    watched.minds_ids_alone = True
    watched.move(watched.rows[50], watched.now - 150 * HOUR)
    poll_on(watched, process, 3)
    assert sorted(watched.amounts()) == [*range(2, 202)]


@pytest.mark.parametrize("age", [100 * DAY, -100 * DAY], ids=str)
def test_a_gap_whose_last_page_names_a_row_outside_it_is_read_to_its_end(
    watched: Watched, age: timedelta
) -> None:
    """The documentation: the cursor is the next transaction in the full list."""
    process = returned(watched)
    watched.names_rows_outside = True
    watched.rows.append(Row(900, watched.now - age))
    watched.do(process.feed.work(lambda: None))
    assert watched.amounts() == [*range(2, 202)]


def test_rows_that_no_range_holds_delay_a_gap_by_an_hour_however_often_a_poll_fails(watched: Watched) -> None:
    process = met(watched)
    watched.paid(2, apart=HOUR)
    hidden = range(100, 140)
    watched.leaves_out = frozenset(hidden)
    begun = watched.now
    for number in hidden:
        watched.paid(number, apart=20 * MINUTE)
        watched.faults = [Fault(0, "500")]
        watched.do(process.poll())
        watched.loop.jump(MINUTE)
        watched.do(process.poll())
        if 2 in watched.amounts():
            break
    assert watched.now - begun < 2 * HOUR


def test_a_burst_whose_second_page_is_torn_is_whole_with_the_next_poll(watched: Watched) -> None:
    process = met(watched)
    watched.paid(*range(2, 32))
    watched.faults = [Fault(1, "torn")]
    watched.do(process.poll())
    assert len(watched.amounts()) == 29
    poll_on(watched, process, 1)
    assert sorted(watched.amounts()) == [*range(2, 32)]


def test_a_row_that_is_gone_is_not_expected_though_the_newest_page_shows_it(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    process = met(watched)
    watched.paid(2)
    watched.do(process.poll())
    watched.leaves_out = frozenset({2})
    watched.loop.jump(HOUR)
    for _ in range(9):
        poll_on(watched, process, 1)
        watched.loop.jump(14 * MINUTE)
    assert caplog.text.count("no longer holds") == 1


@pytest.mark.parametrize("fault", ["404", "empty page"])
@pytest.mark.parametrize("first", range(1, 12))
def test_several_empty_answers_in_a_row_take_no_months_of_a_long_gap_with_them(
    watched: Watched, first: int, fault: str
) -> None:
    met(watched)
    watched.paid(*range(2, 202), apart=DAY)
    process = Counting(watched)
    watched.faults = [Fault(at, fault) for at in range(first, first + 3)]
    poll_on(watched, process, 3)
    watched.faults = []
    poll_on(watched, process, 2)
    assert watched.amounts() == [*range(2, 202)]


def test_months_without_payments_in_a_long_gap_are_believed_after_an_hour(watched: Watched) -> None:
    met(watched)
    watched.paid(2, apart=250 * DAY)
    watched.paid(3, apart=HOUR)
    process = Counting(watched)
    poll_on(watched, process, 59)
    assert watched.amounts() == []
    watched.queries.clear()
    poll_on(watched, process, 4)
    assert watched.amounts() == [2, 3]
    # What was found is not read again meanwhile.
    before = watched.now - 90 * DAY
    assert all(end < before + DAY for _, end in watched.ranges()[:2])
