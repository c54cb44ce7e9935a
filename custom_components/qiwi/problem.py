"""Why payments are not arriving, or an action could not be done: the one table from exceptions to reasons."""

from enum import StrEnum

from .api import QiwiAuthError, QiwiConnectionError, QiwiError, QiwiPermissionError, QiwiRateLimitError


class Problem(StrEnum):
    """A reason, as the feed sensor, the translations and the repairs name it."""

    CANNOT_CONNECT = "cannot_connect"
    INVALID_AUTH = "invalid_auth"
    MISSING_PERMISSION = "missing_permission"
    RATE_LIMITED = "rate_limited"
    INVALID_RESPONSE = "invalid_response"
    STORAGE = "storage"
    CATCHING_UP = "catching_up"


def problem_of(error: Exception) -> Problem:
    """Return the reason for an error; whatever the wallet did not cause, the disk did."""
    match error:
        case QiwiAuthError():
            return Problem.INVALID_AUTH
        case QiwiPermissionError():
            return Problem.MISSING_PERMISSION
        case QiwiRateLimitError():
            return Problem.RATE_LIMITED
        case QiwiConnectionError():
            return Problem.CANNOT_CONNECT
        case QiwiError():
            return Problem.INVALID_RESPONSE
        case _:
            return Problem.STORAGE
