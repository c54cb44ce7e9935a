"""Adding an offer and changing it: the mail is shown as a buyer would get it, and what can't be right is refused."""

from functools import partial
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.data_entry_flow import FlowResultType
import pytest

from mail_simulator import Fault, MailSimulator
from tests.home import Home
from tests.seller import Seller

from .part_forms import answer, begin_part, suggested

begin = partial(begin_part, "offer")
WEBINAR: dict[str, Any] = {
    "name": "Yoga",
    "price": "1 000,50",
    "currency": "rub",
    "quantity": "exact",
    "delivery": "email",
}
MAIL = {"subject": "{offer}", "body": "Hello {email}\n\nPaid: {amount} {currency}, {quantity}, {date}\n"}


async def choose(home: Home, menu: Any, step: str) -> Any:
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["save", "test_mail", "mail"]
    return await answer(home, menu, next_step_id=step)


@pytest.fixture
async def loaded(home: Home, seller: Seller) -> None:
    """Set the wallet up with its mail server, and an offer in another currency."""
    await home.add()
    await seller.sell(name="Other", currency="USD")


def added(home: Home, name: str = "Yoga") -> ConfigSubentry:
    offers: list[ConfigSubentry] = [each for each in home.entry.subentries.values() if each.title == name]
    assert len(offers) == 1
    return offers[0]


@pytest.mark.usefixtures("loaded")
async def test_an_offer_is_added_after_its_mail_was_seen_and_sells_at_once(
    home: Home, mail_server: MailSimulator
) -> None:
    form = await begin(home)
    assert (form["step_id"], suggested(form)) == ("user", {"currency": "RUB"})
    form = await answer(home, form, **WEBINAR)
    assert form["step_id"] == "mail"
    assert "`{order_id}`" in form["description_placeholders"]["fields"]
    menu = await answer(home, form, **MAIL)
    preview = menu["description_placeholders"]
    assert (preview["sender"], preview["subject"]) == ("School <shop@example.com>", "Yoga")
    assert preview["body"].startswith("    Hello buyer@example.com\n    \n    Paid: 1000.50 RUB, 1, ")
    result = await choose(home, menu, "save")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    offer = added(home)
    assert offer.data["price"] == "1000.5" and offer.data["currency"] == "RUB"
    home.simulator.wallet.pay("1000.50", comment="buyer@example.com")
    await home.poll()
    assert [mail.message["Subject"] for mail in mail_server.mails] == ["Yoga"]


@pytest.mark.usefixtures("loaded")
async def test_the_mail_is_sent_to_the_seller_on_request(home: Home, mail_server: MailSimulator) -> None:
    menu = await answer(home, await answer(home, await begin(home), **WEBINAR), **MAIL)
    form = await choose(home, menu, "test_mail")
    assert suggested(form) == {"email": "shop@example.com"}
    form = await answer(home, form, email="shop")
    assert form["errors"] == {"email": "invalid_email"}
    mail_server.fault(Fault(at="RCPT", answer="450 4.2.0 later", times=1))
    form = await answer(home, form, email="me@example.com")
    assert form["errors"] == {"base": "mail_put_off"}
    menu = await answer(home, form, email="me@example.com")
    assert menu["step_id"] == "test_sent"
    assert [mail.recipients for mail in mail_server.mails] == [("me@example.com",)]
    # The dialog is opened again, the mail changed after a look into the mailbox, and seen again.
    menu = await home.hass.config_entries.subentries.async_configure(menu["flow_id"])
    assert menu["step_id"] == "test_sent"
    form = await choose(home, menu, "mail")
    assert suggested(form)["subject"] == "{offer}"
    menu = await answer(home, form, **MAIL | {"subject": "For {email}", "html": "<p>{offer}</p>"})
    assert menu["description_placeholders"]["subject"] == "For buyer@example.com"
    assert (await choose(home, menu, "save"))["type"] is FlowResultType.CREATE_ENTRY
    assert added(home).data["html"] == "<p>{offer}</p>"


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"name": " "}, {"name": "invalid_name"}),
        ({"name": "x" * 61}, {"name": "invalid_name"}),
        ({"price": "0"}, {"price": "invalid_price"}),
        ({"price": "1,000"}, {"price": "invalid_price"}),
        (
            {"price": "much", "currency": "roubles"},
            {"price": "invalid_price", "currency": "invalid_currency"},
        ),
        (
            {"valid_from": "2026-05-02 00:00:00", "valid_until": "2026-05-02 00:00:00"},
            {"valid_until": "until_before_from"},
        ),
    ],
)
async def test_what_can_not_be_sold_is_refused(
    home: Home, typed: dict[str, Any], errors: dict[str, str]
) -> None:
    result = await answer(home, await begin(home), **WEBINAR | typed)
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, errors)
    assert (await answer(home, result, **WEBINAR))["step_id"] == "mail"


@pytest.mark.usefixtures("loaded")
@pytest.mark.parametrize(
    ("typed", "errors", "braces"),
    [
        ({"subject": " "}, {"subject": "empty_subject"}, ""),
        ({"body": "\n"}, {"body": "empty_body"}, ""),
        ({"body": "Dear {name}"}, {"body": "unknown_field"}, "{name}"),
        (
            {"subject": "{0}", "html": "p {color: red}"},
            {"subject": "unknown_field", "html": "unknown_field"},
            "{0} {color: red}",
        ),
    ],
)
async def test_a_mail_with_braces_that_are_no_field_is_refused(
    home: Home, typed: dict[str, str], errors: dict[str, str], braces: str
) -> None:
    form = await answer(home, await begin(home), **WEBINAR)
    result = await answer(home, form, **MAIL | typed)
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, errors)
    assert result["description_placeholders"]["braces"] == braces
    assert (await answer(home, result, **MAIL))["type"] is FlowResultType.MENU


async def test_without_a_mail_server_an_offer_is_delivered_by_hand(home: Home) -> None:
    await home.add()
    form = await answer(home, await begin(home), **WEBINAR)
    assert form["errors"] == {"delivery": "no_mail_server"}
    typed = {"valid_until": "2099-01-01 00:00:00", "comment": " yoga "}
    result = await answer(home, form, **WEBINAR | {"delivery": "manual"} | typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    data = added(home).data
    assert data["comment"] == "yoga" and "subject" not in data and "valid_from" not in data
    home.simulator.wallet.pay("1000.50", comment="Yoga")
    await home.poll()
    assert home.state("todo.yoga_orders").state == "1"


@pytest.mark.usefixtures("loaded")
async def test_a_mail_server_that_goes_meanwhile_is_missed(home: Home) -> None:
    menu = await answer(home, await answer(home, await begin(home), **WEBINAR), **MAIL)
    test = await answer(home, await answer(home, await begin(home), **WEBINAR), **MAIL)
    [server] = [each for each in home.entry.subentries.values() if each.subentry_type == "mail_server"]
    home.hass.config_entries.async_remove_subentry(home.entry, server.subentry_id)
    form = await choose(home, menu, "mail")
    gone = await answer(home, form, **MAIL)
    assert (gone["type"], gone["reason"]) == (FlowResultType.ABORT, "no_mail_server")
    gone = await choose(home, test, "test_mail")
    assert (gone["type"], gone["reason"]) == (FlowResultType.ABORT, "no_mail_server")


@pytest.mark.usefixtures("loaded")
async def test_other_terms_hold_for_what_is_paid_from_then_on(home: Home, mail_server: MailSimulator) -> None:
    menu = await answer(
        home,
        await answer(home, await begin(home), **WEBINAR | {"valid_until": "2099-01-01 10:00:00"}),
        **MAIL,
    )
    await choose(home, menu, "save")
    created = added(home).data["created"]
    home.simulator.wallet.pay("1000.50", comment="buyer@example.com")
    await home.poll()
    form = await begin(home, added(home))
    assert (form["step_id"], suggested(form)["valid_until"]) == ("reconfigure", "2099-01-01 10:00:00")
    form = await answer(home, form, **WEBINAR | {"currency": "USD"})
    assert form["errors"] == {"currency": "currency_in_use"}
    form = await answer(home, form, **WEBINAR | {"price": "5", "name": "Yoga 2"})
    assert suggested(form)["body"] == MAIL["body"].strip()
    result = await choose(home, await answer(home, form, **MAIL), "save")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert added(home, "Yoga 2").data["created"] == created
    home.simulator.wallet.pay("1000.50", comment="buyer@example.com")
    home.simulator.wallet.pay(5, comment="buyer@example.com")
    await home.poll()
    amounts = [each["payment"]["amount"] for each in (await home.act("get_orders"))["orders"]]
    assert amounts == [5.0, 1000.5]
    assert len(mail_server.mails) == 2


async def test_an_offer_that_sold_nothing_may_change_its_currency(home: Home, seller: Seller) -> None:
    await home.add()
    offer = await seller.sell(name="Yoga", delivery="manual", created=None)
    manual = WEBINAR | {"delivery": "manual"}
    result = await answer(home, await begin(home, offer), **manual | {"currency": "USD"})
    assert result["reason"] == "reconfigure_successful"
    # Whether it has sold anything is known to a wallet that is loaded.
    await home.unload()
    result = await answer(home, await begin(home, added(home)), **manual | {"currency": "EUR"})
    assert result["errors"] == {"currency": "currency_in_use"}
    result = await answer(home, await begin(home), **manual | {"name": "Later"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "created" in added(home, "Later").data
