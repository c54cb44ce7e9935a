"""What the page is told: the whole picture of a goal, and the alerts that a browser has not shown yet.

Pure: the server adds up and decides what is to be shown, the browser draws.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from ..ledger.goal import Donation, Goal
from .message import stream_message

# Up to so many alerts are shown one by one; more become one that says how many and how much.
TOGETHER: Final = 4
# An alert that nobody could see for so long is none any more: last night's donations don't interrupt tonight.
KEPT: Final = timedelta(hours=12)
NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpDonation:
    """A donation that was made up to try the overlay.

    Attributes:
        number: Milliseconds since 1970, so that it grows over restarts as well.
    """

    number: int
    amount: Decimal
    currency: str
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Up to where a browser has shown the alerts.

    Attributes:
        seq: The number of the last donation that was shown.
        nth: How many alerts there were up to it.
        so_far: What they add up to.
        test: The number of the last test that was shown.
    """

    seq: int = 0
    nth: int = 0
    so_far: Decimal = NOTHING
    test: int = 0

    def furthest(self, other: Position) -> Position:
        """Return the further of both in each of the two sequences."""
        ahead = max(self, other, key=lambda position: position.seq)
        return replace(ahead, test=max(self.test, other.test))

    def to_json(self) -> dict[str, Any]:
        """Return what the browser keeps and sends back."""
        return {"seq": self.seq, "nth": self.nth, "sum": _text(self.so_far), "test": self.test}


def newest(goal: Goal, tests: Sequence[MadeUpDonation]) -> Position:
    """Return the position behind everything there is."""
    state = goal.state
    return Position(seq=state.seq, nth=state.nth, so_far=state.so_far, test=tests[-1].number if tests else 0)


def snapshot(
    goal: Goal,
    tests: Sequence[MadeUpDonation],
    shown: Position,
    *,
    minimum: Decimal,
    now: datetime,
    version: str,
) -> dict[str, Any]:
    """Return the page's data: amounts as exact decimal text, nothing of balances or accounts.

    Args:
        goal: What is shown.
        tests: Made-up donations, oldest first.
        shown: Up to where the browser has shown the alerts.
        minimum: The least amount that makes an alert.
        now: What makes old alerts old.
        version: The version of the page's own files.
    """
    end = newest(goal, tests)
    alerts = [
        *_donations(goal, shown, minimum, now - KEPT),
        *(_test_alert(test, shown) for test in tests if test.number > shown.test),
    ]
    return {
        "version": version,
        "goal": _goal(goal),
        "hidden": goal.state.hidden_seq,
        "position": (shown if alerts else end).to_json(),
        "alerts": alerts,
    }


def _goal(goal: Goal) -> dict[str, Any]:
    target = goal.state.target
    last = goal.state.session.last
    return {
        "id": goal.settings.goal_id,
        "name": goal.settings.name,
        "currency": goal.settings.currency,
        "raised": _text(goal.raised),
        "target": _text(target),
        "percent": _percent(goal.raised, target),
        "reached": goal.is_reached,
        "milestones": [
            {
                "amount": _text(amount),
                "percent": _percent(amount, target),
                "reached": goal.raised >= amount,
            }
            for amount in goal.settings.milestones
            if amount < target
        ],
        "last": last and {"amount": _text(last.amount), "message": _message(last, goal.state.hidden_seq)},
    }


def _donations(goal: Goal, shown: Position, minimum: Decimal, since: datetime) -> list[dict[str, Any]]:
    """Return the alerts of donations behind a position, in the server's order; many become one."""
    state, currency = goal.state, goal.settings.currency
    waiting = [
        each
        for each in state.alerts
        if each.seq > shown.seq and each.amount >= minimum and _found(each) >= since
    ]
    if len(waiting) <= TOGETHER:
        return [
            _alert(_behind(each), each.amount, currency, message=_message(each, state.hidden_seq))
            for each in waiting
        ]
    count, amount = len(waiting), sum((each.amount for each in waiting), NOTHING)
    oldest = state.alerts[0]
    if waiting[0] is oldest and not minimum and shown.nth < oldest.nth:
        # More than are kept: what is not known one by one is known as a sum.
        count, amount = state.nth - shown.nth, state.so_far - shown.so_far
    return [_alert(_behind(waiting[-1]), amount, currency, count=count)]


def _behind(donation: Donation) -> Position:
    return Position(seq=donation.seq, nth=donation.nth, so_far=donation.so_far)


def _test_alert(test: MadeUpDonation, shown: Position) -> dict[str, Any]:
    position = Position(test=test.number)
    return _alert(position, test.amount, test.currency, message=stream_message(test.comment), is_test=True)


def _alert(
    position: Position,
    amount: Decimal,
    currency: str,
    *,
    count: int = 1,
    message: str | None = None,
    is_test: bool = False,
) -> dict[str, Any]:
    return {
        "position": position.to_json(),
        "count": count,
        "amount": _text(amount),
        "currency": currency,
        "message": message,
        "test": is_test,
    }


def _found(donation: Donation) -> datetime:
    return datetime.fromtimestamp(donation.seq / 1000, UTC)


def _message(donation: Donation, hidden_seq: int) -> str | None:
    return None if donation.seq <= hidden_seq else stream_message(donation.comment)


def _percent(part: Decimal, whole: Decimal) -> float:
    # Downwards: 100 % means reached.
    return float((part * 100 / whole).quantize(Decimal("0.1"), ROUND_FLOOR))


def _text(amount: Decimal) -> str:
    return f"{amount:f}"
