"""Adding an offer and changing it: the mail is shown as a buyer would get it, and what can't be right is refused."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from mail_simulator import Fault, MailSimulator
from wallet_simulator import Simulator

from .conftest import Act, Sell, SetUp
from .story import poll, state

WEBINAR: dict[str, Any] = {
    "name": "Yoga",
    "price": "1 000,50",
    "currency": "rub",
    "quantity": "exact",
    "delivery": "email",
}
MAIL = {"subject": "{offer}", "body": "Hello {email}\n\nPaid: {amount} {currency}, {quantity}, {date}\n"}


async def begin(hass: HomeAssistant, entry: MockConfigEntry, offer: ConfigSubentry | None = None) -> Any:
    context: Any = (
        {"source": "reconfigure", "subentry_id": offer.subentry_id} if offer else {"source": "user"}
    )
    return await hass.config_entries.subentries.async_init((entry.entry_id, "offer"), context=context)


async def answer(hass: HomeAssistant, form: Any, **fields: Any) -> Any:
    result = await hass.config_entries.subentries.async_configure(form["flow_id"], fields)
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def choose(hass: HomeAssistant, menu: Any, step: str) -> Any:
    assert menu["type"] is FlowResultType.MENU
    assert menu["menu_options"] == ["save", "test_mail", "mail"]
    return await answer(hass, menu, next_step_id=step)


def shown(form: Any) -> dict[str, Any]:
    return {
        marker.schema: marker.description["suggested_value"]
        for marker in form["data_schema"].schema
        if marker.description and "suggested_value" in marker.description
    }


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell) -> None:
    """Set the wallet up with its mail server, and an offer in another currency."""
    await set_up()
    await sell(entry, name="Other", currency="USD")


def added(entry: MockConfigEntry, name: str = "Yoga") -> ConfigSubentry:
    offers: list[ConfigSubentry] = [each for each in entry.subentries.values() if each.title == name]
    assert len(offers) == 1
    return offers[0]


@pytest.mark.usefixtures("loaded")
async def test_an_offer_is_added_after_its_mail_was_seen_and_sells_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, mail_server: MailSimulator
) -> None:
    form = await begin(hass, entry)
    assert (form["step_id"], shown(form)) == ("user", {"currency": "RUB"})
    form = await answer(hass, form, **WEBINAR)
    assert form["step_id"] == "mail"
    assert "`{order_id}`" in form["description_placeholders"]["fields"]
    menu = await answer(hass, form, **MAIL)
    preview = menu["description_placeholders"]
    assert (preview["sender"], preview["subject"]) == ("School <shop@example.com>", "Yoga")
    assert preview["body"].startswith("    Hello buyer@example.com\n    \n    Paid: 1000.50 RUB, 1, ")
    result = await choose(hass, menu, "save")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    offer = added(entry)
    assert offer.data["price"] == "1000.5" and offer.data["currency"] == "RUB"
    simulator.wallet.pay("1000.50", comment="buyer@example.com")
    await poll(hass, entry)
    assert [mail.message["Subject"] for mail in mail_server.mails] == ["Yoga"]


@pytest.mark.usefixtures("loaded")
async def test_the_mail_is_sent_to_the_seller_on_request(
    hass: HomeAssistant, entry: MockConfigEntry, mail_server: MailSimulator
) -> None:
    menu = await answer(hass, await answer(hass, await begin(hass, entry), **WEBINAR), **MAIL)
    form = await choose(hass, menu, "test_mail")
    assert shown(form) == {"email": "shop@example.com"}
    form = await answer(hass, form, email="shop")
    assert form["errors"] == {"email": "invalid_email"}
    mail_server.fault(Fault(at="RCPT", answer="450 4.2.0 later", times=1))
    form = await answer(hass, form, email="me@example.com")
    assert form["errors"] == {"base": "mail_put_off"}
    menu = await answer(hass, form, email="me@example.com")
    assert menu["step_id"] == "test_sent"
    assert [mail.recipients for mail in mail_server.mails] == [("me@example.com",)]
    # The dialog is opened again, the mail changed after a look into the mailbox, and seen again.
    menu = await hass.config_entries.subentries.async_configure(menu["flow_id"])
    assert menu["step_id"] == "test_sent"
    form = await choose(hass, menu, "mail")
    assert shown(form)["subject"] == "{offer}"
    menu = await answer(hass, form, **MAIL | {"subject": "For {email}", "html": "<p>{offer}</p>"})
    assert menu["description_placeholders"]["subject"] == "For buyer@example.com"
    assert (await choose(hass, menu, "save"))["type"] is FlowResultType.CREATE_ENTRY
    assert added(entry).data["html"] == "<p>{offer}</p>"


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
    hass: HomeAssistant, entry: MockConfigEntry, typed: dict[str, Any], errors: dict[str, str]
) -> None:
    result = await answer(hass, await begin(hass, entry), **WEBINAR | typed)
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, errors)
    assert (await answer(hass, result, **WEBINAR))["step_id"] == "mail"


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
    hass: HomeAssistant, entry: MockConfigEntry, typed: dict[str, str], errors: dict[str, str], braces: str
) -> None:
    form = await answer(hass, await begin(hass, entry), **WEBINAR)
    result = await answer(hass, form, **MAIL | typed)
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, errors)
    assert result["description_placeholders"]["braces"] == braces
    assert (await answer(hass, result, **MAIL))["type"] is FlowResultType.MENU


async def test_without_a_mail_server_an_offer_is_delivered_by_hand(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, simulator: Simulator
) -> None:
    await set_up()
    form = await answer(hass, await begin(hass, entry), **WEBINAR)
    assert form["errors"] == {"delivery": "no_mail_server"}
    typed = {"valid_until": "2099-01-01 00:00:00", "comment": " yoga "}
    result = await answer(hass, form, **WEBINAR | {"delivery": "manual"} | typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    data = added(entry).data
    assert data["comment"] == "yoga" and "subject" not in data and "valid_from" not in data
    simulator.wallet.pay("1000.50", comment="Yoga")
    await poll(hass, entry)
    assert state(hass, "todo.yoga_orders").state == "1"


@pytest.mark.usefixtures("loaded")
async def test_a_mail_server_that_goes_meanwhile_is_missed(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    menu = await answer(hass, await answer(hass, await begin(hass, entry), **WEBINAR), **MAIL)
    test = await answer(hass, await answer(hass, await begin(hass, entry), **WEBINAR), **MAIL)
    [server] = [each for each in entry.subentries.values() if each.subentry_type == "mail_server"]
    hass.config_entries.async_remove_subentry(entry, server.subentry_id)
    form = await choose(hass, menu, "mail")
    gone = await answer(hass, form, **MAIL)
    assert (gone["type"], gone["reason"]) == (FlowResultType.ABORT, "no_mail_server")
    gone = await choose(hass, test, "test_mail")
    assert (gone["type"], gone["reason"]) == (FlowResultType.ABORT, "no_mail_server")


@pytest.mark.usefixtures("loaded")
async def test_other_terms_hold_for_what_is_paid_from_then_on(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, act: Act, mail_server: MailSimulator
) -> None:
    menu = await answer(
        hass,
        await answer(hass, await begin(hass, entry), **WEBINAR | {"valid_until": "2099-01-01 10:00:00"}),
        **MAIL,
    )
    await choose(hass, menu, "save")
    created = added(entry).data["created"]
    simulator.wallet.pay("1000.50", comment="buyer@example.com")
    await poll(hass, entry)
    form = await begin(hass, entry, added(entry))
    assert (form["step_id"], shown(form)["valid_until"]) == ("reconfigure", "2099-01-01 10:00:00")
    form = await answer(hass, form, **WEBINAR | {"currency": "USD"})
    assert form["errors"] == {"currency": "currency_in_use"}
    form = await answer(hass, form, **WEBINAR | {"price": "5", "name": "Yoga 2"})
    assert shown(form)["body"] == MAIL["body"].strip()
    result = await choose(hass, await answer(hass, form, **MAIL), "save")
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    assert added(entry, "Yoga 2").data["created"] == created
    simulator.wallet.pay("1000.50", comment="buyer@example.com")
    simulator.wallet.pay(5, comment="buyer@example.com")
    await poll(hass, entry)
    amounts = [each["payment"]["amount"] for each in (await act("get_orders"))["orders"]]
    assert amounts == [5.0, 1000.5]
    assert len(mail_server.mails) == 2


async def test_an_offer_that_sold_nothing_may_change_its_currency(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, sell: Sell
) -> None:
    await set_up()
    offer = await sell(entry, name="Yoga", delivery="manual", created=None)
    manual = WEBINAR | {"delivery": "manual"}
    result = await answer(hass, await begin(hass, entry, offer), **manual | {"currency": "USD"})
    assert result["reason"] == "reconfigure_successful"
    # Whether it has sold anything is known to a wallet that is loaded.
    await hass.config_entries.async_unload(entry.entry_id)
    result = await answer(hass, await begin(hass, entry, added(entry)), **manual | {"currency": "EUR"})
    assert result["errors"] == {"currency": "currency_in_use"}
    result = await answer(hass, await begin(hass, entry), **manual | {"name": "Later"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "created" in added(entry, "Later").data
