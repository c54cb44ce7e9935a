"""The only one that changes the ledger: it writes a change down, then believes it, then tells what follows."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
import logging
from typing import Any, Final

from .ledger import Books, Ledger, OutboxItem

_LOGGER: Final = logging.getLogger(__package__)

type Change = Callable[[Ledger], Ledger]


class JournalClosedError(Exception):
    """Nothing is written or told any more, or nothing is told yet."""


class Journal:
    """A write-ahead log with one consumer.

    Whatever is to be told stands in the ledger's outbox and is on disk before it is published; it is taken out
    afterwards. A change that cannot be written has not happened, and nothing of it is told.

    Args:
        ledger: What the disk holds; None before the first contact.
        books: What every payment is shown to.
        write: Replaces the file, whole or not at all, and raises when it can't.
        publish: Tells one item.
        may_publish: Asked before each item.
        changed: Called when there is another ledger.
    """

    def __init__(
        self,
        ledger: Ledger | None,
        *,
        books: Books,
        write: Callable[[Ledger], Awaitable[None]],
        publish: Callable[[Any], None],
        may_publish: Callable[[], bool] = lambda: True,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self.books = books
        self._ledger = ledger
        self._write = write
        self._publish = publish
        self._may_publish = may_publish
        self._changed = changed
        self._lock = asyncio.Lock()
        self._writing: asyncio.Future[None] | None = None
        self._is_open = False
        self._is_closed = False
        # The file may still say that an orderly stop left the outbox: not once any of it is being told.
        self._is_stale = ledger is not None and bool(ledger.outbox)
        self._is_unwritten = False

    @property
    def is_begun(self) -> bool:
        """Whether there was a first contact."""
        return self._ledger is not None

    @property
    def ledger(self) -> Ledger:
        """What is known; only after the first contact."""
        assert self._ledger is not None
        return self._ledger

    @property
    def is_open(self) -> bool:
        """Whether anything is told now."""
        return self._is_open and self._may_publish()

    async def begin(self, ledger: Ledger) -> None:
        """Write down the first contact.

        Raises:
            Exception: whatever `write` raises; there was no first contact then.
        """
        async with self._lock:
            await self._store(ledger)

    def open(self) -> None:
        """Let announcements leave from now on; what an earlier run left leaves with the next `flush`."""
        self._is_open = True

    async def commit(self, change: Change, *, more: bool = False) -> None:
        """Change the ledger, and tell what follows from it.

        Args:
            change: Given the ledger, returns the next one, or the same when there is nothing to change.
            more: Another commit or a `flush` follows: it writes down what was told.

        Raises:
            JournalClosedError: the file is somebody else's by now.
            Exception: whatever `write` raises; nothing has changed then, and nothing was told.
        """
        async with self._lock:
            await self._written()
            if self._is_closed:
                raise JournalClosedError
            await self._store(change(self.ledger))
            await self._tell()
            if not more:
                await self._note_told()

    async def flush(self) -> None:
        """Tell what waits in the outbox, and write down what was told since the last write.

        Raises:
            Exception: whatever `write` raises for an outbox that an earlier run left; nothing was told then.
        """
        if self._ledger is None or not (self._is_unwritten or self._ledger.outbox):
            return
        async with self._lock:
            await self._written()
            if not self._is_closed:
                await self._tell()
                await self._note_told()

    async def rewrite(self) -> None:
        """Write the file again as it is; when that fails, the next `flush` tries again.

        Raises:
            Exception: whatever `write` raises.
        """
        async with self._lock:
            await self._written()
            if self._ledger is not None and not self._is_closed:
                self._is_unwritten = True
                await self._store(replace(self._ledger))

    async def repeat(self, item: OutboxItem) -> None:
        """Tell something that the ledger does not keep: a test, or a payment once more.

        Raises:
            JournalClosedError: nothing is told now.
        """
        async with self._lock:
            if not self.is_open:
                raise JournalClosedError
            self._publish(item)

    async def close(self, unfinished: Iterable[OutboxItem] = ()) -> None:
        """Write and tell nothing more, and leave what has not been told on disk, marked as such.

        Args:
            unfinished: What was told in vain; it is told again after the next start, flagged.
        """
        self._is_open = False
        async with self._lock:
            await self._written()
            self._is_closed = True
            again = tuple(item.again() for item in unfinished)
            if self._ledger is not None and (self._is_unwritten or self._ledger.outbox or again):
                self._ledger = replace(self._ledger, outbox=(*again, *self._ledger.outbox), stopped=True)
                self._is_unwritten = True
                await self._note_told()

    async def _store(self, ledger: Ledger) -> None:
        """Write a ledger, then believe it. The caller must hold the lock."""
        if ledger is self._ledger:
            return
        # A cancelled caller must not leave a write behind that overtakes the next one.
        self._writing = asyncio.ensure_future(self._write_and_believe(ledger))
        await asyncio.shield(self._writing)

    async def _write_and_believe(self, ledger: Ledger) -> None:
        await self._write(ledger)
        self._ledger = ledger
        self._is_stale = self._is_unwritten = False
        self._changed()

    async def _written(self) -> None:
        """Wait for the write that a cancelled caller left. The caller must hold the lock."""
        if self._writing is not None:
            await asyncio.wait([self._writing])

    async def _tell(self) -> None:
        """Publish the outbox, oldest first. The caller must hold the lock."""
        if self._is_stale and self.is_open:
            await self._store(replace(self.ledger))
        while self.ledger.outbox and self.is_open:
            item = self.ledger.outbox[0]
            self._ledger = self.ledger.published(1)
            self._is_unwritten = True
            self._publish(item)
            # One item a step: a batch would hold up everything else.
            await asyncio.sleep(0)

    async def _note_told(self) -> None:
        """Write down what was told; when that fails, a crash would tell it again, flagged."""
        if not self._is_unwritten:
            return
        try:
            await self._store(replace(self.ledger))
        except Exception as error:  # noqa: BLE001  whatever the disk raises
            _LOGGER.warning("The ledger could not be written: %s", type(error).__name__)
