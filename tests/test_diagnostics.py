"""Diagnostics may be shown to anybody."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi.diagnostics import async_get_config_entry_diagnostics
from custom_components.qiwi.wallet_data import WalletData
from wallet_simulator import Fault, Simulator, Wallet

from .conftest import NUMBER, TOKEN


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
        "state": "setup_retry",
        "reason": "cannot_connect",
    }
