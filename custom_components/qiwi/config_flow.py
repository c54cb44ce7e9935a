"""From a pasted token to an entry, and a new token for an old entry."""

from asyncio import CancelledError
from collections.abc import Mapping
import logging
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigFlow,
    ConfigFlowResult,
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
    QiwiAuthError,
    QiwiClient,
    QiwiConnectionError,
    QiwiNotFoundError,
    QiwiPermissionError,
    QiwiRateLimitError,
    QiwiResponseError,
    Scope,
    clean_api_url,
    clean_token,
    clean_wallet,
)
from .connection import async_adopt, async_create_client
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
from .payment import masked

_LOGGER = logging.getLogger(__package__)

_TOKEN: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off"))
_TOKEN_FIELDS: Final = {
    vol.Required(CONF_API_TOKEN): _TOKEN,
    vol.Optional(CONF_TOKEN_ISSUED): DateSelector(),
}
_USER: Final = vol.Schema(
    {
        **_TOKEN_FIELDS,
        vol.Required(SECTION_ADVANCED): section(
            vol.Schema({vol.Required(CONF_API_URL, default=API_URL): TextSelector()}), {"collapsed": True}
        ),
    }
)
_REAUTH: Final = vol.Schema(_TOKEN_FIELDS)
_WALLET: Final = vol.Schema({vol.Required(CONF_WALLET): TextSelector(TextSelectorConfig(autocomplete="tel"))})
_PLACES: Final = {
    "token_page": "https://qiwi.com/api-info",
    "apps_page": "https://qiwi.com/settings/apps",
}
_COUNTABLE: Final = ("transfer", "top_up", "other")


class RefusedError(Exception):
    """The input is refused.

    Attributes:
        field: Where the sentence stands.
        error: Its key.
    """

    def __init__(self, error: str, field: str = "base") -> None:
        super().__init__(error)
        self.field = field
        self.error = error


class UnknownWalletError(Exception):
    """The token is good and does not tell whose it is."""


class QiwiConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up a wallet and renews its token."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        self._data: dict[str, Any] = {}
        self._client: QiwiClient | None = None
        self._wallet = ""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: QiwiConfigEntry) -> QiwiOptionsFlow:
        """Return the options flow."""
        return QiwiOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the token."""
        return await self._ask_for_token("user", _USER, user_input, API_URL)

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to replace a token that was refused."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a new token of the same wallet."""
        return await self._ask_for_token(
            "reauth_confirm", _REAUTH, user_input, self._get_reauth_entry().data[CONF_API_URL]
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for another token or another server for the same wallet."""
        return await self._ask_for_token(
            "reconfigure", _USER, user_input, self._get_reconfigure_entry().data[CONF_API_URL]
        )

    async def async_step_wallet(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the wallet's number where the token may not read the profile."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                return await self._take_wallet(user_input[CONF_WALLET])
            except RefusedError as refusal:
                errors[refusal.field] = refusal.error
        return self.async_show_form(
            step_id="wallet",
            data_schema=self.add_suggested_values_to_schema(_WALLET, user_input),
            errors=errors,
        )

    async def async_step_confirm_wallet(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Have a number confirmed that nothing in the wallet can confirm."""
        if user_input is not None:
            return await self._finish(self._wallet)
        return self.async_show_form(
            step_id="confirm_wallet", description_placeholders={"wallet": f"+{self._wallet}"}
        )

    async def _ask_for_token(
        self, step: str, schema: vol.Schema, user_input: dict[str, Any] | None, api_url: str
    ) -> ConfigFlowResult:
        errors: dict[str, str] = {}
        suggested: Mapping[str, Any] = {SECTION_ADVANCED: {CONF_API_URL: api_url}}
        if user_input is not None:
            suggested = user_input
            try:
                return await self._take_token(user_input, api_url)
            except RefusedError as refusal:
                errors[refusal.field] = refusal.error
            except UnknownWalletError:
                return await self._without_profile()
        if self.source != SOURCE_USER:
            suggested = {key: value for key, value in suggested.items() if key != CONF_API_TOKEN}
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=errors,
            description_placeholders=_PLACES,
        )

    async def _take_token(self, user_input: Mapping[str, Any], api_url: str) -> ConfigFlowResult:
        """Check a token and go on with the wallet it opens."""
        try:
            token = clean_token(user_input[CONF_API_TOKEN])
        except P2PSecretKeyError:
            raise RefusedError("p2p_secret_key", CONF_API_TOKEN) from None
        except P2PPublicKeyError:
            raise RefusedError("p2p_public_key", CONF_API_TOKEN) from None
        except CredentialError:
            raise RefusedError("invalid_token", CONF_API_TOKEN) from None
        try:
            api_url = clean_api_url(user_input.get(SECTION_ADVANCED, {}).get(CONF_API_URL, api_url))
        except ApiUrlError:
            raise RefusedError("invalid_url") from None
        self._data = {
            CONF_API_TOKEN: token,
            CONF_API_URL: api_url,
            CONF_TOKEN_ISSUED: user_input.get(CONF_TOKEN_ISSUED),
            CONF_TOKEN_ENTERED: dt_util.now().date().isoformat(),
        }
        self._client = await async_create_client(self.hass, token=token, api_url=api_url)
        async with _Refusals():
            wallet = await self._wallet_of_profile(self._client)
            await self._expect(wallet)
            await self._client.payments_page(rows=1)
        return await self._finish(wallet)

    async def _wallet_of_profile(self, client: QiwiClient) -> str:
        try:
            profile = await client.profile()
        except QiwiPermissionError:
            raise UnknownWalletError from None
        await async_adopt(
            self.hass,
            token=self._data[CONF_API_TOKEN],
            api_url=self._data[CONF_API_URL],
            wallet=profile.wallet,
        )
        return profile.wallet

    async def _without_profile(self) -> ConfigFlowResult:
        """Go on without the profile: an entry's number is known, a new one is asked for."""
        if self.source == SOURCE_USER:
            return await self.async_step_wallet()
        entry = self._get_reauth_entry() if self.source == SOURCE_REAUTH else self._get_reconfigure_entry()
        try:
            return await self._take_wallet(entry.unique_id or "")
        except RefusedError as refusal:
            reason = "wrong_account" if refusal.error == "invalid_wallet" else refusal.error
            return self.async_abort(reason=reason)

    async def _take_wallet(self, number: str) -> ConfigFlowResult:
        """Check that the token reads the wallet of a number."""
        assert self._client is not None
        try:
            wallet = self._client.wallet = clean_wallet(number)
        except CredentialError:
            raise RefusedError("invalid_wallet") from None
        await self._expect(wallet)
        async with _Refusals():
            page = await self._client.payments_page(rows=10)
            told = {row.wallet for row in page.rows if row.wallet is not None}
            if told - {wallet}:
                raise RefusedError("invalid_wallet")
            try:
                await self._client.balances()
            except QiwiPermissionError:
                if not told:
                    self._wallet = wallet
                    return await self.async_step_confirm_wallet()
        return await self._finish(wallet)

    async def _expect(self, wallet: str) -> None:
        """Abort for a wallet that is set up already, or for another than the entry's."""
        await self.async_set_unique_id(wallet)
        if self.source == SOURCE_USER:
            self._abort_if_unique_id_configured()
        else:
            self._abort_if_unique_id_mismatch(reason="wrong_account")

    async def _finish(self, wallet: str) -> ConfigFlowResult:
        data = {key: value for key, value in self._data.items() if value is not None} | {CONF_WALLET: wallet}
        if self.source == SOURCE_REAUTH:
            return self.async_update_reload_and_abort(self._get_reauth_entry(), data=data)
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_reload_and_abort(self._get_reconfigure_entry(), data=data)
        return self.async_create_entry(title=f"QIWI {masked(wallet)}", data=data)


class _Refusals:
    """Turns what goes wrong at the wallet into the sentence that says what to do."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        match error:
            case QiwiAuthError():
                raise RefusedError("invalid_auth", CONF_API_TOKEN) from None
            case QiwiPermissionError(scope=Scope.PAYMENTS):
                raise RefusedError("missing_permission") from None
            case QiwiRateLimitError():
                raise RefusedError("rate_limited") from None
            case QiwiConnectionError():
                raise RefusedError("cannot_connect") from None
            case QiwiNotFoundError():
                raise RefusedError("invalid_wallet") from None
            case QiwiResponseError():
                raise RefusedError("invalid_response") from None
            case None | RefusedError() | UnknownWalletError() | AbortFlow() | CancelledError():
                return
            case _:
                # Without the error's text: nobody knows what it quotes.
                _LOGGER.error("Unexpected error while the token was checked: %s", kind)
                raise RefusedError("unknown") from error


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
