"""Sending a mail over SMTP, and telling exactly what came of it: whether it left, and whether it may have."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.message import EmailMessage
import logging
import re
from ssl import SSLCertVerificationError, SSLContext, SSLError
from typing import Final

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPTimeoutError,
)

from .ledger import Delivered
from .mail_queue import MayLeave
from .mail_server import MailProblem, MailServer, MailServerError, Security, is_loopback

_LOGGER: Final = logging.getLogger(__package__)

# What a client behind a router knows of itself, RFC 5321 4.1.3; the library would ask the name server.
_OWN_NAME: Final = "[127.0.0.1]"
_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


async def _yes() -> bool:
    return True


class Delivery:
    """Speaks to one mail server.

    Args:
        server: Its settings.
        tls: Whose certificates are trusted.
    """

    def __init__(self, server: MailServer, tls: SSLContext) -> None:
        self._server = server
        self._tls = tls

    async def probe(self) -> None:
        """Connect, log in and ask whether the sender may send, without sending anything.

        Raises:
            MailServerError: it may not, or the server can't be used.
        """
        sender = self._server.sender.mailbox.addr_spec
        async with self._connected() as connection:
            try:
                await connection.mail(sender)
                # Many servers look at the sender only when they hear of a recipient.
                await connection.rcpt(sender)
            except (SMTPSenderRefused, SMTPRecipientRefused) as error:
                raise MailServerError(
                    MailProblem.REFUSED_SENDER if error.code >= 500 else MailProblem.NOT_NOW
                ) from None
            except SMTPException, OSError:
                raise MailServerError(MailProblem.CANNOT_CONNECT) from None

    async def send(self, mail: EmailMessage, may_leave: MayLeave = _yes) -> Delivered:
        """Send a mail to its one recipient.

        A cancelled call returns as well, and says whether the mail had left.

        Args:
            mail: The mail.
            may_leave: Asked right before the mail itself leaves.
        """
        attempt = _Attempt(mail, may_leave)
        try:
            async with self._connected() as connection:
                return await attempt.run(connection, self._server.answer_timeout)
        except MailServerError as error:
            _LOGGER.info("The mail server can't be used: %s", error)
            return Delivered.UNREACHABLE
        except asyncio.CancelledError:
            return Delivered.UNKNOWN if attempt.has_left else Delivered.NOT_SENT
        except Exception as error:  # noqa: BLE001  whatever it is, whether the mail may have left is known
            # Without its text: it may quote an address.
            _LOGGER.warning("Unexpected %s while a mail was sent", type(error).__name__)
            return Delivered.UNKNOWN if attempt.has_left else Delivered.PUT_OFF

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        """Yield a connection that is encrypted and logged in as the settings say.

        Raises:
            MailServerError: there is none.
        """
        if self._server.security is Security.NONE and not is_loopback(self._server.host):
            raise MailServerError(MailProblem.UNENCRYPTED)
        connection = SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=self._server.security is Security.TLS,
            start_tls=False,
            tls_context=self._tls,
            timeout=self._server.command_timeout.total_seconds(),
            local_hostname=_OWN_NAME,
        )
        try:
            try:
                await connection.connect()
                await self._prepare(connection)
            except (SMTPException, OSError) as error:
                raise MailServerError(_problem_of(error)) from None
            yield connection
        finally:
            # What the server says to a goodbye changes nothing, so nobody waits for it.
            if connection.protocol is not None and connection.is_connected:
                connection.protocol.write(b"QUIT\r\n")
            connection.close()

    async def _prepare(self, connection: SMTP) -> None:
        await connection.ehlo()
        if self._server.security is Security.STARTTLS:
            if not connection.supports_extension("starttls"):
                raise MailServerError(MailProblem.NO_TLS)
            await connection.starttls(tls_context=self._tls)
            await connection.ehlo()
        if self._server.username is not None:
            if not connection.supported_auth_methods:
                raise MailServerError(MailProblem.NO_LOGIN)
            await connection.login(self._server.username, self._server.password or "")


class _Attempt:
    """One mail on its way.

    Attributes:
        has_left: The server may have the whole of it.
    """

    def __init__(self, mail: EmailMessage, may_leave: MayLeave) -> None:
        self._mail = mail
        self._may_leave = may_leave
        self.has_left = False

    async def run(self, connection: SMTP, patience: timedelta) -> Delivered:
        """Hand the mail over."""
        sender, recipient = (self._mail[name].addresses[0].addr_spec for name in ("From", "To"))
        content = _DOT.sub(b"..", self._mail.as_bytes())
        try:
            await connection.mail(sender)
            await connection.rcpt(recipient)
            ready = await connection.execute_command(b"DATA")
            if ready.code != 354:
                return _refusal(ready.code)
            if not await self._may_leave():
                # A mail without its end is none.
                return Delivered.NOT_SENT
            return await self._hand_over(connection, content, patience)
        except (SMTPSenderRefused, SMTPRecipientRefused) as error:
            return _refusal(error.code)
        except SMTPException, OSError:
            return Delivered.UNKNOWN if self.has_left else Delivered.UNREACHABLE

    async def _hand_over(self, connection: SMTP, content: bytes, patience: timedelta) -> Delivered:
        protocol = connection.protocol
        if protocol is None:
            return Delivered.UNREACHABLE
        # The library's own `data` does not tell a loss before the mail from one behind it.
        protocol.write(content)
        self.has_left = True
        protocol.write(b".\r\n")
        answer = await protocol.read_response(timeout=patience.total_seconds())
        match answer.code // 100:
            case 2:
                return Delivered.SENT
            case 4 | 5:
                return _refusal(answer.code)
            case _:
                return Delivered.UNKNOWN


def _refusal(code: int) -> Delivered:
    return Delivered.REFUSED if code // 100 == 5 else Delivered.PUT_OFF


def _problem_of(error: Exception) -> MailProblem:
    cause = error.__cause__ or error
    if isinstance(cause, SSLCertVerificationError):
        return MailProblem.BAD_CERTIFICATE
    if isinstance(cause, SSLError):
        return MailProblem.NO_TLS
    if isinstance(error, SMTPAuthenticationError):
        return MailProblem.INVALID_AUTH if error.code >= 500 else MailProblem.NOT_NOW
    if isinstance(error, (SMTPTimeoutError, TimeoutError)):
        return MailProblem.TIMEOUT
    if isinstance(error, SMTPResponseException) and 400 <= error.code < 500:
        return MailProblem.NOT_NOW
    return MailProblem.CANNOT_CONNECT
