"""None lost, none twice: the ledger under every interleaving of payments, faults, restarts and crashes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import json
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
import pytest

from custom_components.qiwi.api import Status
from custom_components.qiwi.ledger import (
    BATCH,
    SCHEMA,
    Counting,
    History,
    Ledger,
    LedgerError,
    News,
    Reading,
    Total,
    holds_news,
    sort_out,
)
from custom_components.qiwi.payment import Direction, Key, Kind, Payment

from .ledger_machine import COUNTING, NOON, Crashed, Process, World, row

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def met(*rows: Any, now: datetime = NOON) -> Ledger:
    """Return the ledger after its first contact and a complete first read."""
    return Ledger.first_contact(rows, now=now, counting=COUNTING).reconciled(now, counting=COUNTING)


def staged(ledger: Ledger, *rows: Any, now: datetime = NOON) -> Ledger:
    return ledger.staged([Payment.from_transaction(each) for each in rows], now=now, counting=COUNTING)


class Interleavings(RuleBasedStateMachine):
    """Anything may happen between any two steps; afterwards the books must agree."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.count = 0
        self.owed: dict[Key, Status] = {}
        """What must be announced once everything has come to rest."""
        self.forgiven: set[Key] = set()
        """Paid before the first contact: silent."""
        self.crashes = 0
        for age in (30, 23, 2, 1):
            self._insert(NOON - timedelta(hours=age), Status.SUCCESS)
        self._insert(NOON - timedelta(hours=3), Status.WAITING)
        self.forgiven = {known.key for known in self.world.history if known.status is not Status.WAITING}
        self.owed.clear()
        self.process = Process(self.world)
        self.process.poll()

    def _insert(self, when: datetime, status: Status, *, behind: bool = False, row_type: str = "IN") -> None:
        self.count += 1
        new = row(self.count, when, status, type=row_type)
        self.world.insert(new, behind=behind)
        if status is not Status.WAITING:
            self.owed[new.key] = status

    @rule(seconds=st.sampled_from([0, 0, 1, 20, 60]), status=st.sampled_from([*Status, Status.SUCCESS]))
    def something_is_paid(self, seconds: int, status: Status) -> None:
        self.world.now += timedelta(seconds=seconds)
        self._insert(self.world.now, status)

    @rule(count=st.integers(2, 60))
    def a_burst_is_paid(self, count: int) -> None:
        for _ in range(count):
            self._insert(self.world.now, Status.SUCCESS)
        self.world.now += SECOND

    @rule(minutes=st.integers(0, 600))
    def a_row_appears_behind_newer_ones(self, minutes: int) -> None:
        # Never from before the first contact's newest row: that is the baseline's, and silent.
        when = max(self.world.now - timedelta(minutes=minutes), NOON)
        self._insert(when, Status.SUCCESS, behind=True)

    @rule()
    def an_id_comes_back_with_another_type(self) -> None:
        known = self.world.history[0]
        twin = replace(known, type="OUT" if known.type == "IN" else "IN", date=self.world.now)
        if all(twin.key != each.key for each in self.world.history):
            self.world.insert(twin)
            if twin.status is not Status.WAITING:
                self.owed[twin.key] = twin.status

    @rule(data=st.data(), status=st.sampled_from([Status.SUCCESS, Status.ERROR]))
    def a_waiting_row_settles(self, data: st.DataObject, status: Status) -> None:
        waiting = [known.key for known in self.world.history if known.status is Status.WAITING]
        if waiting:
            key = data.draw(st.sampled_from(waiting))
            self.world.settle(key, status)
            self.owed[key] = status

    @rule(hours=st.integers(0, 30))
    def time_passes(self, hours: int) -> None:
        self.world.now += timedelta(hours=hours)
        # An outage: whoever polled would have read on before that.
        self.process.missed = True

    @rule(reconcile=st.booleans(), crash=st.none() | st.integers(0, 12), fail=st.none() | st.integers(0, 4))
    def it_polls(self, reconcile: bool, crash: int | None, fail: int | None) -> None:
        self._under(lambda: self.process.poll(reconcile), crash, fail)

    @precondition(lambda self: self.process.reading is not None)
    @rule(crash=st.none() | st.integers(0, 3), fail=st.none() | st.integers(0, 2))
    def it_reads_a_page(self, crash: int | None, fail: int | None) -> None:
        self._under(self.process.read_page, crash, fail)

    @precondition(lambda self: self.process.reading is not None)
    @rule(crash=st.none() | st.integers(0, 60))
    def it_releases_a_batch(self, crash: int | None) -> None:
        self._under(self.process.release_batch, crash, None)

    @rule(full=st.booleans())
    def the_disk_fills_or_empties(self, full: bool) -> None:
        self.world.full_disk = full

    @rule()
    def it_restarts(self) -> None:
        self._restart()

    @invariant()
    def nothing_is_announced_twice_without_a_flag(self) -> None:
        plain = Counter(each.payment.key for each in self.world.heard if not each.possible_duplicate)
        assert all(times == 1 for times in plain.values())

    @invariant()
    def nothing_pending_or_silent_is_announced(self) -> None:
        heard = {each.payment.key for each in self.world.heard}
        assert heard <= self.owed.keys()
        assert not heard & self.forgiven

    @invariant()
    def repeats_are_flagged_and_no_more_than_the_outbox(self) -> None:
        again = sum(each.possible_duplicate for each in self.world.heard)
        assert again <= BATCH * self.crashes

    def teardown(self) -> None:
        """Let everything come to rest; then the wallet's list and the public's agree."""
        self.world.full_disk = False
        self.world.fail_at = self.world.crash_at = None
        self.process.missed = True
        for _ in range(2):
            self.process.poll()
            self.process.finish_window()
        heard = {each.payment.key: each.payment.status.value for each in self.world.heard}
        expected = {
            key: "success" if status is Status.SUCCESS else "failed" for key, status in self.owed.items()
        }
        assert heard == expected

    def _under(self, step: Any, crash: int | None, fail: int | None) -> None:
        self.world.crash_at, self.world.fail_at = crash, fail
        before = len(self.world.heard)
        try:
            step()
        except Crashed:
            self.crashes += 1
            self._restart()
        finally:
            self.world.crash_at = self.world.fail_at = None
        self._check_order(self.world.heard[before:])

    @staticmethod
    def _check_order(heard: Iterable[Any]) -> None:
        dates = [each.payment.date for each in heard if not each.possible_duplicate]
        assert dates == sorted(dates)

    def _restart(self) -> None:
        full, self.world.full_disk = self.world.full_disk, False
        self.process = Process(self.world)
        self.world.full_disk = full


TestInterleavings = pytest.mark.filterwarnings("ignore")(Interleavings.TestCase)
Interleavings.TestCase.settings = settings(
    max_examples=15, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
