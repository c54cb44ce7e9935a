"""Diagnostics may be shown to anybody."""

import json
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi.diagnostics import async_get_config_entry_diagnostics
from custom_components.qiwi.wallet_data import WalletData
from wallet_simulator import Fault, Simulator, Wallet

from .conftest import NUMBER, TOKEN, AddGoal
from .story import poll


async def test_diagnostics_tell_counts_and_no_persons(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: Any
) -> None:
    wallet.pay(1234, comment="me@example.com", account="+79000000005")
    await set_up()
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    text = json.dumps(diagnostics)
    assert not any(secret in text for secret in (TOKEN, NUMBER, "1234", "example", "0005"))
    assert diagnostics["recent"] == {"in transfer success RUB": 1}
    assert diagnostics["balances"] == ["RUB", "USD"]
    assert diagnostics["profile"] == {"blocked": False, "identification": "VERIFIED"}
    assert diagnostics["ledger"]["seen"] == {"IN": 1}
    assert diagnostics["ledger"]["unreadable"] == 0
    assert dt_util.parse_datetime(diagnostics["last_success"]) is not None
    assert diagnostics["paused_until"] is None


async def test_diagnostics_tell_when_payments_were_last_read_and_when_a_pause_ends(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: Any
) -> None:
    await set_up()
    before = (await async_get_config_entry_diagnostics(hass, entry))["last_success"]
    simulator.fault(Fault(kind="status", status=423))
    await poll(hass, entry)
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert (diagnostics["problem"], diagnostics["last_success"]) == ("rate_limited", before)
    ends = dt_util.parse_datetime(diagnostics["paused_until"], raise_on_error=True)
    assert ends > dt_util.utcnow()


async def test_diagnostics_count_goals_and_orders_and_name_no_buyer(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: Any, add_goal: AddGoal
) -> None:
    await set_up()
    await add_goal(entry)
    offer = {"name": "Webinar", "price": "77.31", "delivery": "manual"}
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(data=MappingProxyType(offer), subentry_type="offer", title="Webinar", unique_id=None),
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    wallet.pay("77.31", comment="me@example.com", account="+79000000005")
    await poll(hass, entry)
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert diagnostics["subentries"] == {"goal": 1, "offer": 1}
    assert diagnostics["ledger"]["orders"] == {"new": 1}
    text = json.dumps(diagnostics)
    assert not any(
        secret in text for secret in ("Webinar", "Camera", "77.31", "example", "0005", "secret of")
    )


async def test_diagnostics_of_a_wallet_that_never_answered(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: Any
) -> None:
    coordinator = await set_up()
    coordinator.data = WalletData()
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    assert diagnostics["balances"] is diagnostics["profile"] is diagnostics["ledger"] is None


async def test_diagnostics_of_an_entry_that_could_not_be_set_up(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, set_up: Any
) -> None:
    simulator.fault(Fault(kind="status", status=500))
    await set_up()
    assert await async_get_config_entry_diagnostics(hass, entry) == {
        "own_server": True,
        "token_issued_known": False,
        "subentries": {},
        "state": "setup_retry",
        "reason": "cannot_connect",
    }
