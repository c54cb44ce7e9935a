"""A mail server on loopback that keeps what it gets: for the tests and the demo, with faults on request."""

from .certificate import Certificate
from .server import Fault, Mail, MailSimulator

__all__ = ["Certificate", "Fault", "Mail", "MailSimulator"]
