"""What is sold for how much, and which offer a payment buys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ..payments import Payment, PaymentEvent, addresses_in, mentions
from .book import Sighting
from .order_states import OrderReason, OrderState
from .orders import AGE_LIMIT, Order


class Quantity(StrEnum):
    """How the sum paid relates to the price."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    MULTIPLES = "multiples"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferSettings:
    """What a seller offers.

    Attributes:
        offer_id: The id of its subentry.
        name: What the seller calls it.
        price: In major units of `currency`, above zero.
        currency: An ISO 4217 code.
        quantity: Whether more than the price may be paid.
        keyword: What the comment must contain; None or empty lets every comment through.
        valid_from: From when on a payment buys it.
        valid_until: Until when, exclusively.
        by_hand: The seller delivers it; no mail is sent and no address is needed.
        created: When it was made, by the wallet's clock: what was paid before it buys something else.
    """

    offer_id: str
    name: str
    price: Decimal
    currency: str
    created: datetime
    quantity: Quantity = Quantity.EXACT
    keyword: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    by_hand: bool = False

    def is_meant_by(self, payment: Payment) -> bool:
        """Tell whether a payment may buy it, whatever its sum."""
        return (
            payment.currency == self.currency
            and payment.date >= self.created
            and (self.valid_from is None or payment.date >= self.valid_from)
            and (self.valid_until is None or payment.date < self.valid_until)
            and (not self.keyword or mentions(payment.comment, self.keyword))
        )

    def wrong_sum(self, amount: Decimal) -> OrderReason | None:
        """Tell what is wrong with a sum; None when it fits."""
        if amount < self.price:
            return OrderReason.UNDERPAID
        fits = {
            Quantity.EXACT: amount == self.price,
            Quantity.AT_LEAST: True,
            Quantity.MULTIPLES: amount % self.price == 0,
        }
        return None if fits[self.quantity] else OrderReason.OVERPAID

    def bought(self, amount: Decimal) -> int:
        """Return how many a sum buys; whoever paid too little meant one."""
        return max(1, int(amount // self.price)) if self.quantity is Quantity.MULTIPLES else 1


def order_of(payment: Payment, offers: Sequence[OfferSettings], sighting: Sighting) -> Order | None:
    """Return the order that a payment is, or None.

    Only money that came for good and is neither a refund nor a conversion buys anything.

    Args:
        payment: What was paid.
        offers: The first-made first.
        sighting: How the payment came to be known.
    """
    if payment.event is not PaymentEvent.RECEIVED:
        return None
    claims = _claims(payment, offers)
    if not claims:
        return None
    offer, *others = claims
    reason = _reason(payment, offer, is_ambiguous=bool(others), sighting=sighting)
    return Order(
        offer=offer.offer_id,
        name=offer.name,
        payment=payment,
        quantity=offer.bought(payment.amount),
        by_hand=offer.by_hand,
        since=payment.date,
        email=payment.email,
        state=OrderState.NEW if reason is None else OrderState.NEEDS_ATTENTION,
        reason=reason,
        others=tuple(other.name for other in others),
    ).fitted()


def _claims(payment: Payment, offers: Sequence[OfferSettings]) -> list[OfferSettings]:
    """Return the offers that a payment may be for, the first-made first.

    A sum that fits an offer named by its keyword leaves no room for those it does not fit: two prices may go by
    one word.
    """
    meant = [offer for offer in offers if offer.is_meant_by(payment)]
    fitting = [offer for offer in meant if offer.wrong_sum(payment.amount) is None]
    if any(offer.keyword for offer in fitting):
        return fitting
    return [offer for offer in meant if offer.keyword or offer in fitting]


def _reason(
    payment: Payment, offer: OfferSettings, *, is_ambiguous: bool, sighting: Sighting
) -> OrderReason | None:
    """Tell why a person must look at an order: first whether it was handled before, last where it goes."""
    if sighting.doubtful:
        return OrderReason.RESTORED
    if sighting.now - payment.date > AGE_LIMIT:
        return OrderReason.LATE
    if is_ambiguous:
        return OrderReason.AMBIGUOUS_OFFER
    if wrong_sum := offer.wrong_sum(payment.amount):
        return wrong_sum
    if offer.by_hand or payment.email is not None:
        return None
    return OrderReason.SEVERAL_ADDRESSES if addresses_in(payment.comment) else OrderReason.NO_ADDRESS
