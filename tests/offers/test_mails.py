"""Mails of orders: tried until the server takes them, sent once, or left to a person."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from mail_simulator import Certificate, Fault, MailSimulator
from tests.home import Home
from tests.seller import BUYER, Seller
from tests.story import largest_file

from .conftest import order

REFUSES = "mail_server_refuses_{}"


def mark_as_being_sent(ledger: Path) -> None:
    """Let the one order of a ledger's file be being sent."""
    document = json.loads(ledger.read_text())
    [stored] = document["books"]["orders"]["orders"]
    stored["state"] = "sending"
    del stored["closed"]
    ledger.write_text(json.dumps(document))


async def later(home: Home, freezer: Any, **time: float) -> None:
    """Let time pass, and what is due then be done."""
    freezer.tick(timedelta(**time))
    async_fire_time_changed(home.hass)
    await home.rest()


async def test_a_server_that_refuses_for_a_while_gets_the_mail_when_it_takes_it(
    home: Home, seller: Seller, freezer: Any, told: list[dict[str, Any]]
) -> None:
    await home.add()
    await seller.sell()
    fault = seller.mail_server.fault(Fault(at="RCPT", answer="450 4.2.0 later"))
    await seller.paid()
    issue = REFUSES.format(home.entry.entry_id)
    assert fault.struck == 1
    await later(home, freezer, minutes=1, seconds=1)
    assert fault.struck == 2
    assert ir.async_get(home.hass).async_get_issue("qiwi", issue) is None
    await later(home, freezer, hours=1)
    assert fault.struck == 3
    assert ir.async_get(home.hass).async_get_issue("qiwi", issue) is not None
    seller.mail_server.faults.clear()
    await later(home, freezer, hours=1)
    assert len(seller.mail_server.mails) == 1
    assert ir.async_get(home.hass).async_get_issue("qiwi", issue) is None
    assert (await order(home))["state"] == "sent"
    assert [each["by"] for each in told] == ["paid"]


@pytest.mark.parametrize(
    ("fault", "mails", "reason", "attempts"),
    [
        (Fault(at="DATA", answer="554 5.7.1 spam"), 0, "refused", 1),
        (Fault(at="RCPT", answer="450 4.2.0 later"), 0, "gave_up", 7),
        (Fault(at="DATA", is_taken=True), 2, "outcome_unknown", 2),
        (Fault(at="DATA", is_taken=True, times=1), 2, None, 1),
    ],
    ids=["for good", "for a day", "dying after data", "dying after data once"],
)
async def test_what_can_not_be_sent_is_left_to_a_person(
    home: Home,
    seller: Seller,
    freezer: Any,
    told: list[dict[str, Any]],
    fault: Fault,
    mails: int,
    reason: str | None,
    attempts: int,
) -> None:
    await home.add()
    await seller.sell()
    seller.mail_server.fault(fault)
    await seller.paid()
    for _ in range(7):
        await later(home, freezer, hours=4)
    assert len(seller.mail_server.mails) == mails
    assert len({mail.message["Message-ID"] for mail in seller.mail_server.mails}) <= 1
    assert (await order(home))["reason"] == reason
    assert fault.struck <= attempts
    assert [each["order"]["reason"] for each in told] == [None, *([reason] if reason else [])]


async def test_a_mail_server_that_is_away_is_asked_once_for_all_orders(
    home: Home, seller: Seller, freezer: Any
) -> None:
    await home.add()
    await seller.sell()
    await seller.mail_server.refuse()
    for _ in range(4):
        home.wallet.pay(500, comment=BUYER)
    await seller.paid()
    await seller.mail_server.listen()
    await later(home, freezer, minutes=1, seconds=1)
    assert len(seller.mail_server.mails) == 5
    assert seller.mail_server.connections == 5


async def test_mails_go_over_tls_with_a_login(
    home: Home, seller: Seller, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    # By this Home Assistant finds whom to trust.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))
    await home.add()
    async with MailSimulator(certificate, "starttls", users={"seller": "secret"}) as server:
        await seller.sell()
        [subentry] = [each for each in home.entry.subentries.values() if each.subentry_type == "mail_server"]
        data = {**subentry.data, "port": server.port, "security": "starttls"}
        home.hass.config_entries.async_update_subentry(
            home.entry, subentry, data={**data, "username": "seller", "password": "secret"}
        )
        await home.reload()
        await seller.paid()
        assert [mail.user for mail in server.mails] == ["seller"]


async def test_an_order_that_waits_survives_a_restart_and_is_tried_at_once(
    home: Home, seller: Seller
) -> None:
    await home.add()
    await seller.sell()
    seller.mail_server.fault(Fault(at="MAIL", answer="451 4.3.0 later", times=1))
    await seller.paid()
    assert not seller.mail_server.mails
    await home.reload()
    assert len(seller.mail_server.mails) == 1


async def test_an_order_found_being_sent_is_sent_once_more_with_the_same_id(
    home: Home, seller: Seller, freezer: Any
) -> None:
    await home.add()
    await seller.sell()
    await seller.paid()
    [first] = seller.mail_server.mails
    await home.unload()
    # As a kill between the server's answer and its note leaves the file.
    mark_as_being_sent(Path(home.hass.config.path(".storage", f"qiwi.{home.entry.entry_id}")))
    await home.add()
    await later(home, freezer, minutes=1, seconds=1)
    assert [mail.message["Message-ID"] for mail in seller.mail_server.mails] == [
        first.message["Message-ID"]
    ] * 2
    assert (await order(home))["state"] == "sent"


async def test_a_disk_that_refuses_sends_nothing_and_takes_no_word(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell()
    number = await seller.paid(comment=None)
    with largest_file(10), pytest.raises(HomeAssistantError, match="disk"):
        await home.act("retry_order", order_id=number, email=BUYER)
    assert not seller.mail_server.mails
    await home.act("retry_order", order_id=number, email=BUYER)
    assert len(seller.mail_server.mails) == 1


async def test_a_wallet_that_is_unloaded_while_it_begins_sends_nothing(home: Home, seller: Seller) -> None:
    await home.add()
    await seller.sell()
    seller.mail_server.fault(Fault(at="MAIL", answer="451 4.3.0 later", times=1))
    await seller.paid()
    await home.unload()
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    await home.unload()
    assert not seller.mail_server.mails


async def test_without_a_mail_server_an_order_waits_for_one_until_a_person_is_told(
    home: Home, seller: Seller, freezer: Any
) -> None:
    await home.add()
    await seller.sell()
    [server] = [each for each in home.entry.subentries.values() if each.subentry_type == "mail_server"]
    home.hass.config_entries.async_remove_subentry(home.entry, server.subentry_id)
    await home.rest()
    await seller.paid()
    assert (await order(home))["state"] == "new"
    await later(home, freezer, hours=25)
    assert (await order(home))["reason"] == "late"
    assert not seller.mail_server.mails
