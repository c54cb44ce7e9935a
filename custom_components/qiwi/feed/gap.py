"""Reads what polls may have missed: a window from the watermark to now, in the background."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import logging
from math import inf
from typing import Final

from ..api import PaymentsPage, QiwiError, QiwiResponseError
from ..journal import Journal
from ..ledger import ALLOWED_LATENESS, Window
from ..payments import Key
from .clocks import Agreement, Clocks
from .intake import Intake
from .wallet import Wallet

_LOGGER: Final = logging.getLogger("custom_components.qiwi")

RECONCILE_INTERVAL: Final = timedelta(minutes=15)
# A catch-up of fewer pages is over before anyone could read about it.
NOTABLE_PAGES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """How far a catch-up has come: pages read, payments found, and the date it has read back to."""

    pages: int
    payments: int
    reached: datetime


class Gap:
    """The time in which payments may have come unseen, and its reading.

    Args:
        wallet: Asked for the window; polls go before it.
        journal: Tells the watermark, and moves it behind a window that is through.
        clocks: Tell how far a window goes.
        intake: Takes what a window held.

    Attributes:
        window: The reading under way.
    """

    def __init__(self, wallet: Wallet, journal: Journal, clocks: Clocks, intake: Intake) -> None:
        self.window: Window | None = None
        self._wallet = wallet
        self._journal = journal
        self._clocks = clocks
        self._intake = intake
        # A start is a gap as well: whatever came while nobody polled.
        self._has_missed = True
        self._is_gap = False
        self._reconcile_at = -inf
        self._gone: frozenset[Key] = frozenset()
        self._trusts_cursors = True
        self._left_out = Agreement()

    @property
    def is_due(self) -> bool:
        """Whether there is something to read: payments may have been missed, or it is time to look."""
        return self._has_missed or self._clocks.monotonic() >= self._reconcile_at

    @property
    def progress(self) -> CatchUp | None:
        """The catch-up under way, once it is long enough to be noticed; a reconcile is none."""
        window = self.window
        if window is None or not self._is_gap or window.pages < NOTABLE_PAGES:
            return None
        return CatchUp(pages=window.pages, payments=window.held, reached=window.oldest)

    def miss(self) -> None:
        """Note that payments may have come unseen."""
        self._has_missed = True

    def begin(self, page: PaymentsPage) -> None:
        """Open a window from the watermark when one is due, or add to the one under way what was missed."""
        if self.window is None and self.is_due:
            ledger, end = self._journal.ledger, self._clocks.latest()
            start = min(datetime.fromtimestamp(ledger.watermark, UTC), end)
            known = ledger.newest_known(start, end)
            expected = [] if known is None or known in self._gone else [known]
            self.window = Window(start, end, begun=self._clocks.now(), expected=expected)
            self._reconcile_at = self._clocks.monotonic() + RECONCILE_INTERVAL.total_seconds()
            self._expect_newest(self.window, page)
        elif self.window is not None and self._has_missed:
            self.window.extend(self._clocks.latest())
            # A window that lacks one row would lack the next as well, and never be through.
            if not self._left_out.is_sought:
                self._expect_newest(self.window, page)
        self._is_gap |= self._has_missed
        self._has_missed = False

    def _expect_newest(self, window: Window, page: PaymentsPage) -> None:
        window.expect_newest([row for row in page.rows if row.key not in self._gone])

    async def read(self, show: Callable[[], None]) -> None:
        """Read the window under way, announce what it held and close it, as far as all of that succeeds.

        Args:
            show: Called when there is progress to show.

        Raises:
            QiwiError: the wallet does not give it; what was read stays, and the next call goes on.
            Exception: whatever the journal's `write` raises.
        """
        while self.window is not None and self._journal.is_open:
            window = self.window
            await self._read_all(window, show)
            self._refuse_incomplete(window)
            await self._release(window)
            # A poll may add to a window until its very end.
            if window.is_over and self._journal.is_open:
                await self._close(window)

    async def _read_all(self, window: Window, show: Callable[[], None]) -> None:
        """Read what is left of a window; a failure loses nothing of what was read."""
        while not window.is_read:
            try:
                async for page in self._wallet.pages(*window.next_range()):
                    # First what can fail: a page that was read is not asked for again.
                    await self._intake.note([page])
                    window.read(page, self._journal.ledger)
                    self._show_progress(window, show)
            except QiwiError:
                window.failed()
                raise
            window.range_done()

    def _show_progress(self, window: Window, show: Callable[[], None]) -> None:
        if window.pages % NOTABLE_PAGES == 0:
            _LOGGER.info(
                "Catching up: %d pages read, %d payments found, back to %s",
                window.pages,
                window.held,
                window.oldest.isoformat(),
            )
            show()

    def _refuse_incomplete(self, window: Window) -> None:
        """Refuse a window that is not whole, until answers have agreed on it.

        Raises:
            QiwiResponseError: it is read again.
        """
        missing, is_torn = window.missing, window.is_torn and self._trusts_cursors
        doubts = [*missing, *["torn"] * is_torn, *window.empty]
        if self._left_out.lasts(doubts, self._clocks.monotonic()):
            if missing:
                _LOGGER.warning(
                    "The wallet's history no longer holds a payment that it told before: %s",
                    ", ".join(sorted(transaction_id for transaction_id, _ in missing)),
                )
            if is_torn:
                _LOGGER.warning("The wallet's pages do not go on where they say: they are read as they come")
                self._trusts_cursors = False
            self._gone |= missing
            window.forgive()
        else:
            window.restart()
            if not (missing or is_torn):
                raise QiwiResponseError(
                    "The wallet has no payments in months of a long gap: it is asked again"
                )
            raise QiwiResponseError("The wallet left out a payment that it told before or named as the next")

    async def _release(self, window: Window) -> None:
        """Announce what a whole window held, oldest first, and let the watermark follow."""
        now = self._clocks.now()
        while window.held and window.is_read and self._journal.is_open:
            batch = window.oldest_held()
            await self._intake.take(batch, now, until=min(window.begun - ALLOWED_LATENESS, batch[0].date))
            window.release(batch)
        await self._journal.flush()

    async def _close(self, window: Window) -> None:
        """Move the watermark behind a window that is through."""
        until = window.begun - ALLOWED_LATENESS
        books = self._journal.books
        await self._journal.commit(lambda ledger: ledger.advanced(until, books=books).trusted())
        if window.pages >= NOTABLE_PAGES:
            _LOGGER.info("Caught up: %d pages read", window.pages)
        # What a poll added while the file was written is read in the next round.
        if window.is_over:
            self.window = None
            self._is_gap = False
