"""What is remembered between requests: where browsers are, tests, and answers that are not made twice."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
import json
from typing import Any

import pytest

from custom_components.qiwi.ledger.goal import Goal
from custom_components.qiwi.overlay import memory as overlay_memory
from custom_components.qiwi.overlay.memory import ANSWERS_KEPT, SHOWN_KEPT, TEST_AGE, TESTS_KEPT, Memory
from custom_components.qiwi.overlay.snapshot import Position, newest
from custom_components.qiwi.payments import Direction, Kind, PaymentStatus
from tests.ledger.test_goals import CAMERA, NOON, Count, payment

from .test_snapshot import donations, position


class Clock:
    """Stands still until it is moved."""

    now = NOON + timedelta(minutes=5)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(clock: Clock) -> Memory:
    return Memory(version="1", clock=clock)


@pytest.fixture
def count() -> Count:
    count = Count.of(CAMERA)
    count.donate(*donations(10, 20))
    return count


def goal(count: Count) -> Goal:
    return count.book.goal(count.state, "camera")


def ask(memory: Memory, count: Count, shown: Position | None = None, minimum: int = 0) -> Any:
    return json.loads(memory.answer(goal(count), Decimal(minimum), shown).body)


def amounts(picture: Any) -> list[str]:
    return [alert["amount"] for alert in picture["alerts"]]


def test_a_first_browser_repeats_nothing_and_misses_nothing_from_then_on(
    memory: Memory, count: Count
) -> None:
    picture = ask(memory, count)
    assert amounts(picture) == []
    shown = position(picture["position"])
    count.donate(*donations(30, begin=3))
    assert amounts(ask(memory, count, shown)) == ["30"]


def test_a_browser_that_forgot_goes_on_where_another_one_was(memory: Memory, count: Count) -> None:
    shown = position(ask(memory, count)["position"])
    count.donate(*donations(30, 40, begin=3))
    (first, _) = ask(memory, count, shown)["alerts"]
    ask(memory, count, shown.furthest(position(first["position"])))
    assert amounts(ask(memory, count)) == ["40"]
    # One that is behind does not take the others back.
    ask(memory, count, shown)
    assert amounts(ask(memory, count)) == ["40"]


def test_browsers_that_show_other_alerts_are_told_apart(memory: Memory, count: Count) -> None:
    shown = position(ask(memory, count, minimum=50)["position"])
    ask(memory, count)
    count.donate(*donations(30, 70, begin=3))
    ask(memory, count, newest(goal(count), ()))
    assert amounts(ask(memory, count, shown, minimum=50)) == ["70"]
    assert amounts(ask(memory, count, minimum=50)) == ["70"]
    assert amounts(ask(memory, count)) == []


def test_a_made_up_position_keeps_nothing_from_the_next_browser(memory: Memory, count: Count) -> None:
    ask(memory, count)
    ask(memory, count, Position(seq=10**15, nth=10**9, test=10**15))
    count.donate(*donations(30, begin=3))
    assert amounts(ask(memory, count)) == ["30"]


def test_an_answer_is_made_again_only_when_something_has_changed(memory: Memory, count: Count) -> None:
    shown = newest(goal(count), ())
    first = memory.answer(goal(count), Decimal(0), shown)
    assert memory.answer(goal(count), Decimal(0), shown) is first
    count.donate(*donations(30, begin=3))
    second = memory.answer(goal(count), Decimal(0), shown)
    assert second.etag != first.etag
    memory.add_test(CAMERA, payment(5))
    third = memory.answer(goal(count), Decimal(0), shown)
    assert len({first.etag, second.etag, third.etag}) == 3


def test_alerts_grow_old_in_an_answer_that_nothing_changes(
    memory: Memory, count: Count, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert amounts(ask(memory, count, Position())) == ["10", "20"]
    clock.now += timedelta(days=1)
    monkeypatch.setattr(overlay_memory, "ANSWER_AGE", 0)
    assert amounts(ask(memory, count, Position())) == []


def test_the_memory_is_bounded(memory: Memory, count: Count) -> None:
    for number in range(SHOWN_KEPT * 2):
        ask(memory, count, Position(), minimum=number)
    assert len(memory._answers) == ANSWERS_KEPT
    assert len(memory._shown) == SHOWN_KEPT
    for number in range(TESTS_KEPT * 2):
        memory.add_test(CAMERA, payment(number + 1))
    assert amounts(ask(memory, count, newest(goal(count), ()))) == [
        str(number + 1) for number in range(TESTS_KEPT, TESTS_KEPT * 2)
    ]


def test_tests_keep_their_order_and_are_forgotten_after_a_while(
    memory: Memory, count: Count, clock: Clock
) -> None:
    shown = position(ask(memory, count)["position"])
    memory.add_test(CAMERA, payment(1))
    memory.add_test(CAMERA, payment(2))
    assert amounts(ask(memory, count, shown)) == ["1", "2"]
    clock.now += TEST_AGE + timedelta(seconds=1)
    assert amounts(ask(memory, count, shown)) == []


@pytest.mark.parametrize(
    "other",
    [
        {"currency": "USD"},
        {"kind": Kind.REFUND},
        {"direction": Direction.OUT},
        {"status": PaymentStatus.FAILED},
    ],
)
def test_a_test_that_would_not_count_is_not_shown(
    memory: Memory, count: Count, other: dict[str, Any]
) -> None:
    memory.add_test(CAMERA, replace(payment(1), **other))
    assert amounts(ask(memory, count, newest(goal(count), ()))) == []
