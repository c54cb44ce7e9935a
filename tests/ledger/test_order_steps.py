"""What an order keeps from step to step, and when each of its hours begins."""

from datetime import timedelta
import json
from typing import Any

import pytest

from custom_components.qiwi.ledger.order_book import OrderError, Orders, OrdersBook
from custom_components.qiwi.ledger.order_states import Delivered, OrderOutcome, OrderReason, OrderState
from custom_components.qiwi.ledger.orders import AGE_LIMIT, LONGEST_PAUSE, Order

from .selling import ADDRESS, BOOK, FIRST, NOON, SECOND, bought, offer, seen, sold

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def tried(state: Orders, delivered: Delivered, now: Any = NOON, order_id: str = FIRST) -> Orders:
    return state.begun(order_id, "<1@example.com>", now).concluded(order_id, delivered, now)[0]


def found(state: Orders, order_id: str = FIRST) -> Order:
    order = state.get(order_id)
    assert order is not None
    return order


def reread(state: Orders) -> Orders:
    """Return the orders as the next start finds them."""
    return BOOK.from_json(json.loads(json.dumps(BOOK.to_json(state))))


def test_the_day_of_trying_begins_with_the_first_attempt() -> None:
    later = NOON + 20 * HOUR
    order = found(tried(sold(bought()), Delivered.PUT_OFF, later))
    assert order.since == later
    assert found(tried(Orders(open={FIRST: order}), Delivered.PUT_OFF, later + HOUR)).since == later
    assert order.checked(later + AGE_LIMIT, None) is order


def test_the_day_of_trying_has_begun_though_the_first_attempt_was_broken_off() -> None:
    later = NOON + 20 * HOUR
    assert found(tried(sold(bought()), Delivered.NOT_SENT, later)).since == later


def test_the_day_of_trying_begins_when_a_server_that_is_away_puts_an_order_off_too() -> None:
    later = NOON + 20 * HOUR
    state = tried(sold(bought(), bought(2)), Delivered.UNREACHABLE, later)
    assert found(state, SECOND).since == later


def test_a_server_that_is_away_puts_off_what_was_planned_for_now_and_nothing_else() -> None:
    state = tried(sold(bought(), bought(2)), Delivered.PUT_OFF, order_id=SECOND)
    state = tried(state, Delivered.UNREACHABLE, NOON + 30 * timedelta(seconds=1))
    assert found(state, SECOND).attempts == 1
    state = tried(state, Delivered.UNREACHABLE, NOON + 2 * MINUTE)
    assert found(state, SECOND).attempts == 2


def test_after_the_longest_pause_has_begun_an_order_is_not_due_at_once() -> None:
    state, now = sold(bought()), NOON
    while found(state).next_attempt != now + LONGEST_PAUSE:
        now = found(state).next_attempt or now
        state = tried(state, Delivered.PUT_OFF, now)
    assert not found(state).is_due(now)
    assert found(state).is_due(now + LONGEST_PAUSE)


def test_a_second_attempt_that_a_crash_cuts_off_before_its_mail_leaves_was_not_sent() -> None:
    state = tried(sold(bought()), Delivered.UNKNOWN)
    state = state.begun(FIRST, "<1@example.com>", NOON + HOUR).handed_over(FIRST)
    # The server put it off; the next attempt has not handed its mail over yet.
    state, _ = state.concluded(FIRST, Delivered.PUT_OFF, NOON + HOUR)
    state = state.begun(FIRST, "<1@example.com>", NOON + 2 * HOUR)
    state, told = state.recovered(NOON + 2 * HOUR)
    assert found(state).state is OrderState.NEW
    assert told == ()


def test_only_what_waits_for_another_attempt_has_a_plan_for_it() -> None:
    state = tried(sold(bought()), Delivered.PUT_OFF)
    assert found(state).next_attempt is not None
    under_way = state.begun(FIRST, "<1@example.com>", NOON + MINUTE)
    assert found(under_way).next_attempt is None
    stopped, _ = state.checked(NOON + 30 * HOUR)
    assert (found(stopped).reason, found(stopped).next_attempt) == (OrderReason.GAVE_UP, None)


def test_a_sent_order_says_when_it_was_sent_and_an_ended_one_when_it_ended() -> None:
    state = tried(sold(bought()), Delivered.SENT, NOON + HOUR)
    assert found(state).closed == NOON + HOUR
    state = state.completed(FIRST, OrderOutcome.REFUNDED, NOON + 2 * HOUR)
    assert found(state).closed == NOON + 2 * HOUR


def test_what_was_sent_can_be_ended_and_is_the_last_one_closed_then() -> None:
    state = tried(sold(bought(), bought(2)), Delivered.SENT)
    state = tried(state, Delivered.SENT, order_id=SECOND)
    state = state.completed(FIRST, OrderOutcome.DELIVERED, NOON + HOUR)
    assert list(state.closed) == [SECOND, FIRST]
    assert state.open == {}


def test_an_order_that_a_person_ended_needs_no_one_any_more() -> None:
    state = sold(bought(comment=None))
    assert found(state).reason is OrderReason.NO_ADDRESS
    assert found(state.completed(FIRST, OrderOutcome.DECLINED, NOON)).reason is None


def test_an_order_that_a_person_releases_begins_anew() -> None:
    state = tried(sold(bought()), Delivered.UNKNOWN)
    state = tried(state, Delivered.UNKNOWN, NOON + HOUR)
    assert found(state).reason is OrderReason.OUTCOME_UNKNOWN
    order = found(state.released(FIRST, None, NOON + 30 * HOUR))
    assert (order.state, order.reason, order.is_doubtful, order.attempts) == (OrderState.NEW, None, False, 0)
    assert order.is_due(NOON + 30 * HOUR)
    assert order.since == NOON + 30 * HOUR


def test_an_order_that_a_person_releases_is_due_though_it_was_put_off() -> None:
    state = tried(sold(bought()), Delivered.PUT_OFF).released(FIRST, None, NOON + timedelta(seconds=1))
    assert found(state).is_due(NOON + timedelta(seconds=1))


def test_a_sent_order_that_goes_to_another_address_is_not_closed_any_more() -> None:
    state = tried(sold(bought()), Delivered.SENT).released(FIRST, "other@example.com", NOON + HOUR)
    order = found(state)
    assert (order.email, order.closed, order.is_open) == ("other@example.com", None, True)
    # The payment's own address is shown beside what a person typed only where it is the same.
    assert order.payment.email is None
    assert reread(state) == state


def test_an_order_that_is_released_to_the_address_it_was_paid_with_keeps_that() -> None:
    state = tried(sold(bought()), Delivered.REFUSED).released(FIRST, None, NOON + HOUR)
    assert found(state).payment.email == ADDRESS
    assert reread(state) == state


def test_a_restored_backup_stops_what_waits_and_what_was_being_sent_and_nothing_else() -> None:
    by_hand = bought(4, currency="USD")
    state = tried(sold(bought(), bought(2), bought(3), by_hand), Delivered.SENT)
    state = state.begun(SECOND, "<2@example.com>", NOON)
    state, told = state.doubted()
    assert [(item.order.order_id[-1], item.order.reason) for item in told] == [  # type: ignore[attr-defined]
        ("2", OrderReason.RESTORED),
        ("3", OrderReason.RESTORED),
    ]
    assert found(state).state is OrderState.SENT
    assert found(state, by_hand.transaction_id).state is OrderState.NEW


def test_what_was_tried_first_in_the_moment_a_backup_is_doubted_up_to_is_for_a_person() -> None:
    state, _ = sold(bought()).checked(NOON + MINUTE, NOON)
    assert found(state).reason is OrderReason.RESTORED


def test_a_person_learns_what_is_in_the_way() -> None:
    with pytest.raises(OrderError) as refused:
        sold().completed(FIRST, OrderOutcome.DELIVERED, NOON)
    assert refused.value.problem == "unknown_order"


def test_the_record_says_who_delivers_and_is_no_duplicate_by_itself() -> None:
    record = found(sold(bought(currency="USD"))).record()
    assert record["delivery"] == "manual"
    assert record["payment"]["possible_duplicate"] is False
    assert found(sold(bought())).record()["delivery"] == "email"


def test_of_the_payers_number_the_last_four_digits_are_kept() -> None:
    state = sold(bought(1, counterparty="4242 42** **** 42 1 7"), bought(2, counterparty=None))
    assert found(state).payment.counterparty == "4217"
    assert found(state, SECOND).payment.counterparty is None


def test_a_comment_of_300_letters_is_kept_and_one_that_is_cut_ends_with_a_letter() -> None:
    assert found(sold(bought(comment="x" * 300))).payment.comment == "x" * 300
    comment = found(sold(bought(comment="  " + "word " * 500))).payment.comment
    assert comment is not None
    assert comment.startswith("  word")
    assert comment == comment.rstrip()


def test_an_order_of_a_payment_that_says_little_is_read_as_it_was_written() -> None:
    bare = bought(1, comment=None, commission=None, total=None, provider=None, counterparty=None)
    state = sold(bare)
    assert reread(state) == state
    assert found(reread(state)).payment.commission is None


def test_when_its_hours_began_and_the_other_offers_are_read_as_they_were_written() -> None:
    book = OrdersBook([offer(), offer(offer_id="offer-2", name="Course")])
    state, _ = book.apply(book.empty(), bought(), seen())
    assert found(state).others == ("Course",)
    state = tried(state.released(FIRST, None, NOON + HOUR), Delivered.PUT_OFF, NOON + 2 * HOUR)
    again = book.from_json(json.loads(json.dumps(book.to_json(state))))
    assert again == state
    assert (found(again).since, found(again).others) == (NOON + 2 * HOUR, ("Course",))


def test_an_offer_is_bought_from_the_moment_it_was_made() -> None:
    made = offer(created=NOON)
    assert made.is_meant_by(bought())
    assert not made.is_meant_by(bought(date=NOON - timedelta(seconds=1)))
