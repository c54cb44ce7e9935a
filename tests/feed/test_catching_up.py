"""How a gap is read, shown, released and refused."""

import asyncio
from datetime import timedelta
from typing import override

import pytest

from custom_components.qiwi.api import QiwiError, QiwiResponseError
from custom_components.qiwi.feed import CatchUp
from custom_components.qiwi.ledger import Ledger

from .watched import Counting, Watched, back_after, met
from .world import DAY, MINUTE, Fault, RefusedError, Row

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def test_nothing_of_a_gap_leaves_before_all_of_it_was_read(watched: Watched) -> None:
    process = back_after(watched, HOUR, *range(2, 32))
    assert watched.amounts() == []
    # The window asks for the rest: a live page that shows news of the gap is not followed.
    assert len(watched.queries) == 1
    watched.do(process.feed.work(lambda: None))
    assert watched.amounts() == [*range(2, 32)]


def test_what_comes_during_a_catch_up_is_announced_by_the_poll_that_sees_it(watched: Watched) -> None:
    process = back_after(watched, HOUR, *range(2, 32))
    watched.loop.jump(MINUTE)
    watched.paid(50)
    watched.do(process.feed.poll())
    assert watched.amounts() == [50]
    watched.do(process.feed.work(lambda: None))
    assert watched.amounts() == [50, *range(2, 32)]


def test_a_catch_up_goes_on_where_it_was_though_another_window_would_be_due(watched: Watched) -> None:
    process = back_after(watched, 10 * HOUR, *range(2, 152))
    watched.faults = [Fault(2, "500")]
    with pytest.raises(QiwiError):
        watched.do(process.feed.work(lambda: None))
    watched.loop.jump(HOUR)
    watched.do(process.feed.poll())
    watched.queries.clear()
    watched.do(process.feed.work(lambda: None))
    # Two pages were read before: a window begun anew would read them again.
    first, second, *month = watched.ranges()
    assert first == second
    assert first not in month
    assert watched.amounts() == [*range(2, 152)]


def test_what_a_poll_missed_during_a_catch_up_is_read_by_it(watched: Watched) -> None:
    process = back_after(watched, HOUR, 2)
    watched.paid(*range(3, 403))
    watched.do(process.poll())
    assert sorted(watched.amounts()) == [*range(2, 403)]


def test_a_long_catch_up_is_shown_from_its_fifth_page_until_it_is_over(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    process = back_after(watched, 70 * HOUR, *range(2, 602))
    assert process.feed.catch_up is None
    shown: list[CatchUp | None] = []
    watched.do(process.feed.work(lambda: shown.append(process.feed.catch_up)))
    assert [(each.pages, each.payments) for each in shown if each] == [(5, 250), (10, 500)]
    # The oldest of the payments read so far, seven minutes each from the next.
    assert [each.reached for each in shown if each] == [
        row.date for row in watched.rows if row.number in (352, 102)
    ]
    assert process.feed.catch_up is None
    assert "Catching up: 5 pages read, 250 payments found, back to 2026-05-" in caplog.text
    assert "Caught up: 13 pages read" in caplog.text


def test_the_end_of_a_catch_up_of_five_pages_is_told_and_that_of_a_shorter_one_is_not(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    process = back_after(watched, 10 * HOUR, *range(2, 180))
    watched.do(process.feed.work(lambda: None))
    assert "Caught up" not in caplog.text
    process = back_after(watched, 20 * HOUR, *range(300, 360))
    watched.do(process.feed.work(lambda: None))
    assert "Caught up: 5 pages read" in caplog.text


def test_a_catch_up_is_still_one_when_the_next_poll_misses_nothing(watched: Watched) -> None:
    process = back_after(watched, 70 * HOUR, *range(2, 602))
    watched.faults = [Fault(7, "500")]
    with pytest.raises(QiwiError):
        watched.do(process.feed.work(lambda: None))
    watched.paid(700)
    watched.do(process.feed.poll())
    catch_up = process.feed.catch_up
    assert catch_up is not None
    assert catch_up.pages == 7


def test_the_regular_look_back_over_a_busy_day_is_no_catch_up(watched: Watched) -> None:
    process = back_after(watched, 10 * HOUR, *range(2, 602))
    watched.do(process.feed.work(lambda: None))
    watched.loop.jump(HOUR)
    watched.do(process.feed.poll())
    shown: list[CatchUp | None] = []
    watched.do(process.feed.work(lambda: shown.append(process.feed.catch_up)))
    assert shown
    assert not any(shown)


def test_the_watermark_follows_what_is_announced(watched: Watched) -> None:
    """After a crash in the middle of a long catch-up the next start reads on from there."""
    process = back_after(watched, 30 * DAY, *range(2, 602))
    stood: list[int] = []
    process.after_telling = lambda: stood.append(process.journal.ledger.watermark)
    before = process.journal.ledger.watermark
    watched.do(process.feed.work(lambda: None))
    assert stood == sorted(stood)
    assert stood[-1] - before > 27 * DAY.total_seconds()


def test_a_disk_that_fails_lets_nothing_overtake_what_it_holds_back(watched: Watched) -> None:
    process = back_after(watched, HOUR, *range(2, 32))
    watched.full_disk = True
    with pytest.raises(RefusedError):
        watched.do(process.feed.work(lambda: None))
    watched.full_disk = False
    # After the window's end.
    watched.loop.jump(MINUTE)
    watched.paid(50)
    watched.do(process.poll())
    assert watched.amounts() == [*range(2, 32), 50]


def test_a_window_that_fails_says_so_after_old_payments_were_looked_up(watched: Watched) -> None:
    waiting = watched.insert(Row(900, watched.now - 40 * HOUR, "WAITING"))
    process = back_after(watched, HOUR, 2)
    waiting.status = "SUCCESS"
    watched.faults = [Fault(0, "500")]
    with pytest.raises(QiwiError):
        watched.do(process.feed.work(lambda: None))
    assert waiting.date.replace(second=0) in [start for start, _ in watched.ranges()]
    watched.do(process.poll())
    assert watched.amounts() == [900, 2]


def test_a_journal_that_closes_with_the_last_payment_of_a_catch_up_is_no_failure(watched: Watched) -> None:
    process = back_after(watched, HOUR, 2)
    closing = []
    process.after_telling = lambda: closing.append(watched.loop.create_task(process.journal.close()))
    watched.do(process.feed.work(lambda: None))
    watched.do(closing[0])
    assert watched.amounts() == [2]


def test_an_answer_without_the_newest_payment_known_is_refused_though_no_page_shows_it(
    watched: Watched,
) -> None:
    process = met(watched)
    watched.paid(2)
    for number in range(100, 110):
        watched.insert(Row(number, watched.now + DAY))
    watched.do(process.poll())
    assert sorted(watched.amounts()) == [2, *range(100, 110)]
    watched.paid(3)
    watched.leaves_out = frozenset({2, 3})
    watched.loop.jump(HOUR)
    restarted = Counting(watched)
    watched.do(restarted.feed.poll())
    with pytest.raises(QiwiResponseError, match="left out"):
        watched.do(restarted.feed.work(lambda: None))
    watched.leaves_out = frozenset()
    watched.do(restarted.poll())
    assert watched.amounts()[-1] == 3


def test_an_answer_without_what_the_newest_page_shows_is_refused(watched: Watched) -> None:
    met(watched)
    watched.paid(*range(2, 32), apart=MINUTE)
    # The row that is known is told: without the newest page nobody could see that the rest is not.
    watched.leaves_out = frozenset(range(2, 32))
    process = Counting(watched)
    watched.do(process.feed.poll())
    with pytest.raises(QiwiResponseError, match="left out"):
        watched.do(process.feed.work(lambda: None))
    assert watched.amounts() == []
    watched.leaves_out = frozenset()
    watched.do(process.poll())
    assert watched.amounts() == [*range(2, 32)]


class Overlapped(Counting):
    """A process that polls, after it has missed something, while one of its writes is under way."""

    def __init__(self, world: Watched, write: int) -> None:
        super().__init__(world)
        self.write = write
        self.polling: asyncio.Task[bool] | None = None

    @override
    async def _write(self, ledger: Ledger) -> None:
        if self.writes + 1 == self.write:
            self.watched.paid(*range(100, 115))
            self.feed.miss()
            self.polling = self.watched.loop.create_task(self.feed.poll())
            for _ in range(20):
                await asyncio.sleep(0)
        await super()._write(ledger)

    @property
    def watched(self) -> Watched:
        """The wallet."""
        assert isinstance(self.world, Watched)
        return self.world


@pytest.mark.parametrize("write", [1, 2, 3])
def test_what_a_poll_misses_at_the_end_of_a_catch_up_is_read_by_it(watched: Watched, write: int) -> None:
    met(watched)
    watched.paid(*range(2, 32), apart=MINUTE)
    process = Overlapped(watched, write)
    watched.do(process.poll())
    assert process.polling is not None
    watched.do(process.polling)
    watched.do(process.poll())
    assert sorted(watched.amounts()) == [*range(2, 32), *range(100, 115)]


def test_a_payment_that_is_gone_is_given_up_after_an_hour_and_not_asked_for_again(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    process = met(watched)
    watched.paid(2)
    watched.do(process.poll())
    watched.rows = [row for row in watched.rows if row.number != 2]
    watched.loop.jump(HOUR)
    watched.do(process.feed.poll())
    for _ in range(4):
        with pytest.raises(QiwiResponseError, match="left out"):
            watched.do(process.feed.work(lambda: None))
        watched.loop.jump(14 * MINUTE)
    watched.loop.jump(5 * MINUTE)
    watched.do(process.feed.work(lambda: None))
    assert "no longer holds a payment that it told before: 25050000002" in caplog.text
    # Later windows neither wait for it nor say it again.
    for _ in range(2):
        watched.loop.jump(HOUR)
        watched.do(process.feed.poll())
        watched.do(process.feed.work(lambda: None))
    assert caplog.text.count("no longer holds") == 1
