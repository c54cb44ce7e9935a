"""Clocks that jump, the host's and the wallet's: no payment is lost, told twice or taken for an old one."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from tests.home import Home
from tests.story import Till
from wallet_simulator.trouble import answers

from .conftest import flagged, restart


@pytest.mark.parametrize(
    "jump", [timedelta(days=3), timedelta(days=-3), timedelta(hours=1), timedelta(hours=-1)]
)
async def test_the_hosts_clock_may_jump(
    home: Home, till: Till, freezer: FrozenDateTimeFactory, jump: timedelta
) -> None:
    coordinator = await home.add()
    for there_and_back in (jump, -jump):
        till.take()
        await home.poll()
        freezer.move_to(datetime.now(UTC) + there_and_back)
        till.take()
        await home.poll()
        coordinator.feed.miss()
        till.take()
        await home.poll()
        await restart(home, till.take)
        coordinator = home.coordinator
    assert home.announced == till.taken
    assert flagged(home.heard) == []
    assert home.reason is None


@pytest.mark.parametrize("jump", [timedelta(hours=20), timedelta(hours=-20), timedelta(minutes=-1)])
async def test_the_wallets_clock_may_jump_by_less_than_a_day(
    home: Home, till: Till, freezer: FrozenDateTimeFactory, jump: timedelta
) -> None:
    coordinator = await home.add()
    # Whatever is dated before the first contact is the past.
    till.now += timedelta(hours=21)
    freezer.move_to(till.now)
    for there_and_back in (jump, -jump):
        till.take(15)
        await home.poll()
        till.now += there_and_back
        till.take(15)
        await home.poll()
        coordinator.feed.miss()
        await home.poll()
        till.take(15)
        await restart(home, till.take)
        coordinator = home.coordinator
    assert sorted(home.announced) == till.taken
    assert not any(record["possible_duplicate"] for record in home.heard)


async def test_a_wallets_clock_that_ran_ahead_for_days_makes_no_payment_look_old(
    home: Home, till: Till
) -> None:
    waiting = home.wallet.pay(0.5, status="WAITING")
    coordinator = await home.add()
    jump = timedelta(days=200)
    for ahead in (jump, -jump):
        till.now += ahead
        till.take(3)
        await home.poll()
        coordinator.feed.miss()
        await home.poll()
        coordinator.feed.miss()
        till.take(3)
        await home.poll()
    assert home.announced == till.taken
    home.wallet.settle(waiting.transaction_id)
    coordinator.feed.miss()
    await home.poll()
    assert home.announced == [*till.taken, 0.5]


@pytest.mark.parametrize("days", [400, 2, -2, -400])
async def test_a_wrong_date_header_costs_no_payment(home: Home, till: Till, days: int) -> None:
    coordinator = await home.add()
    till.take(15)
    await home.poll()
    async with answers("wrong_date", offset=timedelta(days=days))(home.simulator):
        till.take(15)
        await home.poll()
        coordinator.feed.miss()
        till.take(15)
        await home.poll()
        await restart(home, till.take)
        coordinator = home.coordinator
    till.take(15)
    await home.poll()
    coordinator.feed.miss()
    await home.poll()
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert not any(record["possible_duplicate"] for record in home.heard)
    assert not any(record["late"] for record in home.heard[-16:])
