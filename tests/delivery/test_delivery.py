"""What is told of a mail: over real SMTP, with everything that can go wrong at each command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
import ssl
from typing import Any

import pytest

from custom_components.qiwi.delivery import Delivery
from custom_components.qiwi.ledger import Delivered
from custom_components.qiwi.mail import Sender, plain_mail
from custom_components.qiwi.mail_server import (
    MailProblem,
    MailServer,
    MailServerError,
    Security,
    is_loopback,
)
from mail_simulator import Certificate, Fault, MailSimulator
from tests.story import until

SENDER = Sender(address="Школа <shop@example.com>")
BUYER = "buyer@example.com"
BODY = "Привет!\r\n.\r\n..точки\r\n\r\nFrom here on\r\n" + "длинная строка " * 80
USERS = {"seller": "pässword"}
# For servers that keep silent: nobody waits longer than this.
SOON = timedelta(seconds=1)


def mail() -> EmailMessage:
    return plain_mail(subject="Ссылка на вебинар", body=BODY, sender=SENDER, recipient=BUYER)


def settings(simulator: MailSimulator, **changes: Any) -> MailServer:
    plain = MailServer(host="127.0.0.1", port=simulator.port, security=Security.NONE, sender=SENDER)
    return replace(plain, **changes)


@pytest.fixture
def tls(certificate: Certificate) -> ssl.SSLContext:
    return certificate.client()


@asynccontextmanager
async def speaking(greeting: bytes, answers: dict[bytes, bytes] | None = None) -> AsyncIterator[int]:
    """Listen at a port, and answer to every line."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        while line := await reader.readline():
            writer.write((answers or {}).get(line, b"250 OK\r\n"))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def serving(certificate: Certificate, security: Any, **details: Any) -> AsyncIterator[MailSimulator]:
    async with MailSimulator(certificate, security, **details) as simulator:
        yield simulator


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
async def test_a_mail_arrives_whole_and_once_over_an_encrypted_connection(
    certificate: Certificate, tls: ssl.SSLContext, security: Security, socket_enabled: None
) -> None:
    async with serving(certificate, security.value, users=USERS) as simulator:
        server = settings(simulator, security=security, username="seller", password=USERS["seller"])
        await Delivery(server, tls).probe()
        assert not simulator.mails
        assert await Delivery(server, tls).send(mail()) is Delivered.SENT
    [received] = simulator.mails
    assert (received.sender, received.recipients, received.user) == ("shop@example.com", (BUYER,), "seller")
    assert received.text.replace("\r\n", "\n") == BODY.replace("\r\n", "\n") + "\n"
    assert received.message["Subject"] == "Ссылка на вебинар"


@pytest.mark.parametrize(
    ("security", "host", "changes", "problem"),
    [
        pytest.param("tls", "127.0.0.1", {"security": Security.STARTTLS}, "timeout", id="tls at once"),
        pytest.param("none", "127.0.0.1", {"security": Security.TLS}, "no_tls", id="no tls at once"),
        pytest.param("none", "127.0.0.1", {"security": Security.STARTTLS}, "no_tls", id="no starttls"),
        pytest.param("tls", "mail.example.com", {"security": Security.TLS}, "bad_certificate", id="tls"),
        pytest.param(
            "starttls", "mail.example.com", {"security": Security.STARTTLS}, "bad_certificate", id="starttls"
        ),
        pytest.param("none", "127.0.0.1", {"username": "seller"}, "no_login", id="no login"),
    ],
)
async def test_a_server_that_speaks_otherwise_is_told_apart(
    tmp_path: Path,
    tls: ssl.SSLContext,
    security: Any,
    host: str,
    changes: Any,
    problem: str,
    socket_enabled: None,
) -> None:
    certificate = Certificate.issue(tmp_path / "mail.pem", host)
    async with serving(certificate, security) as simulator:
        server = settings(simulator, command_timeout=SOON, **changes)
        with pytest.raises(MailServerError) as raised:
            await Delivery(server, certificate.client() if host != "127.0.0.1" else tls).probe()
        assert raised.value.problem.value == problem
        assert await Delivery(server, tls).send(mail()) is Delivered.UNREACHABLE
    assert not simulator.mails


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    certificate: Certificate, socket_enabled: None
) -> None:
    async with serving(certificate, "tls") as simulator:
        server = settings(simulator, security=Security.TLS)
        with pytest.raises(MailServerError, match="bad_certificate"):
            await Delivery(server, ssl.create_default_context()).probe()


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        (Fault(at="AUTH", answer="535 5.7.8 wrong"), MailProblem.INVALID_AUTH),
        (Fault(at="AUTH", answer="454 4.7.0 later"), MailProblem.NOT_NOW),
        (Fault(at="MAIL", answer="553 5.7.1 not yours"), MailProblem.REFUSED_SENDER),
        (Fault(at="RCPT", answer="553 5.7.1 not yours"), MailProblem.REFUSED_SENDER),
        (Fault(at="RCPT", answer="450 4.2.0 grey"), MailProblem.NOT_NOW),
        (Fault(at="MAIL"), MailProblem.CANNOT_CONNECT),
    ],
    ids=lambda value: f"{value.at} {value.answer}" if isinstance(value, Fault) else "",
)
async def test_why_a_server_does_not_take_the_sender_is_told(
    certificate: Certificate, tls: ssl.SSLContext, fault: Fault, problem: MailProblem, socket_enabled: None
) -> None:
    async with serving(certificate, "tls", users=USERS) as simulator:
        simulator.fault(fault)
        server = settings(simulator, security=Security.TLS, username="seller", password=USERS["seller"])
        with pytest.raises(MailServerError) as raised:
            await Delivery(server, tls).probe()
        assert raised.value.problem is problem
        assert "pässword" not in repr(server)


async def test_wrong_credentials_are_told(
    certificate: Certificate, tls: ssl.SSLContext, socket_enabled: None
) -> None:
    async with serving(certificate, "tls", users=USERS) as simulator:
        server = settings(simulator, security=Security.TLS, username="seller")
        with pytest.raises(MailServerError, match="invalid_auth"):
            await Delivery(server, tls).probe()


async def test_a_server_that_is_away_or_silent_is_told(tls: ssl.SSLContext, socket_enabled: None) -> None:
    async with (
        speaking(b"") as silent,
        speaking(b"421 busy\r\n") as busy,
        speaking(b"HTTP/1.1 400\r\n") as odd,
        MailSimulator() as simulator,
    ):
        server = settings(simulator, command_timeout=SOON)
        await simulator.refuse()
        for port, problem in (
            (silent, "timeout"),
            (busy, "not_now"),
            (odd, "cannot_connect"),
            (simulator.port, "cannot_connect"),
        ):
            with pytest.raises(MailServerError) as raised:
                await Delivery(replace(server, port=port), tls).probe()
            assert raised.value.problem == problem
            assert await Delivery(replace(server, port=port), tls).send(mail()) is Delivered.UNREACHABLE


@pytest.mark.parametrize(
    ("fault", "delivered", "arrives"),
    [
        (Fault(at="MAIL", answer="451 4.3.0 later"), Delivered.PUT_OFF, False),
        (Fault(at="MAIL", answer="550 5.7.1 no"), Delivered.REFUSED, False),
        (Fault(at="MAIL"), Delivered.UNREACHABLE, False),
        (Fault(at="MAIL", pause=60), Delivered.UNREACHABLE, False),
        (Fault(at="RCPT", answer="450 4.2.0 grey"), Delivered.PUT_OFF, False),
        (Fault(at="RCPT", answer="421 4.3.2 closing"), Delivered.PUT_OFF, False),
        (Fault(at="RCPT", answer="550 5.1.1 nobody"), Delivered.REFUSED, False),
        (Fault(at="RCPT"), Delivered.UNREACHABLE, False),
        (Fault(at="DATA", answer="452 4.2.2 full"), Delivered.PUT_OFF, False),
        (Fault(at="DATA", answer="554 5.7.1 spam"), Delivered.REFUSED, False),
        (Fault(at="DATA", answer="354 what"), Delivered.UNKNOWN, False),
        (Fault(at="DATA", answer="what"), Delivered.UNKNOWN, False),
        (Fault(at="DATA"), Delivered.UNKNOWN, False),
        (Fault(at="DATA", is_taken=True), Delivered.UNKNOWN, True),
        (Fault(at="DATA", is_taken=True, pause=60), Delivered.UNKNOWN, True),
    ],
    ids=lambda value: f"{value.at} {value.answer} {value.pause}" if isinstance(value, Fault) else "",
)
async def test_what_came_of_a_mail_is_told_exactly(
    mail_server: MailSimulator, tls: ssl.SSLContext, fault: Fault, delivered: Delivered, arrives: bool
) -> None:
    mail_server.fault(fault)
    patience = {"command_timeout": SOON, "answer_timeout": SOON} if fault.pause else {}
    server = settings(mail_server, **patience)
    assert await Delivery(server, tls).send(mail()) is delivered
    assert bool(mail_server.mails) is arrives


@pytest.mark.parametrize(
    ("answer", "delivered"),
    [
        (b"250 OK\r\n", Delivered.PUT_OFF),
        (b"451 later\r\n", Delivered.PUT_OFF),
        (b"554 no\r\n", Delivered.REFUSED),
    ],
)
async def test_a_server_that_does_not_want_the_mail_itself_is_told(
    answer: bytes, delivered: Delivered, tls: ssl.SSLContext, socket_enabled: None
) -> None:
    # aiosmtpd always asks for it.
    async with speaking(b"220 hello\r\n", {b"DATA\r\n": answer}) as port:
        server = MailServer(host="127.0.0.1", port=port, security=Security.NONE, sender=SENDER)
        assert await Delivery(server, tls).send(mail()) is delivered


@pytest.mark.parametrize(("at", "delivered"), [("RCPT", Delivered.NOT_SENT), ("DATA", Delivered.UNKNOWN)])
async def test_a_mail_that_is_called_off_says_whether_it_had_left(
    mail_server: MailSimulator, tls: ssl.SSLContext, at: Any, delivered: Delivered
) -> None:
    fault = mail_server.fault(Fault(at=at, pause=60))
    sending = asyncio.create_task(Delivery(settings(mail_server), tls).send(mail()))
    await until(lambda: fault.struck)
    sending.cancel()
    assert await sending is delivered


async def test_a_mail_that_no_server_could_take_is_put_off(
    mail_server: MailSimulator, tls: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    broken = mail()
    del broken["To"]
    assert await Delivery(settings(mail_server), tls).send(broken) is Delivered.PUT_OFF
    assert "Unexpected AttributeError" in caplog.text
    assert "@" not in caplog.text.partition("Unexpected")[2]


async def test_a_mail_that_may_not_leave_does_not(mail_server: MailSimulator, tls: ssl.SSLContext) -> None:
    async def no() -> bool:
        return False

    async def lost() -> bool:
        await mail_server.refuse()
        await asyncio.sleep(0.1)
        return True

    delivery = Delivery(settings(mail_server), tls)
    assert await delivery.send(mail(), no) is Delivered.NOT_SENT
    # The connection breaks meanwhile.
    assert await delivery.send(mail(), lost) is Delivered.UNREACHABLE
    assert not mail_server.mails


@pytest.mark.parametrize(
    ("host", "is_here"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.5", True),
        ("::1", True),
        ("[::1]", True),
        ("192.168.1.2", False),
        ("mail.example.com", False),
        ("x.localhost", False),
        ("localhost.example.com", False),
    ],
)
async def test_nothing_travels_unencrypted_but_to_this_machine(
    host: str, is_here: bool, tls: ssl.SSLContext
) -> None:
    assert is_loopback(host) is is_here
    if not is_here:
        server = MailServer(host=host, port=25, security=Security.NONE, sender=SENDER)
        with pytest.raises(MailServerError, match="unencrypted"):
            await Delivery(server, tls).probe()
