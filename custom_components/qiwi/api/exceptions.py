"""What can go wrong when the wallet is asked; no message holds a token, a number, an address or a comment."""

from .models import Scope


class QiwiError(Exception):
    """The wallet did not give what was asked for."""


class QiwiConnectionError(QiwiError):
    """The server cannot be reached or is out of order; asking again later may help."""


class QiwiAuthError(QiwiError):
    """The token is wrong, expired or revoked; the wallet does not tell which."""


class QiwiPermissionError(QiwiError):
    """The token is good, but was issued without the permission the request needs.

    Attributes:
        scope: The missing permission.
    """

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"The token lacks the permission for {scope.value}")
        self.scope = scope


class QiwiRateLimitError(QiwiError):
    """The wallet was asked too often and wants to be left alone.

    Attributes:
        retry_after: How long, in seconds from now.
    """

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"The wallet was asked too often and answers again in {retry_after:.0f} s")
        self.retry_after = retry_after


class QiwiNotFoundError(QiwiError):
    """There is no such wallet, provider or payment."""


class QiwiResponseError(QiwiError):
    """The answer does not have the documented shape, or the request was refused as malformed."""


class QiwiTooLargeError(QiwiResponseError):
    """The answer is larger than what is read of one, in bytes or in values; fewer rows may fit."""
