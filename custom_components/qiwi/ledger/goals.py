"""The book of donation goals: which payments count for which goal, and what follows from that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Final, override

from ..payments import Payment
from . import strict
from .book import Book, OutboxItem, Sighting
from .goal import Donation, Goal, GoalSettings, GoalState, PastSession, Session
from .goal_news import GoalMilestone, GoalNews, GoalReached

PAST_KEPT: Final = 100
ALERTS_KEPT: Final = 20
_SECOND: Final = timedelta(seconds=1)

type Goals = Mapping[str, GoalState]


class GoalsBook(Book[Goals]):
    """Counts donations.

    A payment belongs to the session in which it was paid, whenever it is found: sums do not depend on the order.
    """

    name: ClassVar[str] = "goals"
    items: ClassVar[tuple[type[OutboxItem], ...]] = (GoalReached, GoalMilestone)

    def __init__(self, goals: Iterable[GoalSettings]) -> None:
        self._goals = {goal.goal_id: goal for goal in goals}

    @override
    def empty(self) -> Goals:
        """Return the state before anything was counted."""
        return {}

    def goals(self, state: Goals) -> Iterator[Goal]:
        """Yield all goals as they are to be shown."""
        return (self.goal(state, goal_id) for goal_id in self._goals)

    def goal(self, state: Goals, goal_id: str) -> Goal:
        """Return a goal as it is to be shown.

        Raises:
            KeyError: there is no such goal.
        """
        settings = self._goals[goal_id]
        known = state.get(goal_id)
        return Goal(
            settings=settings,
            state=known or GoalState(target=settings.target, session=Session(start=settings.created)),
        )

    # What changes a goal

    @override
    def apply(self, state: Goals, payment: Payment, sighting: Sighting) -> tuple[Goals, Sequence[OutboxItem]]:
        """Count a payment for every goal that wants it."""
        changed = {}
        items: list[GoalNews] = []
        for goal_id, settings in self._goals.items():
            if settings.wants(payment):
                goal = self.goal(state, goal_id)
                after, news = _donated(goal, payment, sighting)
                if after is not goal.state:
                    changed[goal_id] = after
                    items += news
        return ({**state, **changed}, items) if changed else (state, ())

    def with_target(self, state: Goals, goal_id: str, target: Decimal) -> tuple[Goals, Sequence[OutboxItem]]:
        """Return the state with another target, which may be reached by what is raised already."""
        before = self.goal(state, goal_id)
        after = replace(before, state=replace(before.state, target=target))
        changed, news = _told(before, after)
        return {**state, goal_id: changed}, news

    def session_started(self, state: Goals, goal_id: str, now: datetime) -> Goals:
        """Return the state with a new session from a moment on; the last one goes to the past ones.

        The wallet dates payments by the second, so a session begins with one; with the next one, where
        something that was paid in this very second counts for the last session.
        """
        goal = self.goal(state, goal_id)
        session = goal.state.session
        start = now.replace(microsecond=0)
        earliest = session.last.paid.replace(microsecond=0) + _SECOND if session.last else session.start
        if start <= earliest <= start + _SECOND:
            start = earliest
        over = PastSession(
            # A clock that was set back since must not make an end before the start.
            start=min(session.start, start),
            end=start,
            raised=goal.raised,
            count=session.count,
            top=session.top.amount if session.top else None,
        )
        past = (*goal.state.past, over)[-PAST_KEPT:]
        return {**state, goal_id: replace(goal.state, session=Session(start=start), past=past)}

    def with_words_hidden(self, state: Goals, goal_id: str) -> Goals:
        """Return the state in which no words of the donations so far are shown."""
        known = self.goal(state, goal_id).state
        return {**state, goal_id: replace(known, hidden_seq=known.seq)}

    def without_removed(self, state: Goals) -> Goals:
        """Return the state without goals that are there no more."""
        if state.keys() <= self._goals.keys():
            return state
        return {goal_id: known for goal_id, known in state.items() if goal_id in self._goals}

    @override
    def pruned(self, state: Goals, until: datetime) -> Goals:
        """Return the state as it is: it is bounded by numbers."""
        return state

    # The stored form

    @override
    def to_json(self, state: Goals) -> dict[str, Any]:
        """Return the stored form."""
        return {goal_id: known.to_json() for goal_id, known in state.items()}

    @override
    def from_json(self, stored: Any) -> Goals:
        """Read the stored form."""
        return {
            goal_id: GoalState.from_json(strict.mapping(known))
            for goal_id, known in strict.mapping(stored).items()
        }


def _donated(goal: Goal, payment: Payment, sighting: Sighting) -> tuple[GoalState, Sequence[GoalNews]]:
    """Count a payment in its session."""
    state = goal.state
    if payment.date < state.session.start:
        return _corrected(state, payment), ()
    donation = _donation(state, payment, sighting)
    session = state.session.plus(donation, sighting.now)
    if sighting.silent:
        return replace(state, session=session), ()
    after = GoalState(
        target=state.target,
        session=session,
        past=state.past,
        alerts=(*state.alerts[1 - ALERTS_KEPT :], donation),
        seq=donation.seq,
        nth=donation.nth,
        so_far=donation.so_far,
        hidden_seq=state.hidden_seq,
    )
    after, news = _told(goal, Goal(settings=goal.settings, state=after))
    return after, [each.again() for each in news] if sighting.doubtful else news


def _donation(state: GoalState, payment: Payment, sighting: Sighting) -> Donation:
    is_alert = not sighting.silent
    return Donation(
        # The clock gives the number: a ledger that was lost or restored must use none that a browser has seen.
        seq=max(state.seq + 1, int(sighting.now.timestamp()) * 1000) if is_alert else state.seq,
        nth=state.nth + is_alert,
        so_far=state.so_far + payment.amount if is_alert else state.so_far,
        amount=payment.amount,
        paid=payment.date,
        comment=payment.comment,
        transaction_id=payment.transaction_id,
    )


def _corrected(state: GoalState, payment: Payment) -> GoalState:
    """Return the state with a donation added to the past session in which it was paid, if it is kept."""
    for place in reversed(range(len(state.past))):
        session = state.past[place]
        if session.start <= payment.date < session.end:
            past = (*state.past[:place], session.plus(payment.amount), *state.past[place + 1 :])
            return replace(state, past=past)
    return state


def _told(before: Goal, after: Goal) -> tuple[GoalState, Sequence[GoalNews]]:
    """Return the later state, with what is to be told of the way there noted, and the news, lowest first."""
    session = after.state.session
    passed = [
        milestone
        for milestone in after.settings.milestones
        if before.raised < milestone <= after.raised and milestone not in session.milestones_told
    ]
    is_reached = after.is_reached and not before.is_reached and not session.is_reached_told
    if not (passed or is_reached):
        return after.state, ()
    news: list[GoalNews] = [_news(GoalMilestone, after, milestone) for milestone in passed]
    if is_reached:
        # Milestones beyond the target come after it.
        place = sum(milestone <= after.state.target for milestone in passed)
        news.insert(place, _news(GoalReached, after))
    session = replace(
        session,
        milestones_told=(*session.milestones_told, *passed),
        is_reached_told=session.is_reached_told or is_reached,
    )
    return replace(after.state, session=session), news


def _news[News: GoalNews](kind: type[News], goal: Goal, milestone: Decimal | None = None) -> News:
    return kind(
        goal_id=goal.settings.goal_id,
        name=goal.settings.name,
        raised=goal.raised,
        target=goal.state.target,
        currency=goal.settings.currency,
        milestone=milestone,
    )
