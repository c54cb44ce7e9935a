"""None lost, none twice: the feed and the journal as they run, under every interleaving that chance finds."""

import asyncio
from collections import Counter
from datetime import timedelta
import json
import os
from typing import Any, override

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
import pytest

from custom_components.qiwi.payments import Key

from .world import DAY, FAULTS, MINUTE, Fault, JumpingLoop, Killed, Process, Row, World, counted_by, total_of

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
# Of the two clocks one at most is ahead: with both ahead nobody could know.
CLOCKS: tuple[tuple[timedelta | None, timedelta], ...] = (
    (timedelta(), timedelta()),
    (2 * HOUR, timedelta()),
    (30 * HOUR, timedelta()),
    (30 * DAY, timedelta()),
    (timedelta(), 2 * HOUR),
    (timedelta(), 30 * DAY),
)
SLOW_CLOCKS: tuple[tuple[timedelta | None, timedelta], ...] = (
    (-2 * HOUR, timedelta()),
    (-30 * HOUR, timedelta()),
    (timedelta(), -2 * HOUR),
    (timedelta(), -3 * DAY),
    # Never set.
    (timedelta(), -56 * 365 * DAY),
    (None, timedelta()),
    (None, -2 * HOUR),
)
faults = st.lists(st.tuples(st.integers(0, 6), st.sampled_from(sorted(FAULTS))), max_size=3)
latencies = st.lists(st.sampled_from([0.0, 0.1, 1.0]), max_size=6)
writes = st.lists(st.integers(0, 9), max_size=4)
# Within the reading of a gap: behind the newest page.
strikes = st.tuples(st.integers(1, 8), st.sampled_from(sorted(FAULTS)))
kills = st.none() | st.integers(0, 40)


class Lives(RuleBasedStateMachine):
    """Anything may happen at any step; when all has come to rest the wallet's list and the public's agree."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = JumpingLoop()
        asyncio.set_event_loop(self.loop)
        self.world = World(self.loop)
        self.numbers = 0
        self.past: set[Key] = set()
        self.optional: set[Key] = set()
        self.may_repeat = False
        self.copy: str | None = None
        self.sessions = 1
        self.reaches_back = False
        self.restored = False
        for age in (30, 23, 2, 1):
            self.past.add(self._insert(self.world.now - age * HOUR).key)
        for age in (3, 40):
            self.optional.add(self._insert(self.world.now - age * HOUR, "WAITING").key)
        self.waited = set(self.optional)
        self._insert(self.world.now - 60 * HOUR, odd=True)
        self.process = Process(self.world)

    @initialize(clocks=st.sampled_from(CLOCKS), wrong=faults)
    def it_meets_the_wallet(self, clocks: tuple[timedelta, timedelta], wrong: list[tuple[int, str]]) -> None:
        self.world.wallet_skew, self.world.host_skew = clocks
        self._run(wrong, None)
        while not self.process.journal.is_begun:
            self.loop.jump(6 * MINUTE)
            self._run([], None)
        self.loop.jump(2 * SECOND)
        self.contact = self.world.now.replace(microsecond=0)
        self.loop.jump(2 * SECOND)

    # What happens in the wallet

    def _insert(self, when: Any, status: str = "SUCCESS", **details: Any) -> Row:
        behind = details.pop("behind", False)
        self.numbers += 1
        row = Row(self.numbers, when.replace(microsecond=0), status, **details)
        return self.world.insert(row, behind=behind)

    @rule(
        seconds=st.sampled_from([0, 0, 1, 20, 60]),
        status=st.sampled_from(["SUCCESS", "SUCCESS", "ERROR", "WAITING"]),
    )
    def something_is_paid(self, seconds: int, status: str) -> None:
        self.loop.jump(seconds * SECOND)
        self._insert(self.world.now, status)

    @rule(count=st.integers(2, 60), apart=st.sampled_from([0, 1, 60]))
    def a_burst_is_paid(self, count: int, apart: int) -> None:
        for _ in range(count):
            self._insert(self.world.now)
            self.loop.jump(apart * SECOND)
        self.loop.jump(SECOND)

    @rule(count=st.sampled_from([1, 2, 11]))
    def some_are_paid_with_long_comments(self, count: int) -> None:
        for _ in range(count):
            self._insert(self.world.now, letters=110_000)
        self.loop.jump(SECOND)

    @rule(minutes=st.integers(0, 600))
    def a_row_appears_behind_newer_ones(self, minutes: int) -> None:
        self._insert(max(self.world.now - minutes * MINUTE, self.contact), behind=True)

    @rule(place=st.integers(0, 120), minutes=st.integers(0, 600))
    def a_row_stands_out_of_the_order_of_dates(self, place: int, minutes: int) -> None:
        row = self._insert(max(self.world.now - minutes * MINUTE, self.contact))
        self.world.rows.remove(row)
        # What is dated in the future is seen on the newest page alone: it stays there.
        future = sum(1 for known in self.world.rows if known.date > self.world.now)
        self.world.rows.insert(max(place, future), row)

    @rule()
    def an_id_comes_back_with_another_type(self) -> None:
        known = self.world.rows[0]
        twin = Row(
            known.number, self.world.now.replace(microsecond=0), type="OUT" if known.type == "IN" else "IN"
        )
        if all(twin.key != each.key for each in self.world.rows) and known.date >= self.contact:
            self.world.insert(twin)

    @rule(data=st.data(), status=st.sampled_from(["SUCCESS", "ERROR"]))
    def a_row_gets_another_outcome(self, data: st.DataObject, status: str) -> None:
        # Older rows are read no more: nobody promises to see that they change.
        rows = [
            row
            for row in self.world.rows
            if row.status != status and row.key not in self.past and self.world.now - row.date < 10 * HOUR
        ]
        if rows:
            data.draw(st.sampled_from(rows)).status = status

    @rule(data=st.data())
    def a_waiting_row_settles(self, data: st.DataObject) -> None:
        rows = [row for row in self.world.rows if row.status == "WAITING"]
        if rows:
            row = data.draw(st.sampled_from(rows))
            row.status = "SUCCESS"
            if self.world.now - row.date > 80 * DAY:
                # After 90 days it may be given up before the wallet is asked again.
                self.optional.add(row.key)

    @rule(data=st.data(), minutes=st.integers(0, 600))
    def a_row_is_dated_anew(self, data: st.DataObject, minutes: int) -> None:
        rows = [row for row in self.world.rows if row.date >= self.contact]
        if rows:
            when = max(self.world.now - minutes * MINUTE, self.contact)
            self.world.move(data.draw(st.sampled_from(rows)), when.replace(microsecond=0))

    @rule(data=st.data())
    def a_row_turns_odd_or_is_mended(self, data: st.DataObject) -> None:
        rows = [row for row in self.world.rows if row.date >= self.contact]
        if rows:
            row = data.draw(st.sampled_from(rows))
            row.odd = not row.odd
            if not row.odd and self.world.now - row.date > 10 * HOUR:
                # Nobody promises what can first be read behind the watermark.
                self.optional.add(row.key)

    @rule(data=st.data())
    def a_row_vanishes(self, data: st.DataObject) -> None:
        rows = [row for row in self.world.rows if row.date >= self.contact]
        if rows:
            self.world.rows.remove(data.draw(st.sampled_from(rows)))

    @rule(years=st.sampled_from([1, 60]), hours=st.sampled_from([3, 0]))
    def a_row_is_dated_in_the_future(self, years: int, hours: int) -> None:
        self._insert(self.world.now + (timedelta(hours=hours) if hours else years * 365 * DAY))

    # What happens around the process

    @rule(clocks=st.sampled_from(CLOCKS + SLOW_CLOCKS))
    def a_clock_jumps(self, clocks: tuple[timedelta | None, timedelta]) -> None:
        self.world.wallet_skew, self.world.host_skew = clocks

    @rule(hours=st.integers(0, 30) | st.sampled_from([70, 24 * 100]))
    def nobody_polls_for_hours(self, hours: int) -> None:
        self.loop.jump(hours * HOUR)
        self.process.feed.miss()

    @rule(
        hours=st.sampled_from([10, 30, 70, 24 * 100]),
        count=st.sampled_from([20, 60, 130]),
        strike=strikes,
        kill=kills,
    )
    def some_are_paid_while_nobody_polls(
        self, hours: int, count: int, strike: tuple[int, str], kill: int | None
    ) -> None:
        for _ in range(count):
            self.loop.jump(hours * HOUR / count)
            self._insert(self.world.now)
        self.process.feed.miss()
        self._run([strike], kill)

    @rule(minutes=st.integers(0, 20))
    def time_passes(self, minutes: int) -> None:
        self.loop.jump(minutes * MINUTE)

    @rule(full=st.booleans())
    def the_disk_fills_or_empties(self, full: bool) -> None:
        self.world.full_disk = full

    # What the process does

    @rule(wrong=faults, kill=kills)
    def it_polls_and_catches_up(self, wrong: list[tuple[int, str]], kill: int | None) -> None:
        self._run(wrong, kill)

    @rule(wrong=faults, slow=latencies, kill=kills, times=st.integers(1, 3))
    def it_polls_while_it_catches_up(
        self, wrong: list[tuple[int, str]], slow: list[float], kill: int | None, times: int
    ) -> None:
        for _ in range(times):
            self.world.latencies = list(slow)
            self._run(wrong, kill, beside=True)

    @rule(slow=latencies, writes=writes, steps=st.integers(0, 60), cancelled=st.booleans())
    def it_is_unloaded_in_the_middle(
        self, slow: list[float], writes: list[int], steps: int, cancelled: bool
    ) -> None:
        async def unload() -> None:
            self.world.latencies, self.world.slow_writes = list(slow), list(writes)
            polling = asyncio.ensure_future(self.process.poll_beside_work())
            for _ in range(steps):
                await asyncio.sleep(0)
            if cancelled:
                polling.cancel()
            await self.process.journal.close()
            left = self.world.disk, len(self.world.heard)
            await asyncio.wait([polling])
            for _ in range(10):
                await asyncio.sleep(0)
            assert left == (self.world.disk, len(self.world.heard))

        self.loop.run_until_complete(unload())
        self.world.latencies, self.world.slow_writes = [], []
        if self.world.full_disk:
            # Nobody can write down what was told: as good as a crash.
            self.may_repeat = True
        self.process = Process(self.world)

    @rule(kill=kills)
    def a_session_begins(self, kill: int | None) -> None:
        self.sessions += 1
        # By a clock that is behind it begins before the first contact.
        slow = self.world.host_skew, self.world.wallet_skew or timedelta()
        self.reaches_back |= self.world.now + min(slow) <= self.contact
        self.world.kill_at = kill
        try:
            self.loop.run_until_complete(self.process.begin_session())
        except Killed:
            self._restart()
        finally:
            self.world.kill_at = None

    @rule()
    def a_backup_is_made(self) -> None:
        if self.world.disk is not None:
            self.copy = json.dumps({**json.loads(self.world.disk), "in_backup": True})

    @precondition(lambda self: self.copy is not None)
    @rule()
    def the_backup_is_restored(self) -> None:
        self.restored = True
        self.world.disk = self.copy
        self._restart()

    def _run(self, wrong: list[tuple[int, str]], kill: int | None, *, beside: bool = False) -> None:
        self.world.faults = [Fault(request, kind) for request, kind in wrong]
        self.world.kill_at = kill
        try:
            self.loop.run_until_complete(self.process.poll_beside_work() if beside else self.process.poll())
        except Killed:
            self._restart()
        finally:
            self.world.kill_at = None
            self.world.faults = []
            self.world.latencies = []

    def _restart(self) -> None:
        self.may_repeat = True
        self.process.is_dead = True
        self.process = Process(self.world)

    # What is promised at any moment

    @invariant()
    def nothing_is_announced_twice_without_a_flag(self) -> None:
        plain = Counter(
            (each.payment.key, each.payment.status)
            for each in self.world.heard
            if not each.possible_duplicate
        )
        assert all(times == 1 for times in plain.values())

    @invariant()
    def nothing_is_flagged_without_a_crash_or_a_restored_backup(self) -> None:
        assert self.may_repeat or not any(each.possible_duplicate for each in self.world.heard)

    @invariant()
    def nothing_that_was_paid_before_is_announced(self) -> None:
        assert not self.past & {each.payment.key for each in self.world.heard}

    @invariant()
    def a_goal_is_reached_once_a_session_unless_a_backup_forgot(self) -> None:
        plain = Counter(news.kind for news in self.world.news if not news.possible_duplicate)
        assert self.restored or max(plain.values(), default=0) <= self.sessions

    @invariant()
    def nothing_that_waits_is_announced(self) -> None:
        assert all(each.payment.status != "pending" for each in self.world.heard)

    @invariant()
    def nothing_is_late_within_an_hour(self) -> None:
        assert self.world.rash == []

    @invariant()
    def nobody_asks_for_the_future(self) -> None:
        # What the clocks may differ by, and what rounding adds.
        assert self.world.reach <= DAY + MINUTE

    @override
    def teardown(self) -> None:
        try:
            self._come_to_rest()
            self._compare()
        finally:
            self.loop.close()

    def _come_to_rest(self) -> None:
        world = self.world
        world.full_disk = False
        world.wallet_skew, world.host_skew = timedelta(), timedelta()
        # What answers must agree on for an hour is believed after two of them; nothing needs more than three rounds.
        for pause in (10 * MINUTE, *[61 * MINUTE] * 3, *[DAY, MINUTE] * 3):
            self.loop.jump(pause)
            self._run([], None)
        if not self.process.journal.is_begun:
            return
        # Old pending rows are looked up five at a time; then a poll has nothing left to ask or to say.
        for _ in range(1 + len(world.rows) // 5):
            told, asked = len(world.heard), world.asked
            self._run([], None)
            if world.asked == asked + 1:
                break
        assert len(world.heard) == told
        # Of a page that is too large less and less is asked for.
        assert world.asked == asked + 1 or any(row.letters for row in world.rows[:10])
        ledger = self.process.journal.ledger
        assert ledger.watermark >= min(ledger.newest, (world.now - 25 * HOUR).timestamp())

    def _compare(self) -> None:
        heard: dict[Key, str] = {each.payment.key: each.payment.status.value for each in self.world.heard}
        for row in self.world.rows:
            if row.key in self.past | self.optional or row.odd or row.status == "WAITING":
                continue
            told = heard.get(row.key)
            if row.status == "SUCCESS":
                assert told == "success", row
            else:
                assert told == "failed" or (told == "success" and row.key in self.world.reversed), row
        self._compare_sums()

    def _compare_sums(self) -> None:
        """Compare the sums of what was told and of the past, as long as they are kept."""
        if self.loop.time() > timedelta(days=50).total_seconds() or not self.process.journal.is_begun:
            return
        told = {each.payment.key for each in self.world.heard if each.payment.status == "success"}
        certain = told | self.past
        if self.may_repeat:
            # A restored backup has to find again what it forgot.
            certain &= {row.key for row in self.world.rows if row.status == "SUCCESS" and not row.odd}
        sums = total_of(self.process.journal.ledger)
        for row_type, direction in (("IN", "in"), ("OUT", "out")):
            least = sum(number_of(key) for key in certain if key[1] == row_type)
            most = sum(number_of(key) for key in told | self.past | self.optional if key[1] == row_type)
            assert least <= sums.get(direction, 0) <= most
        # The goal was made at noon: it counts the same payments, without the past.
        since_noon = {key for key in certain - self.past - self.waited if key[1] == "IN"}
        may_count = told | self.optional
        if self.reaches_back:
            may_count |= self.past
        most = sum(number_of(key) for key in may_count if key[1] == "IN")
        assert sum(map(number_of, since_noon)) <= counted_by(self.process.journal.ledger) <= most


def number_of(key: Key) -> int:
    """Return what was paid."""
    return int(key[0]) - 25_050_000_000


TestLives = pytest.mark.filterwarnings("ignore")(Lives.TestCase)
Lives.TestCase.settings = settings(
    max_examples=int(os.environ.get("LIVES", "500")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
