"""Asks for pending rows that no window reaches any more, and once for the month before the first contact."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
import logging
from math import inf
from typing import Final

from ..api import PaymentsPage, QiwiConnectionError, QiwiError, QiwiRateLimitError, Transaction
from ..journal import Journal
from ..ledger import Past, TotalsBook
from ..payments import is_final
from .clocks import Agreement, Clocks
from .wallet import Wallet

_LOGGER: Final = logging.getLogger("custom_components.qiwi")

LOOK_UPS_A_ROUND: Final = 5
_AGAIN: Final = timedelta(minutes=15)
# A row that has waited for too long is given up when so many look-ups in a row did not find it.
_NOT_FOUND: Final = 3


class LookUp:
    """Asks for old pending rows by the minute of their date, the longest unasked first."""

    def __init__(
        self,
        wallet: Wallet,
        journal: Journal,
        clocks: Clocks,
        settle: Callable[[Sequence[PaymentsPage]], Awaitable[None]],
    ) -> None:
        self._wallet = wallet
        self._journal = journal
        self._clocks = clocks
        self._settle = settle
        self._asked: dict[datetime, float] = {}
        # How often in a row a row that has waited for too long was not found in each.
        self._not_found: dict[datetime, int] = {}

    async def round(self) -> None:
        """Ask for a few of those that are due; each may fail by itself.

        Raises:
            Exception: whatever the journal's `write` raises.
        """
        if not self._journal.is_open:
            return
        overdue = self._journal.ledger.overdue(self._clocks.now())
        every = {paid.replace(second=0): every for paid, every in overdue}
        self._asked = {minute: at for minute, at in self._asked.items() if minute in every}
        self._not_found = {minute: times for minute, times in self._not_found.items() if minute in every}
        due = [
            minute
            for minute in sorted(every, key=lambda minute: self._asked.get(minute, -inf))
            if self._clocks.monotonic() >= self._asked.get(minute, -inf) + every[minute].total_seconds()
        ]
        for minute in due[:LOOK_UPS_A_ROUND]:
            # Asked is asked: one that always fails must not keep the others from their turn.
            self._asked[minute] = self._clocks.monotonic()
            try:
                pages = [page async for page in self._wallet.pages(minute, minute + timedelta(seconds=59))]
            except QiwiError as error:
                _LOGGER.debug("A pending payment could not be looked up: %s", error)
                await self._give_up(minute, [])
                if isinstance(error, (QiwiConnectionError, QiwiRateLimitError)):
                    # The others would fail as well.
                    return
            else:
                await self._settle(pages)
                await self._give_up(minute, [row for page in pages for row in page.rows])

    async def _give_up(self, minute: datetime, rows: Sequence[Transaction]) -> None:
        """Forget what has waited for 90 days and is seen to wait still, or was not found several times in a row.

        Only now: after a long time away the outcome may have been there for months. And not after one answer
        without it, which may be a mistake.
        """
        still_waits = {row.key: not is_final(row) for row in rows}
        outwaited = [
            key
            for key, paid in self._journal.ledger.outwaited(self._clocks.now())
            if paid.replace(second=0) == minute
        ]
        is_found = all(key in still_waits for key in outwaited)
        self._not_found[minute] = 0 if is_found else self._not_found.get(minute, 0) + 1
        given_up = [key for key in outwaited if still_waits.get(key, self._not_found[minute] >= _NOT_FOUND)]
        if given_up and self._journal.is_open:
            for transaction_id, _ in given_up:
                _LOGGER.warning("Payment %s waited for 90 days and is no longer looked up", transaction_id)
            await self._journal.commit(lambda ledger: ledger.given_up(given_up), more=True)


class Backfill:
    """Reads the month so far, once, for the sums of the month: nothing of it is news."""

    def __init__(
        self,
        wallet: Wallet,
        journal: Journal,
        clocks: Clocks,
        totals: TotalsBook,
        note: Callable[[Sequence[PaymentsPage]], Awaitable[None]],
    ) -> None:
        self._wallet = wallet
        self._journal = journal
        self._clocks = clocks
        self._totals = totals
        self._note = note
        self._due_at = -inf
        self._emptied = Agreement()

    @property
    def is_due(self) -> bool:
        """Whether the month is to be read now."""
        return self._journal.ledger.backfill_before is not None and self._clocks.monotonic() >= self._due_at

    async def read(self) -> None:
        """Read the month; after a failure its sums wait a while, and payments arrive all the same.

        Raises:
            Exception: whatever the journal's `write` raises.
        """
        before = self._journal.ledger.backfill_before
        if before is None or not (self.is_due and self._journal.is_open):
            return
        self._due_at = self._clocks.monotonic() + _AGAIN.total_seconds()
        end = datetime.fromtimestamp(before, UTC)
        month = self._totals.month_of(self._clocks.now())
        # Polls go on meanwhile: the ledger of the moment is asked.
        past = Past(self._totals, before, lambda key: self._journal.ledger.knows(key))  # noqa: PLW0108
        if month < end:
            try:
                async for page in self._wallet.pages(month, end):
                    past.add(page.rows, self._clocks.now())
                    # The sums lack what cannot be read.
                    await self._note([page])
            except QiwiError as error:
                _LOGGER.debug("The first month could not be read: %s", error)
                return
            if past.is_empty and not self._emptied.lasts([month], self._clocks.monotonic()):
                # An empty answer may be a mistake.
                return
        await self._journal.commit(lambda ledger: ledger.with_past(past, self._totals))
