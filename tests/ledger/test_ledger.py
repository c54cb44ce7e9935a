"""What a row means to the ledger, and what follows from taking it."""

from dataclasses import replace
from datetime import timedelta
import json

import pytest

from custom_components.qiwi.api import Status, UnreadableRow
from custom_components.qiwi.ledger import News, stored
from custom_components.qiwi.payments import Announcement

from .rows import BOOKS, NOON, TOTALS, met, row, taken

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
KEY = ("25050000001", "IN")


def outbox(ledger: object) -> list[tuple[int, bool]]:
    """Return what waits to be told: how much, and whether it is flagged."""
    items: list[Announcement] = list(ledger.outbox)  # type: ignore[attr-defined]
    return [(int(item.payment.amount), item.possible_duplicate) for item in items]


def test_what_a_wallet_held_before_it_was_added_is_not_announced() -> None:
    ledger = met(row(1, NOON - 2 * SECOND), row(2, NOON), row(3, NOON + 60 * 365 * DAY))
    assert ledger.outbox == ()
    for known in (row(1, NOON - 2 * SECOND), row(2, NOON), row(3, NOON + 60 * 365 * DAY)):
        assert ledger.news(known) is News.KNOWN


def test_what_was_paid_before_the_first_contact_is_baseline_whenever_it_appears() -> None:
    ledger = met()
    late = row(1, NOON - SECOND)
    assert ledger.news(late) is News.FINAL
    ledger = taken(ledger, late, now=NOON + HOUR)
    assert ledger.outbox == ()
    assert ledger.state(TOTALS).last_received is not None


def test_a_payment_of_the_very_second_of_the_first_contact_is_announced() -> None:
    ledger = taken(met(row(1, NOON)), row(2, NOON))
    assert outbox(ledger) == [(2, False)]


def test_what_waited_at_the_first_contact_is_announced_when_it_has_its_outcome() -> None:
    ledger = met(row(1, NOON - 3 * DAY, Status.WAITING))
    assert ledger.news(row(1, NOON - 3 * DAY)) is News.FINAL
    assert outbox(taken(ledger, row(1, NOON - 3 * DAY))) == [(1, False)]


def test_nothing_is_taken_twice() -> None:
    ledger = taken(met(), row(1, NOON), row(1, NOON), row(2, NOON))
    assert outbox(ledger) == [(1, False), (2, False)]
    assert taken(ledger, row(1, NOON)) is ledger


def test_an_id_that_comes_with_another_type_is_another_payment() -> None:
    ledger = taken(met(), row(1, NOON))
    assert ledger.news(row(1, NOON, type="OUT")) is News.FINAL


def test_a_failed_payment_that_succeeds_after_all_is_announced_as_what_it_became() -> None:
    ledger = taken(met(), row(1, NOON, Status.ERROR))
    assert ledger.state(TOTALS).days == {}
    assert ledger.news(row(1, NOON, Status.ERROR)) is News.KNOWN
    assert ledger.news(row(1, NOON)) is News.FINAL
    ledger = taken(ledger, row(1, NOON))
    assert [item.payment.status for item in ledger.outbox] == ["failed", "success"]  # type: ignore[attr-defined]
    assert ledger.news(row(1, NOON)) is News.KNOWN
    assert ledger.failed == {"IN": {}}


def test_a_failed_payment_of_the_time_before_is_announced_when_money_comes_after_all() -> None:
    ledger = met(row(1, NOON - HOUR, Status.ERROR))
    assert outbox(taken(ledger, row(1, NOON - HOUR))) == [(1, False)]


def test_a_success_that_fails_afterwards_is_told_once_and_announced_never() -> None:
    ledger = taken(met(), row(1, NOON))
    failed = row(1, NOON, Status.ERROR)
    assert ledger.news(failed) is News.REVERSED
    ledger = ledger.noted([failed])
    assert ledger.reversed == {"IN": {KEY[0]: int(NOON.timestamp())}}
    assert ledger.news(failed) is News.KNOWN
    assert ledger.news(row(1, NOON)) is News.KNOWN
    assert ledger.noted([failed]) is ledger
    assert taken(ledger, failed) is ledger


def test_a_final_row_that_waits_again_changes_nothing() -> None:
    ledger = taken(met(), row(1, NOON))
    assert ledger.news(row(1, NOON, Status.WAITING)) is News.KNOWN


def test_what_first_appears_behind_the_watermark_is_not_news() -> None:
    ledger = met(row(1, NOON))
    assert ledger.news(row(2, NOON - DAY - SECOND)) is News.BEHIND
    assert ledger.news(row(3, NOON - DAY - SECOND, Status.WAITING)) is News.BEHIND
    assert ledger.noted([row(3, NOON - DAY - SECOND, Status.WAITING)]) is ledger
    assert ledger.news(row(4, NOON - DAY)) is News.FINAL


def test_a_row_that_the_wallet_dates_anew_is_known_behind_the_watermark_too() -> None:
    ledger = taken(met(), row(1, NOON)).advanced(NOON + 3 * DAY, books=BOOKS)
    ledger = taken(ledger, row(2, NOON + 4 * DAY), now=NOON + 4 * DAY).advanced(NOON + 4 * DAY, books=BOOKS)
    assert ledger.news(row(1, NOON + 4 * DAY)) is News.KNOWN


def test_clocks_that_run_ahead_make_nothing_look_old() -> None:
    ledger = taken(met(), row(1, NOON))
    ahead = ledger.advanced(NOON + 20 * DAY, books=BOOKS)
    assert ahead.news(row(2, NOON + HOUR)) is News.FINAL
    assert ahead.advanced(NOON - 365 * DAY, books=BOOKS).watermark == ahead.watermark


def test_a_row_dated_in_the_future_does_not_move_the_watermark() -> None:
    ledger = taken(met(), row(1, NOON), row(2, NOON + 365 * DAY)).advanced(NOON + DAY, books=BOOKS)
    assert ledger.watermark == int(NOON.timestamp())
    assert ledger.news(row(2, NOON + 365 * DAY)) is News.KNOWN


def test_the_watermark_of_an_idle_wallet_follows_after_30_days() -> None:
    ledger = met().advanced(NOON + 40 * DAY, books=BOOKS)
    assert ledger.watermark == int((NOON + 10 * DAY).timestamp())


def test_the_file_stays_small_whatever_the_wallets_age() -> None:
    ledger = met()
    for day in range(4):
        for part in range(10):
            now = NOON + day * DAY + part * DAY / 10
            rows = [row(day * 5000 + part * 500 + i, now) for i in range(500)]
            ledger = taken(ledger, *rows, now=now).published(500)
        ledger = ledger.advanced(now - DAY, books=BOOKS)
    assert 5000 <= len(ledger.seen["IN"]) <= 7000
    assert len(json.dumps(stored.to_json(ledger, BOOKS), indent=2)) < 300_000


def test_pending_rows_are_looked_up_less_and_less_and_given_up_after_90_days() -> None:
    ledger = met().noted([row(1, NOON, Status.WAITING)])
    for age, every in ((DAY, None), (1.5 * DAY, timedelta(minutes=1)), (3 * DAY, HOUR), (8 * DAY, DAY)):
        assert dict(ledger.overdue(NOON + age)).get(NOON) == every
    assert dict(ledger.overdue(NOON + 91 * DAY)) == {NOON: DAY}
    # A window would only find it again.
    assert ledger.outwaited(NOON + 91 * DAY) == []
    ledger = taken(ledger, row(2, NOON + 90 * DAY)).advanced(NOON + 90 * DAY, books=BOOKS)
    assert ledger.outwaited(NOON + 90 * DAY) == []
    assert ledger.outwaited(NOON + 90 * DAY + SECOND) == [(KEY, NOON)]
    assert ledger.given_up([KEY]).pending == {"IN": {}}


def test_an_unreadable_row_is_noted_once_and_forgotten_when_it_can_be_read() -> None:
    odd = UnreadableRow(transaction_id=KEY[0], type=KEY[1], date=NOON)
    other = UnreadableRow(transaction_id=None, type=None, date=None)
    ledger = met().noted([], [odd, other, odd])
    assert ledger.unreadable == (odd, other)
    assert ledger.noted([], [odd]) is ledger
    ledger = taken(ledger, row(1, NOON))
    assert ledger.unreadable == (other,)
    assert outbox(ledger) == [(1, False)]


def test_unreadable_rows_are_kept_up_to_a_number() -> None:
    odd = [UnreadableRow(transaction_id=str(number), type="IN", date=NOON) for number in range(150)]
    assert met().noted([], odd).unreadable == tuple(odd[50:])


@pytest.mark.parametrize(("age", "late"), [(HOUR, False), (HOUR + SECOND, True), (-HOUR, False)])
def test_a_payment_announced_over_an_hour_after_it_was_paid_is_late(age: timedelta, late: bool) -> None:
    ledger = taken(met(now=NOON - DAY), row(1, NOON - age))
    assert [item.late for item in ledger.outbox] == [late]  # type: ignore[attr-defined]


def test_a_crash_flags_what_was_left_and_an_orderly_stop_does_not() -> None:
    ledger = taken(met(), row(1, NOON), row(2, NOON))
    assert outbox(ledger.published(1).restarted()) == [(2, True)]
    ledger = stored.from_json({**stored.to_json(ledger, BOOKS), "stopped": True}, BOOKS).restarted()
    assert outbox(ledger) == [(1, False), (2, False)]
    assert not ledger.stopped


def test_what_a_stop_left_in_a_restored_backup_may_have_been_told_since() -> None:
    ledger = replace(taken(met(), row(1, NOON)), stopped=True, in_backup=True).restarted()
    assert outbox(ledger) == [(1, True)]
    assert not ledger.stopped


def test_what_was_paid_before_a_backup_was_restored_is_doubtful() -> None:
    ledger = met(now=NOON - DAY).doubted(NOON)
    ledger = taken(ledger, row(1, NOON), row(2, NOON + SECOND), now=NOON + SECOND)
    assert outbox(ledger) == [(1, True), (2, False)]


def test_until_a_window_was_read_all_that_a_restored_backup_finds_is_doubtful() -> None:
    ledger = replace(met(now=NOON - DAY), in_backup=True).doubted(NOON)
    ledger = taken(ledger, row(1, NOON + 365 * DAY))
    ledger = taken(ledger.trusted(), row(2, NOON + 365 * DAY))
    assert outbox(ledger) == [(1, True), (2, False)]
    assert ledger.trusted() is ledger
