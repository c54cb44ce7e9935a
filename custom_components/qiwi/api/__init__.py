"""The wallet's HTTP API: read-only, typed, without Home Assistant."""

from .exceptions import (
    QiwiAuthError,
    QiwiConnectionError,
    QiwiError,
    QiwiNotFoundError,
    QiwiPermissionError,
    QiwiRateLimitError,
    QiwiResponseError,
)
from .models import (
    Balance,
    CommissionRange,
    CommissionTerms,
    Cursor,
    Money,
    Operation,
    Party,
    PaymentsPage,
    Profile,
    Scope,
    Status,
    Transaction,
)

__all__ = [
    "Balance",
    "CommissionRange",
    "CommissionTerms",
    "Cursor",
    "Money",
    "Operation",
    "Party",
    "PaymentsPage",
    "Profile",
    "QiwiAuthError",
    "QiwiConnectionError",
    "QiwiError",
    "QiwiNotFoundError",
    "QiwiPermissionError",
    "QiwiRateLimitError",
    "QiwiResponseError",
    "Scope",
    "Status",
    "Transaction",
]
