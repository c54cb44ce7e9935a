"""A long outage of a busy wallet: everything paid meanwhile is caught up through a running Home Assistant."""

from datetime import timedelta

from tests.home import Home

PAYMENTS = 10_000
PAGES = 200


async def test_ten_thousand_payments_made_during_an_outage_are_announced_once_and_oldest_first(
    home: Home,
) -> None:
    coordinator = await home.add()
    await home.simulator.refuse()
    await coordinator.async_refresh()
    clock = home.simulator.clock
    begun = clock()
    for number in range(PAYMENTS):
        home.wallet.pay(number + 1, date=begun + timedelta(seconds=7 * number))
    home.simulator.clock = lambda: clock() + timedelta(seconds=7 * PAYMENTS)
    # The limits are the server's and the client's own; what is counted here does not depend on them.
    home.simulator.limits[home.wallet.number].requests = None
    coordinator.client._shared.transport.limiter.catch_up_requests = PAGES * 2
    coordinator.client._shared.transport.limiter.requests = PAGES * 2
    asked = home.simulator.count("payments")
    await home.simulator.listen()
    await home.poll()
    # Beside the catch-up there was one look at the newest page.
    assert abs(home.simulator.count("payments") - asked - 1 - PAGES) <= 2
    assert home.announced == list(map(float, range(1, PAYMENTS + 1)))
    assert not any(record["possible_duplicate"] for record in home.heard)
    assert coordinator.data.problem is None
    await home.poll()
    assert len(home.heard) == PAYMENTS
