"""What is told of orders: one was paid, one needs attention."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from . import strict
from .orders import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class _OrderItem:
    """An order to be told, as it was when that was decided."""

    order: Order
    possible_duplicate: bool = False

    def record(self) -> dict[str, Any]:
        """Return what automations read."""
        return self.order.record(possible_duplicate=self.possible_duplicate)

    def again(self) -> Self:
        """Return the same, flagged as one that may have been told already."""
        return replace(self, possible_duplicate=True)

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {"order": self.order.to_json(), "possible_duplicate": self.possible_duplicate}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the stored form.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: it is not what `to_json` wrote.
        """
        return cls(
            order=Order.from_json(strict.mapping(stored["order"])),
            possible_duplicate=strict.flag(stored["possible_duplicate"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(_OrderItem):
    """An order was paid as it should be."""

    kind: ClassVar[str] = "order_paid"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNeedsAttention(_OrderItem):
    """An order failed or needs a person; its reason says why."""

    kind: ClassVar[str] = "order_needs_attention"
