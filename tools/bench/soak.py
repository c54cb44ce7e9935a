"""A month of a busy wallet that goes wrong in every way, whose books must end equal to the wallet's own."""

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
import random
from typing import Any, Final

from homeassistant.util import dt as dt_util

from wallet_simulator import Fault, FaultKind, Kind, Row, Status, Type

from .fault_kinds import all_wrong
from .faults import GAP, RECONCILE, RECOVERY, TIMEOUT, Play, played
from .figures import Figure, exactly, holds
from .stage import Extras

DAYS: Final = 30
STEP: Final = timedelta(minutes=1)
A_DAY: Final = 150
# How often within a day something begins: a fault, a restart, and an outage of hours.
FAULTS_A_DAY: Final = 8
RESTARTS_A_DAY: Final = 2
OUTAGES_A_MONTH: Final = 4
LONGEST_OUTAGE: Final = timedelta(hours=40)
PRICE: Final = Decimal("777.77")
KEYWORD: Final = "microphone"
LEAST: Final = Decimal(1000)
SUBENTRIES: Final = Extras(
    goals=({}, {"min_amount": str(LEAST)}, {"comment": KEYWORD}),
    offers=({"price": str(PRICE)},),
)
COMMENTS: Final = ("For a new microphone!", "Keep it up!", "Привет", None)
# Rows that are left out of the middle of a list, or come with other comments, are nobody's to notice.
UNNOTICEABLE: Final = frozenset({FaultKind.MISSING_ROWS, FaultKind.LONG_COMMENTS})

type Sums = dict[tuple[date, str, str], tuple[int, Decimal]]


class Month:
    """Thirty days of one wallet."""

    def __init__(self, play: Play, seed: int) -> None:
        self._play = play
        self._random = random.Random(seed)  # noqa: S311  repeatable on purpose
        self._wrong = [wrong for wrong in all_wrong() if wrong.kind not in UNNOTICEABLE]
        self._begun = play.time.now()
        self._clear_at: datetime | None = None
        self.restarts = self.faults = self.outages = 0

    async def live(self) -> None:
        """Let the month pass, and let everything be well in the end."""
        play = self._play
        await play.made.set_up()
        for _ in range(int(timedelta(days=DAYS) / STEP)):
            await self._happen()
            await play.poll(STEP)
        play.simulator.clear_faults()
        for row in play.wallet.rows:
            if row.status is Status.WAITING:
                play.wallet.settle(row.transaction_id, row.settles_to, row.type)
        for after in (*RECOVERY, RECONCILE):
            await play.poll(after)

    def _chance(self, a_day: float) -> bool:
        return self._random.random() < a_day * (STEP / timedelta(days=1))

    async def _happen(self) -> None:
        play = self._play
        if self._clear_at is not None and play.time.now() >= self._clear_at:
            play.simulator.clear_faults()
            self._clear_at = None
        if self._chance(A_DAY):
            self._pay()
        if self._clear_at is None and self._chance(FAULTS_A_DAY):
            self._go_wrong()
        if self._chance(RESTARTS_A_DAY):
            self.restarts += 1
            await play.made.hass.config_entries.async_reload(play.made.entry.entry_id)
            await play.made.rest()
        if self._chance(OUTAGES_A_MONTH / DAYS):
            await self._be_away()

    def _pay(self) -> None:
        chance = self._random
        kind = chance.choices((Kind.TRANSFER, Kind.TOP_UP, Kind.BILL, Kind.REFUND), (7, 1, 1, 1))[0]
        status = chance.choices((Status.SUCCESS, Status.ERROR), (9, 1))[0]
        amount = PRICE if chance.random() < 0.05 else Decimal(chance.randint(100, 500_000)) / 100
        settles = timedelta(hours=chance.uniform(0, 60)) if chance.random() < 0.1 else None
        self._play.wallet.pay(
            amount,
            chance.choice(("RUB", "RUB", "RUB", "USD")),
            kind=kind,
            status=status,
            comment=chance.choice(COMMENTS) if kind is Kind.TRANSFER else None,
            commission=chance.choice(("0", "1.50")) if kind is Kind.BILL else 0,
            settles_after=settles,
            settles_to=status,
        )

    def _go_wrong(self) -> None:
        chance = self._random
        self.faults += 1
        wrong = chance.choice(self._wrong)
        limits: dict[str, Any] = GAP[chance.choice(list(GAP))]
        # Whatever does not end by itself ends within the hour.
        self._clear_at = self._play.time.now() + timedelta(minutes=chance.uniform(1, 60))
        times = chance.choice((1, 2, 5, None))
        self._play.simulator.fault(Fault(kind=wrong.kind, times=times, **limits, **wrong.details))

    async def _be_away(self) -> None:
        """Refuse connections for hours in which payments go on."""
        play = self._play
        self.outages += 1
        await play.simulator.refuse()
        await play.poll(STEP)
        for _ in range(self._random.randint(60, int(LONGEST_OUTAGE / STEP))):
            play.time.wait(STEP)
            if self._chance(A_DAY):
                self._pay()
        await play.simulator.listen()

    # The wallet's own books

    @property
    def successes(self) -> list[Row]:
        """The payments of the month that came through."""
        return [
            row for row in self._play.wallet.rows if row.status is Status.SUCCESS and row.date > self._begun
        ]

    @property
    def received(self) -> list[Row]:
        """Those that count as received."""
        return [
            row for row in self.successes if row.type is Type.IN and row.kind in {Kind.TRANSFER, Kind.TOP_UP}
        ]

    def sums(self) -> Sums:
        """Return what each local day's payments add up to by currency and direction."""
        sums: Sums = {}
        for row in self.successes:
            key = (dt_util.as_local(row.date).date(), row.currency, row.type.lower())
            count, amount = sums.get(key, (0, Decimal(0)))
            sums[key] = count + 1, amount + (row.amount if row.type is Type.IN else row.total)
        return sums

    def raised(self) -> list[Decimal]:
        """Return what each goal must have raised."""
        gifts = [row for row in self.received if row.currency == "RUB" and row.kind is Kind.TRANSFER]
        return [
            sum((row.amount for row in gifts), Decimal(0)),
            sum((row.amount for row in gifts if row.amount >= LEAST), Decimal(0)),
            sum((row.amount for row in gifts if KEYWORD in (row.comment or "")), Decimal(0)),
        ]

    def bought(self) -> set[str]:
        """Return the payments that are orders."""
        return {row.transaction_id for row in self.received if row.amount == PRICE and row.currency == "RUB"}


async def soak(seed: int) -> list[Figure]:
    """Live through a month and compare."""
    async with played(extras=SUBENTRIES, patience=TIMEOUT) as play:
        month = Month(play, seed)
        await month.live()
        announced = Counter(record["transaction_id"] for record in play.made.heard)
        coordinator = play.made.coordinator
        ledger = coordinator.journal.ledger
        # While Home Assistant knows where its days begin.
        differing = _differing(_sums(coordinator), month.sums())
        goals = [goal.raised for goal in coordinator.goals.goals(ledger.state(coordinator.goals))]
        orders = {order.payment.transaction_id for order in ledger.state(coordinator.orders)}
    paid = {row.transaction_id for row in month.received}
    what = (
        f"{DAYS} days, {month.faults} faults, {month.restarts} restarts, {month.outages} outages, seed {seed}"
    )
    return [
        exactly(f"{what}: payments received and lost", len(paid - announced.keys()), 0),
        exactly("  announced and never paid", len(announced.keys() - paid), 0),
        exactly("  announced twice", sum(count > 1 for count in announced.values()), 0),
        exactly("  days, currencies and directions whose sums differ", len(differing), 0),
        holds(f"  goals raised {', '.join(map(str, goals))}", goals == month.raised()),
        exactly("  orders missing or invented", len(orders ^ month.bought()), 0),
    ]


def _sums(coordinator: Any) -> Sums:  # noqa: ANN401  as the stage has it
    sums: Sums = {}
    totals = coordinator.journal.ledger.state(coordinator.journal.books[0])
    for day, by_key in totals.days.items():
        for (currency, direction, _), total in by_key.items():
            count, amount = sums.get((day, currency, direction), (0, Decimal(0)))
            sums[day, currency, direction] = count + total.count, amount + total.amount
    return sums


def _differing(kept: Sums, paid: Sums) -> set[tuple[date, str, str]]:
    return {key for key in kept.keys() | paid.keys() if kept.get(key) != paid.get(key)}
