"""A token in, an entry out: every wrong input says what to do, and the right one still gets through."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi.api import API_URL
from custom_components.qiwi.connection import async_adopt, async_create_client
from wallet_simulator import Fault, Simulator, Wallet

from .conftest import NUMBER, TOKEN

P2P_SECRET = "eyJ2ZXJzaW9uIjoiUDJQIiwiZGF0YSI6eyJwYXlpbl9tZXJjaGFudF9zaXRlX3VpZCI6IngifX0="


def given(simulator: Simulator, token: str = TOKEN, url: str | None = None, **more: Any) -> dict[str, Any]:
    return {"api_token": token, "advanced": {"api_url": url or simulator.url}, **more}


async def begin(hass: HomeAssistant, user_input: dict[str, Any]) -> Any:
    form = await hass.config_entries.flow.async_init("qiwi", context={"source": "user"})
    assert form["step_id"] == "user"
    return await hass.config_entries.flow.async_configure(form["flow_id"], user_input)


async def test_a_token_makes_an_entry(hass: HomeAssistant, simulator: Simulator) -> None:
    result = await begin(hass, given(simulator, f" Bearer {TOKEN} ", token_issued="2026-05-06"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "QIWI •••• 0000"
    assert result["result"].unique_id == NUMBER
    assert result["data"]["api_token"] == TOKEN
    assert result["data"]["token_issued"] == "2026-05-06"
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_server_is_qiwis_unless_another_is_given(hass: HomeAssistant) -> None:
    form = await hass.config_entries.flow.async_init("qiwi", context={"source": "user"})
    schema = form["data_schema"]
    assert schema is not None
    assert schema({"api_token": "x", "advanced": {}})["advanced"] == {"api_url": API_URL}


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (P2P_SECRET, "p2p_secret_key"),
        (
            "48e7qUxn9T7RyYE1MVZswX1FRSbE6iyCj2gCRwwF3Dnh5XrasNTx3BGPiMsyXQFNKQhvukniQG8RTVhYm3iP" * 2,
            "p2p_public_key",
        ),
        ("токен", "invalid_token"),
        ("0" * 32, "invalid_auth"),
    ],
)
async def test_a_wrong_token_says_so_under_its_field(
    hass: HomeAssistant, simulator: Simulator, token: str, error: str
) -> None:
    result = await begin(hass, given(simulator, token))
    assert result["errors"] == {"api_token": error}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], given(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(kind="status", status=500), "cannot_connect"),
        (Fault(kind="html"), "invalid_response"),
        (Fault(kind="status", status=404, endpoint="profile"), "invalid_wallet"),
        (Fault(kind="status", status=423), "rate_limited"),
        (Fault(kind="status", status=403, endpoint="payments"), "missing_permission"),
    ],
)
async def test_a_wallet_that_does_not_answer_well_says_so(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, error: str
) -> None:
    simulator.fault(fault)
    result = await begin(hass, given(simulator))
    assert result["errors"] == {"base": error}


async def test_a_wrong_server_address_says_so(hass: HomeAssistant, simulator: Simulator) -> None:
    result = await begin(hass, given(simulator, url="http://example.com"))
    assert result["errors"] == {"base": "invalid_url"}


async def test_a_wallet_is_added_once(
    hass: HomeAssistant, simulator: Simulator, entry: MockConfigEntry
) -> None:
    result = await begin(hass, given(simulator))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_without_the_profile_the_number_is_asked_for(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.add_token("1" * 32, ["balances", "payments"])
    result = await begin(hass, given(simulator, "1" * 32))
    assert result["step_id"] == "wallet"
    for wrong in ("79000000001", "no number"):
        result = await hass.config_entries.flow.async_configure(result["flow_id"], {"wallet": wrong})
        assert result["errors"] == {"base": "invalid_wallet"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {"wallet": "+7 900 000-00-00"})
    assert result["result"].unique_id == NUMBER
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("paid", [True, False])
async def test_with_the_payments_alone_a_row_or_the_user_confirms_the_number(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet, paid: bool
) -> None:
    wallet.add_token("1" * 32, ["payments"])
    if paid:
        wallet.pay(1)
    result = await begin(hass, given(simulator, "1" * 32))
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {"wallet": NUMBER})
    if not paid:
        assert result["step_id"] == "confirm_wallet"
        result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert result["result"].unique_id == NUMBER
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_rows_of_another_wallet_refute_the_number(
    hass: HomeAssistant, socket_enabled: None, wallet: Wallet
) -> None:
    wallet.add_token("1" * 32, ["payments"])
    wallet.pay(1)
    async with Simulator(wallet, checks_number=False) as simulator:
        result = await begin(hass, given(simulator, "1" * 32))
        result = await hass.config_entries.flow.async_configure(result["flow_id"], {"wallet": "79000000001"})
        assert result["errors"] == {"base": "invalid_wallet"}


async def renew(hass: HomeAssistant, entry: MockConfigEntry, how: str, user_input: dict[str, Any]) -> Any:
    start = entry.start_reauth_flow if how == "reauth" else entry.start_reconfigure_flow
    form = await start(hass)
    result = await hass.config_entries.flow.async_configure(form["flow_id"], user_input)
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


def renewal(how: str, simulator: Simulator, token: str) -> dict[str, Any]:
    return {"api_token": token} if how == "reauth" else given(simulator, token)


@pytest.mark.parametrize("how", ["reauth", "reconfigure"])
@pytest.mark.parametrize("scopes", [["profile", "balances", "payments"], ["balances", "payments"]])
async def test_a_new_token_of_the_same_wallet_is_taken(
    hass: HomeAssistant,
    simulator: Simulator,
    wallet: Wallet,
    entry: MockConfigEntry,
    how: str,
    scopes: list[str],
) -> None:
    wallet.add_token("2" * 32, scopes)
    result = await renew(hass, entry, how, renewal(how, simulator, "0" * 32))
    assert result["errors"] == {"api_token": "invalid_auth"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], renewal(how, simulator, "2" * 32)
    )
    assert result["reason"] == ("reauth_successful" if how == "reauth" else "reconfigure_successful")
    assert entry.data["api_token"] == "2" * 32
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("how", ["reauth", "reconfigure"])
@pytest.mark.parametrize("scopes", [["profile", "balances", "payments"], ["payments"]])
async def test_a_token_of_another_wallet_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, how: str, scopes: list[str]
) -> None:
    other = Wallet("79000000009")
    other.add_token("3" * 32, scopes)
    other.pay(1)
    async with Simulator(other, checks_number=False) as simulator:
        hass.config_entries.async_update_entry(entry, data={**entry.data, "api_url": simulator.url})
        result = await renew(hass, entry, how, renewal(how, simulator, "3" * 32))
        assert result["reason"] == "wrong_account"


async def test_a_renewal_that_nothing_can_confirm_is_confirmed_by_the_user(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet, entry: MockConfigEntry
) -> None:
    wallet.add_token("2" * 32, ["payments"])
    result = await renew(hass, entry, "reauth", {"api_token": "2" * 32})
    assert result["step_id"] == "confirm_wallet"
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_renewal_without_the_profile_that_fails_says_why(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet, entry: MockConfigEntry
) -> None:
    wallet.add_token("2" * 32, ["balances", "payments"])
    simulator.fault(Fault(kind="status", status=500, endpoint="payments"))
    result = await renew(hass, entry, "reauth", {"api_token": "2" * 32})
    assert result["reason"] == "cannot_connect"


async def test_what_counts_as_received_can_be_chosen(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: Any
) -> None:
    coordinator = await set_up()
    form = await hass.config_entries.options.async_init(entry.entry_id)
    result = await hass.config_entries.options.async_configure(form["flow_id"], {"kinds": ["transfer"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.runtime_data is not coordinator
    assert entry.runtime_data._counting.received == {"transfer"}


async def test_what_nobody_expected_says_so(
    hass: HomeAssistant, simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("custom_components.qiwi.api.QiwiClient.payments_page", broken)
    result = await begin(hass, given(simulator))
    assert result["errors"] == {"base": "unknown"}


async def test_a_pause_of_a_token_stays_with_its_wallet(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.add_token("4" * 32)
    simulator.fault(Fault(kind="status", status=423, endpoint="profile", times=1))
    assert (await begin(hass, given(simulator)))["errors"] == {"base": "rate_limited"}
    asked = simulator.count()
    assert (await begin(hass, given(simulator)))["errors"] == {"base": "rate_limited"}
    assert simulator.count() == asked


async def test_a_pause_moves_from_the_token_to_its_wallet(hass: HomeAssistant) -> None:
    token: dict[str, Any] = {"token": TOKEN, "api_url": "http://127.0.0.1:1"}
    client = await async_create_client(hass, **token)
    client._shared.transport.limiter.pause(100)
    await async_adopt(hass, **token, wallet=NUMBER)
    known = await async_create_client(hass, **token, wallet=NUMBER)
    assert known._shared.transport.limiter.remaining > 0
    await async_adopt(hass, **token, wallet=NUMBER)
