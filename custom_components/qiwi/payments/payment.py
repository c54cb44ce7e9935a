"""A payment in the project's own words, and its stored form."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, Self

from ..api import Money, Status, Transaction
from .comment import clean_comment, read_comment
from .kinds import Kind, kind_of, names_of


class Direction(StrEnum):
    """Whether money came or went."""

    IN = "in"
    OUT = "out"


class PaymentStatus(StrEnum):
    """How far a payment has come."""

    SUCCESS = "success"
    FAILED = "failed"
    PENDING = "pending"


class PaymentEvent(StrEnum):
    """What is announced of a payment."""

    RECEIVED = "payment_received"
    SENT = "payment_sent"
    FAILED = "payment_failed"
    REFUND_RECEIVED = "refund_received"
    CURRENCY_CONVERTED = "currency_converted"


type Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One row of the wallet's history in the project's own words.

    Amounts are major units of `currency` (an ISO 4217 code, or the digits of an unknown one); `commission` and
    `total` are None where the wallet did not tell them. `counterparty` is whole here and masked in every record.
    What is personal is not shown by `repr`: a log may quote it.
    """

    transaction_id: str
    type: str
    date: datetime
    direction: Direction
    kind: Kind
    status: PaymentStatus
    amount: Decimal
    commission: Decimal | None
    total: Decimal | None
    currency: str
    comment: str | None = field(repr=False)
    email: str | None = field(repr=False)
    provider: str | None = field(repr=False)
    counterparty: str | None = field(repr=False)

    @classmethod
    def from_transaction(cls, row: Transaction) -> Self:
        """Read a row of the history; its comment is data written by a stranger and is cleaned here."""
        direction = Direction.IN if row.type == "IN" else Direction.OUT
        money = row.sum or row.total
        commission = _same_currency(row.commission, money)
        amount = money.amount if money else Decimal(0)
        if row.sum is None and commission is not None:
            amount -= commission
        comment, email = read_comment(row.comment)
        return cls(
            transaction_id=row.transaction_id,
            type=row.type,
            date=row.date,
            direction=direction,
            kind=kind_of(row),
            status=_STATUS[row.status] if money else PaymentStatus.PENDING,
            amount=amount,
            commission=commission,
            total=_same_currency(row.total, money),
            currency=money.currency if money else "",
            comment=comment,
            email=email,
            provider=_provider(row),
            counterparty=row.account,
        )

    @property
    def key(self) -> Key:
        """What makes the payment itself and no other: the id alone repeats across types."""
        return self.transaction_id, self.type

    @property
    def event(self) -> PaymentEvent:
        """What a final payment is announced as."""
        if self.status is PaymentStatus.FAILED:
            return PaymentEvent.FAILED
        if self.kind is Kind.CONVERSION:
            return PaymentEvent.CURRENCY_CONVERTED
        if self.kind is Kind.REFUND:
            return PaymentEvent.REFUND_RECEIVED
        return PaymentEvent.RECEIVED if self.direction is Direction.IN else PaymentEvent.SENT

    @property
    def moved(self) -> Decimal:
        """What the payment changed the balance by, without its sign: the commission is paid on top of a sum sent."""
        return self.amount if self.direction is Direction.IN or self.total is None else self.total

    def as_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "id": self.transaction_id,
            "type": self.type,
            "date": self.date.isoformat(),
            "direction": self.direction.value,
            "kind": self.kind.value,
            "status": self.status.value,
            "amount": str(self.amount),
            "commission": None if self.commission is None else str(self.commission),
            "total": None if self.total is None else str(self.total),
            "currency": self.currency,
            "comment": self.comment,
            "email": self.email,
            "provider": self.provider,
            "counterparty": self.counterparty,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the stored form back.

        Raises:
            ValueError: it is not what `as_json` wrote.
        """
        try:
            date = datetime.fromisoformat(stored["date"])
            payment = cls(
                transaction_id=_text(stored["id"]),
                type=_text(stored["type"]),
                date=date,
                direction=Direction(stored["direction"]),
                kind=Kind(stored["kind"]),
                status=PaymentStatus(stored["status"]),
                amount=_amount(stored["amount"]),
                commission=None if stored["commission"] is None else _amount(stored["commission"]),
                total=None if stored["total"] is None else _amount(stored["total"]),
                currency=_text(stored["currency"]),
                comment=_optional_text(stored["comment"]),
                email=_optional_text(stored["email"]),
                provider=_optional_text(stored["provider"]),
                counterparty=_optional_text(stored["counterparty"]),
            )
        except (KeyError, TypeError, InvalidOperation) as error:
            raise ValueError("Not a stored payment") from error
        if date.utcoffset() is None:
            raise ValueError("Not a stored payment: its date has no offset")
        return payment


def is_final(row: Transaction) -> bool:
    """Tell whether a row has its outcome; one that names no sum yet cannot be announced."""
    return row.status is not Status.WAITING and (row.sum is not None or row.total is not None)


def has_failed(row: Transaction) -> bool:
    """Tell whether a row's outcome is a failure."""
    return row.status is Status.ERROR


def _provider(row: Transaction) -> str | None:
    """Name who was paid or through whom the money came; the wallet leaves it out of old rows."""
    return next(
        (clean_comment(name) for party in (row.provider, row.source) for name in names_of(party)), None
    )


def _same_currency(money: Money | None, other: Money | None) -> Decimal | None:
    return money.amount if money and other and money.currency == other.currency else None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("Not a text")
    return value


def _optional_text(value: object) -> str | None:
    return None if value is None else _text(value)


def _amount(value: object) -> Decimal:
    amount = Decimal(_text(value))
    if not amount.is_finite():
        raise InvalidOperation
    return amount


_STATUS: Final = {
    Status.WAITING: PaymentStatus.PENDING,
    Status.SUCCESS: PaymentStatus.SUCCESS,
    Status.ERROR: PaymentStatus.FAILED,
}
