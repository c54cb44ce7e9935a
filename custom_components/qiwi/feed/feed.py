"""Polls the newest payments, and reads in the background what the polls may have missed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from ..api import Cursor, PaymentsPage, QiwiError, QiwiResponseError, Transaction
from ..journal import Journal
from ..ledger import Ledger, News, TotalsBook, paid_order
from ..payments import Payment
from .clocks import Agreement, Clocks
from .gap import CatchUp, Gap
from .intake import Intake
from .look_up import Backfill, LookUp
from .wallet import Wallet

QUIET_ROWS: Final = 10
FULL_ROWS: Final = 50
# A live poll that found this many full pages of news leaves the rest to the window.
LIVE_PAGES: Final = 4
# At most so many pages are read at the first contact, for rows dated after a clock that is behind.
FIRST_PAGES: Final = 40


class Feed:
    """Reads one wallet's payments.

    Args:
        wallet: Asked by polls.
        background: The same wallet, asked by what takes longer; polls go before it.
        journal: Where payments go.
        totals: The book that the first month is counted in.
        host_time: The host's clock, aware.
        monotonic: Seconds that never jump.
        reversed_: Told, at least once, of a payment that failed after it had succeeded.
    """

    def __init__(
        self,
        wallet: Wallet,
        background: Wallet,
        journal: Journal,
        totals: TotalsBook,
        *,
        host_time: Callable[[], datetime],
        monotonic: Callable[[], float],
        reversed_: Callable[[Payment], None],
    ) -> None:
        self._wallet = wallet
        self._background = background
        self._journal = journal
        self._totals = totals
        self._clocks = Clocks(wallet, host_time, monotonic)
        self._intake = Intake(journal, self._clocks, reversed_)
        self._gap = Gap(background, journal, self._clocks, self._intake)
        self._look_up = LookUp(background, journal, self._clocks, self._settle)
        self._backfill = Backfill(background, journal, self._clocks, totals, self._intake.note)
        self._page: PaymentsPage | None = None
        self._recent: tuple[Payment, ...] = ()
        self._emptied = Agreement()

    # What is shown

    @property
    def recent(self) -> tuple[Payment, ...]:
        """The newest payments of the history, newest first."""
        return self._recent

    @property
    def catch_up(self) -> CatchUp | None:
        """The catch-up under way, once it is long enough to be noticed."""
        return self._gap.progress

    def now(self) -> datetime:
        """Return the time by the wallet's clock or the host's, whichever is behind; a clock never set is not asked.

        Raises:
            QiwiResponseError: neither was ever set.
        """
        return self._clocks.now()

    # Polling

    async def poll(self) -> bool:
        """Read the newest payments, with one request while nothing is new, and tell whether their page changed.

        Raises:
            QiwiError: the wallet did not answer as it should.
            Exception: whatever the journal's `write` raises.
        """
        try:
            return await self._poll()
        except BaseException:
            # What came meanwhile may have left the newest page: read the whole window next time.
            self.miss()
            raise

    def miss(self) -> None:
        """Note that payments may have come unseen: the next poll begins a window."""
        self._gap.miss()
        self._page = None

    async def _poll(self) -> bool:
        page = await self._wallet.payments_page(rows=QUIET_ROWS)
        has_changed = page is not self._page
        if not has_changed and not self._gap.is_due:
            await self._journal.flush()
            return False
        if has_changed:
            self._recent = tuple(map(Payment.from_transaction, page.rows))
        if not self._journal.is_begun:
            await self._meet(page)
        self._refuse_empty(page)
        if not self._journal.is_open:
            return has_changed
        await self._journal.flush()
        await self._doubt_restored()
        self._gap.begin(page)
        await self._settle(await self._read_on(page))
        self._page = page
        return has_changed

    async def _meet(self, page: PaymentsPage) -> None:
        """Make the first contact: what the wallet holds by now is its past."""
        now = self.now()
        rows = list(page.rows)
        turned: set[Cursor] = set()
        # Rows of this very second, or after a clock that is behind, may go on behind the first page.
        while len(turned) < FIRST_PAGES:
            if page.cursor is None or any(row.date < now.replace(microsecond=0) for row in page.rows):
                break
            page = await self._turn(page.cursor, turned)
            rows += page.rows
        books = self._journal.books
        ledger = Ledger.first_contact(paid_order(rows), now=now, books=books)
        latest = self._totals.shown(ledger.state(self._totals), self._recent)
        await self._journal.begin(ledger.with_state(self._totals, latest))

    def _refuse_empty(self, page: PaymentsPage) -> None:
        """Refuse an empty history of a wallet that is known to have had payments."""
        doubts = ["empty"] if page.is_empty and self._journal.ledger.newest else []
        if not self._emptied.lasts(doubts, self._clocks.monotonic()):
            raise QiwiResponseError("The wallet's history is empty, and payments are known")

    async def _doubt_restored(self) -> None:
        if self._journal.ledger.in_backup:
            # The later clock: what is doubted for nothing is flagged, what is not doubted may come twice.
            until = self._clocks.latest()
            await self._journal.commit(lambda ledger: ledger.doubted(until), more=True)

    async def _read_on(self, page: PaymentsPage) -> list[PaymentsPage]:
        """Return the newest page and those after it, down to one that holds no unseen key."""
        pages = [page]
        turned: set[Cursor] = set()
        while page.cursor is not None and self._holds_news(page):
            if len(pages) > LIVE_PAGES and any(row.date <= self._clocks.latest() for row in page.rows):
                # What stands behind this page is the window's.
                self._gap.miss()
                self._gap.begin(page)
                break
            page = await self._turn(page.cursor, turned)
            pages.append(page)
            if page.is_torn:
                self._gap.miss()
        return pages

    async def _turn(self, cursor: Cursor, turned: set[Cursor]) -> PaymentsPage:
        """Return the next of the newest pages; none may come twice."""
        if cursor in turned:
            raise QiwiResponseError("The wallet's pages lead in a circle")
        turned.add(cursor)
        return await self._wallet.payments_page(rows=FULL_ROWS, cursor=cursor)

    def _holds_news(self, page: PaymentsPage) -> bool:
        """Tell whether a page holds a key that neither the ledger nor the window under way knows about."""
        ledger, window = self._journal.ledger, self._gap.window
        return any(
            ledger.news(row) in (News.FINAL, News.PENDING) and not (window and window.awaits(row))
            for row in page.rows
        )

    async def _settle(self, pages: Sequence[PaymentsPage]) -> None:
        await self._intake.settle(pages, self._gap.window)

    async def settle(self, rows: Sequence[Transaction]) -> None:
        """Announce what is new among rows, newest first, that were asked for by somebody else.

        Raises:
            Exception: whatever the journal's `write` raises.
        """
        await self._settle([PaymentsPage(rows=tuple(rows), cursor=None)])

    # In the background: the window, old pending rows, the first month

    @property
    def has_work(self) -> bool:
        """Whether there is something to do that takes more than a poll."""
        # Only after a poll that succeeded: `miss` forgets the page, and the clock may not be known before.
        if self._page is None or not self._journal.is_open:
            return False
        ledger = self._journal.ledger
        return self._gap.window is not None or bool(ledger.pending) or self._backfill.is_due

    async def work(self, show: Callable[[], None]) -> None:
        """Catch up, look up and read the first month, as far as each is due; a failing window holds the month up alone.

        Args:
            show: Called when there is progress to show.

        Raises:
            QiwiError: the window could not be read; it goes on with the next call.
            Exception: whatever the journal's `write` raises.
        """
        failure = None
        try:
            await self._gap.read(show)
        except Exception as error:  # noqa: BLE001  whatever the disk raises
            failure = error
            if not isinstance(error, QiwiError):
                # The disk holds all payments back: those to come leave behind these.
                self.miss()
        await self._look_up.round()
        if failure is not None:
            raise failure
        await self._backfill.read()
