"""What a goal keeps of its donations and sessions, word for word."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
import json

from custom_components.qiwi.ledger.goal_news import GoalReached

from .test_goals import CAMERA, NOON, SECOND, Count, payment


def test_a_session_is_read_as_it_was_written_with_the_words_of_its_donations() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(50, 1, number=1, comment="Hello"), payment(70, 2, number=2, comment="World"))
    before = count.state
    count.reload()
    assert count.state == before
    session = count.book.goal(count.state, "camera").state.session
    assert session.top and session.last
    assert (session.top.comment, session.last.comment) == ("World", "World")


def test_a_target_of_a_single_rouble_is_one() -> None:
    count = Count.of(replace(CAMERA, target=Decimal(1)))
    count.donate(payment(5, 1, number=1))
    before = count.state
    count.reload()
    assert count.state == before


def test_a_donation_of_this_very_moment_is_not_one_of_the_future() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(50, 10, number=1), now=NOON + 10 * SECOND)
    count.donate(payment(70, 5, number=2), now=NOON + 10 * SECOND)
    last = count.book.goal(count.state, "camera").state.session.last
    assert last is not None
    assert last.amount == 50


def test_a_silent_donation_has_the_number_of_the_alert_before() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(50, 1, number=1))
    count.donate(payment(70, 2, number=2), silent=True)
    state = count.book.goal(count.state, "camera").state
    (alert,) = state.alerts
    last = state.session.last
    assert last is not None
    assert (last.seq, last.nth, last.so_far) == (alert.seq, 1, 50)
    assert last.amount == 70


def test_the_record_of_a_session_says_when_it_was_and_what_it_brought() -> None:
    count = Count.of(CAMERA)
    count.donate(payment("50.50", 1, number=1), payment(70, 2, number=2))
    count.start_session(60)
    count.start_session(120)
    first, second = count.past()
    assert first.record() == {
        "start": CAMERA.created.isoformat(),
        "end": (NOON + timedelta(minutes=1)).isoformat(),
        "raised": 120.5,
        "count": 2,
        "top": 70.0,
    }
    assert second.record()["top"] is None


def test_that_news_may_have_been_told_before_survives_the_disk() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(1000, 1), doubtful=True)
    (news,) = count.told
    assert GoalReached.from_json(json.loads(json.dumps(news.to_json()))) == news
    assert GoalReached.from_json(news.to_json()).possible_duplicate
