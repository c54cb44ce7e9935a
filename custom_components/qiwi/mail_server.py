"""A mail server's settings, and what can be wrong with them; how it is spoken to is in `delivery.py`."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address

from .mail import Sender


class Security(StrEnum):
    """How the connection to a mail server is encrypted."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class MailProblem(StrEnum):
    """Why a mail server can't be used."""

    CANNOT_CONNECT = "cannot_connect"
    TIMEOUT = "timeout"
    BAD_CERTIFICATE = "bad_certificate"
    NO_TLS = "no_tls"
    NO_LOGIN = "no_login"
    INVALID_AUTH = "invalid_auth"
    REFUSED_SENDER = "refused_sender"
    NOT_NOW = "not_now"
    UNENCRYPTED = "unencrypted"


class MailServerError(Exception):
    """A mail server can't be used; `problem` says why, the text is for the log."""

    def __init__(self, problem: MailProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """A mail server and who sends by it.

    Attributes:
        host: Its name or address.
        port: Its port.
        security: How the connection is encrypted; not at all to this machine alone.
        sender: Who the mails are from.
        username: None where it asks for no login.
        password: None likewise.
        command_timeout: How long it may take for each answer.
        answer_timeout: How long it may take to accept a whole mail; RFC 5321 4.5.3.2.6: whoever waits less sends
            it twice.
    """

    host: str
    port: int
    security: Security
    sender: Sender
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    command_timeout: timedelta = timedelta(minutes=1)
    answer_timeout: timedelta = timedelta(minutes=10)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine: a password may travel there as it is."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"
