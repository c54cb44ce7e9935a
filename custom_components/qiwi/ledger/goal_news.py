"""What is told of donation goals."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar, Self

from . import strict


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalNews:
    """What the two have in common; amounts are in major units of `currency`.

    Attributes:
        goal_id: The id of the goal's subentry.
        raised: What the session had when it happened, the start amount included.
        milestone: The amount that was passed; None when it was the target.
    """

    kind: ClassVar[str]

    goal_id: str
    name: str
    raised: Decimal
    target: Decimal
    currency: str
    milestone: Decimal | None = None
    possible_duplicate: bool = False

    def record(self) -> dict[str, Any]:
        """Return what automations read."""
        return {
            "name": self.name,
            "raised": float(self.raised),
            "target": float(self.target),
            "currency": self.currency,
            "milestone": None if self.milestone is None else float(self.milestone),
            "possible_duplicate": self.possible_duplicate,
        }

    def again(self) -> Self:
        """Return the same, flagged as one that may have been told already."""
        return replace(self, possible_duplicate=True)

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "goal_id": self.goal_id,
            "name": self.name,
            "raised": str(self.raised),
            "target": str(self.target),
            "currency": self.currency,
            "milestone": None if self.milestone is None else str(self.milestone),
            "possible_duplicate": self.possible_duplicate,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the stored form.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: it is not what `to_json` wrote.
        """
        milestone = stored["milestone"]
        return cls(
            goal_id=strict.text(stored["goal_id"]),
            name=strict.text(stored["name"]),
            raised=strict.amount(stored["raised"]),
            target=strict.amount(stored["target"]),
            currency=strict.text(stored["currency"]),
            milestone=None if milestone is None else strict.amount(milestone),
            possible_duplicate=strict.flag(stored["possible_duplicate"]),
        )


class GoalReached(GoalNews):
    """A goal has its target; told once a session."""

    __slots__ = ()
    kind: ClassVar[str] = "goal_reached"


class GoalMilestone(GoalNews):
    """A goal has passed an amount on its way; told once a session for each."""

    __slots__ = ()
    kind: ClassVar[str] = "goal_milestone"
