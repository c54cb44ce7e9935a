"""Repairs: what is raised when, what a click on it does, and that it is gone when it is healed or its wallet is."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.qiwi.issues import (
    async_report_mail_server,
    async_report_reversal,
    async_report_unreadable_ledger,
)
from custom_components.qiwi.publication import SIGNAL_REVERSED
from wallet_simulator import Fault, Simulator, Wallet

from .conftest import NUMBER, OTHER_NUMBER, OTHER_TOKEN, TOKEN
from .home import Home

NEW_TOKEN = "3" * 32
PAGE = "https://github.com/qiwi-home-assistant/qiwi/blob/main/docs/troubleshooting.md"


def told(home: Home) -> dict[str, ir.IssueEntry]:
    """Return our repairs that are shown, by their kind and detail."""
    return {
        issue_id: issue
        for (domain, issue_id), issue in ir.async_get(home.hass).issues.items()
        if domain == "qiwi" and issue.active
    }


def kinds(home: Home) -> list[str | None]:
    return [issue.translation_key for issue in told(home).values()]


def the_one(home: Home) -> ir.IssueEntry:
    (issue,) = told(home).values()
    return issue


def ends_in(home: Home, days: int) -> str:
    """Let the entry's token end in so many days, and return that day."""
    today = dt_util.now().date()
    issued = (today + timedelta(days=days - 180)).isoformat()
    home.hass.config_entries.async_update_entry(home.entry, data={**home.entry.data, "token_issued": issued})
    return (today + timedelta(days=days)).isoformat()


@pytest.fixture(autouse=True)
def _young_token(home: Home) -> None:
    ends_in(home, 100)


class Clicks:
    """A person who clicks on a repair, over HTTP as the frontend does."""

    def __init__(self, hass: HomeAssistant, client: ClientSessionGenerator) -> None:
        self._hass = hass
        self._new_client = client
        self._client: Any = None
        self._flow = ""

    async def _post(self, path: str, sent: dict[str, Any]) -> Any:
        # Not before: whoever sets something up may add a path of its own.
        self._client = self._client or await self._new_client()
        response = await self._client.post(f"/api/repairs/issues/fix{path}", json=sent)
        assert response.status == 200
        # The reload that a new token takes.
        await self._hass.async_block_till_done(wait_background_tasks=True)
        return await response.json()

    async def open(self, issue: ir.IssueEntry) -> Any:
        shown = await self._post("", {"handler": "qiwi", "issue_id": issue.issue_id})
        self._flow = shown["flow_id"]
        return shown

    async def submit(self, **typed: str) -> Any:
        return await self._post(f"/{self._flow}", typed)


@pytest.fixture
async def clicks(hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator) -> Clicks:
    assert await async_setup_component(hass, "repairs", {})
    assert await async_setup_component(hass, "http", {})
    return Clicks(hass, hass_client)


# A token that expires


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
    assert kinds(home) == ["token_expires"]
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


# The permission to read the payments


async def test_a_withdrawn_permission_is_told_and_a_new_token_brings_what_was_missed(
    home: Home, clicks: Clicks
) -> None:
    await home.add()
    home.wallet.add_token(NEW_TOKEN)
    home.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
    home.wallet.pay(150)
    await home.poll()
    issue = the_one(home)
    assert issue.issue_id == f"history_permission_{home.entry.entry_id}"
    assert (issue.severity, issue.is_fixable) == ("error", True)
    assert issue.learn_more_url == f"{PAGE}#history-permission"
    assert (await clicks.open(issue))["step_id"] == "token"
    home.simulator.clear_faults()
    assert (await clicks.submit(api_token=NEW_TOKEN))["type"] == "create_entry"
    assert not told(home)
    assert [record["amount"] for record in home.heard] == [150]


async def test_a_permission_that_comes_back_takes_its_repair_with_it(home: Home) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
    await home.poll()
    assert kinds(home) == ["history_permission"]
    home.simulator.clear_faults()
    await home.poll()
    assert not told(home)


# A row that cannot be read


async def test_a_row_that_cannot_be_read_is_told_by_number_and_date_until_it_can(home: Home) -> None:
    await home.hass.config.async_set_time_zone("Europe/Moscow")
    await home.add()
    home.wallet.pay(150, transaction_id="25050000001", overrides={"status": None})
    home.wallet.pay(10)
    await home.poll()
    issue = the_one(home)
    assert (issue.translation_key, issue.is_fixable) == ("unreadable_row", False)
    assert issue.learn_more_url == f"{PAGE}#unreadable-row"
    named = issue.translation_placeholders or {}
    assert named["transaction_id"] == "25050000001"
    assert named["date"] == f"{home.wallet.find('25050000001').date:%Y-%m-%d %H:%M}"
    # Nothing of what it holds besides, and ignoring it lasts.
    assert "150" not in str(issue)
    ir.async_ignore_issue(home.hass, "qiwi", issue.issue_id, ignore=True)
    await home.reload()
    assert the_one(home).dismissed_version is not None
    assert [record["amount"] for record in home.heard] == [10]
    home.wallet.change("25050000001", overrides={})
    await home.poll()
    assert not told(home)
    assert [record["amount"] for record in home.heard] == [10, 150]


async def test_a_row_of_which_nothing_can_be_read_is_told_all_the_same(home: Home) -> None:
    await home.add()
    home.wallet.pay(150, raw="7")
    await home.poll()
    named = the_one(home).translation_placeholders or {}
    assert (named["transaction_id"], named["date"]) == ("—", "—")


async def test_many_rows_that_cannot_be_read_are_told_together(home: Home) -> None:
    await home.add()
    for _ in range(10):
        home.wallet.pay(1, overrides={"status": None})
    await home.poll()
    assert kinds(home) == ["unreadable_row"] * 10
    home.wallet.pay(1, overrides={"status": None})
    await home.poll()
    issue = the_one(home)
    assert (issue.translation_key, (issue.translation_placeholders or {})["count"]) == (
        "unreadable_rows",
        "11",
    )


# A payment that is taken back


async def test_a_payment_that_is_taken_back_is_told_and_nothing_else_is(home: Home) -> None:
    await home.add()
    home.wallet.pay("7.5", transaction_id="25050000001")
    await home.poll()
    home.wallet.change("25050000001", status="ERROR")
    await home.poll()
    issue = the_one(home)
    named = issue.translation_placeholders or {}
    assert issue.translation_key == "payment_reversed"
    assert (named["transaction_id"], named["amount"]) == ("25050000001", "7.50 RUB")
    assert len(home.heard) == 1
    # Another wallet's is not this one's.
    ir.async_delete_issue(home.hass, "qiwi", issue.issue_id)
    async_dispatcher_send(home.hass, SIGNAL_REVERSED, "another", home.coordinator.data.recent[0])
    assert not told(home)


async def test_a_wallet_that_never_answered_is_not_called_silent(home: Home) -> None:
    home.simulator.fault(Fault(kind="status", status=500))
    await home.add()
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    assert not told(home)


# A wallet that is silent


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "html"}, {"kind": "close"}])
async def test_three_days_of_silence_are_told_until_the_wallet_answers(
    home: Home, freezer: FrozenDateTimeFactory, fault: dict[str, Any]
) -> None:
    home.simulator.clock = dt_util.utcnow
    await home.add()
    home.simulator.fault(Fault(**fault))
    await home.poll()
    for days, silent in ((2.9, []), (0.2, ["wallet_silent"])):
        freezer.tick(timedelta(days=days))
        async_fire_time_changed(home.hass)
        await home.rest()
        assert kinds(home) == silent
    assert the_one(home).learn_more_url == f"{PAGE}#wallet-silent"
    home.simulator.clear_faults()
    await home.poll()
    assert not told(home)


async def test_a_wallet_that_answers_with_a_refusal_is_not_silent(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
    freezer.tick(timedelta(days=4))
    await home.poll()
    assert kinds(home) == ["history_permission"]


async def test_a_home_assistant_that_was_off_for_days_asks_before_it_calls_a_wallet_silent(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    home.simulator.clock = dt_util.utcnow
    await home.add()
    await home.unload()
    freezer.tick(timedelta(days=9))
    await home.simulator.refuse()
    await home.add()
    assert not told(home)
    freezer.tick(timedelta(hours=1, minutes=1))
    async_fire_time_changed(home.hass)
    await home.rest()
    assert kinds(home) == ["wallet_silent"]


# What is only read


async def test_what_a_person_has_read_goes_away(home: Home, clicks: Clicks) -> None:
    home.wallet.pay("12.5", transaction_id="25050000001")
    await home.add()
    (payment,) = home.coordinator.data.recent
    async_report_unreadable_ledger(home.hass, home.entry, "qiwi.x.unreadable")
    async_report_reversal(home.hass, home.entry, payment)
    await home.poll()
    assert sorted(map(str, kinds(home))) == ["ledger_unreadable", "payment_reversed"]
    named = [issue.translation_placeholders or {} for issue in told(home).values()]
    assert named[0]["file"] == "qiwi.x.unreadable"
    assert (named[1]["transaction_id"], named[1]["amount"]) == ("25050000001", "12.50 RUB")
    for issue in tuple(told(home).values()):
        # Nothing would raise it again after a restart.
        assert issue.is_persistent
        form = await clicks.open(issue)
        assert (form["step_id"], form["data_schema"]) == ("confirm", [])
        assert form["description_placeholders"] == issue.translation_placeholders
        assert (await clicks.submit())["type"] == "create_entry"
    assert not told(home)


async def test_a_mail_server_that_takes_mail_again_takes_its_repair_with_it(home: Home) -> None:
    await home.add()
    async_report_mail_server(home.hass, home.entry, refuses=True)
    await home.poll()
    issue = the_one(home)
    assert (issue.translation_key, issue.is_fixable, issue.severity) == (
        "mail_server_refuses",
        False,
        "error",
    )
    assert issue.learn_more_url == f"{PAGE}#mail-server-refuses"
    async_report_mail_server(home.hass, home.entry, refuses=False)
    assert not told(home)


# A wallet that is gone


@pytest.mark.parametrize("how", ["removed", "disabled"])
async def test_repairs_go_with_their_wallet_and_leave_those_of_others(home: Home, how: str) -> None:
    other = MockConfigEntry(domain="qiwi", unique_id=OTHER_NUMBER, title="Another")
    async_report_unreadable_ledger(home.hass, other, "another")
    await home.add()
    async_report_unreadable_ledger(home.hass, home.entry, "ours")
    home.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
    await home.poll()
    assert sorted(map(str, kinds(home))) == [
        "history_permission",
        "ledger_unreadable",
        "ledger_unreadable",
    ]
    if how == "removed":
        await home.hass.config_entries.async_remove(home.entry.entry_id)
    else:
        await home.hass.config_entries.async_set_disabled_by(home.entry.entry_id, ConfigEntryDisabler.USER)
    await home.rest()
    assert told(home).keys() == {f"ledger_unreadable_{other.entry_id}"}
