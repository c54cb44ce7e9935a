"""From a pasted token to an entry, and a new token for an old entry."""

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_API_TOKEN
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .api import API_URL, CredentialError, clean_wallet
from .const import (
    CONF_API_URL,
    CONF_KINDS,
    CONF_WALLET,
    DEFAULT_KINDS,
    DOMAIN,
    SECTION_ADVANCED,
    SUBENTRY_GOAL,
    SUBENTRY_MAIL_SERVER,
    SUBENTRY_OFFER,
)
from .coordinator import QiwiConfigEntry
from .goal_flow import GoalFlow
from .mail_flow import MailServerFlow
from .offer_flow import OfferFlow
from .payments import masked
from .token_check import (
    ISSUED_FIELD,
    NEW_TOKEN_SCHEMA,
    PLACES,
    TOKEN_SELECTOR,
    RefusedError,
    async_check_history,
    async_knows,
    async_opens,
    async_owner,
    read_input,
    refusals,
)

_SERVER: Final = vol.Schema(
    {vol.Required(CONF_API_URL, default=API_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL))}
)
_NUMBER: Final = TextSelector(TextSelectorConfig(type=TextSelectorType.TEL, autocomplete="tel"))
_WALLET: Final = vol.Schema({vol.Required(CONF_WALLET): _NUMBER})
_COUNTABLE: Final = ("transfer", "top_up", "other")
# What can be added to a wallet, by the type of its subentry.
_SUBENTRY_FLOWS: Final[dict[str, type[ConfigSubentryFlow]]] = {
    SUBENTRY_GOAL: GoalFlow,
    SUBENTRY_OFFER: OfferFlow,
    SUBENTRY_MAIL_SERVER: MailServerFlow,
}


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
            return self._finish()
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
            with refusals():
                return await self._take_token(user_input)
        except RefusedError as refusal:
            return self._ask_for_token(refusal)

    async def _number_step(
        self, step: str, schema: vol.Schema, user_input: Mapping[str, Any] | None
    ) -> ConfigFlowResult:
        if user_input is None:
            return self._ask(step, schema)
        try:
            with refusals():
                return await self._take_number(user_input[CONF_WALLET])
        except RefusedError as refusal:
            if refusal.asks_for_token:
                return self._ask_for_token(refusal)
            return self._ask(step, self.add_suggested_values_to_schema(schema, user_input), refusal)

    def _ask_for_token(self, refusal: RefusedError | None = None) -> ConfigFlowResult:
        step, schema = _token_form(self.source, unfolded=refusal is not None and refusal.concerns_server)
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
                **PLACES,
                "wallet": f"+{self._wallet}",
                **(refusal.placeholders if refusal else {}),
            },
        )

    # Checking

    async def _take_token(self, user_input: Mapping[str, Any]) -> ConfigFlowResult:
        """Check a token and go on with the wallet it opens."""
        if entry := self._entry:
            self._data = read_input(user_input, entry.data)
            self._wallet = entry.unique_id or ""
            return await self._take_proof(await async_opens(self.hass, self._data, self._wallet))
        self._data = read_input(user_input, {})
        self._async_abort_entries_match({name: self._data[name] for name in (CONF_API_TOKEN, CONF_API_URL)})
        owner = await async_owner(self.hass, self._data)
        if owner is None:
            return await self.async_step_wallet()
        await self._expect_new(owner)
        await async_check_history(self.hass, self._data, owner)
        return self._finish()

    async def _take_number(self, number: str) -> ConfigFlowResult:
        """Check that the token reads the wallet of a number."""
        try:
            wallet = clean_wallet(number)
        except CredentialError:
            raise RefusedError("invalid_wallet") from None
        await self._expect_new(wallet)
        is_own = await async_knows(self.hass, self._data, wallet, is_certain=False)
        if is_own is False:
            raise RefusedError("invalid_wallet")
        return await self._take_proof(is_own)

    async def _take_proof(self, is_own: bool | None) -> ConfigFlowResult:
        """Go on with what is known of whose wallet the token opens: the right one's, another's, or nothing."""
        if is_own is None:
            return await self.async_step_confirm_wallet()
        return self._finish() if is_own else self.async_abort(reason="wrong_account")

    async def _expect_new(self, wallet: str) -> None:
        """Go on with a wallet unless it is set up already."""
        self._wallet = wallet
        # A form left open somewhere is no reason to refuse this one.
        await self.async_set_unique_id(wallet, raise_on_progress=False)
        self._abort_if_unique_id_configured()

    def _finish(self) -> ConfigFlowResult:
        data = self._data | {CONF_WALLET: self._wallet}
        if entry := self._entry:
            return self.async_update_reload_and_abort(entry, data=data)
        return self.async_create_entry(title=f"QIWI {masked(self._wallet)}", data=data)


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


def _token_form(source: str | None, *, unfolded: bool = False) -> tuple[str, vol.Schema]:
    """Return the step and the form that ask for a token, by what began the flow.

    QIWI shows a token once, so whoever only moves to another server need not have it any more. An error
    that another server address may heal shows that field: a section is folded otherwise.
    """
    if source == SOURCE_REAUTH:
        return "reauth_confirm", NEW_TOKEN_SCHEMA
    advanced = {vol.Optional(SECTION_ADVANCED): section(_SERVER, {"collapsed": not unfolded})}
    if source == SOURCE_RECONFIGURE:
        return "reconfigure", vol.Schema(
            {vol.Optional(CONF_API_TOKEN): TOKEN_SELECTOR, **ISSUED_FIELD, **advanced}
        )
    return "user", NEW_TOKEN_SCHEMA.extend(advanced)
