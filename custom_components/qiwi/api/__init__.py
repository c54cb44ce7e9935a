"""The wallet's HTTP API: read-only, typed, without Home Assistant.

The rule of this room: it imports nothing of the integration and nothing beyond aiohttp, sends GET requests
only, and from one place (`transport`); what it raises, logs or represents holds nothing personal.
"""

from .client import API_URL, QiwiClient
from .credentials import (
    ApiUrlError,
    CredentialError,
    InvalidTokenError,
    InvalidWalletError,
    P2PPublicKeyError,
    P2PSecretKeyError,
    clean_api_url,
    clean_token,
    clean_wallet,
)
from .exceptions import (
    QiwiAuthError,
    QiwiConnectionError,
    QiwiError,
    QiwiNotFoundError,
    QiwiPermissionError,
    QiwiRateLimitError,
    QiwiResponseError,
)
from .limiter import LONGEST_PAUSE, Priority, WalletLimiter
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
    UnreadableRow,
)
from .ranges import LONGEST_RANGE

__all__ = [
    "API_URL",
    "LONGEST_PAUSE",
    "LONGEST_RANGE",
    "ApiUrlError",
    "Balance",
    "CommissionRange",
    "CommissionTerms",
    "CredentialError",
    "Cursor",
    "InvalidTokenError",
    "InvalidWalletError",
    "Money",
    "Operation",
    "P2PPublicKeyError",
    "P2PSecretKeyError",
    "Party",
    "PaymentsPage",
    "Priority",
    "Profile",
    "QiwiAuthError",
    "QiwiClient",
    "QiwiConnectionError",
    "QiwiError",
    "QiwiNotFoundError",
    "QiwiPermissionError",
    "QiwiRateLimitError",
    "QiwiResponseError",
    "Scope",
    "Status",
    "Transaction",
    "UnreadableRow",
    "WalletLimiter",
    "clean_api_url",
    "clean_token",
    "clean_wallet",
]
