"""The QIWI Wallet API on loopback, with a scripted or interactive wallet behind it; stands on aiohttp alone."""

from .clock import Clock
from .faults import ActiveFault, Endpoint, Fault, FaultKind
from .faulty_api import RecordedRequest
from .rows import Kind, Row, Status, Type
from .server import Simulator
from .wallet import ALL_SCOPES, Scope, Token, Wallet

__all__ = [
    "ALL_SCOPES",
    "ActiveFault",
    "Clock",
    "Endpoint",
    "Fault",
    "FaultKind",
    "Kind",
    "RecordedRequest",
    "Row",
    "Scope",
    "Simulator",
    "Status",
    "Token",
    "Type",
    "Wallet",
]
