"""The rows of a history in the wallet's order, and the pages that are read of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .rows import Row

# Sources as the documentation names them, and the rows they stand for.
CURRENCY_SOURCES = {"QW_RUB": "RUB", "QW_USD": "USD", "QW_EUR": "EUR"}
CARD_PROVIDERS = frozenset({26222, 21013, 24800})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Rows of one answer, newest first, and the row the next page begins with."""

    rows: tuple[Row, ...]
    next_row: Row | None


class RowStore:
    """Rows by date; within a second by the order they came in, unless they are put behind it."""

    def __init__(self) -> None:
        self._sequence = 0
        self._rows: list[Row] = []
        self._positions: list[tuple[int, int]] = []
        self._by_id: dict[str, list[Row]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def newest_first(self) -> tuple[Row, ...]:
        """All rows."""
        return tuple(reversed(self._rows))

    def named(self, transaction_id: str, type: str | None = None) -> list[Row]:  # noqa: A002 - the wallet's word
        """Return the rows of an id (and type)."""
        return [row for row in self._by_id.get(transaction_id, ()) if type is None or row.type == type]

    def add(self, row: Row, *, behind: bool) -> None:
        """Take a row in, as the newest of its second or `behind` all others of it."""
        self._sequence += 1
        rank = -self._sequence if behind else self._sequence
        row.position = int(row.date.timestamp()), rank
        self.put_back(row)

    def put_back(self, row: Row) -> None:
        """Take a row in at the position that it has."""
        index = bisect_left(self._positions, row.position)
        self._positions.insert(index, row.position)
        self._rows.insert(index, row)
        self._by_id.setdefault(row.transaction_id, []).append(row)

    def take_out(self, row: Row) -> None:
        """Let a row go."""
        index = bisect_left(self._positions, row.position)
        del self._positions[index], self._rows[index]
        others = self._by_id[row.transaction_id]
        others.remove(row)
        if not others:
            del self._by_id[row.transaction_id]

    def page(
        self,
        *,
        rows: int,
        operation: str = "ALL",
        sources: Iterable[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: tuple[str, datetime] | None = None,
    ) -> Page:
        """Return rows newest first, from the cursor's row (its id and date) or the newest on.

        Both bounds are inclusive. A cursor whose row is gone begins at the next older one.
        """
        low = bisect_left(self._positions, (int(start.timestamp()), -self._sequence - 1)) if start else 0
        high = len(self._rows)
        if end:
            high = self._behind_second(end)
        if cursor:
            high = min(high, self._cursor_end(*cursor))
        wanted = frozenset(sources)
        found: list[Row] = []
        for index in range(high - 1, low - 1, -1):
            row = self._rows[index]
            if operation not in {"ALL", row.type}:
                continue
            if wanted and not _comes_from(row, wanted):
                continue
            if len(found) == rows:
                return Page(rows=tuple(found), next_row=row)
            found.append(row)
        return Page(rows=tuple(found), next_row=None)

    def _behind_second(self, moment: datetime) -> int:
        return bisect_right(self._positions, (int(moment.timestamp()), self._sequence + 1))

    def _cursor_end(self, transaction_id: str, date: datetime) -> int:
        second = int(date.timestamp())
        named = [row.position for row in self.named(transaction_id) if row.position[0] == second]
        if named:
            return bisect_right(self._positions, max(named))
        return self._behind_second(date)


def _comes_from(row: Row, sources: frozenset[str]) -> bool:
    party_id = row.source.get("id")
    if party_id in CARD_PROVIDERS:
        return "CARD" in sources
    return any(CURRENCY_SOURCES.get(source) == row.currency for source in sources)
