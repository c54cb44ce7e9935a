"""What the ledger forgets and keeps as its watermark moves, and that it loses nothing on its way to the disk."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
import json

from custom_components.qiwi.api import Status, UnreadableRow
from custom_components.qiwi.ledger import Ledger, News, Past, Total, TotalsBook, keys, stored
from custom_components.qiwi.ledger.goal import GoalSettings
from custom_components.qiwi.ledger.goals import GoalsBook
from custom_components.qiwi.ledger.totals import spent
from custom_components.qiwi.payments import Direction, Kind, Payment

from .rows import BOOKS, NOON, TOTALS, met, row, taken

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
GOAL = GoalSettings(goal_id="goal", name="Goal", currency="RUB", created=NOON, target=Decimal(5))


def epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def reread(ledger: Ledger) -> Ledger:
    """Return the ledger as the next start finds it."""
    return stored.from_json(json.loads(json.dumps(stored.to_json(ledger, BOOKS))), BOOKS)


def old_document(**changes: object) -> dict[str, object]:
    """Return a ledger that the first version wrote, of a wallet in which nothing was paid."""
    return {
        "version": 1,
        "floor": epoch(NOON),
        "baseline_before": None,
        "newest": 0,
        "in_backup": False,
        "stopped": False,
        "history_before": None,
        "doubtful_until": None,
        "seen": {},
        "pending": {},
        "outbox": [],
        "totals": {},
        "last_received": None,
        "last_sent": None,
        "currency": None,
        **changes,
    }


# The first contact


def test_the_newest_payment_is_known_however_old_it_is_and_none_of_the_future() -> None:
    assert met(row(1, NOON - 3 * DAY), row(2, NOON - 4 * DAY)).newest == epoch(NOON - 3 * DAY)
    assert met(row(1, NOON, Status.WAITING)).newest == epoch(NOON)
    assert met(row(1, NOON + DAY, Status.WAITING)).newest == 0


# What is kept


def test_a_row_that_waits_is_kept_until_it_is_given_up() -> None:
    ledger = taken(met(), row(9, NOON + 100 * DAY), now=NOON + 100 * DAY)
    ledger = ledger.noted([row(1, NOON + SECOND, Status.WAITING)])
    ledger = ledger.advanced(NOON + 90 * DAY, books=BOOKS)
    assert ledger.news(row(1, NOON + SECOND)) is News.FINAL
    ledger = ledger.given_up([row(1, NOON + SECOND).key])
    assert ledger.news(row(1, NOON + SECOND)) is News.BEHIND


def test_a_row_that_has_its_outcome_is_looked_up_no_more() -> None:
    ledger = met(row(1, NOON - 3 * DAY, Status.WAITING), row(2, NOON - 3 * DAY, Status.WAITING))
    assert len(ledger.overdue(NOON)) == 2
    assert len(taken(ledger, row(1, NOON - 3 * DAY)).overdue(NOON)) == 1


def test_of_reversed_rows_those_of_90_days_are_kept() -> None:
    ledger = taken(met(), row(1, NOON), row(2, NOON + 100 * DAY), now=NOON + 100 * DAY)
    ledger = ledger.noted([row(1, NOON, Status.ERROR)])
    assert keys.holds(ledger.advanced(NOON + 80 * DAY, books=BOOKS).reversed, row(1, NOON).key)
    assert not keys.holds(ledger.advanced(NOON + 100 * DAY, books=BOOKS).reversed, row(1, NOON).key)


def test_behind_the_watermark_a_thousand_failed_rows_are_kept() -> None:
    failed = [row(number, NOON + number * SECOND, Status.ERROR) for number in range(1, 1102)]
    ledger = taken(met(), *failed, row(2000, NOON + 3 * DAY), now=NOON + 3 * DAY)
    ledger = ledger.advanced(NOON + 2 * DAY, books=BOOKS)
    assert len(ledger.failed["IN"]) == 1000
    # Money may come after all for each of the newest.
    assert ledger.news(row(102, NOON + 102 * SECOND)) is News.FINAL
    assert ledger.news(row(101, NOON + 101 * SECOND)) is News.BEHIND


def test_the_sums_of_days_long_past_are_forgotten_when_the_watermark_moves() -> None:
    ledger = taken(met(), row(1, NOON), row(2, NOON + 100 * DAY), now=NOON + 100 * DAY)
    ledger = ledger.advanced(NOON + 99 * DAY, books=BOOKS)
    assert list(ledger.state(TOTALS).days) == [(NOON + 100 * DAY).date()]


def test_keys_of_the_limit_and_after_it_are_kept_and_the_newest_before_it() -> None:
    dates = {"IN": {"1": 10, "2": 20, "3": 30}, "OUT": {"1": 25}}
    assert keys.since(dates, 30) == {"IN": {"3": 30}, "OUT": {}}
    assert keys.since(dates, 31, spare=2) == {"IN": {"3": 30}, "OUT": {"1": 25}}


def test_the_newest_key_between_two_dates_may_be_of_either_of_them() -> None:
    dates = {"IN": {"1": 10, "2": 20}, "OUT": {"1": 15}}
    assert keys.newest(dates, 11, 19) == ("1", "OUT")
    assert keys.newest(dates, 10, 10) == ("1", "IN")
    assert keys.newest(dates, 21, 30) is None


# What follows from a payment


def test_in_a_restored_backup_what_follows_from_a_payment_is_flagged_as_the_payment_is() -> None:
    books = (TOTALS, GoalsBook([GOAL]))
    ledger = replace(Ledger.first_contact([], now=NOON, books=books), in_backup=True)
    ledger = ledger.taken([Payment.from_transaction(row(7, NOON + SECOND))], now=NOON + SECOND, books=books)
    assert [(item.kind, item.possible_duplicate) for item in ledger.outbox] == [  # type: ignore[attr-defined]
        ("payment", True),
        ("goal_reached", True),
    ]


def test_a_book_whose_state_stays_changes_nothing_and_what_it_tells_waits_all_the_same() -> None:
    ledger = taken(met(), row(1, NOON))
    (item,) = ledger.outbox
    state = ledger.state(TOTALS)
    assert ledger.with_state(TOTALS, state) is ledger
    assert ledger.with_state(TOTALS, state, item).outbox == (item, item)
    other = TOTALS.empty()
    assert ledger.with_state(TOTALS, other, item).outbox == (item, item)
    assert ledger.with_state(TOTALS, other).state(TOTALS) is other


# The disk


def test_that_a_ledger_was_written_for_a_backup_and_what_cannot_be_read_survive_the_disk() -> None:
    odd = UnreadableRow(transaction_id="7", type="IN", date=NOON)
    ledger = replace(met().noted([], [odd]), in_backup=True, stopped=True, doubtful_until=5)
    assert reread(ledger) == ledger


def test_a_first_version_without_any_payment_is_read() -> None:
    ledger = stored.from_json(old_document(), BOOKS)
    assert ledger.news(row(1, NOON)) is News.FINAL


def test_of_payments_that_the_first_version_knew_it_is_not_concluded_that_they_failed_later() -> None:
    ledger = stored.from_json(
        old_document(seen={"IN": {row(1, NOON).transaction_id: epoch(NOON + SECOND)}}), BOOKS
    )
    assert ledger.news(row(1, NOON + SECOND, Status.ERROR)) is News.KNOWN
    ledger = taken(ledger, row(2, NOON + 2 * SECOND), now=NOON + 2 * SECOND)
    assert ledger.news(row(2, NOON + 2 * SECOND, Status.ERROR)) is News.REVERSED


# The sums


def test_two_sums_are_one() -> None:
    one = Total(count=2, amount=Decimal(5), received=Decimal(3))
    other = Total(count=1, amount=Decimal(7), received=Decimal(7))
    assert one.plus(other) == Total(count=3, amount=Decimal(12), received=Decimal(10))


def test_only_what_left_for_good_was_spent() -> None:
    total = Total(count=1, amount=Decimal(7))
    assert spent(Direction.OUT, Kind.TRANSFER, total) == 7
    assert spent(Direction.OUT, Kind.CONVERSION, total) == 0
    assert spent(Direction.IN, Kind.TRANSFER, total) == 0


def test_a_month_begins_with_its_first_local_moment() -> None:
    moscow = timezone(timedelta(hours=3))
    book = TotalsBook(received=(), zone=lambda: moscow)
    moment = datetime(2026, 5, 31, 21, 59, 58, 7, tzinfo=UTC)
    assert book.month_of(moment) == datetime(2026, 6, 1, tzinfo=moscow)
    assert book.month_of(moment - HOUR) == datetime(2026, 5, 1, tzinfo=moscow)


def test_the_latest_payment_sent_is_none_that_was_received_and_none_that_is_older() -> None:
    ledger = taken(met(), row(1, NOON, type="OUT"), row(2, NOON + SECOND), row(3, NOON - SECOND, type="OUT"))
    last = ledger.state(TOTALS).last_sent
    assert last is not None
    assert last.amount == 1


def test_of_a_page_of_the_past_only_what_is_not_known_counts_whatever_stands_before_it() -> None:
    waiting, known = row(2, NOON - 3 * DAY, Status.WAITING), row(8, NOON - 3 * DAY)
    ledger = met(row(8, NOON - 3 * DAY, Status.WAITING))
    past = Past(TOTALS, ledger.watermark, ledger.knows)
    at_the_watermark = row(4, NOON - DAY)
    past.add([at_the_watermark, known, row(1, NOON - 3 * DAY), waiting], NOON)
    past.add([row(1, NOON - 3 * DAY), row(16, NOON - 3 * DAY)], NOON)
    counted = ledger.with_past(past, TOTALS)
    sums = [total.amount for day in counted.state(TOTALS).days.values() for total in day.values()]
    assert sums == [17]
    assert counted.pending["IN"][waiting.transaction_id] == epoch(waiting.date)
