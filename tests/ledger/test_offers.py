"""Which payment is whose order, and why a person must look at it."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.qiwi.ledger.book import Sighting
from custom_components.qiwi.ledger.offers import OfferSettings, Quantity
from custom_components.qiwi.ledger.order_book import OrdersBook
from custom_components.qiwi.ledger.order_news import OrderNeedsAttention, OrderPaid
from custom_components.qiwi.ledger.order_states import OrderReason, OrderState
from custom_components.qiwi.ledger.orders import Order
from custom_components.qiwi.payments import Direction, Kind, Payment, PaymentStatus, read_comment

from .selling import ADDRESS, NOON, bought, offer, seen

SECOND = timedelta(seconds=1)


def ordered(payment: Payment, *offers: OfferSettings, sighting: Sighting | None = None) -> Order | None:
    """Return the order that a payment becomes, told as it should be."""
    book = OrdersBook(offers or (offer(),))
    state, items = book.apply(book.empty(), payment, sighting or seen())
    orders = list(state)
    if not orders:
        assert not items
        return None
    [order], [item] = orders, items
    assert isinstance(item, OrderPaid if order.reason is None else OrderNeedsAttention)
    assert item.order == order
    assert (order.state is OrderState.NEW) is (order.reason is None)
    assert state.revenue == {order.offer: payment.amount}
    return order


def reason(payment: Payment, *offers: OfferSettings, **sighting: Any) -> OrderReason | None:
    order = ordered(payment, *offers, sighting=seen(**sighting))
    assert order is not None
    return order.reason


def test_the_right_payment_is_an_order_with_its_address() -> None:
    order = ordered(bought())
    assert order is not None
    assert (order.offer, order.name, order.quantity, order.email) == ("offer-1", "Webinar", 1, ADDRESS)
    assert order.order_id == bought().transaction_id
    assert order.payment == bought(counterparty="0001")


@pytest.mark.parametrize(
    "payment",
    [
        pytest.param(bought(amount=Decimal("499.99")), id="underpaid"),
        pytest.param(bought(amount=Decimal("500.01")), id="overpaid"),
        pytest.param(bought(currency="USD"), id="another currency"),
        pytest.param(bought(kind=Kind.REFUND), id="refund"),
        pytest.param(bought(kind=Kind.CONVERSION), id="conversion"),
        pytest.param(bought(status=PaymentStatus.FAILED), id="failed"),
        pytest.param(bought(direction=Direction.OUT, type="OUT"), id="sent"),
        pytest.param(bought(date=NOON - timedelta(days=1) - SECOND), id="before the offer was made"),
    ],
)
def test_another_payment_is_no_order(payment: Payment) -> None:
    assert ordered(payment) is None


def test_the_past_of_a_wallet_buys_nothing() -> None:
    assert ordered(bought(), sighting=seen(silent=True)) is None


def test_a_wallet_without_offers_has_no_orders() -> None:
    book = OrdersBook()
    assert book.apply(book.empty(), bought(), seen()) == (book.empty(), ())


def test_a_payment_is_one_order_however_often_it_is_seen() -> None:
    book = OrdersBook([offer()])
    state, _ = book.apply(book.empty(), bought(), seen())
    assert book.apply(state, bought(), seen()) == (state, ())


def test_a_payment_that_failed_first_is_an_order_when_it_succeeds_after_all() -> None:
    book = OrdersBook([offer()])
    state, _ = book.apply(book.empty(), bought(status=PaymentStatus.FAILED), seen())
    state, items = book.apply(state, bought(), seen())
    assert len(list(state)) == len(items) == 1


@pytest.mark.parametrize(
    ("quantity", "amount", "number", "problem"),
    [
        (Quantity.EXACT, "500", 1, None),
        (Quantity.EXACT, "499", 1, OrderReason.UNDERPAID),
        (Quantity.EXACT, "1000", 1, OrderReason.OVERPAID),
        (Quantity.AT_LEAST, "499.99", 1, OrderReason.UNDERPAID),
        (Quantity.AT_LEAST, "500", 1, None),
        (Quantity.AT_LEAST, "1700.50", 1, None),
        (Quantity.MULTIPLES, "499", 1, OrderReason.UNDERPAID),
        (Quantity.MULTIPLES, "500", 1, None),
        (Quantity.MULTIPLES, "1500.00", 3, None),
        (Quantity.MULTIPLES, "1500.01", 3, OrderReason.OVERPAID),
    ],
)
def test_with_a_keyword_a_wrong_sum_is_an_order_that_needs_a_person(
    quantity: Quantity, amount: str, number: int, problem: OrderReason | None
) -> None:
    payment = bought(amount=Decimal(amount), comment=f"Йога {ADDRESS}", email=ADDRESS)
    order = ordered(payment, offer(keyword="йога", quantity=quantity))
    assert order is not None
    assert (order.quantity, order.reason) == (number, problem)
    plain = ordered(payment, offer(quantity=quantity))
    assert (plain is None) is (problem is not None)


def test_without_its_keyword_a_payment_is_no_order() -> None:
    assert ordered(bought(), offer(keyword="yoga")) is None


def test_an_offer_is_valid_from_its_first_moment_to_before_its_last() -> None:
    timed = offer(valid_from=NOON, valid_until=NOON + SECOND)
    assert ordered(bought(date=NOON - SECOND), timed) is None
    assert ordered(bought(date=NOON), timed) is not None
    assert ordered(bought(date=NOON + SECOND), timed) is None


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        (None, OrderReason.NO_ADDRESS),
        ("thank you", OrderReason.NO_ADDRESS),
        ("buyer@example", OrderReason.NO_ADDRESS),
        ("buyer@example.com\r\nBcc: all@example.com", OrderReason.SEVERAL_ADDRESSES),
        ("buyer@example.com, other@example.com", OrderReason.SEVERAL_ADDRESSES),
        ("a@example.com " + "x" * 600 + " b@example.com", OrderReason.SEVERAL_ADDRESSES),
    ],
)
def test_a_mail_needs_one_address(comment: str | None, problem: OrderReason) -> None:
    cleaned, email = read_comment(comment)
    payment = bought(comment=cleaned, email=email)
    assert reason(payment) is problem
    assert reason(payment, offer(by_hand=True)) is None


def test_what_a_person_should_know_first_is_told() -> None:
    wrong = bought(amount=Decimal(1), comment="yoga", email=None)
    offers = (offer(keyword="yoga"), offer(offer_id="offer-2", name="Second", keyword="yoga"))
    day = timedelta(days=1)
    assert reason(wrong, *offers, after=day + SECOND, doubtful=True) is OrderReason.RESTORED
    assert reason(wrong, *offers, after=day + SECOND) is OrderReason.LATE
    assert reason(wrong, *offers, after=day) is OrderReason.AMBIGUOUS_OFFER
    assert reason(wrong, offers[0]) is OrderReason.UNDERPAID


def test_what_several_offers_claim_is_the_first_made_ones_order_and_names_the_others() -> None:
    younger = offer(offer_id="a", name="Younger", created=NOON - timedelta(hours=1))
    older = offer(offer_id="b", name="Older")
    order = ordered(bought(), younger, older)
    assert order is not None
    assert (order.offer, order.reason, order.others) == ("b", OrderReason.AMBIGUOUS_OFFER, ("Younger",))


def test_two_prices_may_go_by_one_word() -> None:
    offers = (
        offer(keyword="yoga"),
        offer(offer_id="offer-2", name="Premium", price=Decimal(1000), keyword="yoga"),
    )
    named: dict[str, Any] = {"comment": f"yoga {ADDRESS}", "email": ADDRESS}
    order = ordered(bought(amount=Decimal(1000), **named), *offers)
    assert order is not None
    assert (order.name, order.reason) == ("Premium", None)
    assert reason(bought(amount=Decimal(700), **named), *offers) is OrderReason.AMBIGUOUS_OFFER


def test_a_sum_that_fits_one_offer_while_the_word_names_another_is_for_a_person() -> None:
    offers = (offer(), offer(offer_id="offer-2", name="Yoga", price=Decimal(700), keyword="yoga"))
    order = ordered(bought(comment=f"yoga {ADDRESS}", email=ADDRESS), *offers)
    assert order is not None
    assert (order.reason, order.others) == (OrderReason.AMBIGUOUS_OFFER, ("Yoga",))


def test_long_names_are_shortened_and_not_all_others_are_named() -> None:
    offers = [offer(offer_id=str(number), name=f"{number}" * 100) for number in range(9)]
    order = ordered(bought(), *offers)
    assert order is not None
    assert order.name == "0" * 100
    assert order.others == ("1" * 40, "2" * 40, "3" * 40)
