"""What is known of a wallet: pure state machines, told the time and the wallet's rows.

Pure: knows `payments` and `api`, and nothing of Home Assistant, the disk or the time.
"""

from .ledger import (
    BATCH,
    LATE,
    MIGRATIONS,
    PENDING_KEPT,
    SCHEMA,
    TOTALS_KEPT,
    WINDOW,
    Counting,
    Dates,
    History,
    Ledger,
    LedgerError,
    Migration,
    News,
    Reading,
    Total,
    TotalKey,
    Totals,
    holds_news,
    sort_out,
)

__all__ = [
    "BATCH",
    "LATE",
    "MIGRATIONS",
    "PENDING_KEPT",
    "SCHEMA",
    "TOTALS_KEPT",
    "WINDOW",
    "Counting",
    "Dates",
    "History",
    "Ledger",
    "LedgerError",
    "Migration",
    "News",
    "Reading",
    "Total",
    "TotalKey",
    "Totals",
    "holds_news",
    "sort_out",
]
