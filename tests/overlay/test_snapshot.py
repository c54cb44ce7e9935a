"""What the page is told: exact sums, each alert once and in its order, and nothing that is nobody's business."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.ledger.goals import ALERTS_KEPT
from custom_components.qiwi.overlay.snapshot import KEPT, TOGETHER, MadeUpDonation, Position, newest, snapshot
from tests.ledger.test_goals import CAMERA, NOON, SECOND, Count, payment

LATER = NOON + timedelta(minutes=5)
BEGINNING = Position()


def look(
    count: Count,
    shown: Position = BEGINNING,
    *,
    minimum: Any = 0,
    now: datetime = LATER,
    tests: tuple[MadeUpDonation, ...] = (),
) -> dict[str, Any]:
    goal = count.book.goal(count.state, "camera")
    return snapshot(goal, tests, shown, minimum=Decimal(minimum), now=now, version="1")


def position(stored: dict[str, Any]) -> Position:
    """Read what a browser keeps."""
    return Position(seq=stored["seq"], nth=stored["nth"], so_far=Decimal(stored["sum"]), test=stored["test"])


def watched(count: Count, shown: Position = BEGINNING, **options: Any) -> list[tuple[int, str]]:
    """Show what is there as a browser does, and return how many donations each alert told of and their sum."""
    seen = []
    while (picture := look(count, shown, **options))["alerts"]:
        alert = picture["alerts"][0]
        assert alert["position"] != shown.to_json()
        seen.append((alert["count"], alert["amount"]))
        shown = shown.furthest(position(alert["position"]))
    assert picture["position"] == newest(count.book.goal(count.state, "camera"), ()).to_json()
    return seen


def donations(*amounts: Any, begin: int = 1) -> list[Any]:
    return [payment(amount, begin + place, number=begin + place) for place, amount in enumerate(amounts)]


def test_the_sums_are_exact() -> None:
    count = Count.of(replace(CAMERA, target=Decimal("300.30"), milestones=(Decimal("100.10"), Decimal(200))))
    count.donate(*donations("100.10", "100.10"))
    goal = look(count)["goal"]
    assert (goal["raised"], goal["target"], goal["percent"], goal["reached"]) == (
        "200.20",
        "300.30",
        66.6,
        False,
    )
    assert [(each["amount"], each["percent"], each["reached"]) for each in goal["milestones"]] == [
        ("100.10", 33.3, True),
        ("200", 66.6, True),
    ]
    count.donate(*donations("100.10", begin=3))
    goal = look(count)["goal"]
    assert (goal["raised"], goal["percent"], goal["reached"]) == ("300.30", 100.0, True)


def test_a_hundred_percent_means_reached() -> None:
    count = Count.of(CAMERA)
    count.donate(*donations("999.99"))
    goal = look(count)["goal"]
    assert (goal["percent"], goal["reached"]) == (99.9, False)


def test_a_milestone_at_or_beyond_the_target_has_no_place_on_the_bar() -> None:
    count = Count.of(replace(CAMERA, milestones=(Decimal(500), Decimal(1000), Decimal(2000))))
    assert [each["amount"] for each in look(count)["goal"]["milestones"]] == ["500"]


def test_large_and_small_amounts_are_written_out() -> None:
    count = Count.of(replace(CAMERA, target=Decimal("1E+6")))
    assert look(count)["goal"]["target"] == "1000000"


def test_nothing_leaves_but_what_the_page_shows() -> None:
    count = Count.of(CAMERA)
    words = "Hello me@example.com +7 900 000-00-00 https://example.com"
    count.donate(
        payment(5, email="me@example.com", provider="QIWI", counterparty="+79000000000", comment=words)
    )
    picture = look(count)
    assert picture.keys() == {"version", "goal", "hidden", "position", "alerts"}
    assert picture["goal"].keys() == {
        "id", "name", "currency", "raised", "target", "percent", "reached", "milestones", "last",
    }  # fmt: skip
    assert picture["goal"]["last"] == {"amount": "5", "message": "Hello"}
    assert picture["alerts"][0].keys() == {"position", "count", "amount", "currency", "message", "test"}
    assert picture["alerts"][0]["message"] == "Hello"


def test_alerts_come_in_the_order_in_which_they_were_found_and_each_once() -> None:
    count = Count.of(CAMERA)
    count.donate(*donations(10, 20, 30))
    assert watched(count) == [(1, "10"), (1, "20"), (1, "30")]


def test_a_browser_that_goes_on_where_it_was_sees_only_what_came_since() -> None:
    count = Count.of(CAMERA)
    count.donate(*donations(10, 20))
    shown = position(look(count)["alerts"][0]["position"])
    count.donate(*donations(30, begin=3))
    assert watched(count, shown) == [(1, "20"), (1, "30")]


def test_a_burst_is_one_alert_that_says_how_many_and_how_much() -> None:
    count = Count.of(CAMERA)
    count.donate(*donations(*["0.10"] * TOGETHER))
    assert len(watched(count)) == TOGETHER
    count.donate(*donations("0.10", begin=TOGETHER + 1))
    assert watched(count) == [(TOGETHER + 1, "0.50")]
    assert look(count)["alerts"][0]["message"] is None


def test_a_burst_of_more_than_is_kept_is_counted_to_the_kopeck() -> None:
    count = Count.of(CAMERA)
    count.donate(*donations("5", "7"))
    shown = position(look(count)["alerts"][0]["position"])
    many = ALERTS_KEPT * 3
    count.donate(*donations(*["1.01"] * many, begin=3))
    assert watched(count, shown) == [(many + 1, str(7 + many * Decimal("1.01")))]


def test_amounts_below_the_least_make_no_alert_and_are_not_waited_for() -> None:
    count = Count.of(CAMERA)
    count.donate(*donations(99, 100, 5, 200))
    assert watched(count, minimum=100) == [(1, "100"), (1, "200")]
    count.donate(*donations(*[100, 1] * ALERTS_KEPT, begin=5))
    # Of those that are kept: what was forgotten may have been less.
    assert watched(count, minimum=100) == [(ALERTS_KEPT // 2, str(100 * ALERTS_KEPT // 2))]


def test_what_nobody_could_see_for_half_a_day_is_no_alert_any_more() -> None:
    count = Count.of(CAMERA)
    count.donate(*donations(10, 20))
    assert watched(count, now=NOON + KEPT + 2 * SECOND) == [(1, "20")]
    assert watched(count, now=NOON + KEPT + 3 * SECOND) == []


def test_a_browser_that_remembers_more_than_the_server_repeats_nothing() -> None:
    count = Count.of(CAMERA)
    count.donate(*donations(10))
    end = newest(count.book.goal(count.state, "camera"), ())
    ahead = replace(end, seq=end.seq + 1000, nth=7)
    assert watched(count, ahead) == []
    count.donate(*donations(20, begin=3))
    assert watched(count, ahead) == [(1, "20")]


def test_hidden_words_are_gone_and_later_ones_are_shown() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(1, comment="rude"))
    count.state = count.book.with_words_hidden(count.state, "camera")
    picture = look(count)
    assert (picture["goal"]["last"]["message"], picture["alerts"][0]["message"]) == (None, None)
    assert picture["hidden"] == count.state["camera"].seq
    count.donate(payment(2, 2, number=2, comment="kind"))
    picture = look(count)
    assert [alert["message"] for alert in picture["alerts"]] == [None, "kind"]
    assert picture["goal"]["last"]["message"] == "kind"


def test_tests_are_marked_and_move_nothing() -> None:
    count = Count.of(CAMERA)
    count.donate(*donations(10))
    before = look(count)["goal"]
    shown = newest(count.book.goal(count.state, "camera"), ())
    tests = tuple(
        MadeUpDonation(number=number, amount=Decimal(500), currency="RUB", comment="a test")
        for number in (7, 8)
    )
    picture = look(count, shown, tests=tests)
    assert picture["goal"] == before
    assert [(alert["test"], alert["message"]) for alert in picture["alerts"]] == [(True, "a test")] * 2
    shown = shown.furthest(position(picture["alerts"][0]["position"]))
    assert [alert["position"]["test"] for alert in look(count, shown, tests=tests)["alerts"]] == [8]
    assert newest(count.book.goal(count.state, "camera"), tests).test == 8


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3)), max_size=12))
def test_whatever_comes_while_a_browser_looks_now_and_then_is_told_once(steps: list[tuple[int, int]]) -> None:
    count = Count.of(CAMERA)
    shown, told, made = BEGINNING, Decimal(0), 0
    for paid, looks in steps:
        count.donate(*donations(*["1.10"] * paid, begin=made + 1))
        made += paid
        for _ in range(looks):
            alerts = look(count, shown)["alerts"]
            if alerts:
                told += Decimal(alerts[0]["amount"])
                shown = shown.furthest(position(alerts[0]["position"]))
    told += sum((Decimal(amount) for _, amount in watched(count, shown)), Decimal(0))
    assert told == made * Decimal("1.10")


@pytest.mark.parametrize("comment", ["<script>alert(1)</script>", "{{ states }}", "\U0001f600" * 500])
def test_a_message_is_the_text_that_was_written(comment: str) -> None:
    count = Count.of(CAMERA)
    count.donate(payment(1, comment=comment))
    said = look(count)["alerts"][0]["message"]
    assert comment.startswith(said.removesuffix("…"))
