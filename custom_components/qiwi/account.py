"""What a wallet holds and whose it is, each asked for when it is its turn."""

from datetime import timedelta
import logging
from time import monotonic
from typing import Final

from .api import Balance, Profile, QiwiAuthError, QiwiClient, QiwiError, QiwiPermissionError

_LOGGER: Final = logging.getLogger(__package__)

# About two minutes: the fourth poll of 30 seconds, even if it comes a little early.
BALANCES_INTERVAL: Final = timedelta(seconds=105)
PROFILE_INTERVAL: Final = timedelta(hours=6)


class Account:
    """The balances and the profile of one wallet.

    Attributes:
        balances: By alias; None while they are not known.
        profile: None until it was read.
    """

    def __init__(self, client: QiwiClient) -> None:
        self.balances: dict[str, Balance] | None = None
        self.profile: Profile | None = None
        self._client = client
        self._balances_at = 0.0
        self._profile_at = 0.0

    def expire_balances(self) -> None:
        """Let the next poll read the balances."""
        self._balances_at = 0.0

    async def poll(self) -> None:
        """Read what is due; a failure leaves the balances unknown.

        Raises:
            QiwiAuthError: the token was refused.
        """
        if monotonic() >= self._balances_at:
            await self._read_balances()
        if monotonic() >= self._profile_at:
            await self._read_profile()

    async def _read_balances(self) -> None:
        try:
            balances = await self._client.balances()
        except QiwiAuthError:
            raise
        except QiwiError as error:
            _LOGGER.debug("The balances could not be read: %s", error)
            self.balances = None
            return
        self.balances = {balance.alias: balance for balance in balances}
        self._balances_at = monotonic() + BALANCES_INTERVAL.total_seconds()

    async def _read_profile(self) -> None:
        try:
            self.profile = await self._client.profile()
        except QiwiAuthError:
            raise
        except QiwiPermissionError:
            pass
        except QiwiError as error:
            _LOGGER.debug("The profile could not be read: %s", error)
            return
        self._profile_at = monotonic() + PROFILE_INTERVAL.total_seconds()
