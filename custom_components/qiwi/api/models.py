"""What the wallet knows, as values: immutable, exact and in words instead of codes."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from enum import StrEnum
from typing import Final

_KOPECK: Final = Decimal("0.01")
_TOO_MUCH: Final = Decimal(10) ** 15
# Enough for every digit of a product of two amounts, so that only the last step rounds.
_EXACT: Final = 100


class Scope(StrEnum):
    """A permission an information token is issued with."""

    PROFILE = "profile"
    BALANCES = "balances"
    PAYMENTS = "payments"


class Status(StrEnum):
    """How far a payment has come; a row with any other status is unreadable, for nothing is told on a guess."""

    WAITING = "WAITING"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"


class Operation(StrEnum):
    """Which rows of the history are asked for; QIWI_CARD means payments by QIWI's own cards only."""

    ALL = "ALL"
    IN = "IN"
    OUT = "OUT"
    QIWI_CARD = "QIWI_CARD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount in major units, and its currency: an ISO 4217 code, or the digits of an unknown one."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The wallet behind a token.

    Attributes:
        wallet: Its number: digits without a plus.
        blocked: Whether the wallet is blocked, None where the answer does not say.
        identification: ANONYMOUS, SIMPLE, VERIFIED or FULL as far as documented.
    """

    wallet: str = field(repr=False)
    blocked: bool | None
    identification: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What one of the wallet's own accounts holds.

    Attributes:
        alias: The account's name within the wallet.
        currency: An ISO 4217 code, or the digits of an unknown one.
        amount: In major units; None while the wallet does not tell.
        is_default: Whether the wallet pays from it by itself; not documented, but seen in real answers.
    """

    alias: str
    currency: str
    amount: Decimal | None
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who was paid or through whom money came, in the wallet's own catalogue; any of it may be missing."""

    id: int | None = None
    short_name: str | None = field(default=None, repr=False)
    long_name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One row of the wallet's history, as the wallet tells it.

    Attributes:
        transaction_id: The wallet's id; both halves of a conversion carry the same one.
        type: IN, OUT or QIWI_CARD as far as documented.
        wallet: The number of the wallet the row belongs to, digits without a plus.
        date: When it was paid, to the second, with the offset the wallet gave.
        status: How far it has come.
        error_code: 0 unless it failed.
        sum: What was paid.
        commission: What the wallet took on top; None while it is not known.
        total: Sum and commission together.
        account: The counterparty: a phone, a card, an agent's name.
        comment: Written by whoever paid: data, never to be trusted.
        provider: The payee, or the agent of a top-up.
        source: What it was paid from, or what kind of income it is.
    """

    transaction_id: str
    type: str
    wallet: str | None = field(repr=False)
    date: datetime
    status: Status
    error_code: int
    sum: Money | None
    commission: Money | None
    total: Money | None
    account: str | None = field(repr=False)
    comment: str | None = field(repr=False)
    provider: Party
    source: Party

    @property
    def key(self) -> tuple[str, str]:
        """What makes the row itself and no other: an id alone repeats across types."""
        return self.transaction_id, self.type


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableRow:
    """A row of the history that does not have the documented shape: what of its identity can be read.

    Attributes:
        transaction_id: The wallet's id.
        type: IN, OUT, QIWI_CARD or another word in capitals.
        date: When it was paid, with the offset the wallet gave.
    """

    transaction_id: str | None = None
    type: str | None = None
    date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where the next page begins; both parts go back to the wallet as they came."""

    transaction_id: str
    date: str

    @property
    def moment(self) -> datetime:
        """The date as a moment, in whole seconds."""
        return datetime.fromisoformat(self.date).replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsPage:
    """One page of the history, newest first; without a cursor it is the last one.

    Attributes:
        rows: The payments.
        cursor: Where the next page begins, None after the last one.
        unreadable: What stands between the payments and is not of the documented shape.
        is_torn: The row that the page before named as the next one is not on it.
    """

    rows: tuple[Transaction, ...]
    cursor: Cursor | None
    unreadable: tuple[UnreadableRow, ...] = ()
    is_torn: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands on it, readable or not."""
        return not (self.rows or self.unreadable)

    def holds(self, cursor: Cursor) -> bool:
        """Tell whether the row that a cursor names is on the page; an unreadable row without an id may be it.

        With another date it stands elsewhere in the list, and what was to come next does not follow it.
        """
        return any(
            row.transaction_id == cursor.transaction_id and row.date.replace(microsecond=0) == cursor.moment
            for row in self.rows
        ) or any(row.transaction_id in (cursor.transaction_id, None) for row in self.unreadable)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionRange:
    """What a provider takes of payments from `bound` on.

    Amounts are major units, `rate` is a factor (0.02 is two per cent).
    """

    bound: Decimal
    rate: Decimal
    fixed: Decimal
    minimum: Decimal | None
    maximum: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionTerms:
    """A provider's tariff.

    Attributes:
        ranges: By rising bound.
        minimum: The least that can be paid, commission included; None where there is no limit.
        maximum: The most, likewise.
        currency: The currency of the limits, None where there are none.
    """

    ranges: tuple[CommissionRange, ...]
    minimum: Decimal | None
    maximum: Decimal | None
    currency: str | None

    def commission_for(self, amount: Decimal) -> Decimal:
        """Return what is taken on top of an amount, to the kopeck, halves rounded up; 0 below the first range.

        Raises:
            ValueError: the amount is negative, not a number or beyond anything a wallet holds.
        """
        if not amount.is_finite() or not 0 <= amount < _TOO_MUCH:
            raise ValueError("Not an amount")
        tariff = next((entry for entry in reversed(self.ranges) if entry.bound <= amount), None)
        if tariff is None:
            return Decimal("0.00")
        with localcontext(prec=_EXACT):
            commission = amount * tariff.rate + tariff.fixed
            if tariff.minimum is not None:
                commission = max(commission, tariff.minimum)
            if tariff.maximum is not None:
                commission = min(commission, tariff.maximum)
            return commission.quantize(_KOPECK, rounding=ROUND_HALF_UP)
