"""The form of a new wallet: what was typed is checked where it is typed, and a wallet is added once."""

from datetime import timedelta
from typing import Any

from aiohttp import ClientError
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
import pytest

from custom_components.qiwi.api import API_URL
from tests.conftest import NUMBER, TOKEN
from tests.home import Home
from wallet_simulator import Fault, Simulator, Wallet

from .wallet_forms import NEW_TOKEN, WRONG_TOKEN, begin, given, submit, suggested

P2P_SECRET = "eyJ2ZXJzaW9uIjoiUDJQIiwiZGF0YSI6eyJwYXlpbl9tZXJjaGFudF9zaXRlX3VpZCI6IngifX0="
P2P_PUBLIC = "48e7qUxn9T7RyYE1MVZswX1FRSbE6iyCj2gCRwwF3Dnh5XrasNTx3BGPiMsyXQFNKQhvukniQG8RTVhYm3iP" * 2


def is_folded(form: Any) -> bool:
    """Return whether the section with the server address is folded."""
    return bool(form["data_schema"].schema["advanced"].options["collapsed"])


async def test_a_token_makes_an_entry(hass: HomeAssistant, simulator: Simulator) -> None:
    result = await begin(hass, given(simulator, f" Bearer {TOKEN} ", token_issued="2026-05-06"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "QIWI •••• 0000"
    assert result["result"].unique_id == NUMBER
    assert result["result"].state is ConfigEntryState.LOADED
    assert (result["result"].version, result["result"].minor_version) == (1, 1)
    assert result["data"] == {
        "api_token": TOKEN,
        "api_url": simulator.url,
        "wallet": NUMBER,
        "token_issued": "2026-05-06",
        "token_entered": dt_util.now().date().isoformat(),
    }


async def test_the_day_a_token_was_issued_need_not_be_known(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    result = await begin(hass, given(simulator))
    assert "token_issued" not in result["data"]
    assert result["data"]["token_entered"] == dt_util.now().date().isoformat()


async def test_a_token_is_checked_with_two_requests(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
    await begin(hass, given(simulator))
    assert [request.endpoint for request in simulator.requests] == ["profile", "payments"]


async def test_the_server_is_qiwis_unless_another_is_given(hass: HomeAssistant) -> None:
    form = await hass.config_entries.flow.async_init("qiwi", context={"source": "user"})
    schema = form["data_schema"]
    assert schema is not None
    assert schema({"api_token": "x", "advanced": {}})["advanced"] == {"api_url": API_URL}


async def test_a_server_that_is_not_named_is_qiwis(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def unreachable(url: object, **_: Any) -> None:
        asked.append(str(url))
        raise ClientError

    monkeypatch.setattr(async_get_clientsession(hass), "get", unreachable)
    result = await begin(hass, {"api_token": TOKEN})
    assert result["errors"] == {"base": "cannot_connect"}
    assert all(url.startswith(f"{API_URL}/") for url in asked)


@pytest.mark.parametrize(
    ("token", "error"),
    [
        (P2P_SECRET, "p2p_secret_key"),
        (P2P_PUBLIC, "p2p_public_key"),
        ("токен", "invalid_token"),
        ("", "invalid_token"),
        ("x" * 5000, "invalid_token"),
        (WRONG_TOKEN, "invalid_auth"),
    ],
)
async def test_a_wrong_token_says_so_under_its_field(
    hass: HomeAssistant, simulator: Simulator, token: str, error: str
) -> None:
    result = await begin(hass, given(simulator, token))
    assert result["errors"] == {"api_token": error}
    result = await submit(hass, result, given(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(kind="status", status=500), "cannot_connect"),
        (Fault(kind="close"), "cannot_connect"),
        (Fault(kind="html"), "invalid_response"),
        (Fault(kind="redirect"), "invalid_response"),
        (Fault(kind="status", status=404, endpoint="profile"), "invalid_response"),
        (Fault(kind="status", status=500, endpoint="payments"), "cannot_connect"),
        (Fault(kind="status", status=403, endpoint="payments"), "missing_permission"),
    ],
)
async def test_a_wallet_that_does_not_answer_well_says_so(
    hass: HomeAssistant, simulator: Simulator, fault: Fault, error: str
) -> None:
    simulator.fault(fault)
    result = await begin(hass, given(simulator))
    assert result["errors"] == {"base": error}
    simulator.clear_faults()
    result = await submit(hass, result, given(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_wallet_that_was_asked_too_often_is_left_alone(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    simulator.fault(Fault(kind="status", status=423, times=1))
    result = await begin(hass, given(simulator))
    assert result["errors"] == {"base": "rate_limited"}
    assert result["description_placeholders"]["minutes"] == "5"
    assert simulator.count() == 1
    result = await submit(hass, result, given(simulator))
    assert result["errors"] == {"base": "rate_limited"}
    assert simulator.count() == 1


async def test_a_short_pause_lets_the_user_try_again(hass: HomeAssistant, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="status", status=423, headers={"Retry-After": "1"}, times=1))
    result = await begin(hass, given(simulator))
    assert result["description_placeholders"]["minutes"] == "1"
    while result["type"] is not FlowResultType.CREATE_ENTRY:
        result = await submit(hass, result, given(simulator))


@pytest.mark.parametrize("url", ["http://example.com", "", "example.com", "https://me@example.com"])
async def test_a_wrong_server_address_says_so(hass: HomeAssistant, simulator: Simulator, url: str) -> None:
    result = await begin(hass, {"api_token": TOKEN, "advanced": {"api_url": url}})
    assert result["errors"] == {"base": "invalid_url"}
    assert not is_folded(result)
    assert simulator.count() == 0
    result = await submit(hass, result, given(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_the_server_address_shows_where_it_may_be_what_is_wrong(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    result = await begin(hass, given(simulator, WRONG_TOKEN))
    assert is_folded(result)
    simulator.fault(Fault(kind="html"))
    result = await submit(hass, result, given(simulator))
    assert result["errors"] == {"base": "invalid_response"}
    assert not is_folded(result)


@pytest.mark.parametrize("days", [2, 700, -1400, -2500])
async def test_a_token_was_issued_neither_in_the_future_nor_before_there_were_any(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory, days: int
) -> None:
    freezer.move_to("2026-11-24 12:00:00")
    today = dt_util.now().date()
    wrong = (today + timedelta(days=days)).isoformat()
    result = await begin(hass, given(simulator, token_issued=wrong))
    assert result["errors"] == {"token_issued": "invalid_date"}
    assert simulator.count() == 0
    # East of Home Assistant it may be tomorrow already.
    tomorrow = (today + timedelta(days=1)).isoformat()
    result = await submit(hass, result, given(simulator, token_issued=tomorrow))
    assert result["data"]["token_issued"] == tomorrow


async def test_a_token_that_is_older_than_tokens_get_is_taken_and_told_of_at_once(
    hass: HomeAssistant, simulator: Simulator, freezer: FrozenDateTimeFactory
) -> None:
    freezer.move_to("2026-11-24 12:00:00")
    # QIWI may have its reasons to accept it.
    result = await begin(hass, given(simulator, token_issued="2026-01-15"))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    issue_id = f"token_expires_{result['result'].entry_id}_0"
    issue = ir.async_get(hass).async_get_issue("qiwi", issue_id)
    assert issue is not None and issue.severity == "error"


async def test_what_nobody_expected_says_so_without_its_text(
    hass: HomeAssistant,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(TOKEN)

    with monkeypatch.context() as session:
        session.setattr(async_get_clientsession(hass), "get", broken)
        result = await begin(hass, given(simulator))
    assert result["errors"] == {"base": "unknown"}
    assert "Unexpected RuntimeError" in caplog.text
    assert "in broken" in caplog.text
    assert TOKEN not in caplog.text
    result = await submit(hass, result, given(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_what_was_typed_stays_after_an_error(hass: HomeAssistant, simulator: Simulator) -> None:
    typed = given(simulator, WRONG_TOKEN, token_issued="2026-05-06")
    result = await begin(hass, typed)
    assert suggested(result) == {
        "api_token": WRONG_TOKEN,
        "token_issued": "2026-05-06",
        "api_url": simulator.url,
    }


@pytest.mark.parametrize("token", [TOKEN, NEW_TOKEN])
async def test_a_wallet_is_added_once(home: Home, token: str) -> None:
    home.wallet.add_token(NEW_TOKEN)
    result = await begin(home.hass, given(home.simulator, token))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")
    # A token that is known is not even tried, and one of a known wallet no further than that.
    assert home.simulator.count() == (0 if token == TOKEN else 1)


async def test_a_form_left_open_does_not_bar_another(
    hass: HomeAssistant, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.add_token(NEW_TOKEN, ["payments"])
    form = await begin(hass, given(simulator, NEW_TOKEN))
    form = await submit(hass, form, {"wallet": NUMBER})
    assert form["step_id"] == "confirm_wallet"
    result = await begin(hass, given(simulator))
    assert result["type"] is FlowResultType.CREATE_ENTRY
