"""What is announced of a payment: the one place that decides what leaves."""

from dataclasses import dataclass, replace
from typing import Any, Self

from .payment import Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A payment on its way to the event entity, the triggers and the bus."""

    payment: Payment
    late: bool = False
    possible_duplicate: bool = False
    test: bool = False

    def record(self) -> dict[str, Any]:
        """Return the public record: what automations and dashboards read."""
        return public_record(
            self.payment, late=self.late, possible_duplicate=self.possible_duplicate, test=self.test
        )

    def again(self) -> Self:
        """Return the announcement of a payment that may have been announced already."""
        return replace(self, possible_duplicate=True)


def public_record(
    payment: Payment, *, late: bool = False, possible_duplicate: bool = False, test: bool = False
) -> dict[str, Any]:
    """Return a payment as the outside sees it: the one place that decides what leaves."""
    return {
        "transaction_id": payment.transaction_id,
        "direction": payment.direction.value,
        "kind": payment.kind.value,
        "status": payment.status.value,
        "amount": float(payment.amount),
        "commission": None if payment.commission is None else float(payment.commission),
        "total": None if payment.total is None else float(payment.total),
        "currency": payment.currency,
        "date": payment.date.isoformat(),
        "comment": payment.comment,
        "email": payment.email,
        "provider": payment.provider,
        "account": masked(payment.counterparty),
        "late": late,
        "possible_duplicate": possible_duplicate,
        "test": test,
    }


def masked(account: str | None) -> str | None:
    """Return the last four digits of an account behind dots, or None when it has fewer."""
    digits = "".join(filter(str.isdigit, account or ""))
    return f"•••• {digits[-4:]}" if len(digits) >= 4 else None
