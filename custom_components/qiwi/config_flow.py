"""From a pasted token to an entry, and a new token for an old entry."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
import logging
from math import ceil
from traceback import format_tb
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_API_TOKEN
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow, section
from homeassistant.helpers.selector import (
    DateSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
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
    clean_wallet,
)
from .const import (
    CONF_API_URL,
    CONF_KINDS,
    CONF_TOKEN_ENTERED,
    CONF_TOKEN_ISSUED,
    CONF_WALLET,
    DEFAULT_KINDS,
    DOMAIN,
    SECTION_ADVANCED,
)
from .coordinator import QiwiConfigEntry
from .limiters import async_create_client
from .payments import masked

_LOGGER: Final = logging.getLogger(__package__)

# Not "current-password": a browser would offer the one of Home Assistant, and it would be sent to the server.
_TOKEN: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_ISSUED: Final = {vol.Optional(CONF_TOKEN_ISSUED): DateSelector()}
_ADVANCED: Final = {
    vol.Optional(SECTION_ADVANCED): section(
        vol.Schema(
            {
                vol.Required(CONF_API_URL, default=API_URL): TextSelector(
                    TextSelectorConfig(type=TextSelectorType.URL)
                )
            }
        ),
        {"collapsed": True},
    )
}
# The step and the form that ask for a token, by what began the flow. QIWI shows a token once, so whoever
# only moves to another server need not have it any more.
_TOKEN_FORMS: Final[Mapping[str | None, tuple[str, vol.Schema]]] = {
    SOURCE_USER: ("user", vol.Schema({vol.Required(CONF_API_TOKEN): _TOKEN, **_ISSUED, **_ADVANCED})),
    SOURCE_REAUTH: ("reauth_confirm", vol.Schema({vol.Required(CONF_API_TOKEN): _TOKEN, **_ISSUED})),
    SOURCE_RECONFIGURE: (
        "reconfigure",
        vol.Schema({vol.Optional(CONF_API_TOKEN): _TOKEN, **_ISSUED, **_ADVANCED}),
    ),
}
_NUMBER: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.TEL, autocomplete="tel"))
_WALLET: Final = vol.Schema({vol.Required(CONF_WALLET): _NUMBER})
_PLACES: Final = {
    "token_page": "https://qiwi.com/api-info",
    "apps_page": "https://qiwi.com/settings/apps",
}
# Where the day is another one than here it may be tomorrow already.
_TOMORROW: Final = timedelta(days=1)
_COUNTABLE: Final = ("transfer", "top_up", "other")


# What can be added to a wallet, by the type of its subentry.
_SUBENTRY_FLOWS: Final[dict[str, type[ConfigSubentryFlow]]] = {}


class RefusedError(Exception):
    """The input is refused.

    Attributes:
        error: The key of the sentence that says why.
        field: Where it stands.
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


class QiwiConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up a wallet and renews its token."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        self._typed: Mapping[str, Any] = {}
        self._data: dict[str, Any] = {}
        self._wallet = ""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: QiwiConfigEntry) -> QiwiOptionsFlow:
        """Return the options flow."""
        return QiwiOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the flows that add something to a wallet."""
        return dict(_SUBENTRY_FLOWS)

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the token."""
        return await self._token_step(user_input)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to replace a token that was refused."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new token of the same wallet."""
        return await self._token_step(user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for another token or another server for the same wallet."""
        return await self._token_step(user_input)

    async def async_step_wallet(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the wallet's number where the token may not read the profile."""
        return await self._number_step("wallet", _WALLET, user_input)

    async def async_step_confirm_wallet(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have a number confirmed, or corrected, that nothing in the wallet can confirm."""
        if user_input is not None and user_input.get(CONF_WALLET, self._wallet) == self._wallet:
            return self._finish(self._wallet)
        fields = {} if self._entry else {vol.Required(CONF_WALLET, default=self._wallet): _NUMBER}
        return await self._number_step("confirm_wallet", vol.Schema(fields), user_input)

    @property
    def _entry(self) -> QiwiConfigEntry | None:
        """The entry whose token is renewed; None for a new one."""
        if self.source == SOURCE_REAUTH:
            return self._get_reauth_entry()
        return self._get_reconfigure_entry() if self.source == SOURCE_RECONFIGURE else None

    # Asking

    async def _token_step(self, user_input: Mapping[str, Any] | None) -> ConfigFlowResult:
        if user_input is None:
            entry = self._entry
            self._typed = {SECTION_ADVANCED: {CONF_API_URL: entry.data[CONF_API_URL]}} if entry else {}
            return self._ask_for_token()
        self._typed = user_input
        try:
            with _refusals():
                return await self._take_token(user_input)
        except RefusedError as refusal:
            return self._ask_for_token(refusal)

    async def _number_step(
        self, step: str, schema: vol.Schema, user_input: Mapping[str, Any] | None
    ) -> ConfigFlowResult:
        if user_input is None:
            return self._ask(step, schema)
        try:
            with _refusals():
                return await self._take_wallet(user_input[CONF_WALLET])
        except RefusedError as refusal:
            if refusal.asks_for_token:
                return self._ask_for_token(refusal)
            return self._ask(step, self.add_suggested_values_to_schema(schema, user_input), refusal)

    def _ask_for_token(self, refusal: RefusedError | None = None) -> ConfigFlowResult:
        step, schema = _TOKEN_FORMS[self.source]
        typed = dict(self._typed)
        if self.source == SOURCE_REAUTH:
            typed.pop(CONF_API_TOKEN, None)
        return self._ask(step, self.add_suggested_values_to_schema(schema, typed), refusal)

    def _ask(self, step: str, schema: vol.Schema, refusal: RefusedError | None = None) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=schema,
            errors={refusal.field: refusal.error} if refusal else {},
            description_placeholders={
                **_PLACES,
                "wallet": f"+{self._wallet}",
                **(refusal.placeholders if refusal else {}),
            },
        )

    # Checking

    async def _take_token(self, user_input: Mapping[str, Any]) -> ConfigFlowResult:
        """Check a token and go on with the wallet it opens."""
        entry = self._entry
        self._data = _read(user_input, entry.data if entry else {})
        if entry is None:
            self._async_abort_entries_match(
                {name: self._data[name] for name in (CONF_API_TOKEN, CONF_API_URL)}
            )
        client = await self._client(entry.unique_id if entry else None)
        try:
            wallet = (await client.profile()).wallet
        except QiwiPermissionError:
            # An entry's number is known, a new one is asked for.
            return await (self._take_wallet(entry.unique_id or "") if entry else self.async_step_wallet())
        await self._expect(wallet)
        client = await self._client(wallet)
        await client.payments_page(rows=1)
        return self._finish(wallet)

    async def _take_wallet(self, number: str) -> ConfigFlowResult:
        """Check that the token reads the wallet of a number."""
        try:
            self._wallet = clean_wallet(number)
        except CredentialError:
            raise RefusedError("invalid_wallet") from None
        await self._expect(self._wallet)
        client = await self._client(self._wallet if self._entry else None)
        client.wallet = self._wallet
        is_own = await _is_own(client, self._wallet)
        if is_own is None:
            return await self.async_step_confirm_wallet()
        if is_own:
            return self._finish(self._wallet)
        if self._entry:
            return self.async_abort(reason="wrong_account")
        raise RefusedError("invalid_wallet")

    async def _client(self, wallet: str | None) -> QiwiClient:
        """Return a client; it is known whose requests they are only if the token or an entry has told."""
        return await async_create_client(
            self.hass,
            token=self._data[CONF_API_TOKEN],
            api_url=self._data[CONF_API_URL],
            wallet=wallet,
            priority=Priority.ACTION,
        )

    async def _expect(self, wallet: str) -> None:
        """Abort for a wallet that is set up already, or for another than the entry's."""
        # A form left open somewhere is no reason to refuse this one.
        await self.async_set_unique_id(wallet, raise_on_progress=False)
        if self._entry is None:
            self._abort_if_unique_id_configured()
        else:
            self._abort_if_unique_id_mismatch(reason="wrong_account")

    def _finish(self, wallet: str) -> ConfigFlowResult:
        data = self._data | {CONF_WALLET: wallet}
        if entry := self._entry:
            return self.async_update_reload_and_abort(entry, data=data)
        return self.async_create_entry(title=f"QIWI {masked(wallet)}", data=data)


class QiwiOptionsFlow(OptionsFlowWithReload):
    """Which kinds count as received, from now on."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the kinds."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        schema = vol.Schema(
            {
                vol.Required(CONF_KINDS, default=list(DEFAULT_KINDS)): SelectSelector(
                    SelectSelectorConfig(
                        options=list(_COUNTABLE),
                        multiple=True,
                        mode=SelectSelectorMode.LIST,
                        translation_key=CONF_KINDS,
                    )
                )
            }
        )
        return self.async_show_form(
            step_id="init", data_schema=self.add_suggested_values_to_schema(schema, self.config_entry.options)
        )


def _read(user_input: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry's data as typed; of what is left empty, what is known of the same token stays."""
    token = _token(user_input.get(CONF_API_TOKEN) or known.get(CONF_API_TOKEN, ""))
    today = dt_util.now().date()
    issued = user_input.get(CONF_TOKEN_ISSUED)
    if issued is not None and date.fromisoformat(issued) > today + _TOMORROW:
        raise RefusedError("invalid_date", CONF_TOKEN_ISSUED)
    is_known = token == known.get(CONF_API_TOKEN)
    data = {
        CONF_API_TOKEN: token,
        CONF_API_URL: _api_url(user_input, known),
        CONF_TOKEN_ISSUED: issued or (known.get(CONF_TOKEN_ISSUED) if is_known else None),
        CONF_TOKEN_ENTERED: (known.get(CONF_TOKEN_ENTERED) if is_known else None) or today.isoformat(),
    }
    return {name: value for name, value in data.items() if value is not None}


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


async def _is_own(client: QiwiClient, wallet: str) -> bool | None:
    """Tell whether a number is that of the token's wallet: its balances and its payments know, None if neither."""
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


@contextmanager
def _refusals() -> Iterator[None]:
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
