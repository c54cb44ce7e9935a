"""Sends the mails of orders, one at a time: each attempt is written down before it begins and when it is over."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import logging
from typing import Final, Protocol

from .journal import Journal, JournalClosedError
from .ledger import Delivered, Ledger, Order, Orders, OrdersBook, OrderState
from .ledger.order_book import Step

_LOGGER: Final = logging.getLogger(__package__)

type MayLeave = Callable[[], Awaitable[bool]]

# After the disk refused a write.
_DISK_PAUSE: Final = timedelta(seconds=10)
# Without anything planned: a clock may have been set meanwhile.
_LONGEST_PAUSE: Final = timedelta(hours=1)
# A stop waits so long for the mail that is on its way: a mail that is cut off may arrive twice.
GRACE: Final = timedelta(seconds=10)


class Post(Protocol):
    """Writes and sends the mails of orders."""

    @property
    def offers(self) -> Collection[str]:
        """The offers that have a mail."""

    def message_id(self, order: Order) -> str:
        """Return the id of an order's mail."""

    async def send(self, order: Order, may_leave: MayLeave) -> Delivered:
        """Send an order's mail; a cancelled call returns as well, with what came of it until then.

        Args:
            order: The order.
            may_leave: Asked right before the mail itself leaves.

        Raises:
            Exception: the mail can't be written; nothing has left.
        """


@dataclass(frozen=True, slots=True)
class Noted:
    """What came of an order's mail, until it is on disk."""

    order_id: str
    delivered: Delivered


class MailQueue:
    """Sends what is due when it is told to look, until `stop`.

    Args:
        journal: Where the orders are; it must have begun, and nothing of it been told yet.
        book: The orders' book.
        now: The host's clock, aware.
    """

    def __init__(self, journal: Journal, book: OrdersBook, now: Callable[[], datetime]) -> None:
        self.last_sent: datetime | None = None
        self._journal = journal
        self._book = book
        self._clock = now
        self._is_stopping = False
        self._has_looked_back = False
        self._is_restored = journal.ledger.in_backup
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self._sending: asyncio.Future[Delivered] | None = None
        self._unnoted: Noted | None = None

    @property
    def orders(self) -> Orders:
        """The orders as they are known now."""
        return self._journal.ledger.state(self._book)

    @property
    def is_stopped(self) -> bool:
        """Whether no further mail will begin."""
        return self._is_stopping

    @property
    def has_work(self) -> bool:
        """Whether there is anything to look after."""
        return (
            not self._has_looked_back
            or self._unnoted is not None
            or any(order.awaits_mail for order in self.orders.open.values())
        )

    async def work(self, post: Post | None) -> timedelta | None:
        """Send what is due, and return how long nothing will be; None once it was stopped.

        Args:
            post: Who sends; None while there is no mail server.
        """
        self._is_idle.clear()
        try:
            while not self._is_stopping:
                pause = await self._step(post)
                if pause and not self._is_stopping:
                    return pause
            return None
        finally:
            self._is_idle.set()

    async def stop(self) -> None:
        """Begin no further mail, and let the one on its way arrive if it does so soon."""
        self._is_stopping = True
        if (sending := self._sending) is not None:
            await asyncio.wait([sending], timeout=GRACE.total_seconds())
            sending.cancel()
        await self._is_idle.wait()

    async def _step(self, post: Post | None) -> timedelta:
        """Send the mail that is due first, and return how long nothing will be due: not at all if one was."""
        if not await self._note() or not await self._commit(self._looked_after):
            return _DISK_PAUSE
        self._has_looked_back = True
        if post is None or self._journal.ledger.in_backup:
            # What came out of a backup is sent when the feed has found what it had forgotten.
            return _LONGEST_PAUSE
        now = self._now()
        order = self.orders.due(now, post.offers)
        if order is None:
            return self.orders.pause(now, post.offers) or _LONGEST_PAUSE
        order_id, message_id = order.order_id, post.message_id(order)
        if not await self._commit(lambda orders: (orders.begun(order_id, message_id, now), ())):
            return _DISK_PAUSE
        begun = self.orders.get(order_id)
        # A person may have been faster.
        if begun is not None and begun.state is OrderState.SENDING:
            self._unnoted = Noted(order_id, await self._delivered(post, begun))
        return timedelta() if await self._note() else _DISK_PAUSE

    async def _delivered(self, post: Post, order: Order) -> Delivered:
        """Send a mail whose attempt is on disk."""
        if self._is_stopping:
            return Delivered.NOT_SENT

        async def may_leave() -> bool:
            # The second mail of an order is the last: only what has left may count against it.
            return not order.is_doubtful or await self._commit(
                lambda orders: (orders.handed_over(order.order_id), ())
            )

        self._sending = sending = asyncio.ensure_future(post.send(order, may_leave))
        try:
            # Not awaited itself: it does not end as cancelled, and would keep this from it.
            await asyncio.wait([sending])
        finally:
            sending.cancel()
            self._sending = None
        if (error := sending.exception()) is not None:
            # Nothing has left: whoever sends says so of whatever goes wrong there. Without the text: it may quote an address.
            _LOGGER.error("The mail of order %s can't be written: %s", order.order_id, type(error).__name__)
            return Delivered.REFUSED
        delivered = sending.result()
        _LOGGER.debug("Order %s: %s", order.order_id, delivered)
        if delivered is Delivered.SENT:
            self.last_sent = self._now()
        return delivered

    async def _note(self) -> bool:
        """Note what came of the last mail, and tell whether that is done: nothing is sent before.

        A process that ends without it finds the order being sent, and takes its outcome as unknown.
        """
        if (noted := self._unnoted) is None:
            return True
        now = self._now()
        if not await self._commit(lambda orders: orders.concluded(noted.order_id, noted.delivered, now)):
            return False
        self._unnoted = None
        return True

    def _looked_after(self, orders: Orders) -> Step:
        """Leave to a person what may not be sent any more; a start takes up what an earlier run broke off or put off."""
        now, doubtful = self._now(), self._journal.ledger.doubtful_until
        orders, stopped = orders.checked(
            now, None if doubtful is None else datetime.fromtimestamp(doubtful, UTC)
        )
        if self._has_looked_back:
            return orders, stopped
        orders, more = orders.doubted() if self._is_restored else orders.hurried().recovered(now)
        return orders, (*stopped, *more)

    async def _commit(self, step: Callable[[Orders], Step]) -> bool:
        """Write a step down and tell what follows from it; tell whether that was possible."""

        def change(ledger: Ledger) -> Ledger:
            orders, items = step(ledger.state(self._book))
            return ledger.with_state(self._book, orders, *items)

        try:
            await self._journal.commit(change)
        except JournalClosedError:
            self._is_stopping = True
            return False
        except Exception as error:  # noqa: BLE001  whatever the disk raises
            _LOGGER.warning("An order could not be written down: %s", type(error).__name__)
            return False
        return True

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)
