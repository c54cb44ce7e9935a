"""What stands on the disk when something is told, and how often it is written."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from custom_components.qiwi.journal import Journal, JournalClosedError
from custom_components.qiwi.ledger import Ledger, OutboxItem
from custom_components.qiwi.payments import Announcement, Payment
from tests.ledger.rows import BOOKS, NOON, met, row, taken


class Crash(BaseException):
    """The process ends here."""


class FullError(OSError):
    """The disk takes nothing."""


@dataclass
class Outside:
    """A disk and a public.

    Attributes:
        written: What was written, the last one is on the disk.
        told: What was told, in order.
        is_full: Whether the disk refuses.
        crashes: Whether telling something is the last thing the process does.
    """

    written: list[Ledger] = field(default_factory=list)
    told: list[OutboxItem] = field(default_factory=list)
    is_full: bool = False
    crashes: bool = False

    def journal(self, ledger: Ledger) -> Journal:
        """Return a journal that begins with what the disk holds."""
        return Journal(ledger, books=BOOKS, write=self._write, publish=self._publish)

    async def _write(self, ledger: Ledger) -> None:
        await asyncio.sleep(0)
        if self.is_full:
            raise FullError
        self.written.append(ledger)

    def _publish(self, item: OutboxItem) -> None:
        self.told.append(item)
        if self.crashes:
            raise Crash

    def amounts(self) -> list[tuple[int, bool]]:
        """Return how much was told of, and whether it was flagged."""
        return [amount(item) for item in self.told]


def amount(item: OutboxItem) -> tuple[int, bool]:
    """Return how much an announcement is about, and whether it is flagged."""
    assert isinstance(item, Announcement)
    return int(item.payment.amount), item.possible_duplicate


def pay(number: int) -> Any:
    """Return a change that finds one payment."""
    return lambda ledger: taken(ledger, row(number, NOON))


@pytest.fixture
def outside() -> Outside:
    """Return a disk that takes what is written, and a public."""
    return Outside()


@pytest.fixture
def journal(outside: Outside) -> Journal:
    """Return the journal of a wallet that was met, and in which nothing waits to be told."""
    journal = outside.journal(met())
    journal.open()
    return journal


async def test_nothing_is_told_before_the_journal_is_open_and_then_what_waited_is(outside: Outside) -> None:
    journal = outside.journal(met())
    await journal.commit(pay(1))
    await journal.flush()
    assert outside.told == []
    # The payment alone: there is nothing else to write down while nothing is told.
    assert len(outside.written) == 1
    journal.open()
    await journal.flush()
    assert outside.amounts() == [(1, False)]
    assert outside.written[-1].outbox == ()


async def test_what_was_told_is_written_off_at_once(outside: Outside, journal: Journal) -> None:
    await journal.commit(pay(1))
    assert [len(ledger.outbox) for ledger in outside.written] == [1, 0]
    assert outside.amounts() == [(1, False)]


async def test_of_a_row_of_changes_each_is_written_once_and_the_last_telling_with_the_flush(
    outside: Outside, journal: Journal
) -> None:
    await journal.commit(pay(1), more=True)
    await journal.commit(pay(2), more=True)
    assert [len(ledger.outbox) for ledger in outside.written] == [1, 1]
    await journal.flush()
    assert [len(ledger.outbox) for ledger in outside.written] == [1, 1, 0]
    assert outside.amounts() == [(1, False), (2, False)]


async def test_nothing_is_written_when_nothing_has_changed(outside: Outside, journal: Journal) -> None:
    await journal.commit(pay(1))
    before = len(outside.written)
    await journal.commit(lambda ledger: ledger)
    await journal.flush()
    await journal.close()
    assert len(outside.written) == before


async def test_nothing_is_written_by_a_start_and_a_stop_without_news(
    outside: Outside, journal: Journal
) -> None:
    await journal.flush()
    await journal.close()
    assert outside.written == []


async def test_the_file_is_written_again_as_it_is_when_asked(outside: Outside, journal: Journal) -> None:
    await journal.rewrite()
    assert outside.written == [journal.ledger]
    await journal.flush()
    assert len(outside.written) == 1


async def test_a_file_that_could_not_be_written_again_is_written_with_the_next_flush(
    outside: Outside, journal: Journal
) -> None:
    outside.is_full = True
    with pytest.raises(FullError):
        await journal.rewrite()
    outside.is_full = False
    await journal.flush()
    assert outside.written == [journal.ledger]


async def test_what_an_orderly_stop_left_is_flagged_when_a_crash_cuts_its_telling_off(
    outside: Outside,
) -> None:
    first = outside.journal(met())
    await first.commit(pay(1))
    await first.commit(pay(2))
    await first.close()
    outside.crashes = True
    second = outside.journal(outside.written[-1].restarted())
    second.open()
    with pytest.raises(Crash):
        await second.flush()
    outside.crashes = False
    third = outside.journal(outside.written[-1].restarted())
    third.open()
    await third.flush()
    # The stop left both untold; the crash may have come before or after the first was out.
    assert outside.amounts() == [(1, False), (1, True), (2, True)]


async def test_a_stop_leaves_what_was_told_in_vain_flagged_before_what_was_not_told(outside: Outside) -> None:
    journal = outside.journal(met())
    vain = met().announcement(Payment.from_transaction(row(7, NOON)), NOON)
    await journal.commit(pay(1))
    await journal.close([vain])
    left = outside.written[-1].restarted().outbox
    assert [amount(item) for item in left] == [(7, True), (1, False)]


async def test_a_stop_leaves_what_was_told_in_vain_when_nothing_else_waits(
    outside: Outside, journal: Journal
) -> None:
    vain = met().announcement(Payment.from_transaction(row(7, NOON)), NOON)
    await journal.close([vain])
    left = outside.written[-1].restarted().outbox
    assert [amount(item) for item in left] == [(7, True)]


async def test_a_stop_writes_down_what_a_disk_refused_before(outside: Outside, journal: Journal) -> None:
    await journal.commit(pay(1), more=True)
    outside.is_full = True
    await journal.flush()
    outside.is_full = False
    await journal.close()
    assert outside.written[-1].restarted().outbox == ()
    assert outside.amounts() == [(1, False)]


async def test_what_is_told_once_more_is_not_kept(outside: Outside, journal: Journal) -> None:
    item = met().announcement(Payment.from_transaction(row(1, NOON)), NOON)
    await journal.repeat(item)
    assert outside.told == [item]
    assert outside.written == []


async def test_nothing_is_told_once_more_before_the_journal_is_open(outside: Outside) -> None:
    item = met().announcement(Payment.from_transaction(row(1, NOON)), NOON)
    with pytest.raises(JournalClosedError):
        await outside.journal(met()).repeat(item)
    assert outside.told == []
