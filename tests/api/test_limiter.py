"""The limiter keeps to its numbers, its order and its pause, by a clock that tests drive."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.api import LONGEST_PAUSE, Priority, QiwiRateLimitError, WalletLimiter

from .jumping_loop import JumpingLoop

# Additions of seconds are not exact to the last bit.
HAIR = 1e-6
EPOCH = 1_790_000_000.0


@dataclass
class Clocks:
    """The host's two clocks, where no loop is needed."""

    now: float = 500.0
    wall: float = EPOCH

    def limiter(self) -> WalletLimiter:
        return WalletLimiter(clock=lambda: self.now, wall_clock=lambda: self.wall)

    def advance(self, seconds: float) -> None:
        self.now += seconds
        self.wall += seconds


@dataclass
class Story:
    """What happened to a limiter's callers."""

    loop: JumpingLoop
    limiter: WalletLimiter
    admitted: list[tuple[float, Priority, int]] = field(default_factory=list)
    refused: list[tuple[float, float]] = field(default_factory=list)
    pauses: list[tuple[float, float]] = field(default_factory=list)
    left: list[float] = field(default_factory=list)

    async def ask(self, priority: Priority, number: int = 0) -> None:
        try:
            await self.limiter.acquire(priority)
        except QiwiRateLimitError as error:
            now = self.loop.time()
            self.refused.append((now, error.retry_after))
            self.left.append(max((begin + seconds - now for begin, seconds in self.pauses), default=0.0))
        else:
            self.admitted.append((self.loop.time(), priority, number))

    @property
    def moments(self) -> list[float]:
        return [moment for moment, _, _ in self.admitted]


def play(scene: Callable[[Story], Coroutine[Any, Any, None]]) -> Story:
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, JumpingLoop)
        story = Story(loop, WalletLimiter(clock=loop.time, wall_clock=lambda: EPOCH + loop.time()))
        runner.run(scene(story))
        return story


def test_sixty_leave_at_once_and_the_next_after_a_minute() -> None:
    async def scene(story: Story) -> None:
        await asyncio.gather(*(story.ask(Priority.POLL) for _ in range(130)))

    moments = play(scene).moments
    start = moments[0]
    assert moments[:60] == [start] * 60
    assert moments[60:120] == pytest.approx([start + 60] * 60)
    assert moments[120:] == pytest.approx([start + 120] * 10)


def test_catching_up_takes_half_and_leaves_half() -> None:
    async def scene(story: Story) -> None:
        await asyncio.gather(*(story.ask(Priority.CATCH_UP) for _ in range(40)))

    async def with_others(story: Story) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(40):
                group.create_task(story.ask(Priority.CATCH_UP))
            await asyncio.sleep(1)
            for _ in range(30):
                group.create_task(story.ask(Priority.ACTION))

    moments = play(scene).moments
    assert moments == pytest.approx([moments[0]] * 30 + [moments[0] + 60] * 10)
    story = play(with_others)
    assert [priority for _, priority, _ in story.admitted] == (
        [Priority.CATCH_UP] * 30 + [Priority.ACTION] * 30 + [Priority.CATCH_UP] * 10
    )
    assert story.moments[59] == pytest.approx(story.moments[0] + 1)


def test_polls_go_before_actions_before_catching_up() -> None:
    async def scene(story: Story) -> None:
        story.limiter.requests = 1
        async with asyncio.TaskGroup() as group:
            for number, priority in enumerate(reversed([*Priority, *Priority])):
                group.create_task(story.ask(priority, number))
                await asyncio.sleep(0)

    story = play(scene)
    # The first found nobody waiting.
    assert [(priority, number) for _, priority, number in story.admitted] == [
        (Priority.CATCH_UP, 0),
        (Priority.POLL, 2),
        (Priority.POLL, 5),
        (Priority.ACTION, 1),
        (Priority.ACTION, 4),
        (Priority.CATCH_UP, 3),
    ]


def test_whoever_gives_up_makes_room() -> None:
    async def scene(story: Story) -> None:
        story.limiter.requests = 1
        await story.ask(Priority.POLL)
        leaver = asyncio.create_task(story.ask(Priority.POLL, 1))
        stayer = asyncio.create_task(story.ask(Priority.POLL, 2))
        await asyncio.sleep(1)
        leaver.cancel()
        await asyncio.wait([leaver])
        assert leaver.cancelled()
        await stayer

    story = play(scene)
    assert [number for _, _, number in story.admitted] == [0, 2]
    assert story.moments[1] == pytest.approx(story.moments[0] + 60)


def test_nobody_is_let_in_for_one_who_is_just_giving_up() -> None:
    async def scene(story: Story) -> None:
        story.limiter.requests = 1
        await story.ask(Priority.POLL)
        leaver = asyncio.create_task(story.ask(Priority.POLL, 1))
        await asyncio.sleep(59)
        story.limiter.requests = 2
        leaver.cancel()
        # In the same moment, before the other could step back.
        await story.ask(Priority.ACTION, 2)
        await asyncio.wait([leaver])
        leaver = asyncio.create_task(story.ask(Priority.POLL, 3))
        await asyncio.sleep(0.5)
        leaver.cancel()
        story.limiter.pause(10)
        await asyncio.wait([leaver])
        assert leaver.cancelled()

    story = play(scene)
    assert [number for _, _, number in story.admitted] == [0, 2]
    assert story.refused == []


def test_giving_up_after_being_let_in_spends_the_turn() -> None:
    async def scene(story: Story) -> None:
        story.limiter.requests = 1
        await story.ask(Priority.POLL)
        leaver = asyncio.create_task(story.ask(Priority.POLL, 1))
        await asyncio.sleep(0)
        story.limiter.requests = 2
        other = asyncio.create_task(story.ask(Priority.ACTION, 2))
        # The other's asking lets the first in; it is called off before it notices.
        story.loop.call_soon(leaver.cancel)
        await asyncio.wait([leaver, other])

    story = play(scene)
    assert len(story.admitted) == 2
    assert story.moments[1] == pytest.approx(story.moments[0] + 60)


def test_no_timer_is_left_when_nobody_waits() -> None:
    async def scene(story: Story) -> None:
        story.limiter.requests = 1
        await story.ask(Priority.POLL)
        waiter = asyncio.create_task(story.ask(Priority.POLL))
        await asyncio.sleep(1)
        waiter.cancel()
        await asyncio.wait([waiter])
        started = story.loop.time()
        # A jump of the clock would show that somebody set an alarm.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert story.loop.time() == started

    play(scene)


# The pause


def test_a_pause_refuses_at_once_and_says_for_how_long() -> None:
    async def scene(story: Story) -> None:
        story.limiter.pause(300)
        await story.ask(Priority.POLL)
        await asyncio.sleep(299)
        await story.ask(Priority.ACTION)
        await asyncio.sleep(1 + HAIR)
        await story.ask(Priority.CATCH_UP)

    story = play(scene)
    assert [remaining for _, remaining in story.refused] == pytest.approx([300, 1])
    assert len(story.admitted) == 1


def test_a_pause_sends_away_whoever_waits() -> None:
    async def scene(story: Story) -> None:
        story.limiter.requests = 1
        async with asyncio.TaskGroup() as group:
            for priority in (*Priority, *Priority):
                group.create_task(story.ask(priority))
            await asyncio.sleep(5)
            story.limiter.pause(20)
        assert len(story.refused) == 5

    assert [remaining for _, remaining in play(scene).refused] == pytest.approx([20] * 5)


def test_a_pause_is_over_by_itself() -> None:
    clocks = Clocks()
    limiter = clocks.limiter()
    assert (limiter.remaining, limiter.paused_until) == (0, None)
    limiter.pause(300)
    clocks.advance(100)
    assert (limiter.remaining, limiter.paused_until) == (200, EPOCH + 300)
    clocks.advance(200)
    assert (limiter.remaining, limiter.paused_until) == (0, None)


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    limiter = Clocks().limiter()
    limiter.pause(300)
    limiter.pause(10)
    assert limiter.remaining == 300
    limiter.pause(400)
    assert limiter.remaining == 400


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("-inf")])
def test_no_time_is_no_pause(seconds: float) -> None:
    limiter = Clocks().limiter()
    limiter.pause(seconds)
    assert limiter.paused_until is None


@pytest.mark.parametrize("seconds", [LONGEST_PAUSE + 1, 1e18, float("inf")])
def test_no_pause_is_longer_than_the_longest(seconds: float) -> None:
    clocks = Clocks()
    limiter = clocks.limiter()
    limiter.pause(seconds)
    assert limiter.remaining == LONGEST_PAUSE
    restored = clocks.limiter()
    restored.restore(EPOCH + seconds)
    assert restored.remaining == LONGEST_PAUSE


def test_a_pause_lasts_over_a_restart() -> None:
    clocks = Clocks()
    limiter = clocks.limiter()
    limiter.pause(300)
    kept = limiter.paused_until
    clocks.advance(120)
    clocks.now = 3.0
    restored = clocks.limiter()
    restored.restore(kept)
    assert restored.remaining == 180


@pytest.mark.parametrize("kept", [None, EPOCH, EPOCH - 5, float("nan")])
def test_a_pause_that_is_over_is_not_taken_up(kept: float | None) -> None:
    limiter = Clocks().limiter()
    limiter.restore(kept)
    assert (limiter.remaining, limiter.paused_until) == (0, None)


def test_the_host_clock_does_not_change_a_pause() -> None:
    clocks = Clocks()
    limiter = clocks.limiter()
    limiter.pause(300)
    clocks.wall -= 86_400
    assert limiter.remaining == 300
    clocks.wall += 2 * 86_400
    assert limiter.remaining == 300


def test_the_owner_hears_of_each_pause_that_begins_or_grows() -> None:
    clocks = Clocks()
    limiter = clocks.limiter()
    heard: list[float | None] = []
    limiter.on_pause = lambda: heard.append(limiter.paused_until)
    limiter.restore(EPOCH + 5)
    limiter.pause(300)
    limiter.pause(10)
    clocks.advance(200)
    limiter.pause(300)
    assert heard == [EPOCH + 300, EPOCH + 500]


# Two that turn out to be one


def test_what_an_absorbed_limiter_let_through_counts() -> None:
    async def scene(story: Story) -> None:
        other = WalletLimiter(clock=story.loop.time)
        for _ in range(20):
            await story.ask(Priority.CATCH_UP)
        await asyncio.sleep(10)
        for _ in range(10):
            await other.acquire(Priority.POLL)
        for _ in range(7):
            await other.acquire(Priority.CATCH_UP)
        await asyncio.sleep(10)
        await story.ask(Priority.POLL)
        story.limiter.absorb(other)
        await asyncio.gather(
            *(story.ask(Priority.CATCH_UP) for _ in range(7)), *(story.ask(Priority.POLL) for _ in range(25))
        )

    story = play(scene)
    start = story.moments[0]
    later = {
        priority: [at - start for at, of, _ in story.admitted[21:] if of is priority] for priority in Priority
    }
    # 38 of 60 are gone, and 27 of the catch-up's 30; what left first makes room after a minute.
    assert later[Priority.CATCH_UP] == pytest.approx([20] * 3 + [60] * 4)
    assert later[Priority.POLL] == pytest.approx([20] * 19 + [60] * 6)


def test_an_absorbed_limiters_pause_is_taken_over() -> None:
    clocks = Clocks()
    limiter, other = clocks.limiter(), clocks.limiter()
    heard: list[float | None] = []
    limiter.on_pause = lambda: heard.append(limiter.paused_until)
    limiter.absorb(other)
    other.pause(100)
    limiter.absorb(other)
    assert limiter.remaining == 100
    assert heard == [EPOCH + 100]


# Whatever happens

steps = st.lists(
    st.tuples(
        st.floats(0, 40),
        st.one_of(st.sampled_from(Priority), st.floats(0.001, 100)),
    ),
    max_size=60,
)


def limiting(requests: int, catch_up: int, arrivals: list[tuple[float, Priority | float]]) -> Story:
    """Play arrivals and pauses, each some seconds after the one before."""

    async def scene(story: Story) -> None:
        story.limiter.requests = requests
        story.limiter.catch_up_requests = catch_up
        async with asyncio.TaskGroup() as group:
            for number, (gap, step) in enumerate(arrivals):
                await asyncio.sleep(gap)
                if isinstance(step, Priority):
                    group.create_task(story.ask(step, number))
                    await asyncio.sleep(0)
                else:
                    story.limiter.pause(step)
                    story.pauses.append((story.loop.time(), step))

    return play(scene)


def most_within_a_window(moments: list[float]) -> int:
    return max(
        (sum(moment <= other < moment + 60 - HAIR for other in moments) for moment in moments), default=0
    )


@settings(max_examples=200, deadline=None)
@given(requests=st.integers(1, 6), catch_up=st.integers(1, 6), arrivals=steps)
def test_no_minute_ever_holds_more_than_allowed(
    requests: int, catch_up: int, arrivals: list[tuple[float, Priority | float]]
) -> None:
    story = limiting(requests, catch_up, arrivals)
    assert most_within_a_window(story.moments) <= requests
    caught_up = [moment for moment, priority, _ in story.admitted if priority is Priority.CATCH_UP]
    assert most_within_a_window(caught_up) <= catch_up


@settings(max_examples=50, deadline=None)
@given(gaps=st.lists(st.tuples(st.floats(0, 2), st.sampled_from(Priority)), min_size=100, max_size=200))
def test_the_wallets_own_numbers_hold_too(gaps: list[tuple[float, Priority | float]]) -> None:
    story = limiting(60, 30, gaps)
    assert len(story.admitted) == len(gaps)
    assert most_within_a_window(story.moments) <= 60
    caught_up = [moment for moment, priority, _ in story.admitted if priority is Priority.CATCH_UP]
    assert most_within_a_window(caught_up) <= 30


@settings(max_examples=200, deadline=None)
@given(requests=st.integers(1, 6), catch_up=st.integers(1, 6), arrivals=steps)
def test_everybody_is_answered_and_nothing_leaves_during_a_pause(
    requests: int, catch_up: int, arrivals: list[tuple[float, Priority | float]]
) -> None:
    story = limiting(requests, catch_up, arrivals)
    asked = sum(isinstance(step, Priority) for _, step in arrivals)
    assert len(story.admitted) + len(story.refused) == asked
    for begin, seconds in story.pauses:
        # Whoever was let in at that very moment was let in before.
        assert not any(begin + HAIR < moment < begin + seconds - HAIR for moment in story.moments)
    assert [remaining for _, remaining in story.refused] == pytest.approx(story.left, abs=HAIR)


@settings(max_examples=200, deadline=None)
@given(
    requests=st.integers(1, 3),
    arrivals=st.lists(st.tuples(st.floats(0, 5), st.sampled_from(Priority)), max_size=30),
)
def test_nobody_overtakes_who_goes_first(
    requests: int, arrivals: list[tuple[float, Priority | float]]
) -> None:
    story = limiting(requests, requests, arrivals)
    arrived: list[float] = []
    clock = 0.0
    for gap, _ in arrivals:
        clock += gap
        arrived.append(clock)
    start = story.moments[0] - arrived[0] if story.admitted else 0
    for place, (moment, priority, number) in enumerate(story.admitted):
        for _, later_priority, later_number in story.admitted[place + 1 :]:
            was_waiting = start + arrived[later_number] < moment - HAIR
            assert not (was_waiting and (later_priority, later_number) < (priority, number))
