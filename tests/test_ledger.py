"""None lost, none twice: the ledger under every interleaving of payments, faults, restarts and crashes."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
import json
from typing import Any, override
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
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
from custom_components.qiwi.payments import Direction, Key, Kind, Payment

from .ledger_machine import COUNTING, NOON, CrashedError, Process, World, row

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

    @rule(crash=st.none() | st.integers(0, 6))
    def it_looks_up_what_is_pending(self, crash: int | None) -> None:
        if self.process.ledger:
            self._under(self.process.look_up_pending, crash, None)

    @rule(full=st.booleans())
    def the_disk_fills_or_empties(self, full: bool) -> None:
        self.world.full_disk = full

    @rule()
    def it_restarts(self) -> None:
        self._restart()

    @rule(reconcile=st.booleans(), crash=st.none() | st.integers(0, 12))
    def it_polls_and_catches_up(self, reconcile: bool, crash: int | None) -> None:
        def catch_up() -> None:
            self.process.poll(reconcile)
            self.process.finish_window()

        self._under(catch_up, crash, None, in_order=False)

    @rule(reconcile=st.booleans(), after=st.integers(0, 5), crash=st.none() | st.integers(0, 12))
    def it_is_stopped_in_the_middle(self, reconcile: bool, after: int, crash: int | None) -> None:
        process = self.process
        process.stops_after = after

        def poll_and_stop() -> None:
            process.poll(reconcile)
            process.finish_window()
            process.stops_after = 0
            if process.stop():
                self.process = Process(self.world)
            else:
                # Nobody can write down what was announced: as good as a crash.
                self._restart()

        self._under(poll_and_stop, crash, None, in_order=False)

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

    @override
    def teardown(self) -> None:
        """Let everything come to rest; then the wallet's list and the public's agree."""
        self.world.full_disk = False
        self.world.fail_at = self.world.crash_at = None
        for _ in range(2):
            self.process.poll(reconcile=True)
            self.process.finish_window()
            self.process.look_up_pending()
        heard = {each.payment.key: each.payment.status.value for each in self.world.heard}
        expected = {
            key: "success" if status is Status.SUCCESS else "failed" for key, status in self.owed.items()
        }
        assert heard == expected

    def _under(self, step: Any, crash: int | None, fail: int | None, *, in_order: bool = True) -> None:
        self.world.crash_at, self.world.fail_at = crash, fail
        before = len(self.world.heard)
        try:
            step()
        except CrashedError:
            self._restart()
        finally:
            self.world.crash_at = self.world.fail_at = None
        # What is announced together leaves in paid order, but a window does not hold up a poll;
        # a row that settles late is announced when it is found.
        heard = self.world.heard[before:]
        dates = [each.payment.date for each in heard if not each.possible_duplicate and not each.late]
        assert not in_order or dates == sorted(dates)

    def _restart(self) -> None:
        self.crashes += 1
        full, self.world.full_disk = self.world.full_disk, False
        self.process = Process(self.world)
        self.world.full_disk = full


TestInterleavings = pytest.mark.filterwarnings("ignore")(Interleavings.TestCase)
Interleavings.TestCase.settings = settings(
    max_examples=400, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)


def test_a_stored_ledger_comes_back() -> None:
    ledger = staged(met(row(1, NOON - HOUR)), row(2, NOON), row(3, NOON, type="OUT")).noted(
        [row(4, NOON, Status.WAITING)]
    )
    stored = json.loads(json.dumps(ledger.as_json()))
    assert Ledger.from_json(stored) == ledger
    assert [each.payment.transaction_id for each in ledger.outbox] == ["25050000002", "25050000003"]
    assert all(each.possible_duplicate for each in ledger.restarted().outbox)
    stopped = replace(ledger, stopped=True).restarted()
    assert not any(each.possible_duplicate for each in stopped.outbox)


@pytest.mark.parametrize(
    "change",
    [
        {"version": SCHEMA + 1},
        {"version": "1"},
        {"floor": None},
        {"floor": True},
        {"stopped": 0},
        {"seen": []},
        {"seen": {"IN": {"1": "2"}}},
        {"outbox": [{}]},
        {"outbox": None},
        {"totals": {"2026-05-06": {"RUB in gift": [1, "1", "1"]}}},
        {"totals": {"2026-05-06": {"RUB in transfer": [1, "NaN", "1"]}}},
        {"totals": {"2026-05-06": {"RUB in transfer": [1]}}},
        {"totals": {"someday": {}}},
        {"last_sent": 7},
        {"currency": 643},
    ],
)
def test_a_damaged_or_newer_ledger_is_refused(change: dict[str, Any]) -> None:
    stored = {**json.loads(json.dumps(met().as_json())), **change}
    with pytest.raises(LedgerError):
        Ledger.from_json(stored)


def test_an_older_ledger_is_migrated_step_by_step() -> None:
    def rename(document: Any) -> Any:
        return {**document, "version": SCHEMA, "floor": document["begin"]}

    stored = met().as_json()
    old = {**stored, "version": 0, "begin": stored["floor"], "floor": None}
    assert Ledger.from_json(old, migrations={0: rename}) == met()
    with pytest.raises(LedgerError):
        Ledger.from_json({**old, "begin": "x"}, migrations={0: rename})
    with pytest.raises(LedgerError):
        Ledger.from_json({})


def test_the_file_stays_small_whatever_the_wallets_age() -> None:
    ledger = met()
    now = NOON
    for day in range(4):
        for part in range(10):
            now = NOON + day * DAY + part * DAY / 10
            rows = [row(day * 5000 + part * 500 + i, now) for i in range(500)]
            ledger = staged(ledger, *rows, now=now).noted(rows).published(500)
        ledger = ledger.reconciled(now, counting=COUNTING)
    assert 5000 <= len(ledger.seen["IN"]) <= 6000
    assert len(json.dumps(ledger.as_json(), indent=2)) < 300_000


def test_a_wallet_clock_that_runs_ahead_makes_nothing_look_old() -> None:
    ledger = met(row(1, NOON))
    ahead = ledger.reconciled(NOON + 365 * DAY, counting=COUNTING)
    assert ahead.news(row(2, NOON + HOUR)) is News.ANNOUNCE
    behind = ahead.reconciled(NOON - 365 * DAY, counting=COUNTING)
    assert behind.floor == ahead.floor


def test_what_first_appears_behind_the_floor_is_not_news() -> None:
    ledger = met(row(1, NOON))
    assert ledger.news(row(2, NOON - DAY - SECOND)) is News.BEHIND
    assert ledger.news(row(3, NOON - DAY - SECOND, Status.WAITING)) is News.BEHIND
    assert ledger.noted([row(3, NOON - DAY - SECOND, Status.WAITING)]) is ledger


def test_a_late_change_of_a_final_status_is_no_news() -> None:
    ledger = met(row(1, NOON))
    assert ledger.news(row(1, NOON, Status.ERROR)) is News.KNOWN


def test_without_a_wallet_clock_everything_to_come_is_news() -> None:
    ledger = Ledger.first_contact([], now=None, counting=COUNTING)
    assert ledger.news(row(1, NOON - 365 * DAY)) is News.ANNOUNCE


def test_old_pending_rows_are_asked_for_less_and_less_and_dropped_after_90_days() -> None:
    ledger = met().noted([row(1, NOON, Status.WAITING)])
    key = ("25050000001", "IN")
    for age, every in ((DAY, None), (1.5 * DAY, timedelta(minutes=1)), (3 * DAY, HOUR), (8 * DAY, DAY)):
        asked = {each: how_often for each, _, how_often in ledger.overdue(NOON + age)}
        assert asked.get(key) == every
    assert [how_often for *_, how_often in ledger.overdue(NOON + 91 * DAY)] == [DAY]
    assert ledger.forgotten_pending(NOON + 89 * DAY) == []
    assert ledger.forgotten_pending(NOON + 91 * DAY) == [key]
    assert ledger.reconciled(NOON + 91 * DAY, counting=COUNTING).pending == {"IN": {}}


def test_totals_count_local_days_and_only_success() -> None:
    moscow = Counting(zone=ZoneInfo("Europe/Moscow"), received=frozenset({Kind.TRANSFER}))
    midnight = datetime(2026, 5, 6, 21, 0, tzinfo=UTC)
    rows = [
        row(1, midnight - SECOND),
        row(2, midnight),
        row(4, midnight, account="+79000000000"),
        row(8, midnight, Status.ERROR),
        row(16, midnight, type="OUT"),
    ]
    payments = [Payment.from_transaction(each) for each in rows]
    totals = met().staged(payments, now=midnight, counting=moscow).totals
    assert totals[date(2026, 5, 6)] == {
        ("RUB", Direction.IN, Kind.TRANSFER): Total(count=1, amount=Decimal(1), received=Decimal(1))
    }
    assert totals[date(2026, 5, 7)] == {
        ("RUB", Direction.IN, Kind.TRANSFER): Total(count=1, amount=Decimal(2), received=Decimal(2)),
        ("RUB", Direction.IN, Kind.TOP_UP): Total(count=1, amount=Decimal(4)),
        ("RUB", Direction.OUT, Kind.BILL): Total(count=1, amount=Decimal(16)),
    }


def test_totals_are_kept_for_62_days() -> None:
    ledger = staged(met(), row(1, NOON))
    assert ledger.reconciled(NOON + 62 * DAY, counting=COUNTING).totals
    assert not ledger.reconciled(NOON + 63 * DAY, counting=COUNTING).totals


def test_the_past_is_counted_once_though_pages_overlap() -> None:
    ledger = met(now=NOON)
    history = History(ledger.history_before or 0, COUNTING)
    old = [row(1, NOON - 3 * DAY), row(2, NOON - 4 * DAY, Status.WAITING), row(4, NOON - 5 * DAY, type="OUT")]
    history.add([row(9, NOON), *old])
    history.add(old)
    counted = ledger.with_history(history)
    assert sum(total.amount for day in counted.totals.values() for total in day.values()) == 5
    assert counted.pending == {"IN": {"25050000002": int((NOON - 4 * DAY).timestamp())}}
    assert counted.last_received and counted.last_received.amount == 1
    assert counted.last_sent and counted.last_sent.amount == 4


def test_a_window_under_way_holds_back_what_it_covers() -> None:
    ledger = met(row(1, NOON - HOUR))
    reading = Reading(NOON - DAY, NOON, begun=NOON)
    rows = [row(3, NOON + SECOND), row(2, NOON), row(1, NOON - HOUR)]
    assert holds_news(ledger, reading, rows)
    assert not holds_news(ledger, reading, rows[1:])
    _, payments = sort_out(ledger, reading, rows)
    assert [payment.amount for payment in payments] == [3]
    assert reading.held == 1
    reading.extend(NOON - HOUR)
    assert reading.end == NOON
    reading.extend(NOON + HOUR)
    reading.range_done()
    assert reading.next_range() == (NOON, NOON + HOUR)


def test_one_second_leaves_in_the_order_it_was_paid() -> None:
    ledger = met(row(1, NOON - HOUR))
    reading = Reading(NOON - DAY, NOON, begun=NOON)
    reading.read([row(number, NOON) for number in (7, 3, 5)], ledger)
    news, silent = reading.oldest_held()
    assert [payment.amount for payment in news] == [5, 3, 7]
    assert silent == []
    _, payments = sort_out(ledger, None, [row(number, NOON) for number in (7, 3, 5)])
    assert [payment.amount for payment in payments] == [5, 3, 7]


def test_a_row_found_later_in_a_windows_last_second_keeps_its_place() -> None:
    ledger = met(row(1, NOON - HOUR))
    reading = Reading(NOON - DAY, NOON, begun=NOON)
    sort_out(ledger, reading, [row(4, NOON), row(3, NOON)])
    reading.read([row(4, NOON), row(3, NOON), row(2, NOON)], ledger)
    sort_out(ledger, reading, [row(6, NOON), row(5, NOON), row(4, NOON), row(3, NOON)])
    news, _ = reading.oldest_held()
    assert [payment.amount for payment in news] == [2, 3, 4, 5, 6]


def test_newest_rows_of_a_second_that_is_being_read_come_last() -> None:
    ledger = met(row(1, NOON - HOUR))
    reading = Reading(NOON - DAY, NOON, begun=NOON)
    reading.read([row(5, NOON), row(4, NOON)], ledger)
    sort_out(ledger, reading, [row(7, NOON), row(6, NOON)])
    reading.read([row(3, NOON), row(2, NOON)], ledger)
    news, _ = reading.oldest_held()
    assert [payment.amount for payment in news] == [2, 3, 4, 5, 6, 7]


def test_rows_between_others_of_a_second_leave_between_them() -> None:
    ledger = met(row(1, NOON - HOUR))
    reading = Reading(NOON - DAY, NOON, begun=NOON)
    sort_out(ledger, reading, [row(3, NOON), row(2, NOON)])
    sort_out(ledger, reading, [row(8, NOON), row(7, NOON)])
    reading.read([row(8, NOON), row(7, NOON), row(6, NOON), row(5, NOON)], ledger)
    reading.read([row(4, NOON), row(3, NOON), row(2, NOON)], ledger)
    news, _ = reading.oldest_held()
    assert [payment.amount for payment in news] == [2, 3, 4, 5, 6, 7, 8]


def test_what_arrives_behind_the_place_a_window_has_come_to_is_read_at_once() -> None:
    ledger = met(row(1, NOON - HOUR))
    reading = Reading(NOON - DAY, NOON, begun=NOON)
    assert not holds_news(ledger, reading, [row(3, NOON)])
    reading.read([row(2, NOON - HOUR)], ledger)
    assert holds_news(ledger, reading, [row(3, NOON)])
    assert not holds_news(ledger, reading, [row(2, NOON - HOUR), row(3, NOON - 2 * HOUR)])
