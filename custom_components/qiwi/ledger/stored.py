"""The ledger's stored form: written in one shape, read strictly, and migrated from older versions."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from ..api import UnreadableRow
from ..payments import Announcement
from . import strict
from .book import OutboxItem
from .keys import Dates
from .ledger import Books, Ledger

SCHEMA: Final = 2

type Migration = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class LedgerError(ValueError):
    """A stored ledger cannot be read: it is damaged, or a newer version wrote it."""


def to_json(ledger: Ledger, books: Books) -> dict[str, Any]:
    """Return the stored form; it shares the maps with the ledger, which never change."""
    return {
        "version": SCHEMA,
        "watermark": ledger.watermark,
        "since": ledger.since,
        "newest": ledger.newest,
        "outcomes_since": ledger.outcomes_since,
        "in_backup": ledger.in_backup,
        "stopped": ledger.stopped,
        "backfill_before": ledger.backfill_before,
        "doubtful_until": ledger.doubtful_until,
        "seen": ledger.seen,
        "failed": ledger.failed,
        "reversed": ledger.reversed,
        "pending": ledger.pending,
        "unreadable": [
            [row.transaction_id, row.type, row.date.isoformat() if row.date else None]
            for row in ledger.unreadable
        ],
        "outbox": [{"item": item.kind, **item.to_json()} for item in ledger.outbox],
        "books": {book.name: book.to_json(ledger.state(book)) for book in books},
        "currency": ledger.currency,
    }


def from_json(stored: object, books: Books) -> Ledger:
    """Read the stored form: a ledger that was read wrong would lose or double payments.

    Raises:
        LedgerError: it is damaged, or a newer version of the integration wrote it.
    """
    try:
        document = strict.mapping(stored)
        while (version := strict.whole(document["version"])) in MIGRATIONS:
            document = MIGRATIONS[version](document)
    except (KeyError, TypeError, AttributeError) as error:
        raise _damaged(error) from None
    if version != SCHEMA:
        raise LedgerError(f"The ledger has the unknown version {version}")
    try:
        return _ledger(document, books)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise _damaged(error) from None


def _ledger(document: Mapping[str, Any], books: Books) -> Ledger:
    items: dict[str, type[OutboxItem]] = {Announcement.kind: Announcement}
    for book in books:
        items |= {item.kind: item for item in book.items}
    states = strict.mapping(document["books"])
    if unknown := states.keys() - {book.name for book in books}:
        raise ValueError(f"Unknown books: {len(unknown)}")
    return Ledger(
        watermark=strict.whole(document["watermark"]),
        since=strict.whole(document["since"]),
        newest=strict.whole(document["newest"]),
        outcomes_since=strict.whole(document["outcomes_since"]),
        in_backup=strict.flag(document["in_backup"]),
        stopped=strict.flag(document["stopped"]),
        backfill_before=_optional_whole(document["backfill_before"]),
        doubtful_until=_optional_whole(document["doubtful_until"]),
        seen=_dates(document["seen"]),
        failed=_dates(document["failed"]),
        reversed=_dates(document["reversed"]),
        pending=_dates(document["pending"]),
        unreadable=tuple(_unreadable(*row) for row in document["unreadable"]),
        outbox=tuple(items[item["item"]].from_json(item) for item in document["outbox"]),
        # A book that was added since begins empty.
        books={
            book.name: book.from_json(states[book.name]) if book.name in states else book.empty()
            for book in books
        },
        currency=_optional_text(document["currency"]),
    )


def _from_version_1(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the parts their new names; version 1 did not keep which payments had failed."""
    baseline = document["baseline_before"]
    newest = max((moment for moments in document["seen"].values() for moment in moments.values()), default=0)
    return {
        "version": 2,
        "watermark": document["floor"],
        "since": document["floor"] if baseline is None else baseline,
        "newest": document["newest"],
        "outcomes_since": newest + 1,
        "in_backup": document["in_backup"],
        "stopped": document["stopped"],
        "backfill_before": document["history_before"],
        "doubtful_until": document["doubtful_until"],
        "seen": document["seen"],
        "failed": {},
        "reversed": {},
        "pending": document["pending"],
        "unreadable": [],
        "outbox": [{"item": Announcement.kind, **item} for item in document["outbox"]],
        "books": {
            "totals": {
                "days": document["totals"],
                "last_received": document["last_received"],
                "last_sent": document["last_sent"],
            }
        },
        "currency": document["currency"],
    }


# From each older version to the next.
MIGRATIONS: Final[Mapping[int, Migration]] = {1: _from_version_1}


def _damaged(error: Exception) -> LedgerError:
    # Without the cause's text: it may quote a payment.
    return LedgerError(f"The ledger is damaged ({type(error).__name__})")


def _optional_whole(value: object) -> int | None:
    return None if value is None else strict.whole(value)


def _optional_text(value: object) -> str | None:
    return None if value is None else strict.text(value)


def _dates(value: object) -> Dates:
    return {
        row_type: {
            transaction_id: strict.whole(moment) for transaction_id, moment in strict.mapping(moments).items()
        }
        for row_type, moments in strict.mapping(value).items()
    }


def _unreadable(transaction_id: object, row_type: object, date: object) -> UnreadableRow:
    moment = _optional_text(date)
    return UnreadableRow(
        transaction_id=_optional_text(transaction_id),
        type=_optional_text(row_type),
        date=None if moment is None else datetime.fromisoformat(moment),
    )
