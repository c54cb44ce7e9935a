"""A token in, an entry out: every wrong input says what to do, and the right one still gets through."""

from datetime import timedelta
from typing import Any

from aiohttp import ClientError
from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownHandler
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.util import dt as dt_util
import pytest

from custom_components.qiwi.api import API_URL
from wallet_simulator import Fault, Simulator, Wallet

from .conftest import NUMBER, OTHER_NUMBER, TOKEN
from .home import Home

NEW_TOKEN = "2" * 32
WRONG_TOKEN = "0" * 32
P2P_SECRET = "eyJ2ZXJzaW9uIjoiUDJQIiwiZGF0YSI6eyJwYXlpbl9tZXJjaGFudF9zaXRlX3VpZCI6IngifX0="
P2P_PUBLIC = "48e7qUxn9T7RyYE1MVZswX1FRSbE6iyCj2gCRwwF3Dnh5XrasNTx3BGPiMsyXQFNKQhvukniQG8RTVhYm3iP" * 2
ALL = ("profile", "balances", "payments")
SUCCESS = {"reauth": "reauth_successful", "reconfigure": "reconfigure_successful"}

renewals = pytest.mark.parametrize("how", ["reauth", "reconfigure"])


def given(simulator: Simulator, token: str = TOKEN, url: str | None = None, **more: Any) -> dict[str, Any]:
    return {"api_token": token, "advanced": {"api_url": url or simulator.url}, **more}


def renewal(how: str, simulator: Simulator, token: str = NEW_TOKEN, **more: Any) -> dict[str, Any]:
    return {"api_token": token, **more} if how == "reauth" else given(simulator, token, **more)


async def submit(hass: HomeAssistant, form: Any, user_input: dict[str, Any]) -> Any:
    result = await hass.config_entries.flow.async_configure(form["flow_id"], user_input)
    # The entry that came of it sets itself up.
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def begin(hass: HomeAssistant, user_input: dict[str, Any]) -> Any:
    form = await hass.config_entries.flow.async_init("qiwi", context={"source": "user"})
    assert form["step_id"] == "user"
    return await submit(hass, form, user_input)


async def renew(home: Home, how: str, user_input: dict[str, Any]) -> Any:
    start = home.entry.start_reauth_flow if how == "reauth" else home.entry.start_reconfigure_flow
    form = await start(home.hass)
    assert form["step_id"] == ("reauth_confirm" if how == "reauth" else "reconfigure")
    return await submit(home.hass, form, user_input)


def is_folded(form: Any) -> bool:
    """Return whether the section with the server address is folded."""
    return bool(form["data_schema"].schema["advanced"].options["collapsed"])


def suggested(form: Any) -> dict[str, Any]:
    """Return what a form shows before anybody types, sections unfolded."""
    values: dict[str, Any] = {}
    for marker, field in form["data_schema"].schema.items():
        if hasattr(field, "schema"):
            values |= suggested({"data_schema": field.schema})
        elif marker.description:
            values[str(marker)] = marker.description["suggested_value"]
    return values


# A new wallet


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


# A token that does not tell whose it is


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


# A wallet that is set up


@renewals
@pytest.mark.parametrize("scopes", [ALL, ("balances", "payments")])
async def test_a_new_token_of_the_same_wallet_is_taken(home: Home, how: str, scopes: tuple[str, ...]) -> None:
    coordinator = await home.add()
    home.wallet.add_token(NEW_TOKEN, scopes)
    result = await renew(home, how, renewal(how, home.simulator, WRONG_TOKEN))
    assert result["errors"] == {"api_token": "invalid_auth"}
    result = await submit(home.hass, result, renewal(how, home.simulator))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, SUCCESS[how])
    assert home.entry.data == {
        "api_token": NEW_TOKEN,
        "api_url": home.simulator.url,
        "wallet": NUMBER,
        "token_entered": dt_util.now().date().isoformat(),
    }
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.coordinator is not coordinator


@renewals
@pytest.mark.parametrize(
    ("fault", "errors"),
    [
        (Fault(kind="status", status=500, endpoint="payments"), {"base": "cannot_connect"}),
        (Fault(kind="html", endpoint="payments"), {"base": "invalid_response"}),
        (Fault(kind="status", status=403, endpoint="payments"), {"base": "missing_permission"}),
        (Fault(kind="status", status=401, endpoint="payments"), {"api_token": "invalid_auth"}),
    ],
)
@pytest.mark.parametrize("scopes", [ALL, ("balances", "payments")])
async def test_a_renewal_that_fails_can_be_tried_again(
    home: Home, how: str, fault: Fault, errors: dict[str, str], scopes: tuple[str, ...]
) -> None:
    home.wallet.add_token(NEW_TOKEN, scopes)
    home.simulator.fault(fault)
    result = await renew(home, how, renewal(how, home.simulator))
    assert result["errors"] == errors
    home.simulator.clear_faults()
    result = await submit(home.hass, result, renewal(how, home.simulator))
    assert result["reason"] == SUCCESS[how]


@renewals
@pytest.mark.parametrize(
    ("scopes", "checks_number"),
    [
        (ALL, True),
        (("balances", "payments"), True),
        (("balances", "payments"), False),
        # Where the number is checked this looks like an empty history, which is the user's to confirm.
        (("payments",), False),
    ],
)
async def test_a_token_of_another_wallet_is_refused(
    home: Home, how: str, scopes: tuple[str, ...], checks_number: bool
) -> None:
    other = Wallet(OTHER_NUMBER)
    other.add_token(NEW_TOKEN, scopes)
    other.pay(1)
    async with Simulator(other, checks_number=checks_number) as simulator:
        known = {**home.entry.data, "api_url": simulator.url}
        home.hass.config_entries.async_update_entry(home.entry, data=known)
        result = await renew(home, how, renewal(how, simulator))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "wrong_account")
    assert home.entry.data == known


@renewals
async def test_a_renewal_that_nothing_proves_is_confirmed_by_the_user(home: Home, how: str) -> None:
    home.wallet.add_token(NEW_TOKEN, ["payments"])
    result = await renew(home, how, renewal(how, home.simulator))
    assert result["step_id"] == "confirm_wallet"
    # It is the entry's number and no other.
    assert suggested(result) == {}
    result = await submit(home.hass, result, {})
    assert result["reason"] == SUCCESS[how]
    assert home.entry.data["api_token"] == NEW_TOKEN


@renewals
async def test_a_paused_wallet_is_not_asked_about_a_new_token(home: Home, how: str) -> None:
    home.simulator.fault(Fault(kind="status", status=423, endpoint="payments", times=1))
    await home.add()
    home.wallet.add_token(NEW_TOKEN)
    asked = home.simulator.count()
    result = await renew(home, how, renewal(how, home.simulator))
    assert result["errors"] == {"base": "rate_limited"}
    assert home.simulator.count() == asked


async def test_a_refused_secret_is_not_shown_again(home: Home) -> None:
    result = await renew(home, "reauth", {"api_token": WRONG_TOKEN, "token_issued": "2026-05-06"})
    assert suggested(result) == {"token_issued": "2026-05-06"}
    assert result["description_placeholders"]["name"] == home.entry.title


async def test_the_form_that_reconfigures_shows_the_server_and_no_secret(home: Home) -> None:
    form = await home.entry.start_reconfigure_flow(home.hass)
    assert suggested(form) == {"api_url": home.simulator.url}


async def test_a_wallet_moves_to_another_server_with_its_token(home: Home) -> None:
    known = dict(home.entry.data)
    async with Simulator(home.wallet) as simulator:
        result = await renew(home, "reconfigure", {"advanced": {"api_url": simulator.url}})
        assert result["reason"] == "reconfigure_successful"
        assert home.entry.data == known | {"api_url": simulator.url}
        await home.unload()


@renewals
async def test_what_is_known_of_a_token_stays_known(home: Home, how: str) -> None:
    entered = home.entry.data["token_entered"]
    await renew(home, how, renewal(how, home.simulator, TOKEN, token_issued="2026-05-01"))
    assert (home.entry.data["token_issued"], home.entry.data["token_entered"]) == ("2026-05-01", entered)
    await renew(home, how, renewal(how, home.simulator, TOKEN))
    assert (home.entry.data["token_issued"], home.entry.data["token_entered"]) == ("2026-05-01", entered)
    home.wallet.add_token(NEW_TOKEN)
    await renew(home, how, renewal(how, home.simulator))
    assert "token_issued" not in home.entry.data
    assert home.entry.data["token_entered"] == dt_util.now().date().isoformat()


# What counts as received


async def test_what_counts_as_received_can_be_chosen(home: Home) -> None:
    coordinator = await home.add()
    form: Any = await home.hass.config_entries.options.async_init(home.entry.entry_id)
    assert form["data_schema"]({}) == {"kinds": ["transfer", "top_up"]}
    assert form["data_schema"].schema["kinds"].config["options"] == ["transfer", "top_up", "other"]
    result = await home.hass.config_entries.options.async_configure(form["flow_id"], {"kinds": ["transfer"]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await home.rest()
    assert home.coordinator is not coordinator
    form = await home.hass.config_entries.options.async_init(home.entry.entry_id)
    assert suggested(form) == {"kinds": ["transfer"]}


# What can be added to it


async def test_only_what_the_wallet_knows_can_be_added_to_it(home: Home) -> None:
    await home.add()
    with pytest.raises(UnknownHandler):
        await home.hass.config_entries.subentries.async_init(
            (home.entry.entry_id, "nothing"), context={"source": "user"}
        )
