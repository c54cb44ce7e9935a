"""One limiter and one pause for each wallet, whoever asks it: polls, flows, actions, before and after a restart."""

from hashlib import sha256
import logging
from time import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.singleton import singleton
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .api import Priority, QiwiClient, WalletLimiter
from .const import DOMAIN

_LOGGER: Final = logging.getLogger(__package__)

_VERSION: Final = 1


class Limiters:
    """The limiters of all wallets; until a wallet's number is known, its server and the token stand for it."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._limiters: dict[str, WalletLimiter] = {}
        # Any: what is on the disk need not be what was written.
        self._store: Store[Any] = Store(hass, _VERSION, f"{DOMAIN}.pauses", private=True)

    async def async_load(self) -> None:
        """Take up the pauses that a restart must not shorten; what can't be read stops nothing."""
        try:
            stored = await self._store.async_load()
        except (HomeAssistantError, KeyError, NotImplementedError, TypeError) as error:
            _LOGGER.warning("The pauses of the wallets can't be read: %s", type(error).__name__)
            return
        for key, paused_until in stored.items() if isinstance(stored, dict) else ():
            if isinstance(paused_until, float) and paused_until > time():
                self._of_key(key).restore(paused_until)

    @callback
    def of(self, api_url: str, token: str, wallet: str | None) -> WalletLimiter:
        """Return a wallet's limiter.

        The first to name the wallet's number hands it what was asked for with the token before: a limiter that
        is not there yet is the token's own, one that is there absorbs the token's.
        """
        token_key = _key(api_url, f"token {token}")
        of_token = self._of_key(token_key)
        if wallet is None:
            return of_token
        of_wallet = self._limiters.setdefault(_key(api_url, wallet), of_token)
        if of_wallet is not of_token:
            of_wallet.absorb(of_token)
            # They are one from now on: what was absorbed must not count again.
            self._limiters[token_key] = of_wallet
        return of_wallet

    def _of_key(self, key: str) -> WalletLimiter:
        if key not in self._limiters:
            self._limiters[key] = limiter = WalletLimiter()
            limiter.on_pause = self._save
        return self._limiters[key]

    @callback
    def _save(self) -> None:
        self._hass.async_create_task(self._store.async_save(self._pauses()), f"{DOMAIN} pauses")

    def _pauses(self) -> dict[str, float]:
        return {
            key: until
            for key, limiter in self._limiters.items()
            if (until := limiter.paused_until) is not None
        }


_LIMITERS: Final[HassKey[Limiters]] = HassKey(f"{DOMAIN}_limiters")


async def async_create_client(
    hass: HomeAssistant,
    *,
    token: str,
    api_url: str,
    wallet: str | None = None,
    priority: Priority = Priority.POLL,
) -> QiwiClient:
    """Return a client whose requests count towards its wallet's limit.

    Whoever learns the wallet's number from such a client asks for another one, with the number.
    """
    limiters = await _async_limiters(hass)
    return QiwiClient(
        async_get_clientsession(hass),
        token,
        wallet=wallet,
        api_url=api_url,
        limiter=limiters.of(api_url, token, wallet),
        priority=priority,
    )


@singleton(_LIMITERS, async_=True)
async def _async_limiters(hass: HomeAssistant) -> Limiters:
    limiters = Limiters(hass)
    await limiters.async_load()
    return limiters


def _key(api_url: str, whose: str) -> str:
    # Hashed: the file and the logs learn neither a number nor a token.
    return sha256(f"{api_url} {whose}".encode()).hexdigest()
