"""What an answer that is no success means: told by its error code where the status fits, else by its status."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from aiohttp import hdrs

from .answer import Answer, http_date
from .document import decode, error_code
from .exceptions import (
    QiwiAuthError,
    QiwiConnectionError,
    QiwiError,
    QiwiNotFoundError,
    QiwiPermissionError,
    QiwiRateLimitError,
    QiwiResponseError,
)
from .limiter import LONGEST_PAUSE
from .models import Scope

# The documentation: access is blocked for five minutes.
PAUSE: Final = 300.0
SHORTEST_PAUSE: Final = 1.0
# An error body has a handful of short fields; a longer one is not looked into.
_LONGEST_ERROR: Final = 64 * 1024


def refusal(answer: Answer, scope: Scope | None) -> QiwiError:
    """Return the error an answer stands for; `scope` is the permission it was asked with, None for an open method."""
    code = _code(answer)
    kind = next((name for name in _BY_CODE if code == name or code.endswith(f".{name}")), None)
    if kind is not None:
        statuses, error = _BY_CODE[kind]
        if answer.status in statuses:
            return error(answer, scope)
    return _error_of_status(answer, scope)


def _code(answer: Answer) -> str:
    if len(answer.body) > _LONGEST_ERROR:
        return ""
    try:
        return error_code(decode(answer.body)) or ""
    except QiwiResponseError:
        return ""


def _forbidden(_: Answer, scope: Scope | None) -> QiwiError:
    return QiwiPermissionError(scope) if scope else QiwiResponseError("The wallet refuses an open method")


def _limited(answer: Answer, _: Scope | None) -> QiwiError:
    return QiwiRateLimitError(_retry_after(answer))


def _out_of_order(_: Answer, __: Scope | None) -> QiwiError:
    return QiwiConnectionError("The wallet's server is out of order")


def _not_found(_: Answer, __: Scope | None) -> QiwiError:
    return QiwiNotFoundError("The wallet knows no such thing")


# Codes and bodies were quoted by public clients, mostly without their status, and the documentation pairs
# statuses with meanings alone. So a code counts with its own status, with 200, and with the statuses that say less
# than it does; a 5xx is a failure whatever it says, 401 is about the token unless a permission is named, and
# "not found" is never believed of an answer that claims success.
_BY_CODE: Final[dict[str, tuple[frozenset[int], Callable[[Answer, Scope | None], QiwiError]]]] = {
    "auth.forbidden": (frozenset({200, 400, 401, 403, 404}), _forbidden),
    "request.blocked": (frozenset({200, 400, 401, 403, 404, 423, 429}), _limited),
    "internal.error": (frozenset({200, 400, 404}), _out_of_order),
    "not.found": (frozenset({400, 404}), _not_found),
}


def _error_of_status(answer: Answer, scope: Scope | None) -> QiwiError:
    match answer.status:
        case 401 if scope:
            return QiwiAuthError("The wallet does not accept the token")
        case 403:
            return _forbidden(answer, scope)
        case 404:
            return _not_found(answer, scope)
        case 423 | 429:
            return _limited(answer, scope)
        case status if status >= 500:
            return QiwiConnectionError(f"The wallet's server is out of order (HTTP {status})")
        case status if 300 <= status < 400:
            return QiwiResponseError(
                f"The wallet answers with a redirect, which is not followed (HTTP {status})"
            )
        case status:
            return QiwiResponseError(f"The wallet does not answer as documented (HTTP {status})")


def _retry_after(answer: Answer) -> float:
    """Return how long to leave the wallet alone: seconds or a date (RFC 9110), five minutes without either."""
    value = answer.headers.get(hdrs.RETRY_AFTER, "").strip()
    if value.isascii() and value.isdigit():
        seconds = float(value)
    elif date := http_date(value):
        now = http_date(answer.headers.get(hdrs.DATE)) or datetime.now(UTC)
        seconds = (date - now).total_seconds()
    else:
        return PAUSE
    return min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE)
