"""What a poll asks, tells and writes, and what it leaves to the window."""

from datetime import timedelta

import pytest

from custom_components.qiwi.api import QiwiError, QiwiResponseError
from tests.ledger.rows import row

from .watched import Counting, Watched, met
from .world import DAY, MINUTE, Fault, Row

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def test_a_quiet_poll_is_one_request_and_nothing_else(watched: Watched) -> None:
    process = met(watched)
    for _ in range(3):
        assert watched.do(process.feed.poll()) is False
        assert not process.feed.has_work
        watched.loop.jump(30 * SECOND)
    assert watched.queries == [{"rows": "10"}] * 3
    assert process.writes == 0


def test_a_payment_among_many_costs_two_requests_and_two_writes(watched: Watched) -> None:
    watched.paid(*range(2, 200), apart=-SECOND)
    watched.loop.jump(400 * SECOND)
    process = met(watched)
    watched.paid(300)
    assert watched.do(process.feed.poll()) is True
    assert watched.amounts() == [300]
    # The page that is known on: it tells that nothing lies behind it.
    assert len(watched.queries) == 2
    assert process.writes == 2
    assert not process.feed.has_work


def test_an_odd_row_behind_a_payment_costs_no_further_request(watched: Watched) -> None:
    watched.paid(*range(2, 200), apart=-SECOND)
    watched.loop.jump(400 * SECOND)
    # The newest are in front: one row of the page behind the newest one cannot be read.
    watched.rows[20].odd = True
    process = met(watched)
    watched.paid(300)
    watched.do(process.feed.poll())
    assert watched.amounts() == [300]
    assert len(watched.queries) == 2


def test_a_first_contact_reads_no_further_than_the_second_before_it(watched: Watched) -> None:
    for number in range(2, 40):
        watched.insert(Row(number, watched.now - MINUTE))
    process = Counting(watched)
    watched.do(process.feed.poll())
    assert watched.queries == [{"rows": "10"}]


def test_nothing_of_the_second_of_the_first_contact_is_news_however_much_it_is(watched: Watched) -> None:
    for number in range(2, 92):
        watched.insert(Row(number, watched.now))
    process = Counting(watched)
    watched.do(process.poll())
    watched.loop.jump(DAY)
    watched.do(process.poll())
    assert watched.amounts() == []


def test_a_wallet_without_any_payment_is_no_failure(watched: Watched) -> None:
    watched.rows.clear()
    process = Counting(watched)
    for _ in range(3):
        watched.do(process.feed.poll())
        watched.loop.jump(MINUTE)
    watched.paid(2)
    watched.do(process.feed.poll())
    assert watched.amounts() == [2]


def test_a_page_of_which_nothing_can_be_read_is_not_empty(watched: Watched) -> None:
    process = met(watched)
    watched.rows[0].odd = True
    watched.do(process.feed.poll())
    assert process.feed.recent == ()


def test_an_empty_history_is_not_believed_at_once_however_long_the_process_runs(watched: Watched) -> None:
    process = met(watched)
    watched.loop.jump(3 * HOUR)
    watched.do(process.poll())
    watched.rows.clear()
    for _ in range(2):
        with pytest.raises(QiwiResponseError, match="empty"):
            watched.do(process.feed.poll())
        watched.loop.jump(29 * MINUTE)


@pytest.mark.parametrize("count", [11, 60, 200])
def test_what_was_paid_between_two_polls_is_announced_by_the_second(watched: Watched, count: int) -> None:
    process = met(watched)
    watched.paid(*range(2, 2 + count))
    watched.do(process.feed.poll())
    assert watched.amounts() == [*range(2, 2 + count)]
    # Nothing is left to a window.
    assert not process.feed.has_work
    # Each batch takes the one before it out of the file, and the last one is taken out in the end.
    assert process.writes == -(-count // 50) + 1


def test_more_than_a_poll_reads_is_announced_in_paid_order_by_the_window_behind_it(watched: Watched) -> None:
    process = met(watched)
    watched.paid(*range(2, 402))
    watched.do(process.poll())
    assert watched.amounts() == [*range(2, 402)]
    assert not process.feed.has_work


def test_rows_dated_in_the_future_are_read_live_as_far_as_they_are_new(watched: Watched) -> None:
    process = met(watched)
    for number in range(2, 402):
        watched.insert(Row(number, watched.now + DAY))
    watched.do(process.feed.poll())
    assert watched.amounts() == [*range(2, 402)]


def test_the_newest_payments_are_none_before_the_first_poll(watched: Watched) -> None:
    assert Counting(watched).feed.recent == ()


def test_before_a_poll_nothing_is_asked_in_the_background(watched: Watched) -> None:
    process = Counting(watched)
    watched.do(process.feed.poll())
    # The first month is still unread.
    assert process.feed.has_work
    watched.loop.jump(HOUR)
    restarted = Counting(watched)
    assert not restarted.feed.has_work
    watched.do(restarted.feed.poll())
    assert restarted.feed.has_work
    watched.faults = [Fault(0, "500")]
    with pytest.raises(QiwiError):
        watched.do(restarted.feed.poll())
    assert not restarted.feed.has_work


@pytest.mark.parametrize("kind", ["refused", "500", "401", "html"])
def test_a_window_follows_a_poll_that_failed(watched: Watched, kind: str) -> None:
    process = met(watched)
    watched.faults = [Fault(0, kind)]
    with pytest.raises(QiwiError):
        watched.do(process.feed.poll())
    assert watched.do(process.feed.poll()) is True
    assert process.feed.has_work
    watched.do(process.feed.work(lambda: None))
    assert len(watched.ranges()) == 1


def test_what_is_missed_while_a_poll_is_under_way_is_not_forgotten_by_its_end(watched: Watched) -> None:
    process = met(watched)
    watched.paid(2)
    # As when the disk fails in the background just then.
    process.after_telling = process.feed.miss
    watched.do(process.feed.poll())
    assert not process.feed.has_work
    watched.do(process.feed.poll())
    assert process.feed.has_work


def test_a_row_that_somebody_else_asked_for_is_announced_once(watched: Watched) -> None:
    process = met(watched)
    watched.paid(2)
    for _ in range(2):
        watched.do(process.feed.settle([row(2, watched.rows[0].date)]))
        assert watched.amounts() == [2]
    watched.do(process.feed.poll())
    assert watched.amounts() == [2]
