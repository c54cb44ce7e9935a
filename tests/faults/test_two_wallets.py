"""Two wallets at one server share nothing."""

from datetime import timedelta

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import callback

from tests.conftest import NUMBER
from tests.home import Home
from wallet_simulator.limit import RateLimit


async def test_two_wallets_share_nothing(home: Home, other: Home) -> None:
    announced: list[tuple[str, float]] = []
    home.hass.bus.async_listen(
        "qiwi_new_payment",
        callback(lambda event: announced.append((event.data["entry_id"], event.data["amount"]))),
    )
    await home.add()
    assert other.entry.state is ConfigEntryState.LOADED
    # Payer's and payee's row of one transfer have one id.
    paid = home.wallet.pay(5, type="OUT")
    other.wallet.pay(6, transaction_id=paid.transaction_id)
    home.wallet.pay(1)
    for one in (home, other):
        await one.poll()
    assert announced == [(home.entry.entry_id, 1.0), (other.entry.entry_id, 6.0)]
    assert home.state("event.qiwi_0000_payment").attributes["amount"] == 1.0
    assert home.state("event.qiwi_0001_payment").attributes["amount"] == 6.0
    home.simulator.limits[NUMBER] = RateLimit(0, timedelta(minutes=5))
    other.wallet.pay(7)
    for one in (home, other):
        await one.poll()
    assert home.reason == "rate_limited"
    assert other.reason is None
    assert announced[2:] == [(other.entry.entry_id, 7.0)]
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    other.wallet.pay(8)
    await other.reload()
    assert announced[3:] == [(other.entry.entry_id, 8.0)]
