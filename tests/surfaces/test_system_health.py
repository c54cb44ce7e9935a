"""System health: what the page says of the wallets, and that it asks none of them."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from tests.home import Home
from wallet_simulator import Fault


async def info(hass: HomeAssistant) -> dict[str, Any]:
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done(wait_background_tasks=True)
    told = await get_system_health_info(hass, "qiwi")
    return {key: await value if hasattr(value, "__await__") else value for key, value in told.items()}


async def test_a_wallet_that_is_well_says_so(home: Home) -> None:
    await home.add()
    asked = home.simulator.count()
    assert await info(home.hass) == {
        "can_reach_server": "ok",
        "wallets": 1,
        "wallets_loaded": 1,
        "payments_arriving": 1,
    }
    # The one request is to the server, not to the wallet, and without the token.
    assert home.simulator.count() == asked


async def test_payments_that_do_not_arrive_are_told(home: Home) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
    await home.poll()
    told = await info(home.hass)
    assert (told["wallets_loaded"], told["payments_arriving"]) == (1, 0)


async def test_a_server_out_of_reach_is_told(home: Home) -> None:
    other = MockConfigEntry(domain="qiwi", unique_id="79000000001", data={"api_url": home.simulator.url})
    other.add_to_hass(home.hass)
    await home.simulator.refuse()
    await home.add()
    told = await info(home.hass)
    assert told["can_reach_server"] == {"type": "failed", "error": "unreachable"}
    assert (told["wallets"], told["wallets_loaded"], told["payments_arriving"]) == (2, 0, 0)


async def test_without_a_wallet_qiwis_own_server_is_tried(
    hass: HomeAssistant, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    async def reach(hass: HomeAssistant, url: str) -> str:
        tried.append(url)
        return "ok"

    monkeypatch.setattr("homeassistant.components.system_health.async_check_can_reach_url", reach)
    assert await async_setup_component(hass, "qiwi", {})
    assert (await info(hass))["wallets"] == 0
    assert tried == ["https://edge.qiwi.com"]
