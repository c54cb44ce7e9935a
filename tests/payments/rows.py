"""A row of the wallet's history, for the tests of what it means."""

from typing import Any

from custom_components.qiwi.api import Transaction
from tests.ledger import rows


def row(**changes: Any) -> Transaction:
    """Return a transfer of one rouble unless something else is said."""
    return rows.row(1, rows.NOON, **changes)
