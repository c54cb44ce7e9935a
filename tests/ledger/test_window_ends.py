"""Where a window begins and ends: to the second, and without a range too many."""

from datetime import timedelta

from custom_components.qiwi.api import LONGEST_RANGE, PaymentsPage
from custom_components.qiwi.ledger import Window

from .rows import NOON, met, row

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
LEDGER = met(row(1, NOON - 3 * HOUR), now=NOON - 3 * HOUR)


def test_a_row_of_its_first_second_is_still_to_be_read() -> None:
    assert Window(NOON - DAY, NOON, begun=NOON).awaits(row(1, NOON - DAY))


def test_before_a_page_was_read_it_has_come_back_to_its_end() -> None:
    assert Window(NOON - DAY, NOON, begun=NOON).oldest == NOON


def test_nothing_is_read_for_an_end_that_has_not_moved() -> None:
    window = Window(NOON - DAY, NOON, begun=NOON)
    window.range_done()
    window.extend(NOON)
    assert window.is_read


def test_the_longest_range_that_the_wallet_takes_is_one() -> None:
    window = Window(NOON - LONGEST_RANGE + timedelta(seconds=2), NOON, begun=NOON)
    window.range_done()
    assert window.is_read


def test_a_reading_that_goes_on_finds_the_row_it_had_come_to() -> None:
    window = Window(NOON - DAY, NOON, begun=NOON)
    reached = row(2, NOON - 2 * HOUR)
    window.next_range()
    window.read(PaymentsPage(rows=(row(3, NOON - HOUR), reached), cursor=None), LEDGER)
    # It breaks off, goes on, and is told of nothing.
    window.next_range()
    window.range_done()
    assert window.is_read
    assert window.missing == {reached.key}
    # Read anew, the same wallet's word is taken for what came of the row.
    window.restart()
    window.next_range()
    window.read(PaymentsPage(rows=(row(3, NOON - HOUR),), cursor=None), LEDGER)
    window.range_done()
    assert window.missing == set()


def test_what_a_reading_that_went_on_did_not_find_is_forgiven_as_well() -> None:
    window = Window(NOON - DAY, NOON, begun=NOON)
    window.read(PaymentsPage(rows=(row(2, NOON - HOUR),), cursor=None), LEDGER)
    window.next_range()
    window.range_done()
    window.forgive()
    assert window.missing == set()
