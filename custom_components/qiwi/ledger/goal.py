"""What is known of one donation goal: its settings, its sessions and its donations."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self

from ..payments import Direction, Kind, Payment, PaymentFilter, PaymentStatus
from . import strict

# A refund is no gift, and a conversion is the owner's own money.
NEVER_COUNTED: Final = frozenset({Kind.CONVERSION, Kind.REFUND})
NOTHING: Final = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalSettings:
    """What a person asked for; amounts are in major units of `currency`.

    Attributes:
        goal_id: The id of the goal's subentry.
        currency: An ISO 4217 code; it must not change once something was counted.
        created: Nothing that was paid earlier counts.
        target: The target until it is changed; from then on it belongs to the goal's state.
        start_amount: What had been raised before each session.
        milestones: Amounts on the way, lowest first.
        wanted: Which payments count, from now on; what was counted stays.
    """

    goal_id: str
    name: str
    currency: str
    created: datetime
    target: Decimal
    start_amount: Decimal = NOTHING
    milestones: tuple[Decimal, ...] = ()
    wanted: PaymentFilter = field(default_factory=PaymentFilter)

    def wants(self, payment: Payment) -> bool:
        """Tell whether a payment counts: money that came to stay, in the goal's currency."""
        return (
            payment.direction is Direction.IN
            and payment.status is PaymentStatus.SUCCESS
            and payment.currency == self.currency
            and payment.kind not in NEVER_COUNTED
            and self.wanted.fits(payment)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Donation:
    """A payment that a goal counted.

    Attributes:
        seq: Its number in the order of alerts. It grows from donation to donation, also when the ledger was
            lost or came out of a backup meanwhile; there are gaps. A silent donation has that of the alert before.
        nth: How many alerts the goal had, this one included.
        so_far: What the alerts up to this one add up to.
        paid: When it was paid.
        comment: A stranger's words, cleaned.
    """

    seq: int
    nth: int
    so_far: Decimal
    amount: Decimal
    paid: datetime
    comment: str | None = field(repr=False)
    transaction_id: str

    def to_json(self) -> list[Any]:
        """Return the stored form; short, for there are many."""
        return [
            self.seq,
            self.nth,
            str(self.so_far),
            str(self.amount),
            self.paid.isoformat(),
            self.comment,
            self.transaction_id,
        ]

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Read the stored form.

        Raises:
            TypeError, ValueError, ArithmeticError: it is not what `to_json` wrote.
        """
        seq, nth, so_far, amount, paid, comment, transaction_id = strict.sequence(stored)
        return cls(
            seq=strict.whole(seq),
            nth=strict.whole(nth),
            so_far=strict.amount(so_far),
            amount=strict.amount(amount),
            paid=strict.moment(paid),
            comment=None if comment is None else strict.text(comment),
            transaction_id=strict.text(transaction_id),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The session under way.

    Attributes:
        start: What was paid from here on belongs to it.
        counted: What its donations add up to, without the start amount.
        top: The largest donation.
        last: The donation that was paid last.
        is_reached_told: That the target was reached was told.
        milestones_told: The milestones that were told.
    """

    start: datetime
    counted: Decimal = NOTHING
    count: int = 0
    top: Donation | None = None
    last: Donation | None = None
    is_reached_told: bool = False
    milestones_told: tuple[Decimal, ...] = ()

    def plus(self, donation: Donation, now: datetime) -> Session:
        """Return the session with another donation, in whatever order they are found.

        One that is dated in the future is the last one only until another is found.
        """
        last = self.last
        if last is None or last.paid <= donation.paid or last.paid > now:
            last = donation
        return Session(
            start=self.start,
            counted=self.counted + donation.amount,
            count=self.count + 1,
            top=self.top if self.top and self.top.amount >= donation.amount else donation,
            last=last,
            is_reached_told=self.is_reached_told,
            milestones_told=self.milestones_told,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "start": self.start.isoformat(),
            "counted": str(self.counted),
            "count": self.count,
            "top": self.top.to_json() if self.top else None,
            "last": self.last.to_json() if self.last else None,
            "is_reached_told": self.is_reached_told,
            "milestones_told": [str(milestone) for milestone in self.milestones_told],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the stored form.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: it is not what `to_json` wrote.
        """
        return cls(
            start=strict.moment(stored["start"]),
            counted=strict.amount(stored["counted"]),
            count=strict.whole(stored["count"]),
            top=None if stored["top"] is None else Donation.from_json(stored["top"]),
            last=None if stored["last"] is None else Donation.from_json(stored["last"]),
            is_reached_told=strict.flag(stored["is_reached_told"]),
            milestones_told=tuple(map(strict.amount, strict.sequence(stored["milestones_told"]))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSession:
    """A session that is over: what was paid from `start` on and before `end`.

    Attributes:
        raised: What it had in the end, the start amount included.
        top: The largest donation; None without any.
    """

    start: datetime
    end: datetime
    raised: Decimal
    count: int
    top: Decimal | None

    def plus(self, amount: Decimal) -> PastSession:
        """Return the session with a donation that was found after its end."""
        return replace(
            self,
            raised=self.raised + amount,
            count=self.count + 1,
            top=amount if self.top is None else max(self.top, amount),
        )

    def record(self) -> dict[str, Any]:
        """Return what automations read."""
        return {
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "raised": float(self.raised),
            "count": self.count,
            "top": None if self.top is None else float(self.top),
        }

    def to_json(self) -> list[Any]:
        """Return the stored form; short, for there are many."""
        return [
            self.start.isoformat(),
            self.end.isoformat(),
            str(self.raised),
            self.count,
            None if self.top is None else str(self.top),
        ]

    @classmethod
    def from_json(cls, stored: object) -> Self:
        """Read the stored form.

        Raises:
            TypeError, ValueError, ArithmeticError: it is not what `to_json` wrote.
        """
        start, end, raised, count, top = strict.sequence(stored)
        return cls(
            start=strict.moment(start),
            end=strict.moment(end),
            raised=strict.amount(raised),
            count=strict.whole(count),
            top=None if top is None else strict.amount(top),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalState:
    """What a goal has come to.

    Attributes:
        past: The last sessions, newest last.
        alerts: The last donations that are worth an alert, in the order they were found, whatever their session.
        seq: The number of the newest alert; 0 before the first.
        nth: How many alerts there were.
        so_far: What they add up to.
        hidden_seq: The words of donations up to this number are not to be shown.
    """

    target: Decimal
    session: Session
    past: tuple[PastSession, ...] = ()
    alerts: tuple[Donation, ...] = ()
    seq: int = 0
    nth: int = 0
    so_far: Decimal = NOTHING
    hidden_seq: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the stored form."""
        return {
            "target": str(self.target),
            "session": self.session.to_json(),
            "past": [session.to_json() for session in self.past],
            "alerts": [donation.to_json() for donation in self.alerts],
            "seq": self.seq,
            "nth": self.nth,
            "so_far": str(self.so_far),
            "hidden_seq": self.hidden_seq,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read the stored form.

        Raises:
            KeyError, TypeError, ValueError, ArithmeticError: it is not what `to_json` wrote.
        """
        target = strict.amount(stored["target"])
        if target <= 0:
            raise ValueError("A target of nothing")
        return cls(
            target=target,
            session=Session.from_json(strict.mapping(stored["session"])),
            past=tuple(map(PastSession.from_json, strict.sequence(stored["past"]))),
            alerts=tuple(map(Donation.from_json, strict.sequence(stored["alerts"]))),
            seq=strict.whole(stored["seq"]),
            nth=strict.whole(stored["nth"]),
            so_far=strict.amount(stored["so_far"]),
            hidden_seq=strict.whole(stored["hidden_seq"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A goal as it is shown: what was asked for and what it has come to."""

    settings: GoalSettings
    state: GoalState

    @property
    def raised(self) -> Decimal:
        """What the session under way has, the start amount included."""
        return self.settings.start_amount + self.state.session.counted

    @property
    def has_counted(self) -> bool:
        """Whether any donation was counted yet."""
        return self.state.session.count > 0 or any(session.count for session in self.state.past)

    @property
    def remaining(self) -> Decimal:
        """What is missing; nothing once the target is reached."""
        return max(NOTHING, self.state.target - self.raised)

    @property
    def progress(self) -> Decimal:
        """What is raised in percent of the target; over 100 beyond it."""
        return self.raised * 100 / self.state.target

    @property
    def is_reached(self) -> bool:
        """Whether what is raised is the target or more."""
        return self.raised >= self.state.target
