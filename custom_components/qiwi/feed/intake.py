"""How rows become announcements: what is noted of them, and batches of payments on their way into the journal."""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import batched
import logging
from typing import Final

from ..api import PaymentsPage
from ..journal import Journal
from ..ledger import BATCH, Ledger, News, Window, paid_order
from ..payments import Payment
from .clocks import Clocks

_LOGGER: Final = logging.getLogger("custom_components.qiwi")


class Intake:
    """Hands the journal what was read.

    Args:
        journal: Where payments go.
        clocks: Tell when they were found.
        reversed_: Told, at least once, of a payment that failed after it had succeeded.
    """

    def __init__(self, journal: Journal, clocks: Clocks, reversed_: Callable[[Payment], None]) -> None:
        self._journal = journal
        self._clocks = clocks
        self._reversed = reversed_

    async def settle(self, pages: Sequence[PaymentsPage], window: Window | None) -> None:
        """Announce what is new on pages, newest first; the window under way holds what it covers.

        Raises:
            Exception: whatever the journal's `write` raises.
        """
        rows = [row for page in pages for row in page.rows]
        if window is not None:
            window.hold(rows, self._journal.ledger)
        await self.note(pages)
        ledger = self._journal.ledger
        news = [
            Payment.from_transaction(row)
            for row in paid_order(rows)
            if not (window and window.covers(row)) and ledger.news(row) is News.FINAL
        ]
        now = self._clocks.now()
        for batch in batched(news, BATCH, strict=False):
            await self.take(batch, now)
            if not self._journal.is_open:
                return
        await self._journal.flush()

    async def take(self, payments: Sequence[Payment], now: datetime, until: datetime | None = None) -> None:
        """Write payments down and tell them; the watermark follows up to a date if one is given.

        Raises:
            Exception: whatever the journal's `write` raises.
        """
        books = self._journal.books

        def change(ledger: Ledger) -> Ledger:
            if until is not None:
                ledger = ledger.advanced(until, books=books)
            return ledger.taken(payments, now=now, books=books)

        await self._journal.commit(change, more=True)

    async def note(self, pages: Sequence[PaymentsPage]) -> None:
        """Remember what waits, what was reversed and what cannot be read, and say the last two once.

        Raises:
            Exception: whatever the journal's `write` raises.
        """
        before = self._journal.ledger
        rows = [row for page in pages for row in page.rows]
        unreadable = [row for page in pages for row in page.unreadable]
        for row in rows:
            if before.news(row) is News.REVERSED:
                _LOGGER.warning("Payment %s was a success and has failed since", row.transaction_id)
                self._reversed(Payment.from_transaction(row))
        await self._journal.commit(lambda ledger: ledger.noted(rows, unreadable), more=True)
        for odd in dict.fromkeys(unreadable):
            if odd not in before.unreadable:
                _LOGGER.warning(
                    "A payment can't be read and is left out: number %s, of %s",
                    odd.transaction_id or "unknown",
                    odd.date.isoformat() if odd.date else "unknown date",
                )
