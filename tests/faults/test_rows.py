"""Rows that wait, change or vanish: what they tell is announced once."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from tests.home import Home
from tests.story import Till
from wallet_simulator.rows import Status

from .conftest import flagged, restart


async def test_a_payment_that_waits_for_two_months_is_looked_up_daily_and_announced(
    home: Home, till: Till, freezer: FrozenDateTimeFactory
) -> None:
    coordinator = await home.add()
    till.take(status="WAITING")
    await home.poll()
    waiting = home.wallet.rows[0]
    till.now += timedelta(days=60)
    freezer.move_to(till.now)
    till.take(15)

    def looked_up() -> int:
        minute = waiting.date.replace(second=0).isoformat()
        return sum(request.query.get("startDate") == minute for request in home.simulator.requests)

    for _ in range(3):
        await home.poll()
        coordinator.feed.miss()
    assert looked_up() == 1
    home.wallet.settle(waiting.transaction_id)
    await home.poll()
    assert home.announced == till.taken[1:]
    freezer.tick(86_400)
    await home.poll()
    assert looked_up() == 2
    assert home.announced == [*till.taken[1:], till.taken[0]]
    assert flagged(home.heard) == home.heard[-1:]
    assert home.heard[-1]["late"]


async def test_a_payment_that_waits_at_the_first_contact_is_announced_when_it_settles(
    home: Home, till: Till
) -> None:
    till.take(status="WAITING")
    till.wallet.pay(0.5)
    await home.add()
    await home.poll()
    assert home.heard == []
    home.wallet.settle(home.wallet.rows[-1].transaction_id)
    await home.poll()
    assert home.announced == till.taken


@pytest.mark.parametrize("status", ["WAITING", "SUCCESS"])
async def test_a_row_that_vanishes_takes_nothing_with_it(home: Home, till: Till, status: str) -> None:
    coordinator = await home.add()
    till.take()
    vanishing = till.wallet.pay(0.5, status=status)
    await home.poll()
    announced = home.announced
    assert announced == ([1.0, 0.5] if status == "SUCCESS" else [1.0])
    home.wallet.remove(vanishing.transaction_id)
    unseen = till.wallet.pay(0.25)
    home.wallet.remove(unseen.transaction_id)
    for _ in range(2):
        till.take()
        await home.poll()
        coordinator.feed.miss()
    assert home.announced == [*announced, 2.0, 3.0]
    assert home.reason is None


@pytest.mark.parametrize("status", ["ERROR", "WAITING"])
async def test_a_payment_that_changes_after_its_announcement_is_not_announced_again(
    home: Home, till: Till, status: str
) -> None:
    coordinator = await home.add()
    till.take()
    await home.poll()
    row = home.wallet.rows[0]
    for status_now in (Status(status), Status.SUCCESS):
        row.become(status_now, 0)
        await home.poll()
        coordinator.feed.miss()
        till.take()
        await home.poll()
    await restart(home, till.take)
    assert home.announced == till.taken
