"""A token that does not tell whose it is: the number is asked for and proved, or confirmed by the user."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.conftest import NUMBER, OTHER_NUMBER
from tests.home import Home
from wallet_simulator import Fault, Simulator, Wallet

from .wallet_forms import NEW_TOKEN, begin, given, submit, suggested


async def test_without_the_profile_the_number_is_asked_for(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.add_token(NEW_TOKEN, ["balances", "payments"])
    result = await begin(hass, given(simulator, NEW_TOKEN))
    assert result["step_id"] == "wallet"
    for wrong in (OTHER_NUMBER, "no number"):
        result = await submit(hass, result, {"wallet": wrong})
        assert (result["step_id"], result["errors"]) == ("wallet", {"base": "invalid_wallet"})
        assert suggested(result) == {"wallet": wrong}
    result = await submit(hass, result, {"wallet": "+7 900 000-00-00"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == NUMBER
    assert result["data"]["wallet"] == NUMBER


async def test_without_the_profile_a_wallet_is_added_once(home: Home) -> None:
    home.wallet.add_token(NEW_TOKEN, ["balances", "payments"])
    result = await begin(home.hass, given(home.simulator, NEW_TOKEN))
    result = await submit(home.hass, result, {"wallet": NUMBER})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    assert home.simulator.count("balances") == home.simulator.count("payments") == 0


async def test_with_the_payments_alone_a_row_proves_the_number(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.add_token(NEW_TOKEN, ["payments"])
    wallet.pay(1)
    result = await begin(hass, given(simulator, NEW_TOKEN))
    result = await submit(hass, result, {"wallet": NUMBER})
    assert result["result"].unique_id == NUMBER


@pytest.mark.parametrize("rows", [[], [{"personId": None}]])
async def test_what_nothing_proves_the_user_confirms(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet, rows: list[dict[str, Any]]
) -> None:
    wallet.add_token(NEW_TOKEN, ["payments"])
    for overrides in rows:
        wallet.pay(1, overrides=overrides)
    result = await begin(hass, given(simulator, NEW_TOKEN))
    result = await submit(hass, result, {"wallet": NUMBER})
    assert result["step_id"] == "confirm_wallet"
    assert result["description_placeholders"]["wallet"] == f"+{NUMBER}"
    result = await submit(hass, result, {})
    assert result["result"].unique_id == NUMBER


async def test_a_number_can_be_corrected_where_it_is_to_be_confirmed(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.add_token(NEW_TOKEN, ["payments"])
    result = await begin(hass, given(simulator, NEW_TOKEN))
    result = await submit(hass, result, {"wallet": OTHER_NUMBER})
    result = await submit(hass, result, {"wallet": "no number"})
    assert (result["step_id"], result["errors"]) == ("confirm_wallet", {"base": "invalid_wallet"})
    result = await submit(hass, result, {"wallet": NUMBER})
    assert result["description_placeholders"]["wallet"] == f"+{NUMBER}"
    result = await submit(hass, result, {"wallet": NUMBER})
    assert result["result"].unique_id == NUMBER


@pytest.mark.parametrize("scopes", [["payments"], ["balances", "payments"]])
async def test_rows_of_another_wallet_refute_the_number(
    hass: HomeAssistant, socket_enabled: None, wallet: Wallet, scopes: list[str]
) -> None:
    wallet.add_token(NEW_TOKEN, scopes)
    wallet.pay(1)
    async with Simulator(wallet, checks_number=False) as simulator:
        result = await begin(hass, given(simulator, NEW_TOKEN))
        result = await submit(hass, result, {"wallet": OTHER_NUMBER})
        assert (result["step_id"], result["errors"]) == ("wallet", {"base": "invalid_wallet"})
        result = await submit(hass, result, {"wallet": NUMBER})
        assert result["result"].unique_id == NUMBER


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(kind="status", status=500, endpoint="balances"), "cannot_connect"),
        (Fault(kind="html", endpoint="payments"), "invalid_response"),
    ],
)
async def test_a_number_that_cannot_be_checked_now_can_be_tried_again(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet, fault: Fault, error: str
) -> None:
    wallet.add_token(NEW_TOKEN, ["balances", "payments"])
    result = await begin(hass, given(simulator, NEW_TOKEN))
    simulator.fault(fault)
    result = await submit(hass, result, {"wallet": NUMBER})
    assert (result["step_id"], result["errors"]) == ("wallet", {"base": error})
    simulator.clear_faults()
    result = await submit(hass, result, {"wallet": NUMBER})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("scopes", "revoked", "errors"),
    [
        (["balances"], False, {"base": "missing_permission"}),
        ([], False, {"base": "missing_permission"}),
        (["balances", "payments"], True, {"api_token": "invalid_auth"}),
    ],
)
async def test_where_only_another_token_helps_one_can_be_pasted(
    hass: HomeAssistant,
    simulator: Simulator,
    wallet: Wallet,
    scopes: list[str],
    revoked: bool,
    errors: dict[str, str],
) -> None:
    wallet.add_token(NEW_TOKEN, scopes)
    result = await begin(hass, given(simulator, NEW_TOKEN))
    assert result["step_id"] == "wallet"
    if revoked:
        wallet.revoke(NEW_TOKEN)
    result = await submit(hass, result, {"wallet": NUMBER})
    assert (result["step_id"], result["errors"]) == ("user", errors)
    result = await submit(hass, result, given(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
