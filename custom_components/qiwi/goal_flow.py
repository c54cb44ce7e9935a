"""Adding a donation goal to a wallet, changing it, and the address of its overlay."""

from collections.abc import Mapping
from decimal import Decimal
from secrets import token_urlsafe
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import (
    CONF_KINDS,
    CONF_OVERLAY_REACH,
    CONF_OVERLAY_SECRET,
    DEFAULT_CURRENCY,
    DEFAULT_KINDS,
    OVERLAY_PATH,
    REACH_ANYWHERE,
    REACH_LOCAL,
    STUDIO_PATH,
)
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .form import CURRENCY, AmountSelector, Readers, name, optional_text, positive_amount, read_fields
from .goal_settings import CONF_CREATED, CONF_MILESTONES, CONF_START_AMOUNT, CONF_TARGET
from .goals import async_set_target, shown_goal
from .schema import CONF_COMMENT, CONF_CURRENCY, CONF_MIN_AMOUNT, currency, typed_amount

CONF_ROTATE: Final = "rotate"
# Shown where Home Assistant does not know its own address.
_USUAL_URL: Final = "http://homeassistant.local:8123"
_SECRET_BYTES: Final = 32
_COUNTABLE: Final = ("transfer", "top_up", "other")

_AMOUNT: Final = AmountSelector()
_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_TARGET): _AMOUNT,
        vol.Required(CONF_CURRENCY, default=DEFAULT_CURRENCY): CURRENCY,
        vol.Optional(CONF_START_AMOUNT): _AMOUNT,
        vol.Optional(CONF_MIN_AMOUNT): _AMOUNT,
        vol.Required(CONF_KINDS, default=list(DEFAULT_KINDS)): SelectSelector(
            SelectSelectorConfig(
                options=list(_COUNTABLE),
                multiple=True,
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_KINDS,
            )
        ),
        vol.Optional(CONF_COMMENT): TextSelector(),
        vol.Optional(CONF_MILESTONES): AmountSelector(TextSelectorConfig(multiple=True)),
    }
)
_OVERLAY_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_OVERLAY_REACH, default=REACH_LOCAL): SelectSelector(
            SelectSelectorConfig(
                options=[REACH_LOCAL, REACH_ANYWHERE],
                mode=SelectSelectorMode.LIST,
                translation_key=CONF_OVERLAY_REACH,
            )
        ),
        vol.Required(CONF_ROTATE, default=False): BooleanSelector(),
    }
)


class GoalFlow(ConfigSubentryFlow):
    """Adds a goal, and changes its settings or its overlay."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a new goal."""
        coordinator = self._coordinator
        if user_input is None:
            return self._ask("user", {CONF_CURRENCY: coordinator.data.currency} if coordinator else {})
        data, errors = read_fields(user_input, _READERS)
        if errors:
            return self._ask("user", user_input, errors)
        created = coordinator.now() if coordinator else dt_util.utcnow()
        secret = _new_secret()
        return self.async_create_entry(
            title=data[CONF_NAME],
            data={
                **data,
                CONF_CREATED: created.isoformat(timespec="seconds"),
                CONF_OVERLAY_SECRET: secret,
                CONF_OVERLAY_REACH: REACH_LOCAL,
            },
            description_placeholders=_addresses(self.hass, secret),
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask what is to be changed."""
        return self.async_show_menu(step_id="reconfigure", menu_options=["settings", "overlay"])

    async def async_step_settings(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for other settings; they hold from now on, and what was counted stays."""
        subentry = self._get_reconfigure_subentry()
        if (coordinator := self._coordinator) is None:
            return self.async_abort(reason="entry_not_loaded")
        goal = shown_goal(coordinator, subentry.subentry_id)
        if user_input is None:
            return self._ask("settings", {**subentry.data, CONF_TARGET: f"{goal.state.target:f}"})
        data, errors = read_fields(user_input, _READERS)
        if not errors and data[CONF_CURRENCY] != goal.settings.currency and goal.has_counted:
            errors = {CONF_CURRENCY: "currency_in_use"}
        if not errors and (target := Decimal(data[CONF_TARGET])) != goal.state.target:
            try:
                await async_set_target(coordinator, subentry.subentry_id, target)
            except HomeAssistantError:
                errors = {"base": "storage"}
        if errors:
            return self._ask("settings", user_input, errors, currency=goal.settings.currency)
        kept = {field: value for field, value in subentry.data.items() if field not in _READERS}
        return self.async_update_reload_and_abort(
            self._get_entry(),
            subentry,
            title=data[CONF_NAME],
            data=kept | data,
        )

    async def async_step_overlay(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show the overlay's address, and ask who may see it; a new secret cuts off the old address at once."""
        subentry = self._get_reconfigure_subentry()
        secret = subentry.data[CONF_OVERLAY_SECRET]
        if user_input is None:
            return self.async_show_form(
                step_id="overlay",
                data_schema=self.add_suggested_values_to_schema(_OVERLAY_SCHEMA, subentry.data),
                description_placeholders=_addresses(self.hass, secret),
            )
        is_new = user_input[CONF_ROTATE]
        if is_new:
            secret = _new_secret()
        # Without a reload: the overlay reads both at each request.
        self.hass.config_entries.async_update_subentry(
            self._get_entry(),
            subentry,
            data={
                **subentry.data,
                CONF_OVERLAY_SECRET: secret,
                CONF_OVERLAY_REACH: user_input[CONF_OVERLAY_REACH],
            },
        )
        return self.async_abort(
            reason="overlay_rotated" if is_new else "overlay_changed",
            description_placeholders=_addresses(self.hass, secret),
        )

    @property
    def _coordinator(self) -> QiwiCoordinator | None:
        entry: QiwiConfigEntry = self._get_entry()
        return entry.runtime_data if entry.state is ConfigEntryState.LOADED else None

    def _ask(
        self,
        step: str,
        shown: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        **placeholders: str,
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(_SCHEMA, shown),
            errors=errors or {},
            description_placeholders=placeholders,
        )


def _addresses(hass: HomeAssistant, secret: str) -> dict[str, str]:
    """Return the address of the overlay for OBS, and that of the studio for a browser."""
    return {
        "address": _address(hass, OVERLAY_PATH, secret),
        "studio": _address(hass, STUDIO_PATH, secret),
    }


def _address(hass: HomeAssistant, path: str, secret: str) -> str:
    """Return an address on the instance itself, with the secret where no server sees it."""
    try:
        url = get_url(hass, prefer_external=False, allow_cloud=False)
    except NoURLAvailableError:
        url = _USUAL_URL
    return f"{url}{path}#{secret}"


def _new_secret() -> str:
    return token_urlsafe(_SECRET_BYTES)


def _optional_amount(value: str) -> str | None:
    return f"{typed_amount(value):f}" if value.strip() else None


def _milestones(values: list[str]) -> list[str]:
    amounts = {Decimal(positive_amount(value)) for value in values if value.strip()}
    return [f"{amount:f}" for amount in sorted(amounts)]


def _kinds(values: list[str]) -> list[str]:
    if not values:
        raise vol.Invalid("expected a kind")
    return values


# How each field is read, and the sentence that says what is wrong with it.
_READERS: Final[Readers] = {
    CONF_NAME: (name, "invalid_name"),
    CONF_TARGET: (positive_amount, "invalid_target"),
    CONF_CURRENCY: (currency, "invalid_currency"),
    CONF_START_AMOUNT: (_optional_amount, "invalid_amount"),
    CONF_MIN_AMOUNT: (_optional_amount, "invalid_amount"),
    CONF_KINDS: (_kinds, "invalid_kinds"),
    CONF_COMMENT: (optional_text, "invalid_comment"),
    CONF_MILESTONES: (_milestones, "invalid_milestones"),
}
