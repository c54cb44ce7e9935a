"""Which payments somebody is interested in: what triggers and actions ask for, and whether a payment fits it."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from .comment import mentions
from .kinds import Kind
from .payment import Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """Conditions on a payment; one that is None or empty lets everything through.

    Attributes:
        min_amount: The least sum, without the commission, in major units of the payment's own currency.
        max_amount: The greatest sum, likewise.
        currencies: ISO 4217 codes.
        kinds: What the payment is.
        comment: What the comment must contain, whatever its case and blanks.
        has_email: Whether the comment must hold one valid address, or must not.
        email: The address the comment must hold, whatever its case.
        payer: The whole number of whoever paid or was paid: digits, as `phone_digits` returns them.
        max_age: How long ago it may have been paid.
    """

    min_amount: Decimal | None = None
    max_amount: Decimal | None = None
    currencies: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    comment: str | None = field(default=None, repr=False)
    has_email: bool | None = None
    email: str | None = field(default=None, repr=False)
    payer: str | None = field(default=None, repr=False)
    max_age: timedelta | None = None

    def fits(self, payment: Payment, age: timedelta = timedelta()) -> bool:
        """Tell whether a payment made so long ago meets every condition."""
        return (
            (self.min_amount is None or payment.amount >= self.min_amount)
            and (self.max_amount is None or payment.amount <= self.max_amount)
            and (not self.currencies or payment.currency in self.currencies)
            and (not self.kinds or payment.kind in self.kinds)
            and (not self.comment or mentions(payment.comment, self.comment))
            and (self.has_email is None or self.has_email is (payment.email is not None))
            and (not self.email or (payment.email or "").casefold() == self.email.casefold())
            and (not self.payer or phone_digits(payment.counterparty) == self.payer)
            and (not self.max_age or age <= self.max_age)
        )


def phone_digits(number: str | None) -> str:
    """Return the digits of a number; a Russian one dialled with 8 begins with 7."""
    digits = "".join(sign for sign in number or "" if sign.isascii() and sign.isdigit())
    return f"7{digits[1:]}" if len(digits) == 11 and digits[0] == "8" else digits
