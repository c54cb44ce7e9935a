"""Where the figures are measured: Home Assistant in this process, with entries for one or more wallets."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
import logging
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

from aiohttp import ThreadedResolver
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import DATA_RESOLVER
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

# Imported here so that Home Assistant looks for integrations in this repository.
from custom_components.qiwi.api import limiter
from custom_components.qiwi.const import DOMAIN
from custom_components.qiwi.coordinator import QiwiCoordinator
from custom_components.qiwi.publication import EVENT_NEW_PAYMENT

from .remote_wallet import RemoteWallet, number_of, token_of
from .simulated_time import SimulatedTime, simulated_time

MANY: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What an entry has beside its wallet."""

    goals: Sequence[Mapping[str, Any]] = ()
    """What sets each goal apart from one that counts everything."""
    offers: Sequence[Mapping[str, Any]] = ()
    """Each with its price."""

    def subentries(self) -> list[ConfigSubentryDataWithId]:
        """Return the entry's subentries."""
        goals = [
            _subentry("goal", place, {"target": "1000000", "kinds": ["transfer"], **goal})
            for place, goal in enumerate(self.goals)
        ]
        offers = [
            _subentry("offer", place, {"delivery": "manual", **offer})
            for place, offer in enumerate(self.offers)
        ]
        return [*goals, *offers]


def _subentry(kind: str, place: int, data: dict[str, Any]) -> ConfigSubentryDataWithId:
    name = f"{kind.title()} {place}"
    common = {"name": name, "currency": "RUB", "created": "2026-05-06T12:00:00+00:00"}
    return ConfigSubentryDataWithId(
        subentry_id=f"01KTEST{kind.upper():>05}00000000000{place:03}",
        subentry_type=kind,
        title=name,
        unique_id=None,
        data={**common, **data},
    )


@dataclass(slots=True)
class Stage:
    """A running Home Assistant with its entries, and what it announced."""

    hass: HomeAssistant
    time: SimulatedTime
    entries: list[MockConfigEntry]
    heard: list[dict[str, Any]] = field(default_factory=list)

    @property
    def entry(self) -> MockConfigEntry:
        """The first entry."""
        return self.entries[0]

    @property
    def coordinator(self) -> QiwiCoordinator:
        """The first entry's coordinator."""
        return self.coordinator_of(0)

    def coordinator_of(self, place: int) -> QiwiCoordinator:
        """An entry's coordinator."""
        coordinator: QiwiCoordinator = self.entries[place].runtime_data
        return coordinator

    async def set_up(self) -> None:
        """Set the entries up and let them read their windows."""
        # The first of an integration's entries brings all others.
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.rest()

    async def poll(self, place: int = 0) -> None:
        """Poll everything, as a user can, and let what follows from it come to rest."""
        await self.coordinator_of(place).async_refresh()
        await self.rest()

    async def scheduled_poll(self, place: int = 0) -> None:
        """Poll what is due, as the schedule does."""
        await DataUpdateCoordinator.async_refresh(self.coordinator_of(place))

    async def rest(self) -> None:
        """Wait until nothing is left to do."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    def wait(self, duration: timedelta, wallet: RemoteWallet) -> None:
        """Let time pass, here and in the wallet."""
        self.time.wait(duration)
        wallet.wait(duration)


@asynccontextmanager
async def stage(
    url: str, *, time: SimulatedTime | None = None, extras: Sequence[Extras] = (Extras(),)
) -> AsyncIterator[Stage]:
    """Run a Home Assistant in a throw-away folder, with entries that are not set up yet.

    Args:
        url: The server of all wallets.
        time: Simulated already, or None.
        extras: What each entry has beside its wallet.
    """
    # What goes wrong on purpose is told by the table.
    logging.disable(logging.ERROR)
    with ExitStack() as stack:
        if time is None:
            time = stack.enter_context(simulated_time())
        for name in ("REQUESTS", "CATCH_UP_REQUESTS"):
            # Nothing waits for its share of the wallet's minute.
            stack.enter_context(patch.object(limiter, name, MANY))
        folder = stack.enter_context(TemporaryDirectory(prefix="qiwi-bench-"))
        async with async_test_home_assistant(config_dir=folder, initial_state=CoreState.running) as hass:
            hass.data.pop("custom_components")
            # The wallet's address is a number; Home Assistant's own resolver would ask the local network.
            hass.data[str(DATA_RESOLVER)] = ThreadedResolver()
            made = Stage(hass, time, [_entry(url, place, each) for place, each in enumerate(extras)])
            for entry in made.entries:
                entry.add_to_hass(hass)

            @callback
            def hear(event: Event[Any]) -> None:
                made.heard.append(dict(event.data))

            hass.bus.async_listen(EVENT_NEW_PAYMENT, hear)
            try:
                yield made
            finally:
                await hass.async_stop(force=True)


def _entry(url: str, place: int, extras: Extras) -> MockConfigEntry:
    number = number_of(place)
    return MockConfigEntry(
        domain=DOMAIN,
        unique_id=number,
        title=f"QIWI •••• {number[-4:]}",
        data={"api_token": token_of(place), "api_url": url, "wallet": number, "token_entered": "2026-05-06"},
        subentries_data=extras.subentries(),
    )
