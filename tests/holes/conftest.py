"""A wallet at home while time passes: polled when a poll is due, after hours or days, and through an outage."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.home import Home as AnyHome
from wallet_simulator import Simulator, Wallet

POLL_INTERVAL = timedelta(seconds=30)


@dataclass(slots=True, kw_only=True)
class Home(AnyHome):
    """One wallet in Home Assistant; time passes, for the wallet as for the host, and polls happen only on command."""

    freezer: FrozenDateTimeFactory

    @property
    def now(self) -> datetime:
        """The time that the host and the wallet agree on."""
        return self.simulator.clock()

    async def after(self, **time: float) -> None:
        """Let time pass, with no poll but the one of a midnight."""
        self.freezer.tick(timedelta(**time))
        await self.rest()

    @override
    async def poll(self, times: int = 1) -> None:
        """Poll as often, each time when the next poll is due."""
        for _ in range(times):
            self.freezer.tick(POLL_INTERVAL)
            await AnyHome.poll(self)

    async def reconcile(self) -> None:
        """Let the next poll read everything from the watermark."""
        await self.after(minutes=15)
        await self.poll()

    async def outage(self, duration: timedelta, payments: int) -> list[float]:
        """Let the wallet be away while payments of 1, 2, 3 … are made, evenly spread; return what was paid."""
        await self.simulator.refuse()
        await self.poll()
        begun = self.now
        await self.after(seconds=duration.total_seconds())
        paid = [float(number) for number in range(1, payments + 1)]
        for amount in paid:
            self.wallet.pay(amount, date=begun + duration * (amount / (payments + 1)))
        await self.simulator.listen()
        return paid

    def asked(self) -> int:
        """How many lists of payments the wallet was asked for so far."""
        return self.simulator.count("payments")


@pytest.fixture
def home(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Home:
    """Return a home whose wallet is not added yet, in the middle of a month."""
    freezer.move_to("2026-06-17 12:00:00+00:00")
    # The limiter counts by a clock that is not moved here; the simulator minds its own limit by the one that is.
    monkeypatch.setattr("custom_components.qiwi.api.limiter.REQUESTS", 10_000)
    monkeypatch.setattr("custom_components.qiwi.api.limiter.CATCH_UP_REQUESTS", 10_000)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    return Home(hass=hass, entry=entry, wallet=wallet, simulator=simulator, freezer=freezer)
