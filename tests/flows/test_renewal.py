"""A wallet that is set up: a new token, another server, its options."""

from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType, UnknownHandler
from homeassistant.util import dt as dt_util
import pytest

from tests.conftest import NUMBER, OTHER_NUMBER, TOKEN
from tests.home import Home
from wallet_simulator import Fault, Simulator, Wallet

from .wallet_forms import NEW_TOKEN, WRONG_TOKEN, given, submit, suggested

ALL = ("profile", "balances", "payments")
SUCCESS = {"reauth": "reauth_successful", "reconfigure": "reconfigure_successful"}

renewals = pytest.mark.parametrize("how", ["reauth", "reconfigure"])


def renewal(how: str, simulator: Simulator, token: str = NEW_TOKEN, **more: Any) -> dict[str, Any]:
    return {"api_token": token, **more} if how == "reauth" else given(simulator, token, **more)


async def renew(home: Home, how: str, user_input: dict[str, Any]) -> Any:
    start = home.entry.start_reauth_flow if how == "reauth" else home.entry.start_reconfigure_flow
    form = await start(home.hass)
    assert form["step_id"] == ("reauth_confirm" if how == "reauth" else "reconfigure")
    return await submit(home.hass, form, user_input)


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
