"""What payments add up to: by local day, successes only, and the newest of each direction."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from custom_components.qiwi.api import Status
from custom_components.qiwi.ledger import Past, Sighting, Total, Totals, TotalsBook
from custom_components.qiwi.payments import Direction, Kind, Payment

from .rows import NOON, TOTALS, met, row

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def added(book: TotalsBook, *rows: object) -> Totals:
    totals = book.empty()
    for each in rows:
        totals, items = book.apply(totals, Payment.from_transaction(each), Sighting(now=NOON))  # type: ignore[arg-type]
        assert items == ()
    return totals


def test_totals_count_local_days_and_only_success() -> None:
    moscow = TotalsBook(received=[Kind.TRANSFER], zone=lambda: ZoneInfo("Europe/Moscow"))
    midnight = datetime(2026, 5, 6, 21, 0, tzinfo=UTC)
    totals = added(
        moscow,
        row(1, midnight - SECOND),
        row(2, midnight),
        row(4, midnight, account="+79000000000"),
        row(8, midnight, Status.ERROR),
        row(16, midnight, type="OUT"),
    )
    assert totals.days[date(2026, 5, 6)] == {
        ("RUB", Direction.IN, Kind.TRANSFER): Total(count=1, amount=Decimal(1), received=Decimal(1))
    }
    assert totals.days[date(2026, 5, 7)] == {
        ("RUB", Direction.IN, Kind.TRANSFER): Total(count=1, amount=Decimal(2), received=Decimal(2)),
        ("RUB", Direction.IN, Kind.TOP_UP): Total(count=1, amount=Decimal(4)),
        ("RUB", Direction.OUT, Kind.BILL): Total(count=1, amount=Decimal(16)),
    }
    assert totals.last_received and totals.last_received.amount == 4
    assert totals.last_sent and totals.last_sent.amount == 16


def test_totals_are_kept_for_62_days() -> None:
    totals = added(TOTALS, row(1, NOON))
    assert TOTALS.pruned(totals, NOON + 62 * DAY) is totals
    assert not TOTALS.pruned(totals, NOON + 63 * DAY).days


def test_an_older_payment_is_not_the_latest() -> None:
    assert added(TOTALS, row(1, NOON), row(2, NOON - DAY)).last_received.amount == 1  # type: ignore[union-attr]


def test_what_is_only_shown_is_not_counted() -> None:
    payments = [Payment.from_transaction(each) for each in (row(1, NOON), row(2, NOON, Status.WAITING))]
    totals = TOTALS.shown(TOTALS.empty(), payments)
    assert totals.last_received is payments[0]
    assert totals.days == {}


def test_the_past_is_counted_once_though_pages_overlap() -> None:
    ledger = met(row(8, NOON - 3 * DAY, Status.WAITING))
    past = Past(TOTALS, ledger.watermark, ledger.knows)
    old = [row(1, NOON - 3 * DAY), row(2, NOON - 4 * DAY, Status.WAITING), row(4, NOON - 5 * DAY, type="OUT")]
    past.add([row(9, NOON), row(8, NOON - 3 * DAY), *old], NOON)
    past.add(old, NOON)
    counted = ledger.with_past(past, TOTALS)
    totals = counted.state(TOTALS)
    assert sum(total.amount for day in totals.days.values() for total in day.values()) == 5
    # What waited at the first contact counts when it is announced.
    assert counted.pending["IN"].keys() == {"25050000002", "25050000008"}
    assert totals.last_received and totals.last_received.amount == 1
    assert totals.last_sent and totals.last_sent.amount == 4
    assert counted.backfill_before is None


def test_sums_of_one_day_are_merged() -> None:
    merged = TOTALS.merged(added(TOTALS, row(1, NOON)), added(TOTALS, row(2, NOON), row(4, NOON, type="OUT")))
    assert [total.amount for total in merged.days[NOON.date()].values()] == [3, 4]
    assert merged.last_sent is not None


@pytest.mark.parametrize(
    "days",
    [
        {"someday": {}},
        {"2026-05-06": {"RUB in gift": [1, "1", "1"]}},
        {"2026-05-06": {"RUB in transfer": [1, "NaN", "1"]}},
        {"2026-05-06": {"RUB in transfer": [1]}},
        {"2026-05-06": {"RUB in transfer": ["1", "1", "1"]}},
    ],
)
def test_damaged_sums_are_refused(days: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        TOTALS.from_json({"days": days, "last_received": None, "last_sent": None})
