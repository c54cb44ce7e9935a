"""How old pending rows are asked for in turn, and how the first month is read."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.qiwi.api import PaymentsPage, QiwiError, UnreadableRow
from custom_components.qiwi.feed.clocks import Clocks
from custom_components.qiwi.feed.intake import Intake

from .watched import Counting, Watched, met
from .world import DAY, MINUTE, NOON, Fault, Row, total_of

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def waiting(watched: Watched, count: int, age: timedelta) -> list[datetime]:
    """Let so many rows wait since so long ago, each in a minute of its own; return those minutes."""
    dates = [watched.now - age - number * MINUTE + 7 * SECOND for number in range(count)]
    for number, date in enumerate(dates):
        watched.insert(Row(500 + number, date, "WAITING"))
    return [date.replace(second=0) for date in dates]


def asked(watched: Watched, process: Counting) -> list[datetime]:
    """Return which minutes a round of look-ups asks for, in order."""
    watched.do(process.feed.poll())
    watched.queries.clear()
    watched.do(process.feed.work(lambda: None))
    return [start for start, end in watched.ranges() if end - start == 59 * SECOND]


def test_an_old_pending_row_is_asked_for_by_the_minute_of_its_date(watched: Watched) -> None:
    (minute,) = waiting(watched, 1, 40 * HOUR)
    process = Counting(watched)
    watched.do(process.feed.poll())
    watched.do(process.feed.work(lambda: None))
    assert (minute, minute + 59 * SECOND) in watched.ranges()


def test_each_pending_row_has_its_turn_and_no_round_asks_for_more_than_five(watched: Watched) -> None:
    minutes = waiting(watched, 8, 3 * DAY)
    process = Counting(watched)
    first = asked(watched, process)
    assert len(first) == 5
    watched.loop.jump(MINUTE)
    second = asked(watched, process)
    assert sorted(first + second) == sorted(minutes)
    # Older than two days they are asked for once an hour.
    watched.loop.jump(MINUTE)
    assert asked(watched, process) == []
    watched.loop.jump(HOUR)
    assert asked(watched, process) == first


def test_of_pending_rows_the_longest_unasked_comes_first(watched: Watched) -> None:
    waiting(watched, 8, 30 * HOUR)
    process = Counting(watched)
    first = asked(watched, process)
    watched.loop.jump(5 * MINUTE)
    second = asked(watched, process)
    assert len(second) == 5
    assert set(second[:3]).isdisjoint(first)
    assert second[3:] == first[:2]


def test_each_look_up_fails_by_itself_and_has_had_its_turn(watched: Watched) -> None:
    watched.fails_look_ups = 100
    waiting(watched, 8, 30 * HOUR)
    process = Counting(watched)
    first = asked(watched, process)
    assert len(first) == 5
    watched.loop.jump(MINUTE)
    second = asked(watched, process)
    assert len(second) == 5
    assert set(second[:3]).isdisjoint(first)


def test_a_look_up_that_brings_nothing_writes_nothing(watched: Watched) -> None:
    (minute,) = waiting(watched, 1, 40 * HOUR)
    process = met(watched)
    watched.loop.jump(MINUTE)
    assert asked(watched, process) == [minute]
    assert process.writes == 0


def test_nobody_is_asked_once_the_journal_is_closed(watched: Watched) -> None:
    waiting(watched, 1, 40 * HOUR)
    process = Counting(watched)
    watched.do(process.feed.poll())
    watched.do(process.journal.close())
    watched.queries.clear()
    watched.do(process.feed.work(lambda: None))
    assert watched.queries == []


def test_the_month_before_the_first_contact_is_asked_for_from_its_first_day(watched: Watched) -> None:
    process = Counting(watched)
    watched.do(process.poll())
    month = datetime(2026, 5, 1, tzinfo=UTC)
    assert (month, NOON - DAY) in watched.ranges()


def test_a_month_is_not_empty_because_one_answer_is(watched: Watched) -> None:
    watched.insert(Row(2, watched.now - 3 * DAY))
    process = Counting(watched)
    watched.do(process.feed.poll())
    # The window asks first, and the month after it.
    watched.faults = [Fault(1, "empty page")]
    watched.do(process.feed.work(lambda: None))
    assert total_of(process.journal.ledger) == {"in": 1}
    watched.loop.jump(16 * MINUTE)
    watched.do(process.poll())
    assert total_of(process.journal.ledger) == {"in": 3}


def test_a_month_that_stays_empty_for_an_hour_is_asked_for_no_more(watched: Watched) -> None:
    process = Counting(watched)
    for _ in range(8):
        watched.do(process.poll())
        watched.loop.jump(16 * MINUTE)
    month = datetime(2026, 5, 1, tzinfo=UTC)
    assert [start for start, _ in watched.ranges()].count(month) == 5


def test_a_row_of_the_month_that_cannot_be_read_is_told(watched: Watched) -> None:
    for number in range(2, 15):
        watched.insert(Row(number, watched.now - number * HOUR))
    watched.insert(Row(100, watched.now - 3 * DAY, odd=True))
    process = Counting(watched)
    watched.do(process.poll())
    assert [row.transaction_id for row in process.journal.ledger.unreadable] == ["25050000100"]


def test_a_month_that_could_not_be_read_is_not_asked_for_again_at_once(watched: Watched) -> None:
    process = Counting(watched)
    watched.do(process.feed.poll())
    watched.faults = [Fault(1, "500")]
    # It costs the sums of the month alone: payments arrive, and no problem is told.
    watched.do(process.feed.work(lambda: None))
    for minutes, requests in ((0, 0), (14, 0), (2, 1)):
        watched.loop.jump(minutes * MINUTE)
        watched.queries.clear()
        watched.do(process.poll())
        month = datetime(2026, 5, 1, tzinfo=UTC)
        assert [start for start, _ in watched.ranges()].count(month) == requests


def test_what_waited_at_the_first_contact_is_counted_once_though_the_month_holds_it(watched: Watched) -> None:
    row = watched.insert(Row(500, watched.now - 40 * HOUR, "WAITING"))
    process = Counting(watched)
    watched.do(process.feed.poll())
    row.status = "SUCCESS"
    for _ in range(3):
        watched.do(process.poll())
        watched.loop.jump(16 * MINUTE)
    assert watched.amounts() == [500]
    assert total_of(process.journal.ledger) == {"in": 501}


def test_what_cannot_be_read_is_told_once_with_what_is_known_of_it(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    process = met(watched)
    clocks = Clocks(process.client, lambda: watched.now, watched.loop.time)
    intake = Intake(process.journal, clocks, lambda _: None)
    known = UnreadableRow(transaction_id="25050000002", type="IN", date=NOON)
    unknown = UnreadableRow(transaction_id=None, type="IN", date=None)
    page = PaymentsPage(rows=(), cursor=None, unreadable=(known, unknown))
    watched.do(intake.note([page]))
    told = [
        "A payment can't be read and is left out: number 25050000002, of 2026-05-06T12:00:00+00:00",
        "A payment can't be read and is left out: number unknown, of unknown date",
    ]
    assert warnings(caplog) == told
    watched.do(intake.note([page]))
    assert warnings(caplog) == told


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


def test_only_what_was_a_success_and_failed_is_reversed(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    process = met(watched)
    watched.paid(2, 3)
    watched.do(process.poll())
    watched.rows[0].status = "ERROR"
    for _ in range(2):
        watched.do(process.poll())
    assert watched.reversed == [("25050000003", "IN")]
    assert "Payment 25050000003 was a success and has failed since" in caplog.text


LAST_LOOK_UPS = pytest.mark.parametrize("failures", [0, 1, 2])


@LAST_LOOK_UPS
def test_what_settled_while_nobody_polled_for_months_is_looked_up_before_it_is_given_up(
    watched: Watched, failures: int
) -> None:
    process = met(watched)
    row = watched.insert(Row(900, watched.now, "WAITING"))
    watched.loop.jump(2 * DAY)
    watched.do(process.poll())
    row.status = "SUCCESS"
    watched.loop.jump(120 * DAY)
    watched.paid(2, apart=DAY)
    process = Counting(watched)
    watched.fails_look_ups = failures
    for _ in range(6):
        watched.do(process.poll())
        watched.loop.jump(DAY)
    assert sorted(watched.amounts()) == [2, 900]


@pytest.mark.parametrize("answer", ["404", "empty page"])
def test_an_empty_last_look_up_gives_nothing_up(watched: Watched, answer: str) -> None:
    process = met(watched)
    row = watched.insert(Row(900, watched.now, "WAITING"))
    watched.loop.jump(MINUTE)
    watched.paid(50, apart=2 * DAY)
    watched.do(process.poll())
    row.status = "SUCCESS"
    watched.loop.jump(120 * DAY)
    watched.paid(*range(2, 15), apart=3 * DAY)
    process = Counting(watched)
    watched.do(process.feed.poll())
    # The window and the look-up.
    watched.faults = [Fault(at, answer) for at in range(9)]
    with pytest.raises(QiwiError, match="left out"):
        watched.do(process.feed.work(lambda: None))
    watched.faults = []
    for _ in range(3):
        watched.loop.jump(DAY)
        watched.do(process.poll())
    assert sorted(watched.amounts()) == [*range(2, 15), 50, 900]


def test_a_last_look_up_gives_up_no_row_of_another_minute(watched: Watched) -> None:
    process = met(watched)
    rows = [
        watched.insert(Row(900 + number, watched.now - number * MINUTE, "WAITING")) for number in range(3)
    ]
    watched.loop.jump(MINUTE)
    watched.paid(2, apart=2 * DAY)
    watched.do(process.poll())
    for row in rows:
        row.status = "SUCCESS"
    watched.loop.jump(60 * DAY)
    # Neither a window nor the newest page reaches them any more.
    watched.paid(*range(3, 13), apart=6 * DAY)
    watched.do(Counting(watched).poll())
    assert sorted(watched.amounts()) == [*range(2, 13), 900, 901, 902]


@LAST_LOOK_UPS
def test_what_waits_for_90_days_is_given_up_after_a_last_look_up(
    watched: Watched, failures: int, caplog: pytest.LogCaptureFixture
) -> None:
    process = met(watched)
    row = watched.insert(Row(900, watched.now, "WAITING"))
    watched.do(process.poll())
    for _ in range(90 - failures):
        watched.do(process.poll())
        watched.loop.jump(DAY)
    watched.fails_look_ups = failures
    for _ in range(failures):
        watched.do(process.poll())
        watched.loop.jump(DAY)
    assert "waited for 90 days" not in caplog.text
    watched.loop.jump(DAY)
    watched.do(process.poll())
    assert caplog.text.count(f"Payment {row.key[0]} waited for 90 days") == 1
    row.status = "SUCCESS"
    watched.loop.jump(DAY)
    watched.do(process.poll())
    assert watched.amounts() == []


def test_what_cannot_be_looked_up_is_given_up_after_90_days(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    process = met(watched)
    row = watched.insert(Row(900, watched.now, "WAITING"))
    watched.do(process.poll())
    watched.loop.jump(95 * DAY)
    watched.paid(2, apart=DAY)
    process = Counting(watched)
    watched.fails_look_ups = 100
    for days in range(6):
        watched.do(process.poll())
        watched.loop.jump(DAY)
        assert caplog.text.count(f"Payment {row.key[0]} waited for 90 days") == (days >= 2)
    assert watched.fails_look_ups == 97


def test_only_failures_in_a_row_give_a_row_up(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    process = met(watched)
    row = watched.insert(Row(900, watched.now, "WAITING"))
    # Two of them after 91 days, the others long before.
    for day in range(1, 92):
        watched.loop.jump(DAY if day != 90 else 2 * DAY)
        watched.fails_look_ups = int(day in {50, 51, 90, 91})
        watched.do(process.poll())
        assert watched.fails_look_ups == 0
    assert "waited for 90 days" not in caplog.text
    row.status = "SUCCESS"
    watched.loop.jump(DAY)
    watched.do(process.poll())
    assert watched.amounts() == [900]
