"""A long outage of a busy wallet: everything paid meanwhile is caught up through a running Home Assistant."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from wallet_simulator import Simulator, Wallet

from .conftest import SetUp
from .story import amounts, poll

PAYMENTS = 10_000
PAGES = 200


async def test_ten_thousand_payments_made_during_an_outage_are_announced_once_and_oldest_first(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    heard: list[dict[str, Any]],
) -> None:
    coordinator = await set_up()
    await simulator.refuse()
    await coordinator.async_refresh()
    clock = simulator.clock
    begun = clock()
    for number in range(PAYMENTS):
        wallet.pay(number + 1, date=begun + timedelta(seconds=7 * number))
    simulator.clock = lambda: clock() + timedelta(seconds=7 * PAYMENTS)
    # The limits are the server's and the client's own; what is counted here does not depend on them.
    simulator.limits[wallet.number].requests = None
    coordinator.client._shared.transport.limiter.catch_up_requests = PAGES * 2
    coordinator.client._shared.transport.limiter.requests = PAGES * 2
    asked = simulator.count("payments")
    await simulator.listen()
    await poll(hass, entry)
    # Beside the catch-up there was one look at the newest page.
    assert abs(simulator.count("payments") - asked - 1 - PAGES) <= 2
    assert amounts(heard) == list(map(float, range(1, PAYMENTS + 1)))
    assert not any(record["possible_duplicate"] for record in heard)
    assert coordinator.data.problem is None
    await poll(hass, entry)
    assert len(heard) == PAYMENTS
