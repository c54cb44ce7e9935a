"""What the feed and the journal do in moments that chance seldom finds."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import override

import pytest
from yarl import URL

from custom_components.qiwi.api import QiwiResponseError
from custom_components.qiwi.journal import JournalClosedError

from .world import DAY, JumpingLoop, Process, Row, World


@pytest.fixture
def world() -> Iterator[World]:
    """Return a wallet with one payment of an hour ago."""
    loop = JumpingLoop()
    world = World(loop)
    world.insert(Row(1, world.now - timedelta(hours=1)))
    yield world
    loop.close()


def run(world: World, doing: object) -> None:
    """Do something to its end."""
    world.loop.run_until_complete(doing)  # type: ignore[arg-type]


def test_without_any_clock_there_is_no_first_contact(world: World) -> None:
    world.wallet_skew, world.host_skew = None, -60 * 365 * DAY
    process = Process(world)
    with pytest.raises(QiwiResponseError, match="clock"):
        run(world, process.feed.poll())
    assert not process.journal.is_begun


def test_a_first_contact_reads_on_while_rows_are_of_this_second_or_later(world: World) -> None:
    for number in range(2, 32):
        world.insert(Row(number, world.now))
    process = Process(world)
    run(world, process.poll())
    world.loop.jump(timedelta(seconds=1))
    world.insert(Row(50, world.now))
    run(world, process.poll())
    assert [item.payment.amount for item in world.heard] == [50]


class Circle(World):
    """A wallet whose every page is the first one."""

    @override
    def answer(self, url: URL, *, is_torn: bool = False) -> bytes:
        return super().answer(url.without_query_params("nextTxnId", "nextTxnDate"), is_torn=is_torn)


def test_newest_pages_that_lead_in_a_circle_are_refused() -> None:
    loop = JumpingLoop()
    world = Circle(loop)
    process = Process(world)
    run(world, process.poll())
    loop.jump(timedelta(seconds=1))
    # Dated in the future: no window reads them in the feed's stead.
    for number in range(2, 102):
        world.insert(Row(number, world.now + 400 * DAY))
    with pytest.raises(QiwiResponseError, match="circle"):
        run(world, process.feed.poll())
    assert world.heard == []
    loop.close()


class Torn(World):
    """A wallet whose pages behind a cursor do not begin with the row that the cursor names."""

    @override
    def answer(self, url: URL, *, is_torn: bool = False) -> bytes:
        return super().answer(url, is_torn="nextTxnId" in url.query)


def meet_torn_gap(world: World) -> Process:
    """Have been away for three days, and find pages that do not go on where they should."""
    process = Process(world)
    run(world, process.poll())
    begun = world.now
    world.loop.jump(3 * DAY)
    for number in range(2, 152):
        world.insert(Row(number, begun + number * timedelta(minutes=28)))
    process.feed.miss()
    run(world, process.poll())
    return process


def test_a_row_that_a_page_promised_is_waited_for_until_the_next_page_holds_it(world: World) -> None:
    world.faults = []
    torn = Torn(world.loop, rows=world.rows)
    process = meet_torn_gap(torn)
    assert torn.heard == []
    process.world = world
    run(world, process.poll())
    assert [item.payment.amount for item in world.heard] == list(range(2, 152))


def test_pages_that_never_go_on_where_they_say_are_taken_as_they_are_after_an_hour(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    torn = Torn(world.loop, rows=world.rows)
    process = meet_torn_gap(torn)
    with pytest.raises(QiwiResponseError, match="left out"):
        run(torn, process.feed.work(lambda: None))
    for _ in range(2):
        torn.loop.jump(timedelta(minutes=30))
        run(torn, process.poll())
    # Two pages lost their first rows.
    assert len(torn.heard) == 148
    assert "do not go on where they say" in caplog.text
    # It is told once, and holds nothing up again.
    caplog.clear()
    torn.loop.jump(3 * DAY)
    for number in range(200, 350):
        torn.insert(Row(number, torn.now - timedelta(minutes=350 - number)))
    process.feed.miss()
    run(torn, process.poll())
    assert torn.heard[-1].payment.amount == 349
    assert "do not go on" not in caplog.text


def test_a_closed_journal_writes_and_tells_nothing_more(world: World) -> None:
    process = Process(world)
    run(world, process.poll())
    run(world, process.journal.close())
    written = world.disk
    world.insert(Row(2, world.now))
    run(world, process.feed.poll())
    run(world, process.journal.flush())
    run(world, process.journal.rewrite())
    assert world.disk == written
    assert world.heard == []


def test_what_waits_to_be_told_stays_when_it_is_flushed_after_the_end(world: World) -> None:
    process = Process(world)
    run(world, process.poll())
    world.loop.jump(timedelta(seconds=1))
    world.insert(Row(2, world.now))

    async def unload_in_the_middle() -> None:
        polling = asyncio.ensure_future(process.feed.poll())
        for _ in range(20):
            # Written down in one of these steps, and told in one after it.
            if "25050000002" in (world.disk or ""):
                break
            await asyncio.sleep(0)
        await process.journal.close()
        await asyncio.wait([polling])
        await process.journal.flush()

    run(world, unload_in_the_middle())
    run(world, Process(world).poll())
    assert [item.payment.amount for item in world.heard] == [2]


def test_a_journal_without_a_first_contact_has_nothing_to_write(world: World) -> None:
    process = Process(world)
    run(world, process.journal.flush())
    run(world, process.journal.rewrite())
    run(world, process.journal.close())
    assert world.disk is None


def test_a_disk_that_fails_in_the_end_only_costs_the_flag(world: World) -> None:
    process = Process(world)
    run(world, process.poll())
    world.full_disk = True
    run(world, process.journal.close())
    with pytest.raises(JournalClosedError):
        run(world, process.journal.commit(lambda ledger: ledger))


def test_a_first_contact_ends_though_very_many_rows_are_dated_in_the_future(world: World) -> None:
    for number in range(2, 2102):
        world.insert(Row(number, world.now + DAY))
    process = Process(world)
    run(world, process.feed.poll())
    assert process.journal.is_begun


def test_a_history_that_stays_empty_for_an_hour_is_believed(world: World) -> None:
    process = Process(world)
    run(world, process.poll())
    world.rows.clear()
    # One hour apart, but nothing was asked in between: both may be mistakes.
    for _ in range(2):
        with pytest.raises(QiwiResponseError, match="empty"):
            run(world, process.feed.poll())
        world.loop.jump(timedelta(hours=1))
    run(world, process.feed.poll())
    assert process.feed.recent == ()
