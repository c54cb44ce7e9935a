"""The seam for whatever is derived from payments: totals, goals and orders are books.

The journal shows every payment to every book exactly once, in the same write that stages its announcement.
A new feature is one pure file with a book, and its line in `books.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self

from ..payments import Payment


class OutboxItem(Protocol):
    """Something to be told: written down before it leaves, and flagged when it may leave twice.

    Attributes:
        kind: What tells it from the others in the stored form.
    """

    kind: ClassVar[str]

    def again(self) -> Self:
        """Return the same, flagged as one that may have been told already."""

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the stored form.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: it is not what `to_json` wrote.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """How a payment came to be known.

    Attributes:
        now: When it was found, by the wallet's clock or the host's, whichever is behind.
        silent: It belongs to the past of a wallet that is read for the first time: it counts, and nothing is told.
        doubtful: It may have been told before: the ledger came out of a backup that is older than the payment.
    """

    now: datetime
    silent: bool = False
    doubtful: bool = False


class Book[State](Protocol):
    """What payments add up to, as a pure fold; its state is an immutable value in the ledger.

    A book sees final payments only, each once: a failed one may come again when it succeeds after all.

    Attributes:
        name: Its place in the stored form.
        items: What may follow from a payment.
    """

    name: ClassVar[str]
    items: ClassVar[tuple[type[OutboxItem], ...]]

    def empty(self) -> State:
        """Return the state before the first payment."""

    def apply(self, state: State, payment: Payment, sighting: Sighting) -> tuple[State, Sequence[OutboxItem]]:
        """Return the next state, and what is to be told after the payment's own announcement."""

    def pruned(self, state: State, until: datetime) -> State:
        """Return the state without what is too old at a moment."""

    def to_json(self, state: State) -> Any:  # noqa: ANN401  each book's own
        """Return the stored form."""

    def from_json(self, stored: Any) -> State:  # noqa: ANN401  JSON is checked where it is read
        """Read the stored form, strictly.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: it is damaged.
        """
