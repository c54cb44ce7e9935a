"""What is announced of a payment: the one place that decides what leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self

from .payment import Payment

# Strangers' words and persons: the recorder would keep them for good.
PRIVATE_KEYS: Final = frozenset({"comment", "email", "account", "provider"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A payment on its way to the event entity, the triggers and the bus."""

    kind: ClassVar[str] = "payment"

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

    def to_json(self) -> dict[str, Any]:
        """Return the stored form; a test is never stored."""
        return {
            "payment": self.payment.as_json(),
            "late": self.late,
            "possible_duplicate": self.possible_duplicate,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the stored form back.

        Raises:
            KeyError, TypeError, ValueError: it is not what `to_json` wrote.
        """
        late, possible_duplicate = stored["late"], stored["possible_duplicate"]
        if not (isinstance(late, bool) and isinstance(possible_duplicate, bool)):
            raise TypeError("Not a flag")
        return cls(
            payment=Payment.from_json(stored["payment"]), late=late, possible_duplicate=possible_duplicate
        )


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
