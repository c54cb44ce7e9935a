"""What the overlay remembers while Home Assistant runs: up to where alerts were shown, tests, and answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from time import monotonic
from typing import Any, Final, Self

from homeassistant.helpers.json import json_bytes

from ..ledger.goal import Goal, GoalSettings
from ..payments import Payment
from .security import A_SECOND, BURST, WRONG_A_SECOND, WRONG_BURST, Allowance
from .snapshot import MadeUpDonation, Position, newest, snapshot

# Browsers ask for different alerts; of more than this the ones kept longest are forgotten.
SHOWN_KEPT: Final = 256
ANSWERS_KEPT: Final = 64
# Alerts grow old in an answer that nothing else changes.
ANSWER_AGE: Final = 60.0
TESTS_KEPT: Final = 8
TEST_AGE: Final = timedelta(minutes=10)

type Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A body, its entity tag, and what it was made of."""

    body: bytes
    etag: str
    goal: Goal
    tests: tuple[MadeUpDonation, ...]
    made: float

    @classmethod
    def of(cls, data: dict[str, Any], goal: Goal, tests: tuple[MadeUpDonation, ...]) -> Self:
        """Write data down."""
        body = json_bytes(data)
        etag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
        return cls(body=body, etag=etag, goal=goal, tests=tests, made=monotonic())


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Memory:
    """One for all wallets; it outlives their reloads, and a restart of Home Assistant empties it."""

    version: str
    clock: Clock = _now
    requests: Allowance = field(default_factory=lambda: Allowance(BURST, A_SECOND))
    mistakes: Allowance = field(default_factory=lambda: Allowance(WRONG_BURST, WRONG_A_SECOND))
    _shown: dict[tuple[str, Decimal], Position] = field(default_factory=dict)
    _tests: dict[str, tuple[MadeUpDonation, ...]] = field(default_factory=dict)
    _answers: dict[tuple[str, Decimal, Position], Answer] = field(default_factory=dict)

    def answer(self, goal: Goal, minimum: Decimal, reported: Position | None) -> Answer:
        """Return the picture of a goal for a browser, made anew only when something has changed.

        Args:
            goal: What is shown.
            minimum: The least amount that makes an alert.
            reported: Up to where the browser says it has shown the alerts; None when it does not know.
        """
        tests = self._fresh_tests(goal.settings.goal_id)
        shown = self._position(goal, tests, minimum, reported)
        place = (goal.settings.goal_id, minimum, shown)
        known = self._answers.pop(place, None)
        if (
            known is None
            or known.goal != goal
            or known.tests != tests
            or monotonic() - known.made > ANSWER_AGE
        ):
            data = snapshot(goal, tests, shown, minimum=minimum, now=self.clock(), version=self.version)
            known = Answer.of(data, goal, tests)
        self._answers[place] = known
        if len(self._answers) > ANSWERS_KEPT:
            del self._answers[next(iter(self._answers))]
        return known

    def _position(
        self, goal: Goal, tests: tuple[MadeUpDonation, ...], minimum: Decimal, reported: Position | None
    ) -> Position:
        """Return where a browser stands; one that does not know goes on where another one has come to."""
        place = (goal.settings.goal_id, minimum)
        end = newest(goal, tests)
        known = self._shown.pop(place, end)
        # What was shown of a ledger that is lost now, or was made up, says nothing of this one.
        if reported is not None and reported.seq <= end.seq and reported.test <= end.test:
            known = known.furthest(reported)
        self._shown[place] = known
        if len(self._shown) > SHOWN_KEPT:
            del self._shown[next(iter(self._shown))]
        return known if reported is None else reported

    def add_test(self, settings: GoalSettings, payment: Payment) -> None:
        """Keep a test payment to be shown, if the goal would count it."""
        if not settings.wants(payment):
            return
        tests = self._fresh_tests(settings.goal_id)
        last = tests[-1].number if tests else 0
        test = MadeUpDonation(
            number=max(last + 1, int(self.clock().timestamp() * 1000)),
            amount=payment.amount,
            currency=payment.currency,
            comment=payment.comment,
        )
        self._tests[settings.goal_id] = (*tests, test)[-TESTS_KEPT:]

    def _fresh_tests(self, goal_id: str) -> tuple[MadeUpDonation, ...]:
        if not (tests := self._tests.get(goal_id)):
            return ()
        oldest = (self.clock() - TEST_AGE).timestamp() * 1000
        fresh = self._tests[goal_id] = tuple(test for test in tests if test.number >= oldest)
        return fresh
