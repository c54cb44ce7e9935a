"""A complete read of a part of the history holds what it finds, and knows whether it is whole."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from custom_components.qiwi.api import Cursor, PaymentsPage, Transaction
from custom_components.qiwi.ledger import Window, paid_order

from .rows import NOON, met, row, taken

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
LEDGER = met(row(1, NOON - HOUR), now=NOON - HOUR)
CURSOR = Cursor(transaction_id="25050000009", date="2026-05-06T13:00:00+03:00")
OTHER = Cursor(transaction_id="25050000008", date="2026-05-06T12:00:00+03:00")


def window(start: timedelta = -DAY, **details: object) -> Window:
    return Window(NOON + start, NOON, begun=NOON, **details)  # type: ignore[arg-type]


def held(under_way: Window) -> list[int]:
    return [int(payment.amount) for payment in under_way.oldest_held(1000)]


def rows(*numbers: int) -> list[Transaction]:
    return [row(number, NOON) for number in numbers]


def page(found: Iterable[Transaction], cursor: Cursor | None = None, **details: Any) -> PaymentsPage:
    return PaymentsPage(rows=tuple(found), cursor=cursor, **details)


def numbers(transactions: Iterable[Transaction]) -> list[int]:
    return [int(each.transaction_id) - 25_050_000_000 for each in transactions]


def test_it_holds_what_it_covers_and_nothing_else() -> None:
    under_way = window()
    after = row(3, NOON + SECOND)
    under_way.hold([after, row(2, NOON), row(1, NOON - HOUR)], LEDGER)
    assert held(under_way) == [2]
    assert not under_way.covers(after)
    assert not under_way.awaits(after)
    assert under_way.awaits(row(2, NOON))


def test_what_is_added_is_read_as_well() -> None:
    under_way = window()
    under_way.extend(NOON - HOUR)
    assert under_way.end == NOON
    under_way.extend(NOON + HOUR)
    under_way.range_done()
    assert under_way.next_range() == (NOON, NOON + HOUR, None)
    assert not under_way.is_read


def test_it_goes_on_with_the_page_that_failed_and_not_by_a_date() -> None:
    under_way = window()
    assert under_way.next_range() == (NOON - DAY, NOON, None)
    under_way.read(page([row(3, NOON - HOUR), row(2, NOON - 20 * HOUR)], cursor=CURSOR), LEDGER)
    assert under_way.next_range() == (NOON - DAY, NOON, CURSOR)
    under_way.read(page([], cursor=OTHER), LEDGER)
    assert under_way.next_range() == (NOON - DAY, NOON, OTHER)
    assert (under_way.pages, under_way.oldest) == (2, NOON - 20 * HOUR)


def test_a_cursor_that_leads_to_ten_failures_in_a_row_is_not_followed_any_more() -> None:
    under_way = window()
    for _ in range(20):
        under_way.failed()
    under_way.read(page([row(3, NOON - HOUR)], cursor=CURSOR, is_torn=True), LEDGER)
    for _ in range(9):
        under_way.failed()
    under_way.read(page([row(2, NOON - 2 * HOUR)], cursor=OTHER), LEDGER)
    for _ in range(9):
        under_way.failed()
    assert under_way.next_range() == (NOON - DAY, NOON, OTHER)
    under_way.failed()
    assert under_way.next_range() == (NOON - DAY, NOON, None)
    assert not under_way.is_torn
    under_way.read(page([row(3, NOON - HOUR)], cursor=CURSOR), LEDGER)
    under_way.failed()
    assert under_way.next_range() == (NOON - DAY, NOON, CURSOR)


def test_what_it_held_once_it_must_hold_again_when_it_is_read_anew() -> None:
    known, newest = row(1, NOON - 2 * HOUR), row(2, NOON)
    under_way = window(expected=[known.key])
    under_way.expect_newest([newest])
    under_way.read(page([newest, row(3, NOON - HOUR), known], is_torn=True), LEDGER)
    under_way.range_done()
    assert under_way.missing == frozenset()
    under_way.restart()
    assert under_way.missing == {known.key, newest.key}
    under_way.read(page([newest], is_torn=True), LEDGER)
    under_way.range_done()
    under_way.forgive()
    under_way.restart()
    assert under_way.missing == {newest.key}


def test_of_what_is_known_no_more_is_expected_when_empty_ranges_alone_are_read_again() -> None:
    known = row(1, NOON)
    under_way = window(-100 * DAY, expected=[known.key])
    under_way.read(page([known]), LEDGER)
    under_way.range_done()
    under_way.range_done()
    under_way.restart()
    assert under_way.missing == frozenset()
    assert len(under_way.empty) == 0


def test_it_is_torn_until_it_is_read_anew() -> None:
    under_way = window()
    under_way.read(page([row(3, NOON - HOUR)], is_torn=True), LEDGER)
    under_way.read(page([row(2, NOON - 2 * HOUR)]), LEDGER)
    assert under_way.is_torn
    under_way.restart()
    under_way.read(page([row(3, NOON - HOUR)]), LEDGER)
    assert not under_way.is_torn


def test_one_second_leaves_in_the_order_it_was_paid() -> None:
    under_way = window()
    under_way.read(page(rows(7, 3, 5)), LEDGER)
    assert held(under_way) == [5, 3, 7]
    assert numbers(paid_order(rows(7, 3, 5))) == [5, 3, 7]


def test_a_row_found_later_in_a_windows_last_second_keeps_its_place() -> None:
    under_way = window()
    under_way.hold(rows(4, 3), LEDGER)
    under_way.read(page(rows(4, 3, 2)), LEDGER)
    under_way.hold(rows(6, 5, 4, 3), LEDGER)
    assert held(under_way) == [2, 3, 4, 5, 6]


def test_newest_rows_of_a_second_that_is_being_read_come_last() -> None:
    under_way = window()
    under_way.read(page(rows(5, 4)), LEDGER)
    under_way.hold(rows(7, 6), LEDGER)
    under_way.read(page(rows(3, 2)), LEDGER)
    assert held(under_way) == [2, 3, 4, 5, 6, 7]


def test_rows_between_others_of_a_second_leave_between_them() -> None:
    under_way = window()
    under_way.hold(rows(3, 2), LEDGER)
    under_way.hold(rows(8, 7), LEDGER)
    under_way.read(page(rows(8, 7, 6, 5)), LEDGER)
    under_way.read(page(rows(4, 3, 2)), LEDGER)
    assert held(under_way) == [2, 3, 4, 5, 6, 7, 8]


def test_a_row_dated_anew_while_it_is_held_leaves_once() -> None:
    under_way = window()
    under_way.hold([row(2, NOON)], LEDGER)
    under_way.read(page([row(3, NOON - HOUR), row(2, NOON - HOUR)]), LEDGER)
    under_way.read(page([row(2, NOON - HOUR), row(4, NOON - HOUR)]), LEDGER)
    assert sorted(held(under_way)) == [2, 3, 4]


def test_what_arrives_behind_the_place_it_has_come_to_is_read_at_once() -> None:
    under_way = window()
    assert under_way.awaits(row(3, NOON))
    under_way.read(page([row(2, NOON - HOUR)]), LEDGER)
    assert not under_way.awaits(row(3, NOON - HOUR))
    assert under_way.awaits(row(2, NOON - HOUR))
    assert under_way.awaits(row(3, NOON - HOUR - SECOND))


def test_an_older_row_that_comes_while_it_is_released_leaves_first() -> None:
    under_way = window()
    under_way.read(page([row(5, NOON), row(4, NOON - SECOND)]), LEDGER)
    under_way.range_done()
    first = under_way.oldest_held(1)
    under_way.hold([row(2, NOON - HOUR), row(3, NOON - HOUR)], LEDGER)
    under_way.release(first)
    assert held(under_way) == [3, 2, 5]
    under_way.release(under_way.oldest_held())
    assert under_way.is_over


def test_what_was_taken_into_a_batch_leaves_though_an_older_second_came_meanwhile() -> None:
    under_way = window()
    under_way.read(page([row(4, NOON)]), LEDGER)
    batch = under_way.oldest_held()
    under_way.hold([row(2, NOON - HOUR)], LEDGER)
    under_way.release(batch)
    assert held(under_way) == [2]


def test_it_misses_what_is_known_to_lie_in_it() -> None:
    known = row(1, NOON - HOUR)
    under_way = window(expected=[known.key])
    under_way.read(page(rows(2)), LEDGER)
    assert under_way.missing == {known.key}
    under_way.read(page(rows(3), cursor=CURSOR), LEDGER)
    under_way.restart()
    assert under_way.next_range() == (NOON - DAY, NOON, None)
    under_way.read(page([row(2, NOON), known]), LEDGER)
    assert under_way.missing == frozenset()
    assert sorted(held(under_way)) == [2, 3]


def test_it_expects_the_newest_row_that_it_has_still_to_read() -> None:
    under_way = window()
    under_way.expect_newest([row(3, NOON + SECOND), row(2, NOON), row(1, NOON - HOUR)])
    assert under_way.missing == {row(2, NOON).key}
    under_way.read(page([row(2, NOON)]), LEDGER)
    under_way.expect_newest([row(5, NOON + SECOND)])
    assert under_way.missing == frozenset()
    under_way.extend(NOON + HOUR)
    under_way.expect_newest([row(5, NOON + SECOND)])
    under_way.forgive()
    assert under_way.missing == frozenset()


def test_of_several_ranges_the_empty_ones_are_read_again() -> None:
    under_way = window(-100 * DAY)
    (start, end, _) = under_way.next_range()
    assert end == NOON
    assert end - start <= 90 * DAY
    # Rows that lie outside the range are none of it.
    under_way.read(page([], cursor=CURSOR), LEDGER)
    under_way.range_done()
    assert under_way.next_range() == (NOON - 100 * DAY, start, None)
    under_way.read(page([row(2, NOON - 99 * DAY)]), LEDGER)
    under_way.range_done()
    assert under_way.is_read
    assert [(each.start, each.end) for each in under_way.empty] == [(start, end)]
    under_way.restart()
    assert under_way.next_range() == (start, end, None)
    under_way.range_done()
    under_way.forgive()
    assert under_way.is_read
    assert not under_way.empty


def test_ranges_stay_what_they_were_when_more_is_added() -> None:
    """An answer can agree with those before it only about the same range."""
    under_way = window(-100 * DAY)
    under_way.range_done()
    under_way.range_done()
    empty = under_way.empty
    under_way.extend(NOON + 100 * DAY)
    under_way.restart()
    assert under_way.next_range() == (empty[0].start, empty[0].end, None)


def test_a_single_range_may_be_empty() -> None:
    under_way = window()
    under_way.range_done()
    assert under_way.empty == []


def test_it_holds_nothing_that_is_known() -> None:
    under_way = window()
    under_way.read(page(rows(2, 3)), taken(LEDGER, *rows(3)))
    assert held(under_way) == [2]
