"""What the feed asks of a wallet; `QiwiClient` is one."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Protocol

from ..api import Cursor, PaymentsPage


class Wallet(Protocol):
    """A wallet that can be read."""

    @property
    def wallet_time(self) -> datetime | None:
        """The wallet's clock when it last answered."""

    def now(self) -> datetime:
        """Return the wallet's clock by now."""

    async def payments_page(self, *, rows: int, cursor: Cursor | None = None) -> PaymentsPage:
        """Return one page of the newest payments."""

    def pages(
        self, start: datetime, end: datetime, cursor: Cursor | None = None
    ) -> AsyncIterator[PaymentsPage]:
        """Yield the pages of a range, newest first, from a cursor on if there is one."""
