"""One limiter and one pause for each wallet, whoever asks it: polls, flows, actions, before and after a restart."""

from hashlib import sha256
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .api import Priority, QiwiClient, WalletLimiter
from .const import DOMAIN

_VERSION: Final = 1


class Limiters:
    """The limiters by wallet; a wallet whose number is not known yet is told by its token."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._limiters: dict[str, WalletLimiter] = {}
        self._store: Store[dict[str, float]] = Store(hass, _VERSION, f"{DOMAIN}.pauses", private=True)
        self._stored: dict[str, float] = {}

    async def async_load(self) -> None:
        """Load the pauses that a restart must not shorten."""
        self._stored = await self._store.async_load() or {}

    def get(self, key: str) -> WalletLimiter:
        """Return the one limiter of a wallet."""
        if key not in self._limiters:
            limiter = WalletLimiter()
            limiter.restore(self._stored.get(key))
            limiter.on_pause = self._save
            self._limiters[key] = limiter
        return self._limiters[key]

    def adopt(self, provisional: str, key: str) -> None:
        """Hand what a token's limiter knows to the wallet it turned out to open."""
        limiter = self._limiters.pop(provisional, None)
        if limiter is None:
            return
        if remaining := limiter.remaining:
            self.get(key).pause(remaining)
        self._limiters.setdefault(key, limiter)

    def _save(self) -> None:
        self._store.async_delay_save(self._pauses, 0)

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
    """Return a client whose requests count towards its wallet's limit."""
    limiters = await _async_limiters(hass)
    return QiwiClient(
        async_get_clientsession(hass),
        token,
        wallet=wallet,
        api_url=api_url,
        limiter=limiters.get(_key(api_url, wallet or f"token {token}")),
        priority=priority,
    )


async def async_adopt(hass: HomeAssistant, *, token: str, api_url: str, wallet: str) -> None:
    """Count what was asked with a token towards the wallet it turned out to open."""
    limiters = await _async_limiters(hass)
    limiters.adopt(_key(api_url, f"token {token}"), _key(api_url, wallet))


async def _async_limiters(hass: HomeAssistant) -> Limiters:
    if (limiters := hass.data.get(_LIMITERS)) is None:
        loaded = Limiters(hass)
        await loaded.async_load()
        # Somebody else may have been faster while the file was read.
        limiters = hass.data.setdefault(_LIMITERS, loaded)
    return limiters


def _key(api_url: str, whose: str) -> str:
    # Hashed: the file and the logs learn neither a number nor a token.
    return sha256(f"{api_url} {whose}".encode()).hexdigest()
