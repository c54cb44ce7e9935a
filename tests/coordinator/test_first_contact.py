"""The first contact with a wallet: what was paid before it is counted and not announced."""

from datetime import UTC, timedelta

from homeassistant.config_entries import ConfigEntryState
from homeassistant.util import dt as dt_util

from tests.home import Home
from wallet_simulator import Fault


async def test_the_first_setup_needs_the_wallet_and_later_ones_do_not(home: Home) -> None:
    await home.simulator.refuse()
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    await home.simulator.listen()
    await home.reload()
    assert home.entry.state is ConfigEntryState.LOADED
    await home.simulator.refuse()
    await home.reload()
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.reason == "cannot_connect"


async def test_the_month_before_is_counted_silently(home: Home) -> None:
    now = home.simulator.clock()
    for days in range(2, 25):
        home.wallet.pay(10, date=now - timedelta(days=days))
    waiting = home.wallet.pay(11, date=now - timedelta(days=3), status="WAITING")
    coordinator = await home.add()
    await home.poll()
    assert home.heard == []
    assert coordinator.journal.ledger.backfill_before is None
    month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
    expected = sum(10 for days in range(2, 25) if now - timedelta(days=days) >= month)
    assert (
        sum(total.amount for day in coordinator.data.totals.days.values() for total in day.values())
        == expected
    )
    assert (waiting.transaction_id in coordinator.journal.ledger.pending.get("IN", {})) == (
        now - timedelta(days=3) >= month
    )


async def test_without_a_date_header_the_newest_row_tells_the_time(home: Home) -> None:
    home.simulator.fault(Fault(kind="no_date"))
    await home.add()
    for amount in (1, 2):
        home.wallet.pay(amount)
        await home.poll()
    home.wallet.pay(3, status="WAITING")
    await home.poll()
    assert home.announced == [1.0, 2.0]


async def test_a_wallet_added_on_the_first_of_a_month_has_no_month_to_read(home: Home) -> None:
    month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
    home.simulator.clock = lambda: (month + timedelta(hours=1)).astimezone(UTC)
    coordinator = await home.add()
    await home.poll()
    assert coordinator.journal.ledger.backfill_before is None


async def test_what_was_paid_before_the_first_contact_is_known_silently(home: Home) -> None:
    begun = home.simulator.clock() - timedelta(minutes=10)
    for second in range(60):
        home.wallet.pay(10, date=begun + timedelta(seconds=second))
    coordinator = await home.add()
    await home.poll()
    assert home.heard == []
    assert len(coordinator.journal.ledger.seen["IN"]) == 60
