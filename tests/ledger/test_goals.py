"""Donation goals: the sums are exact, and no order of arrival, late find or restart changes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.ledger.book import OutboxItem, Sighting
from custom_components.qiwi.ledger.goal import GoalSettings, PastSession
from custom_components.qiwi.ledger.goal_news import GoalMilestone, GoalReached
from custom_components.qiwi.ledger.goals import PAST_KEPT, Goals, GoalsBook
from custom_components.qiwi.payments import Direction, Kind, Payment, PaymentFilter, PaymentStatus

NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CAMERA = GoalSettings(goal_id="camera", name="Camera", currency="RUB", created=NOON, target=Decimal(1000))


def payment(amount: Any, after: float = 1, **changes: Any) -> Payment:
    """Return a transfer that was received so many seconds after noon."""
    plain = Payment(
        transaction_id=str(changes.pop("number", 1)),
        type="IN",
        date=NOON + after * SECOND,
        direction=Direction.IN,
        kind=Kind.TRANSFER,
        status=PaymentStatus.SUCCESS,
        amount=Decimal(amount),
        commission=None,
        total=None,
        currency="RUB",
        comment=None,
        email=None,
        provider=None,
        counterparty="+79000000000",
    )
    return replace(plain, **changes)


@dataclass
class Count:
    """A book with its state, and what it told."""

    book: GoalsBook
    state: Goals = field(default_factory=dict)
    told: list[OutboxItem] = field(default_factory=list)

    @classmethod
    def of(cls, *goals: GoalSettings) -> Count:
        return cls(GoalsBook(goals))

    def donate(self, *payments: Payment, **sighting: Any) -> None:
        """Show payments to the book, each when it was paid unless something else is said."""
        for each in payments:
            seen = Sighting(**{"now": each.date, **sighting})
            self._follow(*self.book.apply(self.state, each, seen))

    def retarget(self, target: Any, goal: str = "camera") -> None:
        self._follow(*self.book.with_target(self.state, goal, Decimal(target)))

    def start_session(self, after: float, goal: str = "camera") -> None:
        self.state = self.book.session_started(self.state, goal, NOON + after * SECOND)

    def reload(self, *goals: GoalSettings) -> None:
        """Write the state down and read it back, with other settings perhaps."""
        stored = json.loads(json.dumps(self.book.to_json(self.state)))
        if goals:
            self.book = GoalsBook(goals)
        self.state = self.book.from_json(stored)

    def raised(self, goal: str = "camera") -> Decimal:
        return self.book.goal(self.state, goal).raised

    def past(self, goal: str = "camera") -> Sequence[PastSession]:
        return self.book.goal(self.state, goal).state.past

    def news(self) -> list[tuple[str, Decimal | None]]:
        """Return what was told: its kind and the milestone."""
        assert all(isinstance(item, GoalReached | GoalMilestone) for item in self.told)
        return [(item.kind, getattr(item, "milestone", None)) for item in self.told]

    def _follow(self, state: Goals, items: Sequence[OutboxItem]) -> None:
        self.state = state
        self.told += items


def test_three_times_100_10_reach_300_30_exactly() -> None:
    count = Count.of(replace(CAMERA, target=Decimal("300.30")))
    count.donate(payment("100.10", 1), payment("100.10", 2))
    assert not count.told
    count.donate(payment("100.10", 3))
    goal = count.book.goal(count.state, "camera")
    assert (goal.raised, goal.remaining, goal.progress, goal.is_reached) == (Decimal("300.30"), 0, 100, True)
    assert count.news() == [("goal_reached", None)]
    assert count.told[0] == GoalReached(
        goal_id="camera",
        name="Camera",
        raised=Decimal("300.30"),
        target=Decimal("300.30"),
        currency="RUB",
    )


@pytest.mark.parametrize(
    "other",
    [
        payment(10, direction=Direction.OUT),
        payment(10, status=PaymentStatus.FAILED),
        payment(10, kind=Kind.CONVERSION),
        payment(10, kind=Kind.REFUND),
        payment(10, kind=Kind.TOP_UP),
        payment(10, currency="USD"),
        payment("9.99"),
        payment(10, comment="for the lens"),
        payment(10, after=-1, comment="for the camera"),
    ],
    ids=lambda other: f"{other.direction} {other.status} {other.kind} {other.currency} {other.amount}",
)
def test_what_does_not_fit_moves_nothing(other: Payment) -> None:
    wanted = PaymentFilter(min_amount=Decimal(10), kinds=frozenset({Kind.TRANSFER}), comment="camera")
    count = Count.of(replace(CAMERA, wanted=wanted))
    before = count.state
    count.donate(other)
    assert count.state is before
    count.donate(payment(10, comment="For the  CAMERA!"))
    assert count.raised() == 10


def test_a_refund_or_a_conversion_never_counts_even_when_asked_for() -> None:
    count = Count.of(replace(CAMERA, wanted=PaymentFilter(kinds=frozenset(Kind))))
    count.donate(
        payment(10, kind=Kind.REFUND), payment(20, kind=Kind.CONVERSION), payment(40, kind=Kind.OTHER)
    )
    assert count.raised() == 40


def test_a_goal_begins_with_what_was_raised_already() -> None:
    count = Count.of(replace(CAMERA, start_amount=Decimal(400)))
    assert count.raised() == 400
    count.donate(payment(100))
    count.start_session(60)
    assert count.raised() == 400
    assert count.past() == (
        PastSession(start=NOON, end=NOON + 60 * SECOND, raised=Decimal(500), count=1, top=Decimal(100)),
    )


def test_a_payment_belongs_to_the_session_in_which_it_was_paid() -> None:
    count = Count.of(CAMERA)
    count.start_session(60)
    count.start_session(120)
    late = NOON + 500 * SECOND
    count.donate(payment(1, 59), payment(2, 60), payment(4, 119), payment(8, 120), payment(16, -1), now=late)
    assert [(past.raised, past.count, past.top) for past in count.past()] == [(1, 1, 1), (6, 2, 4)]
    assert count.raised() == 8


def test_a_late_find_corrects_a_past_session_silently() -> None:
    count = Count.of(replace(CAMERA, target=Decimal(10), milestones=(Decimal(5),)))
    count.start_session(60)
    count.donate(payment(100, 30), now=NOON + 90 * SECOND)
    state = count.book.goal(count.state, "camera").state
    assert not count.told and not state.alerts and state.session.last is None
    assert count.past()[0].raised == 100


def test_milestones_are_told_once_a_session_and_lowest_first() -> None:
    milestones = (Decimal(100), Decimal(200), Decimal(1000), Decimal(1500))
    count = Count.of(replace(CAMERA, milestones=milestones))
    count.donate(payment(100, 1), payment(50, 2))
    assert count.news() == [("goal_milestone", 100)]
    count.donate(payment(2000, 3), payment(1, 4))
    assert count.news()[1:] == [
        ("goal_milestone", 200),
        ("goal_milestone", 1000),
        ("goal_reached", None),
        ("goal_milestone", 1500),
    ]
    count.start_session(60)
    count.donate(payment(150, 61))
    assert count.news()[5:] == [("goal_milestone", 100)]


def test_a_milestone_that_is_taken_off_and_put_back_is_not_told_again() -> None:
    with_milestone = replace(CAMERA, milestones=(Decimal(100),), start_amount=Decimal(50))
    count = Count.of(with_milestone)
    count.donate(payment(50))
    count.reload(CAMERA)
    count.reload(replace(with_milestone, start_amount=Decimal(0)))
    count.donate(payment(50, 2))
    assert count.news() == [("goal_milestone", 100)]


def test_lowering_the_target_below_what_is_raised_reaches_it_once() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(300))
    count.retarget(301)
    assert not count.told
    count.retarget(300)
    count.retarget(200)
    count.retarget(1000)
    assert count.raised() == 300
    count.donate(payment(700, 2))
    assert count.news() == [("goal_reached", None)]
    assert count.told[0].to_json()["target"] == "300"


def test_what_counted_before_a_session_begins_is_not_told_but_what_passes_it_is() -> None:
    milestones = (Decimal(500), Decimal(1000), Decimal(1200))
    count = Count.of(replace(CAMERA, start_amount=Decimal(1000), milestones=milestones))
    count.donate(payment(100))
    assert not count.told
    assert count.book.goal(count.state, "camera").remaining == 0
    count.retarget(1300)
    count.donate(payment(200, 2))
    assert count.news() == [("goal_milestone", 1200), ("goal_reached", None)]


def test_other_settings_hold_from_their_change_on_and_keep_what_was_counted() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(5, 1), payment(100, 2))
    strict = replace(CAMERA, name="New camera", wanted=PaymentFilter(min_amount=Decimal(50)))
    count.reload(strict)
    count.donate(payment(5, 3), payment(50, 4))
    assert count.raised() == 155
    count.reload(CAMERA)
    count.donate(payment(5, 5))
    assert count.raised() == 160


def test_a_silent_payment_counts_and_tells_nothing() -> None:
    count = Count.of(replace(CAMERA, milestones=(Decimal(100),), target=Decimal(200)))
    count.donate(payment(300, comment="hello"), silent=True)
    state = count.book.goal(count.state, "camera").state
    assert (count.raised(), count.told, state.alerts, state.seq) == (300, [], (), 0)
    assert state.session.last and state.session.last.comment == "hello"


def test_what_may_have_been_told_before_a_backup_was_restored_says_so() -> None:
    count = Count.of(replace(CAMERA, milestones=(Decimal(100),), target=Decimal(200)))
    count.donate(payment(300), doubtful=True)
    assert [item.to_json()["possible_duplicate"] for item in count.told] == [True, True]


def test_a_goal_that_was_removed_leaves_nothing() -> None:
    light = replace(CAMERA, goal_id="light", name="Light")
    count = Count.of(CAMERA, light)
    count.state = count.book.empty()
    count.donate(payment(10))
    assert [goal.raised for goal in count.book.goals(count.state)] == [10, 10]
    assert count.book.without_removed(count.state) is count.state
    book = GoalsBook([CAMERA])
    assert book.without_removed(count.state).keys() == {"camera"}
    with pytest.raises(KeyError):
        book.goal(count.state, "light")


def test_top_and_last_donation_do_not_depend_on_the_order() -> None:
    count = Count.of(CAMERA)
    now = NOON + 60 * SECOND
    count.donate(payment(5, 20), payment(70, 10), payment(6, 30), payment(70, 40), payment(7, 25), now=now)
    # Of one second, what was found last.
    count.donate(payment(8, 40), now=now)
    session = count.book.goal(count.state, "camera").state.session
    assert session.top and session.last
    assert (session.top.amount, session.top.paid) == (70, NOON + 10 * SECOND)
    assert (session.last.amount, session.last.paid) == (8, NOON + 40 * SECOND)
    assert (session.counted, session.count) == (166, 6)


def test_a_payment_that_is_dated_in_the_future_counts_when_it_is_found() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(10, 10**9), now=NOON + 30 * SECOND)
    count.donate(payment(20, 40))
    session = count.book.goal(count.state, "camera").state.session
    assert session.last and session.last.amount == 20
    count.start_session(60)
    count.donate(payment(5, 61))
    assert (count.past()[0].raised, count.raised()) == (30, 5)


def test_a_clock_that_is_behind_by_mistake_takes_nothing_from_a_goal() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(10, 5), payment(20, 6), now=NOON - timedelta(hours=30))
    assert count.raised() == 30


def test_a_session_begins_after_what_was_counted_in_the_same_second() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(10, 60))
    count.start_session(60.9)
    count.donate(payment(20, 60), payment(40, 61), now=NOON + 70 * SECOND)
    assert (count.past()[0].raised, count.raised()) == (30, 40)
    # Two clicks in one second don't take it back.
    count.start_session(61.2)
    count.start_session(61.8)
    assert [past.end - past.start for past in count.past()] == [61 * SECOND, SECOND, timedelta()]


def test_a_clock_that_was_set_back_makes_no_session_end_before_it_began() -> None:
    count = Count.of(CAMERA)
    count.start_session(3600)
    count.start_session(60)
    count.donate(payment(10, 61))
    assert count.past()[-1].start == count.past()[-1].end == NOON + 60 * SECOND
    assert count.raised() == 10
    # Of sessions that overlap since, the newest counts.
    count.start_session(120)
    count.donate(payment(5, 90), now=NOON + 130 * SECOND)
    assert [past.raised for past in count.past()] == [0, 0, 15]


def test_the_last_hundred_sessions_and_twenty_alerts_are_kept() -> None:
    count = Count.of(CAMERA)
    for number in range(PAST_KEPT + 5):
        count.donate(payment(1, 10 * number, number=number))
        count.start_session(10 * number + 5)
    count.reload()
    state = count.book.goal(count.state, "camera").state
    assert (len(state.past), len(state.alerts)) == (100, 20)
    assert state.past[-1].end == state.session.start
    assert state.alerts[-1].transaction_id == str(PAST_KEPT + 4)
    assert (state.nth, state.so_far) == (105, 105)
    # Paid in a session that is kept no more.
    before = count.state
    count.donate(payment(50, 1), now=NOON + 10_000 * SECOND)
    assert count.state == before
    assert count.book.pruned(before, NOON) is before


def test_alerts_are_numbered_upwards_also_after_the_ledger_was_lost() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(1, 1), payment(2, 1), payment(3, 1), payment(4, 5))
    alerts = count.book.goal(count.state, "camera").state.alerts
    numbers = [alert.seq for alert in alerts]
    assert numbers == sorted(set(numbers))
    assert [(alert.nth, alert.so_far) for alert in alerts] == [(1, 1), (2, 3), (3, 6), (4, 10)]
    again = Count.of(CAMERA)
    again.donate(payment(5, 9))
    assert again.book.goal(again.state, "camera").state.seq > numbers[-1]


def test_hiding_words_hides_those_so_far() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(1, 1))
    count.state = count.book.with_words_hidden(count.state, "camera")
    count.donate(payment(2, 2))
    count.reload()
    state = count.book.goal(count.state, "camera").state
    assert [alert.seq <= state.hidden_seq for alert in state.alerts] == [True, False]


def test_words_of_strangers_are_in_no_repr() -> None:
    count = Count.of(CAMERA)
    count.donate(payment(1, comment="my secret"))
    assert "secret" not in repr(count.state)


@pytest.mark.parametrize("kind", [GoalReached, GoalMilestone])
def test_what_is_told_survives_the_disk(kind: type[GoalReached | GoalMilestone]) -> None:
    item = kind(
        goal_id="camera",
        name="Camera",
        raised=Decimal("100.10"),
        target=Decimal(1000),
        currency="RUB",
        milestone=Decimal(100) if kind is GoalMilestone else None,
    )
    assert kind.from_json(json.loads(json.dumps(item.to_json()))) == item
    assert item.again().record() == {
        "name": "Camera",
        "raised": 100.1,
        "target": 1000.0,
        "currency": "RUB",
        "milestone": 100.0 if kind is GoalMilestone else None,
        "possible_duplicate": True,
    }


def full_state() -> dict[str, Any]:
    """Return the stored form of a state that has something in every place."""
    count = Count.of(replace(CAMERA, milestones=(Decimal(1),)))
    count.donate(payment(1, comment="hello"))
    count.start_session(60)
    count.donate(payment(2, 61))
    stored: dict[str, Any] = json.loads(json.dumps(count.book.to_json(count.state)))
    return stored


def places(node: Any) -> list[tuple[Any, Any]]:
    """Return every place of a stored form: what holds it, and its key or index."""
    if isinstance(node, dict | list):
        items = list(node.items() if isinstance(node, dict) else enumerate(node))
        return [(node, key) for key, _ in items] + [place for _, value in items for place in places(value)]
    return []


@pytest.mark.parametrize("damage", [{}, -1, 1.5, "NaN", "2026-05-06T12:00:00", True, ["x"]], ids=repr)
def test_what_is_read_is_what_was_written_or_it_is_refused(damage: Any) -> None:
    book = GoalsBook([CAMERA])
    refused = 0
    for place in range(len(places(full_state()))):
        damaged = full_state()
        holder, key = places(damaged)[place]
        holder[key] = damage
        try:
            assert book.to_json(book.from_json(damaged)) == damaged
        except KeyError, TypeError, ValueError, ArithmeticError:
            refused += 1
    assert refused


def test_a_target_of_nothing_is_damage() -> None:
    damaged = full_state()
    damaged["camera"]["target"] = "0"
    with pytest.raises(ValueError, match="target"):
        GoalsBook([CAMERA]).from_json(damaged)


# Any order of arrival

type Life = list[tuple[str, int, Decimal, int]]
LIFE = st.lists(
    st.tuples(
        st.sampled_from(["pay", "pay", "pay", "session", "restart"]),
        st.integers(0, 5),  # seconds that pass before
        st.decimals(min_value="0.01", max_value=1000, places=2),
        st.integers(0, 30),  # seconds until a payment is found
    ),
    max_size=40,
)


@settings(deadline=None)
@given(life=LIFE)
def test_the_sums_are_those_of_a_naive_count_whatever_is_found_when(life: Life) -> None:
    goal = replace(CAMERA, milestones=(Decimal(300), Decimal(900)))
    count = Count.of(goal)
    starts = [0]
    paid: list[tuple[int, Decimal]] = []
    unfound: list[tuple[int, int, Decimal]] = []  # found, paid, amount
    now = 0

    def find(until: int) -> None:
        unfound.sort(key=lambda each: each[0])
        while unfound and unfound[0][0] <= until:
            found, when, amount = unfound.pop(0)
            count.donate(payment(amount, when), now=NOON + found * SECOND)

    for what, pause, amount, delay in life:
        now += pause
        find(now)
        if what == "pay":
            paid.append((now, amount))
            unfound.append((now + delay, now, amount))
        elif what == "session":
            count.start_session(now)
            starts.append(
                int((count.book.goal(count.state, "camera").state.session.start - NOON).total_seconds())
            )
        else:
            count.reload()
    find(now + 60)

    assert starts == sorted(starts)
    naive: list[list[Decimal]] = [[] for _ in starts]
    for when, amount in paid:
        naive[max(number for number, start in enumerate(starts) if start <= when)].append(amount)
    state = count.book.goal(count.state, "camera").state
    assert [(past.raised, past.count, past.top) for past in state.past] == [
        (sum(amounts), len(amounts), max(amounts, default=None)) for amounts in naive[:-1]
    ]
    assert (state.session.counted, state.session.count) == (sum(naive[-1]), len(naive[-1]))
    assert count.news().count(("goal_reached", None)) <= len(starts)
    assert state.session.is_reached_told is (sum(naive[-1]) >= 1000)
    assert sorted(state.session.milestones_told) == [
        each for each in goal.milestones if each <= sum(naive[-1])
    ]


@settings(deadline=None)
@given(
    amounts=st.lists(st.decimals(min_value="0.01", max_value=1000, places=2), min_size=1, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_any_order_of_arrival_gives_the_same_session(amounts: list[Decimal], order: Any) -> None:
    payments = [payment(amount, when, number=when) for when, amount in enumerate(amounts)]
    first, second = Count.of(CAMERA), Count.of(CAMERA)
    now = NOON + 60 * SECOND
    first.donate(*payments, now=now)
    order.shuffle(payments)
    second.donate(*payments, now=now)
    one, other = (each.book.goal(each.state, "camera").state.session for each in (first, second))
    assert (one.counted, one.count, one.is_reached_told) == (
        other.counted,
        other.count,
        other.is_reached_told,
    )
    assert one.last and other.last and one.top and other.top
    assert (one.last.transaction_id, one.top.amount) == (other.last.transaction_id, other.top.amount)
    assert first.news() == second.news()
