"""Adding the mail server and changing it: tried with a real connection, and each refusal in a sentence of its own."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from homeassistant.data_entry_flow import FlowResultType
import pytest

from mail_simulator import Certificate, Fault, MailSimulator
from tests.home import Home

from . import part_forms
from .part_forms import suggested

begin = partial(part_forms.begin_part, "mail_server")
USERS = {"seller": "app-password"}
MINE: dict[str, Any] = {
    "host": "127.0.0.1",
    "security": "tls",
    "username": "seller",
    "password": "app-password",
    "sender": "School <shop@example.com>",
    "test_mail": False,
}


@pytest.fixture
async def server(
    socket_enabled: None, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MailSimulator]:
    """Return a mail server with TLS and a login, whose certificate Home Assistant trusts."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.path))
    async with MailSimulator(certificate, "tls", users=USERS) as server:
        yield server


async def answer(home: Home, form: Any, port: int, **fields: Any) -> Any:
    typed = {name: value for name, value in (MINE | {"port": port} | fields).items() if value is not None}
    return await part_forms.answer(home, form, **typed)


async def test_a_server_that_takes_mail_is_kept_and_there_is_only_one(
    home: Home, server: MailSimulator
) -> None:
    await home.add()
    result = await answer(home, await begin(home), server.port)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert server.connections == 1 and not server.mails
    [subentry] = home.entry.subentries.values()
    assert subentry.title == "127.0.0.1"
    assert subentry.data == {name: value for name, value in MINE.items() if name != "test_mail"} | {
        "port": server.port
    }
    result = await begin(home)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_a_test_mail_is_sent_to_oneself(home: Home, server: MailSimulator) -> None:
    await home.add()
    form = await begin(home)
    fault = server.fault(Fault(at="DATA", answer="554 5.7.1 spam", times=1))
    refused = await answer(home, form, server.port, test_mail=True)
    assert refused["errors"] == {"base": "mail_refused"} and fault.struck
    result = await answer(home, refused, server.port, test_mail=True)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert [mail.recipients for mail in server.mails] == [("shop@example.com",)]


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"password": "wrong"}, {"password": "invalid_auth"}),
        ({"password": None}, {"password": "invalid_auth"}),
        ({"port": 1}, {"base": "cannot_connect"}),
        ({"security": "none", "host": "mail.example.com"}, {"security": "unencrypted"}),
        ({"host": "https://mail.example.com"}, {"host": "invalid_host"}),
        ({"host": " "}, {"host": "invalid_host"}),
        ({"sender": "shop"}, {"sender": "invalid_address"}),
        ({"sender": ""}, {"sender": "invalid_address"}),
        ({"reply_to": "a@example.com, b@example.com"}, {"reply_to": "invalid_address"}),
    ],
)
async def test_what_is_wrong_is_said_where_it_stands_and_what_was_typed_stays(
    home: Home, server: MailSimulator, typed: dict[str, Any], errors: dict[str, str]
) -> None:
    await home.add()
    form = await begin(home)
    result = await answer(home, form, **{"port": server.port} | typed)
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, errors)
    assert "password" not in suggested(result)
    assert suggested(result)["username"] == "seller"
    assert (await answer(home, result, server.port))["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("fault", "errors"),
    [
        (Fault(at="RCPT", answer="553 5.7.1 not yours"), {"sender": "refused_sender"}),
        (Fault(at="AUTH", answer="454 4.7.0 later"), {"base": "not_now"}),
    ],
)
async def test_what_the_server_refuses_is_said(
    home: Home, server: MailSimulator, fault: Fault, errors: dict[str, str]
) -> None:
    await home.add()
    server.fault(fault)
    assert (await answer(home, await begin(home), server.port))["errors"] == errors


async def test_a_certificate_that_nobody_trusts_gets_no_password(
    home: Home, certificate: Certificate, socket_enabled: None
) -> None:
    await home.add()
    async with MailSimulator(certificate, "starttls", users=USERS) as server:
        result = await answer(home, await begin(home), server.port, security="starttls")
        assert result["errors"] == {"base": "bad_certificate"}
    async with MailSimulator(users=USERS) as server:
        result = await answer(home, result, server.port, security="starttls")
        assert result["errors"] == {"security": "no_tls"}
        result = await answer(home, result, server.port, security="none")
        assert result["type"] is FlowResultType.CREATE_ENTRY
    async with MailSimulator() as server:
        [subentry] = home.entry.subentries.values()
        form = await begin(home, subentry)
        result = await answer(home, form, server.port, security="none")
        assert result["errors"] == {"username": "no_login"}


async def test_another_server_keeps_the_password_unless_one_is_typed(
    home: Home, server: MailSimulator
) -> None:
    await home.add()
    await answer(home, await begin(home), server.port)
    [subentry] = home.entry.subentries.values()
    form = await begin(home, subentry)
    assert "password" not in suggested(form) and suggested(form)["sender"] == MINE["sender"]
    result = await answer(
        home, form, server.port, password=None, reply_to="anna@example.com", username="seller "
    )
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "reconfigure_successful")
    [subentry] = home.entry.subentries.values()
    assert subentry.data["password"] == "app-password"
    assert subentry.data["reply_to"] == "anna@example.com"
