"""The repair of a token that expires: told in time, mended with a new token by a click."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from tests.conftest import NUMBER, OTHER_NUMBER, OTHER_TOKEN, TOKEN
from tests.home import Home
from wallet_simulator import Fault, Simulator, Wallet

from .conftest import NEW_TOKEN, PAGE, Clicks, ends_in, the_one, told


@pytest.mark.parametrize(
    ("days", "notice"),
    [(15, None), (14, "14"), (13, "14"), (4, "14"), (3, "3"), (1, "3"), (0, "0"), (-9, "0")],
)
async def test_the_end_of_a_token_is_told_14_days_3_days_and_no_day_before(
    home: Home, days: int, notice: str | None
) -> None:
    day = ends_in(home, days)
    await home.add()
    if notice is None:
        assert not told(home)
        return
    issue = the_one(home)
    assert issue.issue_id == f"token_expires_{home.entry.entry_id}_{notice}"
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["date"] == day
    assert issue.severity == ("error" if notice == "0" else "warning")
    assert issue.is_fixable


async def test_the_end_is_told_when_the_day_comes_and_to_whoever_ignored_it_before(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    ends_in(home, 15)
    await home.add()
    assert not told(home)
    await home.simulator.refuse()
    for days, notice in ((1, "14"), (11, "3")):
        freezer.tick(timedelta(days=days))
        async_fire_time_changed(home.hass)
        await home.rest()
        (issue,) = (each for each in told(home).values() if each.translation_key == "token_expires")
        assert issue.issue_id.endswith(f"_{notice}")
        assert issue.dismissed_version is None
        ir.async_ignore_issue(home.hass, "qiwi", issue.issue_id, ignore=True)
        await home.reload()
        assert told(home)[issue.issue_id].dismissed_version is not None


async def test_a_token_of_which_no_age_is_known_is_not_told_of(home: Home) -> None:
    known = {key: value for key, value in home.entry.data.items() if not key.startswith("token_")}
    home.hass.config_entries.async_update_entry(home.entry, data=known)
    await home.add()
    assert not told(home)


async def test_a_refused_token_has_one_repair_and_it_is_home_assistants(home: Home) -> None:
    ends_in(home, 0)
    await home.add()
    assert home.repairs == ["token_expires"]
    home.simulator.fault(Fault(kind="status", status=401))
    await home.poll()
    assert not told(home)
    assert ir.async_get(home.hass).async_get_issue(
        "homeassistant", f"config_entry_reauth_qiwi_{home.entry.entry_id}"
    )


# The fix: a new token


@pytest.fixture
async def expiring(home: Home) -> ir.IssueEntry:
    ends_in(home, 13)
    await home.add()
    return the_one(home)


async def test_a_click_on_the_repair_takes_a_new_token(
    home: Home, expiring: ir.IssueEntry, clicks: Clicks
) -> None:
    before = home.coordinator
    home.wallet.add_token(NEW_TOKEN)
    form = await clicks.open(expiring)
    assert (form["type"], form["step_id"]) == ("form", "token")
    assert [field["name"] for field in form["data_schema"]] == ["api_token", "token_issued"]
    placeholders = form["description_placeholders"]
    assert (placeholders["wallet"], placeholders["troubleshooting"]) == (
        home.entry.title,
        f"{PAGE}#token-expires",
    )
    issued = dt_util.now().date().isoformat()
    result = await clicks.submit(api_token=f" Bearer {NEW_TOKEN} ", token_issued=issued)
    assert result["type"] == "create_entry"
    assert not told(home)
    assert home.entry.data == {
        "api_token": NEW_TOKEN,
        "api_url": home.simulator.url,
        "wallet": NUMBER,
        "token_issued": issued,
        "token_entered": issued,
    }
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.coordinator is not before


@pytest.mark.parametrize(
    ("token", "fault", "errors"),
    [
        ("токен", None, {"api_token": "invalid_token"}),
        ("0" * 32, None, {"api_token": "invalid_auth"}),
        (NEW_TOKEN, Fault(kind="status", status=403, endpoint="payments"), {"base": "missing_permission"}),
        (NEW_TOKEN, Fault(kind="status", status=500), {"base": "cannot_connect"}),
        (NEW_TOKEN, Fault(kind="html"), {"base": "invalid_response"}),
    ],
)
async def test_a_token_that_does_not_do_says_so_and_another_can_be_pasted(
    home: Home,
    expiring: ir.IssueEntry,
    clicks: Clicks,
    token: str,
    fault: Fault | None,
    errors: dict[str, str],
) -> None:
    home.wallet.add_token(NEW_TOKEN)
    await clicks.open(expiring)
    if fault:
        home.simulator.fault(fault)
    form = await clicks.submit(api_token=token, token_issued="2026-11-01")
    assert (form["type"], form["step_id"], form["errors"]) == ("form", "token", errors)
    shown = {field["name"]: field.get("description") for field in form["data_schema"]}
    # A refused secret is not shown again; what else was typed stays.
    assert shown == {"api_token": None, "token_issued": {"suggested_value": "2026-11-01"}}
    assert the_one(home) == expiring
    assert home.entry.data["api_token"] == TOKEN
    home.simulator.clear_faults()
    assert (await clicks.submit(api_token=NEW_TOKEN))["type"] == "create_entry"


async def test_a_token_of_another_wallet_mends_nothing(
    home: Home, expiring: ir.IssueEntry, clicks: Clicks
) -> None:
    other = Wallet(OTHER_NUMBER)
    other.add_token(OTHER_TOKEN)
    async with Simulator(other) as simulator:
        known = {**home.entry.data, "api_url": simulator.url}
        home.hass.config_entries.async_update_entry(home.entry, data=known)
        await clicks.open(expiring)
        result = await clicks.submit(api_token=OTHER_TOKEN)
    assert (result["type"], result["reason"]) == ("abort", "wrong_account")
    assert home.entry.data == known
    assert the_one(home) == expiring


async def test_a_token_that_nothing_proves_is_taken_when_a_person_confirms_it(
    home: Home, expiring: ir.IssueEntry, clicks: Clicks
) -> None:
    home.wallet.add_token(NEW_TOKEN, ["payments"])
    await clicks.open(expiring)
    form = await clicks.submit(api_token=NEW_TOKEN)
    assert (form["step_id"], form["data_schema"]) == ("confirm_wallet", [])
    assert form["description_placeholders"]["number"] == f"+{NUMBER}"
    assert (await clicks.submit())["type"] == "create_entry"
    assert home.entry.data["api_token"] == NEW_TOKEN


async def test_a_short_pause_is_told_with_its_minutes(
    home: Home, expiring: ir.IssueEntry, clicks: Clicks
) -> None:
    home.wallet.add_token(NEW_TOKEN)
    await clicks.open(expiring)
    home.simulator.fault(Fault(kind="status", status=423, times=1))
    form = await clicks.submit(api_token=NEW_TOKEN)
    assert form["errors"] == {"base": "rate_limited"}
    assert form["description_placeholders"]["minutes"] == "5"
