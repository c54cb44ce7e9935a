"""How an order moves on: by the mail server's answers, by time and by persons."""

from datetime import datetime, timedelta
from decimal import Decimal
import json
from typing import Any

import pytest

from custom_components.qiwi.ledger.book import OutboxItem
from custom_components.qiwi.ledger.order_book import (
    CLOSED_KEPT,
    MOST_CLOSED,
    OrderError,
    Orders,
    OrdersBook,
)
from custom_components.qiwi.ledger.order_news import OrderNeedsAttention, OrderPaid
from custom_components.qiwi.ledger.order_states import Delivered, OrderOutcome, OrderReason, OrderState
from custom_components.qiwi.ledger.orders import AGE_LIMIT, LONGEST_PAUSE, Order

from .selling import ADDRESS, BOOK, FIRST, NOON, SECOND, bought, offer, seen, sold

OFFER = "offer-1"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def sending(state: Orders, now: datetime = NOON, order_id: str = FIRST) -> Orders:
    return state.begun(order_id, f"<{order_id}@example.com>", now)


def tried(state: Orders, delivered: Delivered, now: datetime = NOON) -> Orders:
    return sending(state, now).concluded(FIRST, delivered, now)[0]


def order_in(state: Orders, order_id: str = FIRST) -> Order:
    order = state.get(order_id)
    assert order is not None
    return order


def told(items: Any) -> list[tuple[str, OrderReason | None]]:
    assert all(isinstance(item, OrderNeedsAttention) for item in items)
    return [(item.order.order_id, item.order.reason) for item in items]


# The mail server's answers


def test_a_mail_that_the_server_took_closes_its_order() -> None:
    state = tried(sold(bought()), Delivered.SENT)
    assert order_in(state).state is OrderState.SENT
    assert not state.open
    assert state.due(NOON + HOUR, {OFFER}) is None


def test_an_order_is_due_at_once_and_only_where_its_offer_has_a_mail() -> None:
    state = sold(bought(2, date=NOON + MINUTE), bought(1), bought(3, currency="USD"))
    due = state.due(NOON, {OFFER, "by hand"})
    assert due is not None and due.order_id == FIRST
    assert state.due(NOON, {"another"}) is None
    assert {order.order_id for order in state.of(OFFER)} == {FIRST, SECOND}
    assert state.pause(NOON, {OFFER}) is None


def test_a_refusal_for_good_is_told_at_once() -> None:
    state, items = sending(sold(bought())).concluded(FIRST, Delivered.REFUSED, NOON)
    assert order_in(state).state is OrderState.FAILED
    assert told(items) == [(FIRST, OrderReason.REFUSED)]


def test_a_refusal_for_now_is_tried_again_ever_more_rarely_for_a_day() -> None:
    state, now = sold(bought()), NOON
    pauses = []
    while (order := state.due(now, {OFFER})) is not None:
        state, items = sending(state, now).concluded(order.order_id, Delivered.PUT_OFF, now)
        assert not items
        pause = state.pause(now, {OFFER})
        assert pause is not None
        assert state.due(now + pause - timedelta(seconds=1), {OFFER}) is None
        pauses.append(pause / MINUTE)
        now += pause
        state, items = state.checked(now)
    assert pauses[:7] == [1, 2, 5, 15, 30, 60, 60]
    assert AGE_LIMIT < now - NOON <= AGE_LIMIT + LONGEST_PAUSE
    assert told(items) == [(FIRST, OrderReason.GAVE_UP)]
    assert order_in(state).state is OrderState.FAILED


def test_a_server_that_is_away_is_not_tried_for_each_order() -> None:
    state = sold(bought(1), bought(2), bought(3, currency="USD"))
    state, items = sending(state).concluded(FIRST, Delivered.UNREACHABLE, NOON)
    assert not items
    assert state.due(NOON + MINUTE - timedelta(seconds=1), {OFFER}) is None
    assert [order_in(state, each).attempts for each in (FIRST, SECOND)] == [1, 1]
    assert order_in(state, bought(3).transaction_id).attempts == 0
    assert state.refused_since == NOON
    state, _ = sending(state, NOON + MINUTE).concluded(FIRST, Delivered.SENT, NOON + MINUTE)
    due = state.due(NOON + MINUTE, {OFFER})
    assert due is not None and due.order_id == SECOND


def test_an_answer_that_was_lost_is_asked_for_once_more_with_the_same_id() -> None:
    state = tried(sold(bought()), Delivered.UNKNOWN)
    assert state.due(NOON, {OFFER}) is None
    again = state.due(NOON + MINUTE, {OFFER})
    assert again is not None
    state = state.begun(FIRST, "<another@example.com>", NOON + MINUTE)
    assert order_in(state).message_id == f"<{FIRST}@example.com>"
    state, items = state.concluded(FIRST, Delivered.UNKNOWN, NOON + MINUTE)
    assert told(items) == [(FIRST, OrderReason.OUTCOME_UNKNOWN)]
    assert order_in(state).state is OrderState.NEEDS_ATTENTION
    assert state.due(NOON + 2 * HOUR, {OFFER}) is None


def test_a_mail_that_may_have_arrived_does_not_count_as_given_up() -> None:
    state = tried(tried(sold(bought()), Delivered.UNKNOWN), Delivered.PUT_OFF, NOON + MINUTE)
    _, items = state.checked(NOON + AGE_LIMIT + MINUTE)
    assert told(items) == [(FIRST, OrderReason.OUTCOME_UNKNOWN)]


def test_an_attempt_that_was_broken_off_before_the_mail_left_counts_for_nothing() -> None:
    state = tried(sold(bought()), Delivered.NOT_SENT)
    assert state.due(NOON, {OFFER}) is not None
    assert (order_in(state).attempts, order_in(state).is_doubtful) == (0, False)


def test_a_crash_while_a_mail_is_sent_is_a_lost_answer() -> None:
    crashed = sending(sold(bought(1), bought(2)))
    state, items = crashed.recovered(NOON)
    assert not items
    assert order_in(state).is_doubtful and not order_in(state, SECOND).is_doubtful
    # The second mail counts once it was about to leave.
    again = sending(state, NOON + MINUTE)
    state, items = again.recovered(NOON + MINUTE)
    assert not items and order_in(state).awaits_mail and order_in(state).is_doubtful
    state, items = again.handed_over(FIRST).recovered(NOON + MINUTE)
    assert told(items) == [(FIRST, OrderReason.OUTCOME_UNKNOWN)]
    assert again.handed_over("1") is again


def test_a_start_tries_at_once_what_was_put_off_but_not_what_may_have_arrived() -> None:
    put_off = tried(sold(bought()), Delivered.PUT_OFF).hurried()
    assert put_off.due(NOON, {OFFER}) is not None
    assert tried(sold(bought()), Delivered.UNKNOWN).hurried().due(NOON, {OFFER}) is None


def test_an_answer_for_an_order_that_is_not_being_sent_changes_nothing() -> None:
    state = sold(bought())
    assert state.concluded(FIRST, Delivered.SENT, NOON) == (state, ())
    assert state.concluded("1", Delivered.SENT, NOON) == (state, ())
    done = tried(state, Delivered.SENT)
    assert sending(done) is done


# Time


def test_what_nobody_tried_to_send_for_a_day_is_for_a_person() -> None:
    state = sold(bought())
    assert state.checked(NOON + AGE_LIMIT) == (state, ())
    state, items = state.checked(NOON + AGE_LIMIT + MINUTE)
    assert told(items) == [(FIRST, OrderReason.LATE)]


def test_what_waited_when_a_backup_was_made_is_for_a_person_when_it_is_restored() -> None:
    later = NOON + 2 * HOUR
    state = sending(sold(bought(1), bought(2), bought(3, date=later), bought(4, currency="USD")))
    state, items = state.checked(later, doubtful_until=NOON + HOUR)
    assert told(items) == [(FIRST, OrderReason.RESTORED), (SECOND, OrderReason.RESTORED)]
    due = state.due(later, {OFFER})
    assert due is not None and due.order_id == bought(3).transaction_id
    # Whoever looked at it since may send it.
    state = state.released(FIRST, None, later)
    assert state.checked(later, doubtful_until=NOON + HOUR) == (state, ())


def test_a_clock_that_was_ahead_puts_no_order_off_for_longer_than_an_hour() -> None:
    ahead = timedelta(days=400)
    state = tried(sold(bought()), Delivered.PUT_OFF, NOON + ahead)
    assert state.due(NOON, {OFFER}) is not None
    assert state.pause(NOON, {OFFER}) == LONGEST_PAUSE


def test_closed_orders_are_forgotten_after_a_year_and_open_ones_never() -> None:
    state = tried(sold(bought(1), bought(2)), Delivered.SENT)
    assert BOOK.pruned(state, NOON + CLOSED_KEPT - MINUTE) is state
    state = BOOK.pruned(state, NOON + CLOSED_KEPT)
    assert [order.order_id for order in state] == [SECOND]
    assert state.revenue == {OFFER: 1000}


def test_only_so_many_closed_orders_are_kept_but_each_that_may_be_read_again() -> None:
    state = sold(*(bought(number) for number in range(MOST_CLOSED + 5)))
    for order in tuple(state.open.values()):
        state = state.completed(order.order_id, OrderOutcome.DELIVERED, NOON)
    assert BOOK.pruned(state, NOON + timedelta(days=1)) is state
    kept = BOOK.pruned(state, NOON + timedelta(days=3))
    assert list(kept.closed) == list(state.closed)[5:]


# Persons


@pytest.mark.parametrize(
    ("outcome", "revenue"),
    [(OrderOutcome.DELIVERED, 500), (OrderOutcome.REFUNDED, 0), (OrderOutcome.DECLINED, 0)],
)
def test_a_person_ends_an_order_and_money_that_went_back_is_no_revenue(
    outcome: OrderOutcome, revenue: int
) -> None:
    state = sold(bought()).completed(FIRST, outcome, NOON)
    order = order_in(state)
    assert (order.state, order.outcome, order.closed) == (OrderState.COMPLETED, outcome, NOON)
    assert state.revenue == {OFFER: Decimal(revenue)}
    with pytest.raises(OrderError, match="order_completed"):
        state.completed(FIRST, OrderOutcome.DELIVERED, NOON)
    with pytest.raises(OrderError, match="order_completed"):
        state.released(FIRST, ADDRESS, NOON)


def test_a_person_sends_an_order_that_lacked_its_address() -> None:
    state = sold(bought(comment=None))
    with pytest.raises(OrderError, match="missing_email"):
        state.released(FIRST, None, NOON)
    state = state.released(FIRST, "other@example.com", NOON + 100 * HOUR)
    assert state.checked(NOON + 100 * HOUR) == (state, ())
    due = state.due(NOON + 100 * HOUR, {OFFER})
    assert due is not None
    assert (due.email, due.reason) == ("other@example.com", None)


def test_a_sent_mail_is_sent_again_only_to_another_address() -> None:
    state = tried(sold(bought()), Delivered.SENT)
    with pytest.raises(OrderError, match="order_sent"):
        state.released(FIRST, None, NOON)
    state = state.released(FIRST, "other@example.com", NOON)
    assert [*state.open] == [FIRST] and not state.closed


def test_nobody_interferes_with_a_mail_that_is_being_sent() -> None:
    state = sending(sold(bought()))
    with pytest.raises(OrderError, match="order_being_sent"):
        state.completed(FIRST, OrderOutcome.DELIVERED, NOON)
    with pytest.raises(OrderError, match="order_being_sent"):
        state.released(FIRST, ADDRESS, NOON)


def test_what_a_person_can_not_do_is_said() -> None:
    state = sold(bought(currency="USD"))
    with pytest.raises(OrderError, match="order_by_hand"):
        state.released(FIRST, ADDRESS, NOON)
    with pytest.raises(OrderError, match="unknown_order"):
        state.completed("1", OrderOutcome.DELIVERED, NOON)


# The stored form and the record


def states() -> dict[str, Orders]:
    lost = tried(sold(bought(), bought(2, currency="USD")), Delivered.UNKNOWN)
    return {
        "new": sold(bought(), bought(2, currency="USD"), bought(3, comment="b@example.com c@example.com")),
        "sending": sending(sold(bought())),
        "put off, the last answer lost": lost,
        "sending once more": sending(lost).handed_over(FIRST),
        "stopped": tried(lost, Delivered.UNKNOWN),
        "another address": sold(bought()).released(FIRST, "other@example.com", NOON),
        "ended": sold(bought()).completed(FIRST, OrderOutcome.REFUNDED, NOON),
    }


@pytest.mark.parametrize("state", states().values(), ids=states())
def test_orders_are_read_as_they_were_written(state: Orders) -> None:
    assert BOOK.from_json(json.loads(json.dumps(BOOK.to_json(state)))) == state


@pytest.mark.parametrize("kind", [OrderPaid, OrderNeedsAttention])
def test_an_item_is_read_as_it_was_written_and_flagged_when_it_may_have_been_told(
    kind: type[OrderPaid | OrderNeedsAttention],
) -> None:
    item = kind(order=order_in(sold(bought())))
    again: OutboxItem = item.again()
    assert not item.record()["payment"]["possible_duplicate"]
    assert kind.from_json(json.loads(json.dumps(again.to_json()))).record()["payment"]["possible_duplicate"]
    with pytest.raises(TypeError):
        kind.from_json(item.to_json() | {"possible_duplicate": 1})


def test_the_record_says_what_automations_need() -> None:
    state = sold(bought(comment=None)).released(FIRST, "other@example.com", NOON)
    record = tried(state, Delivered.REFUSED).get(FIRST)
    assert record is not None
    payment = record.record().pop("payment")
    assert payment["account"] == "•••• 0001"
    assert payment["amount"] == 500.0
    assert {name: value for name, value in record.record().items() if name != "payment"} == {
        "order_id": FIRST,
        "offer": "Webinar",
        "quantity": 1,
        "email": "other@example.com",
        "delivery": "email",
        "state": "failed",
        "reason": "refused",
        "outcome": None,
        "other_offers": [],
    }


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("offer", 1),
        ("quantity", "1"),
        ("quantity", True),
        ("by_hand", 1),
        ("since", "2026-05-06T12:00:00"),
        ("state", "lost"),
        ("amount", "NaN"),
        ("revenue", "Infinity"),
    ],
)
def test_damage_is_noticed(name: str, damage: object) -> None:
    stored = BOOK.to_json(sold(bought()))
    (stored["revenue"] if name == "revenue" else stored["orders"][0])[name] = damage
    with pytest.raises((KeyError, TypeError, ValueError, ArithmeticError)):
        BOOK.from_json(stored)


@pytest.mark.parametrize("sign", ["я", '"', "\\", "😀", "⠀", "x"])
def test_an_order_takes_at_most_a_kilobyte_whatever_a_stranger_wrote(sign: str) -> None:
    long = "a" * 60 + "@" + "example." * 23 + "com"
    payment = bought(comment=sign * 500, email=long, provider=sign * 500, amount=Decimal("9999999999.99"))
    offers = [offer(offer_id=f"01KTESTENTRY000000000000{n}", name=sign * 200, keyword=sign) for n in range(5)]
    book = OrdersBook(offers)
    state, _ = book.apply(book.empty(), payment, seen())
    now = NOON
    state = state.released(FIRST, long.replace("a@", "b@"), now)
    state = state.begun(FIRST, f"<{'x' * 70}@example.com>", now).concluded(FIRST, Delivered.UNKNOWN, now)[0]
    state = state.completed(FIRST, OrderOutcome.DELIVERED, now)
    [stored] = book.to_json(state)["orders"]
    assert len(json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode()) <= 1024


def test_a_plain_comment_is_kept_whole() -> None:
    comment = f"Вебинар по йоге в субботу, мой адрес {ADDRESS}, а если не дойдёт, позвоните мне, пожалуйста"
    assert order_in(sold(bought(comment=comment, email=ADDRESS))).payment.comment == comment
