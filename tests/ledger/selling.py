"""The words that the tests of orders tell their stories in: a seller's offers and what buyers pay."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from custom_components.qiwi.ledger.book import Sighting
from custom_components.qiwi.ledger.offers import OfferSettings
from custom_components.qiwi.ledger.order_book import Orders, OrdersBook
from custom_components.qiwi.payments import Direction, Kind, Payment, PaymentStatus

NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
ADDRESS = "buyer@example.com"


def offer(**changes: Any) -> OfferSettings:
    """Return an offer: a webinar for 500 roubles, unless something else is said."""
    plain = OfferSettings(
        offer_id="offer-1",
        name="Webinar",
        price=Decimal(500),
        currency="RUB",
        created=NOON - timedelta(days=1),
    )
    return replace(plain, **changes)


def bought(number: int = 1, **changes: Any) -> Payment:
    """Return a payment of 500 roubles with an address in its comment, unless something else is said."""
    comment = changes.pop("comment", ADDRESS)
    plain = Payment(
        transaction_id=str(25_050_000_000 + number),
        type="IN",
        date=NOON,
        direction=Direction.IN,
        kind=Kind.TRANSFER,
        status=PaymentStatus.SUCCESS,
        amount=Decimal(500),
        commission=Decimal(0),
        total=Decimal(500),
        currency="RUB",
        comment=comment,
        email=ADDRESS if comment == ADDRESS else None,
        provider="QIWI Кошелек",
        counterparty="+79000000001",
    )
    return replace(plain, **changes)


FIRST = bought(1).transaction_id
SECOND = bought(2).transaction_id
BOOK = OrdersBook([offer(), offer(offer_id="by hand", currency="USD", by_hand=True)])


def seen(after: timedelta = timedelta(seconds=30), **changes: Any) -> Sighting:
    """Return how a payment came to be known: half a minute after it was made, unless something else is said."""
    return Sighting(now=NOON + after, **changes)


def sold(*payments: Payment) -> Orders:
    """Return the orders that payments become."""
    state = BOOK.empty()
    for payment in payments:
        state, _ = BOOK.apply(state, payment, seen(payment.date - NOON))
    return state
