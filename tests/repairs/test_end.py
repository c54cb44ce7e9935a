"""Repairs go: when they were read, when what they tell of is well, when their wallet is gone."""

from homeassistant.config_entries import ConfigEntryDisabler
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi.issues import (
    async_report_mail_server,
    async_report_reversal,
    async_report_unreadable_ledger,
)
from tests.conftest import OTHER_NUMBER
from tests.home import Home
from wallet_simulator import Fault

from .conftest import PAGE, Clicks, the_one, told

# What is only read


async def test_what_a_person_has_read_goes_away(home: Home, clicks: Clicks) -> None:
    home.wallet.pay("12.5", transaction_id="25050000001")
    await home.add()
    (payment,) = home.coordinator.data.recent
    async_report_unreadable_ledger(home.hass, home.entry, "qiwi.x.unreadable")
    async_report_reversal(home.hass, home.entry, payment)
    await home.poll()
    assert sorted(map(str, home.repairs)) == ["ledger_unreadable", "payment_reversed"]
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
    assert sorted(map(str, home.repairs)) == [
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
