"""Outages and catch-ups that are struck themselves: nothing is lost, and what is new does not wait for it."""

from datetime import timedelta
from typing import Any

from homeassistant.core import Event, callback
import pytest

from tests.home import Home
from tests.story import FEED
from wallet_simulator import Fault


async def test_an_outage_loses_nothing(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    coordinator = await home.add()
    await home.simulator.refuse()
    await home.poll()
    feed = home.state(FEED)
    assert (feed.state, feed.attributes["reason"]) == ("on", "cannot_connect")
    assert home.sensor("balance_rub").state == "unavailable"
    assert home.state("event.qiwi_0000_payment").state != "unavailable"
    for amount in range(1, 401):
        home.wallet.pay(amount)
    await home.simulator.listen()
    await home.poll()
    assert home.announced == list(map(float, range(1, 401)))
    assert home.state(FEED).state == "off"
    assert coordinator.data.catch_up is None
    assert caplog.text.count("are not arriving") == 1
    assert caplog.text.count("are arriving again") == 1


async def test_a_catch_up_goes_on_where_it_broke_off(home: Home) -> None:
    coordinator = await home.add()
    coordinator.feed.miss()
    start = home.simulator.clock() + timedelta(seconds=1)
    home.simulator.clock = lambda: start + timedelta(minutes=15)
    for amount in range(1, 601):
        home.wallet.pay(amount, date=start + timedelta(seconds=amount))
    coordinator.client._shared.transport.limiter.catch_up_requests = 1000
    home.simulator.fault(Fault(kind="status", status=500, endpoint="payments", times=1))
    await home.poll()
    assert home.heard == []
    assert coordinator.data.problem == "cannot_connect"
    await home.poll()
    assert home.announced == list(map(float, range(1, 601)))


async def nothing(show: object) -> None:
    """Put off what a poll leaves to the background."""


async def test_a_second_outage_in_the_middle_of_a_catch_up_is_caught_up_too(home: Home) -> None:
    coordinator = await home.add()
    start = home.simulator.clock() + timedelta(hours=1)
    home.simulator.clock = lambda: start
    coordinator.feed.miss()
    for amount in range(1, 101):
        home.wallet.pay(amount, date=start)
    page = Fault(kind="status", status=500, endpoint="payments", times=1)
    work = coordinator.feed.work
    coordinator.feed.work = nothing
    await home.poll()
    home.simulator.fault(page)
    await home.poll()
    home.simulator.clock = lambda: start + timedelta(minutes=1)
    for amount in range(101, 201):
        home.wallet.pay(amount, date=home.simulator.clock())
    coordinator.feed.work = work
    await home.poll()
    assert home.announced == list(map(float, range(1, 201)))


async def test_a_token_refused_while_catching_up_is_refused_at_the_next_poll(home: Home) -> None:
    coordinator = await home.add()
    coordinator.feed.miss()
    work = coordinator.feed.work

    async def refused(show: Any) -> None:
        home.simulator.fault(Fault(kind="status", status=401, endpoint="payments"))
        await work(show)

    coordinator.feed.work = refused
    await home.poll()
    assert coordinator.data.problem == "invalid_auth"
    await home.poll()
    assert [flow["context"]["source"] for flow in home.hass.config_entries.flow.async_progress()] == [
        "reauth"
    ]


async def test_a_stop_in_the_middle_of_a_catch_up_loses_nothing(home: Home) -> None:
    await home.add()
    await home.unload()
    for amount in range(1, 121):
        home.wallet.pay(amount)

    @callback
    def stop(event: Event[Any]) -> None:
        if event.data["amount"] == 60:
            home.coordinator.journal._is_open = False

    unsubscribe = home.hass.bus.async_listen("qiwi_new_payment", stop)
    await home.add()
    assert home.announced == list(map(float, range(1, 61)))
    unsubscribe()
    await home.reload()
    assert home.announced == list(map(float, range(1, 121)))
    assert not any(record["possible_duplicate"] for record in home.heard)


async def test_a_payment_made_during_a_catch_up_does_not_wait_for_it(home: Home) -> None:
    coordinator = await home.add()
    start = home.simulator.clock() + timedelta(hours=1)
    home.simulator.clock = lambda: start
    coordinator.feed.miss()
    home.wallet.pay(1, date=start)
    work = coordinator.feed.work
    coordinator.feed.work = nothing
    await home.poll()
    home.simulator.clock = lambda: start + timedelta(minutes=1)
    home.wallet.pay(2, date=home.simulator.clock())
    await home.poll()
    assert home.announced == [2.0]
    coordinator.feed.work = work
    home.wallet.pay(3, date=home.simulator.clock())
    await home.poll()
    assert sorted(home.announced) == [1.0, 2.0, 3.0]
