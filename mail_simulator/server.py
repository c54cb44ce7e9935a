"""The mail server: real SMTP on a real socket, and what it is told to do wrong."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from .certificate import Certificate

type Command = Literal["MAIL", "RCPT", "DATA", "AUTH"]
type Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that was taken, or whose taking nobody was told of."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    user: str | None

    @property
    def text(self) -> str:
        """The plain text."""
        body = self.message.get_body(("plain",))
        assert body is not None
        content: str = body.get_content()
        return content

    @property
    def html(self) -> str | None:
        """The HTML part."""
        body = self.message.get_body(("html",))
        return None if body is None else body.get_content()


@dataclass(slots=True, kw_only=True)
class Fault:
    """What goes wrong at a command.

    Attributes:
        at: The command.
        answer: What is said instead; None breaks the connection off.
        is_taken: At DATA: the mail is kept all the same.
        pause: Seconds until then.
        times: How often; None is always.
        struck: How often it happened.
    """

    at: Command
    answer: str | None = None
    is_taken: bool = False
    pause: float = 0.0
    times: int | None = None
    struck: int = 0


class MailSimulator:
    """Takes mails until the context ends.

    Args:
        certificate: What it shows; without one there is no TLS.
        security: Whether TLS begins at once, on STARTTLS, or never.
        users: Who may log in, by their passwords; empty lets anyone send.
        on_mail: Told of each mail that is taken.
    """

    def __init__(
        self,
        certificate: Certificate | None = None,
        security: Security = "none",
        users: dict[str, str] | None = None,
        on_mail: Callable[[Mail], None] | None = None,
    ) -> None:
        self.mails: list[Mail] = []
        self.connections = 0
        self.faults: list[Fault] = []
        self.host = "127.0.0.1"
        self.port = 0
        self._certificate = certificate
        self._security = security
        self._users = users or {}
        self._on_mail = on_mail
        self._server: asyncio.Server | None = None
        self._protocols: set[_Protocol] = set()

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.refuse()

    async def listen(self) -> None:
        """Accept connections, at the same port as before."""
        loop = asyncio.get_running_loop()
        context = self._certificate.server() if self._certificate and self._security == "tls" else None
        self._server = await loop.create_server(self._protocol, self.host, self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Refuse connections, and break off those there are."""
        if self._server is not None:
            self._server.close()
            await asyncio.gather(*(each.end() for each in self._protocols))
            await self._server.wait_closed()
            self._protocols.clear()

    def fault(self, fault: Fault) -> Fault:
        """Let something go wrong from now on."""
        self.faults.append(fault)
        return fault

    def _protocol(self) -> _Protocol:
        self.connections += 1
        is_upgradable = self._certificate is not None and self._security == "starttls"
        protocol = _Protocol(
            self,
            hostname="mail.example.com",
            tls_context=self._certificate.server() if self._certificate and is_upgradable else None,
            require_starttls=is_upgradable,
            auth_required=bool(self._users),
            auth_exclude_mechanism=() if self._users else ("LOGIN", "PLAIN"),
            # Nothing but loopback is ever asked for a password here.
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )
        self._protocols.add(protocol)
        return protocol

    # What aiosmtpd asks its handler

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer to a sender."""
        answer = await self._answer("MAIL", server)
        if answer is None:
            envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer to a recipient."""
        answer = await self._answer("RCPT", server)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a mail, or not."""
        fault = self._next("DATA")
        if fault is None or fault.is_taken:
            self._take(session, envelope)
        return (fault and await self._strike(fault, server)) or "250 OK"

    def _take(self, session: Session, envelope: Envelope) -> None:
        assert isinstance(envelope.original_content, bytes)
        assert envelope.mail_from is not None
        message = message_from_bytes(envelope.original_content, policy=policy.default)
        user: object = session.auth_data
        mail = Mail(
            envelope.mail_from,
            tuple(envelope.rcpt_tos),
            message,
            user.login.decode() if isinstance(user, LoginPassword) else None,
        )
        self.mails.append(mail)
        if self._on_mail is not None:
            self._on_mail(mail)

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if (fault := self._next("AUTH")) is not None:
            fault.struck += 1
            return AuthResult(success=False, handled=False, message=fault.answer)
        is_right = self._users.get(data.login.decode()) == data.password.decode()
        return AuthResult(success=is_right, handled=False, auth_data=data)

    # Faults

    def _next(self, at: Command) -> Fault | None:
        return next(
            (
                fault
                for fault in self.faults
                if fault.at == at and (fault.times is None or fault.struck < fault.times)
            ),
            None,
        )

    async def _answer(self, at: Command, server: SMTP) -> str | None:
        fault = self._next(at)
        return None if fault is None else await self._strike(fault, server)

    async def _strike(self, fault: Fault, server: SMTP) -> str | None:
        fault.struck += 1
        await asyncio.sleep(fault.pause)
        if fault.answer is None and not fault.pause:
            _break_off(server)
            # Until the server notices.
            await asyncio.Event().wait()
        return fault.answer


class _Protocol(SMTP):
    """One connection."""

    async def end(self) -> None:
        """End it, and come back when nothing of it goes on."""
        _break_off(self)
        if self._handler_coroutine is not None:
            # A handshake that failed would be waited for on.
            self._handler_coroutine.cancel()
            await asyncio.wait([self._handler_coroutine])
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()


def _break_off(protocol: SMTP) -> None:
    transport = protocol.transport
    if transport is not None:
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
