"""An order: a payment that buys something, and how far the seller's answer to it has come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
import json
from typing import Any, Final, Self

from ..payments import Direction, Payment, PaymentStatus, public_record
from . import strict
from .order_states import Delivered, OrderOutcome, OrderReason, OrderState

# Nothing is sent by itself for a payment that is older, nor tried for longer.
AGE_LIMIT: Final = timedelta(hours=24)
# In the stored form. What is left of them when the rest has its own is for the comment.
_BYTES: Final = 1024
_NAME_BYTES: Final = 120
_OTHER_BYTES: Final = 40
_MOST_OTHERS: Final = 3
_PROVIDER_BYTES: Final = 40
# For what is noted later: the mail's id, attempts, the outcome.
_LATER_BYTES: Final = 270
# One minute after the first refusal, one hour after the sixth and each one after it.
_PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60))
LONGEST_PAUSE: Final = _PAUSES[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One paid order.

    Attributes:
        offer: The id of the offer's subentry.
        name: What the offer was called when it was paid.
        payment: What was paid; of the payer's number only its end, of a long comment only its beginning.
        quantity: How many times the price was paid, at least one.
        by_hand: The seller delivers it; no mail is sent.
        since: When its 24 hours began: when it was paid, first tried, or released by a person.
        email: Where the mail goes; None when it goes nowhere yet.
        state: How far it has come.
        reason: Why it failed or needs a person.
        others: The names of the other offers that the payment fits as well.
        attempts: How often the mail was tried in vain since then.
        next_attempt: When to try again; None is at once.
        is_doubtful: The outcome of an attempt is not known: the mail may have arrived.
        is_handed_over: Being sent once more for that reason, and its mail is about to leave.
        message_id: The mail's own id, the same at each attempt.
        outcome: How a person ended it.
        closed: When it was sent or ended.
    """

    offer: str
    name: str
    payment: Payment
    quantity: int
    by_hand: bool
    since: datetime
    email: str | None = None
    state: OrderState = OrderState.NEW
    reason: OrderReason | None = None
    others: tuple[str, ...] = ()
    attempts: int = 0
    next_attempt: datetime | None = None
    is_doubtful: bool = False
    is_handed_over: bool = False
    message_id: str | None = None
    outcome: OrderOutcome | None = None
    closed: datetime | None = None

    @property
    def order_id(self) -> str:
        """The payment's id: an order is income, and among income a wallet's ids do not repeat."""
        return self.payment.transaction_id

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state not in {OrderState.SENT, OrderState.COMPLETED}

    @property
    def awaits_mail(self) -> bool:
        """Whether a mail is to be sent for it."""
        return self.state is OrderState.NEW and not self.by_hand

    @property
    def revenue(self) -> Decimal:
        """What it brought: nothing once the money went back or the order was declined."""
        is_lost = self.outcome in {OrderOutcome.REFUNDED, OrderOutcome.DECLINED}
        return Decimal(0) if is_lost else self.payment.amount

    def is_due(self, now: datetime) -> bool:
        """Tell whether its mail is to be sent now; an attempt far in the future was planned by a wrong clock."""
        planned = self.next_attempt
        return self.awaits_mail and (planned is None or not now < planned <= now + LONGEST_PAUSE)

    def record(self, *, possible_duplicate: bool = False) -> dict[str, Any]:
        """Return what automations and reports read."""
        return {
            "order_id": self.order_id,
            "offer": self.name,
            "quantity": self.quantity,
            "email": self.email,
            "delivery": "manual" if self.by_hand else "email",
            "state": self.state.value,
            "reason": self.reason and self.reason.value,
            "outcome": self.outcome and self.outcome.value,
            "other_offers": list(self.others),
            "payment": public_record(self.payment, possible_duplicate=possible_duplicate),
        }

    # Steps

    def fitted(self) -> Self:
        """Return the order without what would take more space than it has: whatever a stranger wrote, 1 KB."""
        digits = "".join(filter(str.isdigit, self.payment.counterparty or ""))
        bare = replace(
            self,
            name=_cut(self.name, _NAME_BYTES),
            others=tuple(_cut(name, _OTHER_BYTES) for name in self.others[:_MOST_OTHERS]),
            payment=replace(
                self.payment,
                comment=None,
                provider=self.payment.provider and _cut(self.payment.provider, _PROVIDER_BYTES),
                counterparty=digits[-4:] or None,
            ),
        )
        left = _BYTES - _LATER_BYTES - len(json.dumps(bare.to_json(), ensure_ascii=False).encode())
        comment = self.payment.comment and _cut(self.payment.comment, left)
        return replace(bare, payment=replace(bare.payment, comment=comment or None))

    def begun(self, message_id: str, now: datetime) -> Self:
        """Begin an attempt; the first one begins the hours in which it is tried again."""
        return replace(
            self,
            state=OrderState.SENDING,
            since=self.since if self.attempts else now,
            next_attempt=None,
            is_handed_over=False,
            message_id=self.message_id or message_id,
        )

    def recovered(self, now: datetime) -> Self:
        """Take up an attempt that a crash or a stop broke off: it may have arrived, unless it is known not to have left."""
        has_not_left = self.is_doubtful and not self.is_handed_over
        return self.concluded(Delivered.NOT_SENT if has_not_left else Delivered.UNKNOWN, now)

    def concluded(self, delivered: Delivered, now: datetime) -> Self:
        """Take note of what came of the attempt."""
        match delivered:
            case Delivered.SENT:
                return replace(self, state=OrderState.SENT, closed=now)
            case Delivered.REFUSED:
                return self.stopped(OrderReason.REFUSED)
            case Delivered.PUT_OFF | Delivered.UNREACHABLE:
                return self.postponed(now)
            case Delivered.UNKNOWN if self.is_doubtful:
                return self.stopped(OrderReason.OUTCOME_UNKNOWN)
            case Delivered.UNKNOWN:
                return replace(self, is_doubtful=True).postponed(now)
            case _:
                assert delivered is Delivered.NOT_SENT
                return replace(self, state=OrderState.NEW)

    def postponed(self, now: datetime) -> Self:
        """Count an attempt that failed and plan the next one."""
        return replace(
            self,
            state=OrderState.NEW,
            since=self.since if self.attempts else now,
            attempts=self.attempts + 1,
            next_attempt=now + _PAUSES[min(self.attempts, len(_PAUSES) - 1)],
        )

    def checked(self, now: datetime, doubtful_until: datetime | None) -> Self:
        """Stop what may not be sent any more: its time is over, or it may have been sent before a backup came back."""
        if self.by_hand or self.state not in {OrderState.NEW, OrderState.SENDING}:
            return self
        if doubtful_until is not None and self.since <= doubtful_until:
            return self.stopped(OrderReason.RESTORED)
        if self.state is OrderState.SENDING or now - self.since <= AGE_LIMIT:
            return self
        if self.is_doubtful:
            return self.stopped(OrderReason.OUTCOME_UNKNOWN)
        return self.stopped(OrderReason.GAVE_UP if self.attempts else OrderReason.LATE)

    def stopped(self, reason: OrderReason) -> Self:
        """Leave it to a person."""
        has_failed = reason in {OrderReason.REFUSED, OrderReason.GAVE_UP}
        return replace(
            self,
            state=OrderState.FAILED if has_failed else OrderState.NEEDS_ATTENTION,
            reason=reason,
            next_attempt=None,
        )

    def released(self, email: str, now: datetime) -> Self:
        """Send it, for a person has looked at it."""
        is_other = email != self.payment.email
        return replace(
            self,
            payment=replace(self.payment, email=None) if is_other else self.payment,
            state=OrderState.NEW,
            reason=None,
            since=now,
            email=email,
            attempts=0,
            next_attempt=None,
            is_doubtful=False,
            closed=None,
        ).fitted()

    def completed(self, outcome: OrderOutcome, now: datetime) -> Self:
        """End it."""
        return replace(
            self, state=OrderState.COMPLETED, outcome=outcome, reason=None, next_attempt=None, closed=now
        )

    # The stored form

    def to_json(self) -> dict[str, Any]:
        """Return the stored form, without what is not set."""
        payment = self.payment
        form = {
            "id": payment.transaction_id,
            "paid": payment.date.isoformat(),
            "kind": payment.kind.value,
            "amount": str(payment.amount),
            "commission": None if payment.commission is None else str(payment.commission),
            "total": None if payment.total is None else str(payment.total),
            "currency": payment.currency,
            "comment": payment.comment,
            "provider": payment.provider,
            "payer": payment.counterparty,
            "offer": self.offer,
            "name": self.name,
            "quantity": self.quantity,
            "by_hand": self.by_hand or None,
            "since": None if self.since == payment.date else self.since.isoformat(),
            "email": self.email,
            "typed": (self.email != payment.email) or None,
            "state": self.state.value,
            "reason": self.reason and self.reason.value,
            "others": list(self.others) or None,
            "attempts": self.attempts or None,
            "next_attempt": self.next_attempt and self.next_attempt.isoformat(),
            "doubtful": self.is_doubtful or None,
            "handed_over": self.is_handed_over or None,
            "message_id": self.message_id,
            "outcome": self.outcome and self.outcome.value,
            "closed": self.closed and self.closed.isoformat(),
        }
        return {name: value for name, value in form.items() if value is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the stored form back.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: it is not what `to_json` wrote.
        """
        payment = Payment.from_json(
            {
                **dict.fromkeys(("commission", "total", "comment", "provider")),
                **stored,
                "type": "IN",
                "date": stored["paid"],
                "direction": Direction.IN.value,
                "status": PaymentStatus.SUCCESS.value,
                "email": None if strict.flag(stored.get("typed", False)) else stored.get("email"),
                "counterparty": stored.get("payer"),
            }
        )
        return cls(
            payment=payment,
            offer=strict.text(stored["offer"]),
            name=strict.text(stored["name"]),
            quantity=strict.whole(stored["quantity"]),
            by_hand=strict.flag(stored.get("by_hand", False)),
            since=strict.moment(stored["since"]) if "since" in stored else payment.date,
            email=strict.text(stored["email"]) if "email" in stored else None,
            state=OrderState(stored["state"]),
            reason=OrderReason(stored["reason"]) if "reason" in stored else None,
            others=tuple(map(strict.text, stored.get("others", ()))),
            attempts=strict.whole(stored.get("attempts", 0)),
            next_attempt=strict.moment(stored["next_attempt"]) if "next_attempt" in stored else None,
            is_doubtful=strict.flag(stored.get("doubtful", False)),
            is_handed_over=strict.flag(stored.get("handed_over", False)),
            message_id=strict.text(stored["message_id"]) if "message_id" in stored else None,
            outcome=OrderOutcome(stored["outcome"]) if "outcome" in stored else None,
            closed=strict.moment(stored["closed"]) if "closed" in stored else None,
        )


def _cut(text: str, size: int) -> str:
    """Return as much of a text as takes at most so many bytes in JSON."""
    if _size(text) <= size:
        return text
    end = next(place for place, taken in enumerate(accumulate(map(_size, text))) if taken > size)
    return text[:end].rstrip()


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2
