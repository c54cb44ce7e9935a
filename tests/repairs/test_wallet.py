"""Repairs of what the wallet answers: a permission, a row, a payment taken back, silence."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.qiwi.publication import SIGNAL_REVERSED
from tests.home import Home
from wallet_simulator import Fault

from .conftest import NEW_TOKEN, PAGE, Clicks, the_one, told

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
    assert home.repairs == ["history_permission"]
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
    assert "150" not in str(named)
    assert issue.data == {"entry_id": home.entry.entry_id}
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
    assert home.repairs == ["unreadable_row"] * 10
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
        assert home.repairs == silent
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
    assert home.repairs == ["history_permission"]


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
    assert home.repairs == ["wallet_silent"]
