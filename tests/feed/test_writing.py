"""A write goes on in its thread though nobody waits for it any more: nothing overtakes it, and no stop leaves it behind."""

import asyncio
from dataclasses import dataclass, field

import pytest

from custom_components.qiwi.journal import Journal
from custom_components.qiwi.ledger import Ledger, OutboxItem
from tests.ledger.rows import BOOKS, NOON, met, row, taken

FIRST, SECOND = row(1, NOON), row(2, NOON)


@dataclass
class SlowDisk:
    """A disk whose writes end on command.

    Attributes:
        content: What the last write that ended left.
        under_way: The writes that have not ended, and whoever may wait for each.
        told: What was told.
    """

    content: Ledger | None = None
    under_way: list[tuple[Ledger, asyncio.Future[None]]] = field(default_factory=list)
    told: list[OutboxItem] = field(default_factory=list)

    async def write(self, ledger: Ledger) -> None:
        """Begin to write, and wait for the end."""
        end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.under_way.append((ledger, end))
        await end

    async def end(self, error: OSError | None = None) -> None:
        """End the oldest write, and let everybody go on."""
        ledger, end = self.under_way.pop(0)
        if error is None:
            self.content = ledger
        if not end.cancelled():
            end.set_exception(error) if error else end.set_result(None)
        await pass_on()

    def knows(self, number: int) -> bool:
        """Tell whether the disk holds a payment."""
        return self.content is not None and self.content.knows(row(number, NOON).key)


async def pass_on() -> None:
    """Let everybody go on until nobody can."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
def disk() -> SlowDisk:
    """Return a disk that ends no write by itself."""
    return SlowDisk()


@pytest.fixture
def journal(disk: SlowDisk) -> Journal:
    """Return an open journal on that disk."""
    journal = Journal(met(), books=BOOKS, write=disk.write, publish=disk.told.append)
    journal.open()
    return journal


async def begun(journal: Journal, *, cancelled: bool) -> asyncio.Task[None]:
    """Begin to write a payment down, and give up waiting for it or go on waiting."""
    writing = asyncio.create_task(journal.commit(lambda ledger: taken(ledger, FIRST)))
    await pass_on()
    if cancelled:
        writing.cancel()
        await asyncio.wait([writing])
    return writing


async def test_a_change_waits_for_the_write_that_somebody_gave_up(disk: SlowDisk, journal: Journal) -> None:
    await begun(journal, cancelled=True)
    second = asyncio.create_task(journal.commit(lambda ledger: taken(ledger, SECOND)))
    await pass_on()
    assert len(disk.under_way) == 1
    while not second.done():
        await disk.end()
    assert disk.knows(1)
    assert disk.knows(2)
    assert len(disk.told) == 2


@pytest.mark.parametrize("cancelled", [True, False])
async def test_a_stop_waits_for_the_write_under_way(
    disk: SlowDisk, journal: Journal, cancelled: bool
) -> None:
    writing = await begun(journal, cancelled=cancelled)
    stop = asyncio.create_task(journal.close())
    await pass_on()
    assert not stop.done()
    while not stop.done():
        await disk.end()
    await asyncio.wait([writing])
    assert disk.under_way == []
    assert disk.told == []
    assert disk.content is not None
    # Untold, and marked as such.
    assert disk.content.stopped
    assert len(disk.content.outbox) == 1


async def test_what_could_not_be_written_has_not_happened(disk: SlowDisk, journal: Journal) -> None:
    before = journal.ledger
    writing = await begun(journal, cancelled=False)
    assert journal.ledger is before
    await disk.end(OSError("full"))
    assert disk.under_way == []
    with pytest.raises(OSError, match="full"):
        await writing
    assert journal.ledger is before
    assert disk.told == []
