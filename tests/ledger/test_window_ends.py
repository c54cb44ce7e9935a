"""Where a window begins and ends: to the second, and without a range too many."""

from datetime import timedelta

from custom_components.qiwi.api import LONGEST_RANGE
from custom_components.qiwi.ledger import Window

from .rows import NOON, row

DAY = timedelta(days=1)


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
