"""The fault table: every way to go wrong at every step of first contact and of a gap's reading."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, override
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState

from custom_components.qiwi.api import transport
from wallet_simulator import Fault, Row, Simulator, Wallet

from .fault_kinds import Wrong, all_wrong
from .figures import Figure
from .remote_wallet import number_of, token_of
from .simulated_time import SimulatedTime, simulated_time
from .stage import Extras, Stage, stage

# Seconds after which a silent wallet is given up; a busy machine is slower than this now and then.
TIMEOUT: Final = 0.5
POLL: Final = timedelta(seconds=30)
# How long after everything is well again whatever is owed must have come: polls, a reconcile, an hour of doubt.
RECONCILE: Final = timedelta(minutes=16)
RECOVERY: Final = (POLL, POLL, POLL, RECONCILE, RECONCILE, RECONCILE, timedelta(minutes=70), POLL)

LISTS: Final = {"endpoint": "payments"}
WINDOW: Final = {"dated": True, "shortest_range": timedelta(hours=1)}
# Where the wallet is asked, by the limits of a fault that strikes there alone.
NEWEST: Final[Mapping[str, dict[str, Any]]] = {
    "profile": {"endpoint": "profile"},
    "balances": {"endpoint": "balances"},
    "newest page": {**LISTS, "dated": False, "page": 1},
    "page after it": {**LISTS, "dated": False, "page": 2},
    **{f"window, page {page}": {**WINDOW, "page": page} for page in (1, 2, 3)},
    "all lists": LISTS,
    "everything": {},
}
GAP: Final[Mapping[str, dict[str, Any]]] = {
    **NEWEST,
    **{f"window, page {page}": {**WINDOW, "page": page} for page in (4, 6)},
    "look-up": {"dated": True, "longest_range": timedelta(minutes=10)},
}


class Scene(StrEnum):
    """When something goes wrong."""

    FIRST_CONTACT = "first contact"
    GAP = "gap"


PLACES: Final = {Scene.FIRST_CONTACT: NEWEST, Scene.GAP: GAP}


@dataclass(slots=True)
class Cell:
    """What became of the payments around one fault."""

    struck: int = 0
    owed: int = 0
    lost: int = 0
    doubled: int = 0
    old: int = 0
    """Announcements of what was there before the first contact."""

    @property
    def is_kept(self) -> bool:
        """Whether everything owed was announced once, and nothing else."""
        return not (self.lost or self.doubled or self.old)

    @override
    def __str__(self) -> str:
        if not self.struck:
            return "·"
        wrong = {"lost": self.lost, "doubled": self.doubled, "old": self.old}
        return ", ".join(f"{count} {what}" for what, count in wrong.items() if count) or "ok"


@dataclass(slots=True)
class Play:
    """One wallet and its entry, around one fault."""

    made: Stage
    time: SimulatedTime
    wallet: Wallet
    simulator: Simulator
    owed: set[str] = field(default_factory=set)
    past: set[str] = field(default_factory=set)
    """What was there before the first contact, and must never be announced."""

    def pay(self, count: int, *, over: timedelta = timedelta(seconds=1)) -> list[str]:
        """Let so many payments have come in the time that has just passed, oldest first."""
        now = self.time.now()
        dates = [now - over * (count - 1 - number) / count for number in range(count)]
        return [self.wallet.pay(100, date=date).transaction_id for date in dates]

    def owe(self, count: int, *, over: timedelta = timedelta(seconds=1)) -> None:
        """Let payments come that must be announced."""
        self.owed.update(self.pay(count, over=over))

    @property
    def is_set_up(self) -> bool:
        """Whether the entry is loaded."""
        return self.made.entry.state is ConfigEntryState.LOADED

    async def poll(self, after: timedelta = POLL) -> None:
        """Let time pass and poll, or try the set-up once more."""
        self.time.wait(after)
        if self.is_set_up:
            await self.made.poll()
        if not self.is_set_up or self.made.coordinator.data.problem == "invalid_auth":
            await self.made.hass.config_entries.async_reload(self.made.entry.entry_id)
            await self.made.rest()


@asynccontextmanager
async def played(extras: Extras | None = None, *, patience: float = transport.TIMEOUT) -> AsyncIterator[Play]:
    """Open the play in a time of its own.

    Args:
        extras: What the entry has beside its wallet.
        patience: Seconds of silence after which the wallet is given up.
    """
    with patch.object(transport, "TIMEOUT", patience), simulated_time() as time:
        wallet = Wallet(number_of(0), balances={"RUB": 1000}, clock=time.now)
        wallet.add_token(token_of(0))
        async with (
            Simulator(wallet, rate_limit=None) as simulator,
            stage(simulator.url, time=time, extras=[extras or Extras()]) as made,
        ):
            yield Play(made, time, wallet, simulator)


async def _first_contact(play: Play, fault: Fault, *, lasts: bool) -> int:
    """Set a wallet up that has a past, with the fault from the first request on."""
    play.past.update(play.pay(20, over=timedelta(days=20)))
    play.past.update(play.pay(140, over=timedelta(hours=23)))
    # What is paid in the very second of the first contact may be seen either way.
    play.time.wait(POLL)
    active = play.simulator.fault(fault)
    await play.made.hass.config_entries.async_setup(play.made.entry.entry_id)
    await play.made.rest()
    for _ in range(2):
        play.time.wait(POLL)
        # Whether there was anything to compare with before a set-up that failed may be seen either way.
        (play.owe if play.is_set_up else play.pay)(15)
        await play.poll()
    if lasts:
        play.simulator.clear_faults()
    return active.struck


async def _gap(play: Play, fault: Fault, *, lasts: bool) -> int:
    """Be away for three days, and meet the fault on the way back."""
    play.past.update(play.pay(20, over=timedelta(hours=20)))
    waiting = [play.wallet.pay(5, status="WAITING") for _ in range(3)]
    await play.made.hass.config_entries.async_setup(play.made.entry.entry_id)
    await play.made.rest()
    # What waits longer than the window reaches is looked up by itself.
    for after in (POLL, timedelta(hours=25), timedelta(hours=25), RECONCILE):
        play.time.wait(after)
        play.owe(2)
        await play.poll()
    away = timedelta(hours=70)
    play.time.wait(away)
    play.owe(260, over=away)
    _settle(play, waiting)
    active = play.simulator.fault(fault)
    for _ in range(3):
        await play.poll()
        play.time.wait(POLL)
        play.owe(3)
    if lasts:
        play.simulator.clear_faults()
    return active.struck


def _settle(play: Play, waiting: Sequence[Row]) -> None:
    for row in waiting:
        play.wallet.settle(row.transaction_id)
        play.owed.add(row.transaction_id)


SCENES: Final = {Scene.FIRST_CONTACT: _first_contact, Scene.GAP: _gap}


async def survive(scene: Scene, wrong: Wrong, place: str, *, lasts: bool) -> Cell:
    """Let one thing go wrong at one place, once or for a while, and tell what became of the payments."""
    limits = PLACES[scene][place]
    fault = Fault(kind=wrong.kind, times=None if lasts else wrong.once, **limits, **wrong.details)
    async with played(patience=TIMEOUT if wrong.is_silent else transport.TIMEOUT) as play:
        struck = await SCENES[scene](play, fault, lasts=lasts)
        for after in RECOVERY:
            await play.poll(after)
        play.owe(5)
        for after in (POLL, POLL, RECONCILE):
            await play.poll(after)
        announced = [record["transaction_id"] for record in play.made.heard]
    return Cell(
        struck=struck,
        owed=len(play.owed),
        lost=len(play.owed - set(announced)),
        doubled=len(announced) - len(set(announced)),
        old=len(play.past & set(announced)),
    )


async def faults() -> list[Figure]:
    """Fill the table, print it, and return one figure for each of its rows."""
    figures = []
    for scene in Scene:
        for lasts in (False, True):
            figures += await _table(scene, lasts=lasts)
    return figures


async def _table(scene: Scene, *, lasts: bool) -> list[Figure]:
    places = list(PLACES[scene])
    title = f"{scene}, {'for a while' if lasts else 'once'}"
    print(f"\n| {title} | {' | '.join(places)} |\n|{'---|' * (len(places) + 1)}", flush=True)
    figures = []
    for wrong in all_wrong():
        cells = [
            await survive(scene, wrong, place, lasts=lasts)
            if not wrong.is_for_lists or place not in {"profile", "balances"}
            else Cell()
            for place in places
        ]
        print(f"| {wrong.name} | {' | '.join(map(str, cells))} |", flush=True)
        figures.append(_figure(f"{title}: {wrong.name}", cells))
    return figures


def _figure(what: str, cells: Sequence[Cell]) -> Figure:
    met = [cell for cell in cells if cell.struck]
    lost, doubled, old = (sum(getattr(cell, name) for cell in met) for name in ("lost", "doubled", "old"))
    measured = f"{len(met)} places, {sum(cell.owed for cell in met)} paid, {lost} lost, {doubled} doubled"
    return Figure(
        what,
        measured + (f", {old} old ones announced" if old else ""),
        "none lost, none doubled",
        all(cell.is_kept for cell in met),
    )
