"""A stored ledger comes back as it was, an older one is migrated, and a damaged one is refused."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
import json
from pathlib import Path
from typing import Any

import pytest

from custom_components.qiwi.api import Status, UnreadableRow
from custom_components.qiwi.ledger import LedgerError, News, stored
from custom_components.qiwi.ledger.stored import SCHEMA

from .rows import BOOKS, NOON, TOTALS, met, row, taken

HOUR = timedelta(hours=1)
FILES = Path(__file__).parent / "files"


def test_a_stored_ledger_comes_back() -> None:
    ledger = taken(
        met(row(1, NOON - HOUR, Status.ERROR)), row(2, NOON), row(3, NOON, Status.ERROR, type="OUT")
    ).noted(
        [row(4, NOON, Status.WAITING), row(2, NOON, Status.ERROR)],
        [UnreadableRow(transaction_id="7", type=None, date=NOON), UnreadableRow()],
    )
    ledger = replace(ledger, doubtful_until=7, currency="RUB")
    assert ledger.reversed
    document = json.loads(json.dumps(stored.to_json(ledger, BOOKS)))
    assert stored.from_json(document, BOOKS) == ledger


def test_a_book_that_was_added_since_begins_empty() -> None:
    document = {**stored.to_json(met(), BOOKS), "books": {}}
    assert stored.from_json(document, BOOKS).state(TOTALS) == TOTALS.empty()


@pytest.mark.parametrize(
    "change",
    [
        {"version": SCHEMA + 1},
        {"version": "1"},
        {"version": 1},
        {"watermark": None},
        {"watermark": True},
        {"stopped": 0},
        {"seen": []},
        {"seen": {"IN": {"1": "2"}}},
        {"outbox": [{}]},
        {"outbox": None},
        {"outbox": [7]},
        {"outbox": [{"item": "payment", "payment": {}, "late": False, "possible_duplicate": False}]},
        {"outbox": [{"item": "payment", "payment": {}, "late": 0, "possible_duplicate": False}]},
        {"outbox": [{"item": "gift"}]},
        {"unreadable": [[1, None, None]]},
        {"unreadable": [["1"]]},
        {"unreadable": [[None, None, "someday"]]},
        {"books": []},
        {"books": {"gifts": {}}},
        {"books": {"totals": 7}},
        {"books": {"totals": {"days": []}}},
        {"currency": 643},
    ],
)
def test_a_damaged_or_newer_ledger_is_refused(change: dict[str, Any]) -> None:
    document = {**json.loads(json.dumps(stored.to_json(met(), BOOKS))), **change}
    with pytest.raises(LedgerError) as refused:
        stored.from_json(document, BOOKS)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("document", [None, [], {}, {"version": 1}])
def test_what_is_no_ledger_is_refused(document: object) -> None:
    with pytest.raises(LedgerError):
        stored.from_json(document, BOOKS)


def test_a_ledger_of_version_1_is_read_with_its_outbox_its_pending_rows_and_its_sums() -> None:
    document = json.loads((FILES / "version-1.json").read_text(encoding="utf-8"))
    ledger = stored.from_json(document, BOOKS)
    assert [item.payment.comment for item in ledger.outbox] == [None, "Спасибо! me@example.com"]  # type: ignore[attr-defined]
    assert ledger.pending == {"IN": {"25050000002": int((NOON - 2 * HOUR).timestamp())}}
    assert ledger.backfill_before is None
    assert ledger.currency == "RUB"
    totals = ledger.state(TOTALS)
    assert totals.last_received and totals.last_received.amount == 5
    assert totals.last_sent and totals.last_sent.amount == 4
    (day,) = totals.days.values()
    assert sum(total.amount for total in day.values()) == Decimal(10)
    # What was known stays known; whether it had failed was not kept, so nothing is concluded from it.
    for known in (
        row(1, NOON - HOUR),
        row(3, NOON, Status.ERROR),
        row(3, NOON),
        row(4, NOON, Status.ERROR, type="OUT"),
    ):
        assert ledger.news(known) is News.KNOWN
    assert ledger.news(row(6, NOON)) is News.FINAL
    assert ledger.news(row(2, NOON - 2 * HOUR)) is News.FINAL
    assert stored.from_json(json.loads(json.dumps(stored.to_json(ledger, BOOKS))), BOOKS) == ledger


def test_a_first_read_that_version_1_had_not_finished_keeps_its_baseline() -> None:
    document = json.loads((FILES / "version-1.json").read_text(encoding="utf-8"))
    document["baseline_before"] = int((NOON + HOUR).timestamp())
    ledger = taken(stored.from_json(document, BOOKS), row(8, NOON), row(9, NOON + HOUR), now=NOON + HOUR)
    assert [int(item.payment.amount) for item in ledger.outbox[2:]] == [9]  # type: ignore[attr-defined]
