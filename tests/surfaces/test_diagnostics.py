"""Diagnostics may be shown to anybody."""

import json
from types import MappingProxyType

from homeassistant.config_entries import ConfigSubentry
from homeassistant.util import dt as dt_util

from custom_components.qiwi.diagnostics import async_get_config_entry_diagnostics
from custom_components.qiwi.wallet_data import WalletData
from tests.conftest import NUMBER, TOKEN
from tests.home import Home
from wallet_simulator import Fault


async def test_diagnostics_tell_counts_and_no_persons(home: Home) -> None:
    home.wallet.pay(1234, comment="me@example.com", account="+79000000005")
    await home.add()
    diagnostics = await async_get_config_entry_diagnostics(home.hass, home.entry)
    text = json.dumps(diagnostics)
    assert not any(secret in text for secret in (TOKEN, NUMBER, "1234", "example", "0005"))
    assert diagnostics["recent"] == {"in transfer success RUB": 1}
    assert diagnostics["balances"] == ["RUB", "USD"]
    assert diagnostics["profile"] == {"blocked": False, "identification": "VERIFIED"}
    assert diagnostics["ledger"]["seen"] == {"IN": 1}
    assert diagnostics["ledger"]["unreadable"] == 0
    assert dt_util.parse_datetime(diagnostics["last_success"]) is not None
    assert diagnostics["paused_until"] is None


async def test_diagnostics_tell_when_payments_were_last_read_and_when_a_pause_ends(home: Home) -> None:
    await home.add()
    before = (await async_get_config_entry_diagnostics(home.hass, home.entry))["last_success"]
    home.simulator.fault(Fault(kind="status", status=423))
    await home.poll()
    diagnostics = await async_get_config_entry_diagnostics(home.hass, home.entry)
    assert (diagnostics["problem"], diagnostics["last_success"]) == ("rate_limited", before)
    ends = dt_util.parse_datetime(diagnostics["paused_until"], raise_on_error=True)
    assert ends > dt_util.utcnow()


async def test_diagnostics_count_goals_and_orders_and_name_no_buyer(home: Home) -> None:
    await home.add()
    await home.add_goal()
    offer = {"name": "Webinar", "price": "77.31", "delivery": "manual"}
    home.hass.config_entries.async_add_subentry(
        home.entry,
        ConfigSubentry(data=MappingProxyType(offer), subentry_type="offer", title="Webinar", unique_id=None),
    )
    await home.rest()
    home.wallet.pay("77.31", comment="me@example.com", account="+79000000005")
    await home.poll()
    diagnostics = await async_get_config_entry_diagnostics(home.hass, home.entry)
    assert diagnostics["subentries"] == {"goal": 1, "offer": 1}
    assert diagnostics["ledger"]["orders"] == {"new": 1}
    text = json.dumps(diagnostics)
    assert not any(
        secret in text for secret in ("Webinar", "Camera", "77.31", "example", "0005", "secret of")
    )


async def test_diagnostics_of_a_wallet_that_never_answered(home: Home) -> None:
    coordinator = await home.add()
    coordinator.data = WalletData()
    diagnostics = await async_get_config_entry_diagnostics(home.hass, home.entry)
    assert diagnostics["balances"] is diagnostics["profile"] is diagnostics["ledger"] is None


async def test_diagnostics_of_an_entry_that_could_not_be_set_up(home: Home) -> None:
    home.simulator.fault(Fault(kind="status", status=500))
    await home.add()
    assert await async_get_config_entry_diagnostics(home.hass, home.entry) == {
        "own_server": True,
        "token_issued_known": False,
        "subentries": {},
        "state": "setup_retry",
        "reason": "cannot_connect",
    }
