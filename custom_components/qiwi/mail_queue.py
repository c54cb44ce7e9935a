"""Sends the mails of orders, one at a time: each attempt is written down before it begins and when it is over."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
import logging
from typing import Final, Protocol

from .journal import Journal, JournalClosedError
from .ledger import Delivered, Ledger, Order, Orders, OrdersBook, OrderState
from .ledger.order_book import Step

_LOGGER: Final = logging.getLogger(__package__)

# After the disk refused a write.
_DISK_PAUSE: Final = timedelta(seconds=10)
# Without anything planned: a clock may have been set meanwhile.
_LONGEST_REST: Final = timedelta(hours=1)
# A stop waits so long for the mail that is on its way: a mail that is cut off may arrive twice.
GRACE: Final = timedelta(seconds=10)


class Post(Protocol):
    """Writes and sends the mails of orders."""

    @property
    def offers(self) -> Collection[str]:
        """The offers that have a mail."""

    def message_id(self, order: Order) -> str:
        """Return the id of an order's mail."""

    async def send(self, order: Order) -> Delivered:
        """Send an order's mail; a cancelled call returns as well, with what came of it until then."""


class MailQueue:
    """Sends what is due, from `run` until `stop`.

    Args:
        journal: Where the orders are; it must have begun.
        book: The orders' book.
        post: Who sends; None while there is no mail server.
        now: The host's clock, aware.
    """

    def __init__(
        self,
        journal: Journal,
        book: OrdersBook,
        post: Post | None,
        now: Callable[[], datetime],
    ) -> None:
        self.last_sent: datetime | None = None
        self._journal = journal
        self._book = book
        self._post = post
        self._clock = now
        self._is_stopping = False
        self._has_recovered = False
        self._woken = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._sending: asyncio.Future[Delivered] | None = None

    @property
    def orders(self) -> Orders:
        """The orders as they are known now."""
        return self._journal.ledger.state(self._book)

    def wake(self) -> None:
        """Look whether something is due: the orders may have changed."""
        self._woken.set()

    async def run(self) -> None:
        """Send what is due until `stop`."""
        self._ended.clear()
        try:
            while not self._is_stopping:
                await self._rest(await self._step())
        finally:
            self._ended.set()

    async def stop(self) -> None:
        """Begin no further mail, and let the one on its way arrive if it does so soon."""
        self._is_stopping = True
        self._woken.set()
        if (sending := self._sending) is not None:
            await asyncio.wait([sending], timeout=GRACE.total_seconds())
            sending.cancel()
        await self._ended.wait()

    async def _step(self) -> timedelta:
        """Send the mail that is due first, and return how long nothing will be due."""
        if self._journal.ledger.in_backup:
            # The feed notes first that it came out of a backup.
            return _LONGEST_REST
        if not await self._commit(self._looked_after):
            return _DISK_PAUSE
        self._has_recovered = True
        if self._post is None:
            return _LONGEST_REST
        now = self._now()
        order = self.orders.due(now, self._post.offers)
        if order is None:
            return self.orders.pause(now, self._post.offers) or _LONGEST_REST
        order_id, message_id = order.order_id, self._post.message_id(order)
        if self._is_stopping or not await self._commit(
            lambda orders: (orders.begun(order_id, message_id, now), ())
        ):
            return _DISK_PAUSE
        await self._attempt(self._post, order_id)
        return timedelta()

    async def _attempt(self, post: Post, order_id: str) -> None:
        """Send a mail and note what came of it. The attempt is on disk."""
        order = self.orders.get(order_id)
        if order is None or order.state is not OrderState.SENDING:
            # A person was faster.
            return
        self._sending = sending = asyncio.ensure_future(post.send(order))
        try:
            # Not awaited itself: it does not end as cancelled, and would keep this from it.
            await asyncio.wait([sending])
        finally:
            sending.cancel()
            self._sending = None
        delivered = sending.result()
        _LOGGER.debug("Order %s: %s", order_id, delivered)
        now = self._now()
        if delivered is Delivered.SENT:
            self.last_sent = now
        while not await self._commit(lambda orders: orders.concluded(order_id, delivered, now)):
            if self._is_stopping:
                # The next start finds it being sent, and takes its outcome as unknown.
                return
            await self._rest(_DISK_PAUSE)

    def _looked_after(self, orders: Orders) -> Step:
        """Leave to a person what may not be sent any more; a start takes up what an earlier run broke off or put off."""
        now, doubtful = self._now(), self._journal.ledger.doubtful_until
        orders, stopped = orders.checked(
            now, None if doubtful is None else datetime.fromtimestamp(doubtful, UTC)
        )
        if self._has_recovered:
            return orders, stopped
        orders, more = orders.hurried().recovered(now)
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

    async def _rest(self, pause: timedelta) -> None:
        """Wait until something is due or may have changed."""
        if pause > timedelta() and not self._is_stopping:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), pause.total_seconds())
        self._woken.clear()

    def _now(self) -> datetime:
        return self._clock().replace(microsecond=0)
