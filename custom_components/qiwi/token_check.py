"""What was typed for a token, read and tried: shared by the flows that add a wallet and those that renew its token."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
import logging
from math import ceil
from traceback import format_tb
from typing import Any, Final

from homeassistant.const import CONF_API_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import DateSelector, TextSelector, TextSelectorConfig, TextSelectorType
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .api import (
    API_URL,
    ApiUrlError,
    CredentialError,
    P2PPublicKeyError,
    P2PSecretKeyError,
    Priority,
    QiwiAuthError,
    QiwiClient,
    QiwiConnectionError,
    QiwiError,
    QiwiNotFoundError,
    QiwiPermissionError,
    QiwiRateLimitError,
    clean_api_url,
    clean_token,
)
from .const import CONF_API_URL, CONF_TOKEN_ENTERED, CONF_TOKEN_ISSUED, SECTION_ADVANCED, SITE
from .limiters import async_create_client

_LOGGER: Final = logging.getLogger(__package__)

# As told by those who used one (ZenMoney's plugin, 2023-12-28).
TOKEN_LIFE: Final = timedelta(days=180)
# QIWI began to issue information tokens in June 2023; whatever is older is no such token.
_FIRST_ISSUED: Final = date(2023, 6, 1)
# Where the day is another one than here it may be tomorrow already.
_TOMORROW: Final = timedelta(days=1)

PLACES: Final = {
    "token_page": f"{SITE}/api-info",
    "apps_page": f"{SITE}/settings/apps",
}
# Not "current-password": a browser would offer the one of Home Assistant, and it would be sent to the server.
TOKEN_SELECTOR: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
ISSUED_FIELD: Final = {vol.Optional(CONF_TOKEN_ISSUED): DateSelector()}
NEW_TOKEN_SCHEMA: Final = vol.Schema({vol.Required(CONF_API_TOKEN): TOKEN_SELECTOR, **ISSUED_FIELD})


class RefusedError(Exception):
    """The input is refused.

    Attributes:
        error: The key of the sentence that says why.
        field: Where it stands; errors inside a section would not be shown.
        placeholders: What it names.
    """

    def __init__(self, error: str, field: str = "base", **placeholders: str) -> None:
        super().__init__(error)
        self.error = error
        self.field = field
        self.placeholders = placeholders

    @property
    def asks_for_token(self) -> bool:
        """Whether only another token helps."""
        return self.field == CONF_API_TOKEN or self.error == "missing_permission"

    @property
    def concerns_server(self) -> bool:
        """Whether another server address may help."""
        return self.error in {"invalid_url", "cannot_connect", "invalid_response"}


def read_input(user_input: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's data as typed; of what is left empty, what is known of the same token stays.

    Raises:
        RefusedError: a part of it can't be right.
    """
    token = _token(user_input.get(CONF_API_TOKEN) or known.get(CONF_API_TOKEN, ""))
    today = dt_util.now().date()
    issued = user_input.get(CONF_TOKEN_ISSUED)
    # One older than a token's life is taken if the wallet takes the token: a repair tells at once.
    if issued is not None and not _FIRST_ISSUED <= date.fromisoformat(issued) <= today + _TOMORROW:
        raise RefusedError("invalid_date", CONF_TOKEN_ISSUED)
    is_known = token == known.get(CONF_API_TOKEN)
    data = {
        CONF_API_TOKEN: token,
        CONF_API_URL: _api_url(user_input, known),
        CONF_TOKEN_ISSUED: issued or (known.get(CONF_TOKEN_ISSUED) if is_known else None),
        CONF_TOKEN_ENTERED: (known.get(CONF_TOKEN_ENTERED) if is_known else None) or today.isoformat(),
    }
    return {name: value for name, value in data.items() if value is not None}


def expiry(data: Mapping[str, Any]) -> date | None:
    """Return the day an entry's token expires at the latest; None if nothing is known of its age."""
    begun = data.get(CONF_TOKEN_ISSUED) or data.get(CONF_TOKEN_ENTERED)
    return date.fromisoformat(begun) + TOKEN_LIFE if begun else None


def _token(text: str) -> str:
    try:
        return clean_token(text)
    except P2PSecretKeyError:
        raise RefusedError("p2p_secret_key", CONF_API_TOKEN) from None
    except P2PPublicKeyError:
        raise RefusedError("p2p_public_key", CONF_API_TOKEN) from None
    except CredentialError:
        raise RefusedError("invalid_token", CONF_API_TOKEN) from None


def _api_url(user_input: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    typed = user_input.get(SECTION_ADVANCED, known)
    try:
        return clean_api_url(typed.get(CONF_API_URL, API_URL))
    except ApiUrlError:
        raise RefusedError("invalid_url") from None


async def async_owner(hass: HomeAssistant, data: Mapping[str, Any], wallet: str | None = None) -> str | None:
    """Return the number of the wallet a token opens, by its profile; None if it may not read that.

    Args:
        hass: Home Assistant.
        data: What `read_input` returned.
        wallet: The number the token's requests are counted for, where it is known already.

    Raises:
        QiwiError: the wallet does not tell.
    """
    client = await _client(hass, data, wallet)
    try:
        return (await client.profile()).wallet
    except QiwiPermissionError:
        return None


async def async_check_history(hass: HomeAssistant, data: Mapping[str, Any], wallet: str) -> None:
    """Check that a token may read the payments of its wallet: they are what this is all about.

    Raises:
        QiwiPermissionError: it may not.
        QiwiError: the wallet does not tell.
    """
    client = await _client(hass, data, wallet)
    await client.payments_page(rows=1)


async def async_knows(
    hass: HomeAssistant, data: Mapping[str, Any], wallet: str, *, is_certain: bool
) -> bool | None:
    """Tell whether a number is that of a token's wallet: its balances and payments know, None if neither does.

    Args:
        hass: Home Assistant.
        data: What `read_input` returned.
        wallet: The number.
        is_certain: Whether the wallet of that number is the one to count the requests for.

    Raises:
        QiwiPermissionError: the token may not read the payments.
        QiwiError: the wallet does not tell.
    """
    client = await _client(hass, data, wallet if is_certain else None)
    client.wallet = wallet
    is_own: bool | None = True
    try:
        await client.balances()
    except QiwiNotFoundError:
        return False
    except QiwiPermissionError:
        is_own = None
    page = await client.payments_page(rows=1)
    owners = {row.wallet for row in page.rows if row.wallet is not None}
    return owners == {wallet} if owners else is_own


async def async_opens(hass: HomeAssistant, data: Mapping[str, Any], wallet: str) -> bool | None:
    """Tell whether a token opens the wallet it is meant to go on with; None if nothing can prove it.

    Raises:
        QiwiPermissionError: the token may not read the payments.
        QiwiError: the wallet does not tell.
    """
    owner = await async_owner(hass, data, wallet)
    if owner is None:
        return await async_knows(hass, data, wallet, is_certain=True)
    if owner == wallet:
        await async_check_history(hass, data, wallet)
    return owner == wallet


async def _client(hass: HomeAssistant, data: Mapping[str, Any], wallet: str | None) -> QiwiClient:
    return await async_create_client(
        hass,
        token=data[CONF_API_TOKEN],
        api_url=data[CONF_API_URL],
        wallet=wallet,
        priority=Priority.ACTION,
    )


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what goes wrong at the wallet into the sentence that says what to do."""
    try:
        yield
    except AbortFlow, RefusedError:
        raise
    except QiwiAuthError:
        raise RefusedError("invalid_auth", CONF_API_TOKEN) from None
    except QiwiPermissionError:
        raise RefusedError("missing_permission") from None
    except QiwiRateLimitError as error:
        raise RefusedError("rate_limited", minutes=str(max(1, ceil(error.retry_after / 60)))) from None
    except QiwiConnectionError:
        raise RefusedError("cannot_connect") from None
    except QiwiError:
        raise RefusedError("invalid_response") from None
    except Exception as error:  # noqa: BLE001 - nobody would log it but us
        # Where it happened and not its text: nobody knows what that quotes.
        _LOGGER.error(  # noqa: TRY400
            "Unexpected %s while a wallet was checked:\n%s",
            type(error).__name__,
            "".join(format_tb(error.__traceback__)),
        )
        raise RefusedError("unknown") from None
