"""What a click on a repair does: it takes a new token, or a person confirms to have read it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.const import CONF_API_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .const import CONF_WALLET, DOMAIN
from .coordinator import QiwiConfigEntry
from .issues import Repair
from .token_check import NEW_TOKEN_SCHEMA, PLACES, RefusedError, async_opens, read_input, refusals

_NEW_TOKEN = (Repair.TOKEN_EXPIRES, Repair.HISTORY_PERMISSION)


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the flow that a click on a repair begins."""
    return NewTokenFlow() if issue_id.startswith(_NEW_TOKEN) else ConfirmRepairFlow()


class NewTokenFlow(RepairsFlow):
    """Takes a new token of the same wallet."""

    def __init__(self) -> None:
        self._token: dict[str, Any] = {}

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin; Home Assistant hands over the issue's id as if it had been typed."""
        return self._ask("token", NEW_TOKEN_SCHEMA)

    async def async_step_token(self, user_input: dict[str, str]) -> RepairsFlowResult:
        """Take the token, or say why not."""
        wallet = self._entry.unique_id or ""
        try:
            with refusals():
                self._token = read_input(user_input, self._entry.data)
                is_own = await async_opens(self.hass, self._token, wallet)
        except RefusedError as refusal:
            # A refused secret is not shown again.
            typed = {name: value for name, value in user_input.items() if name != CONF_API_TOKEN}
            return self._ask("token", self.add_suggested_values_to_schema(NEW_TOKEN_SCHEMA, typed), refusal)
        if is_own is None:
            return self._ask("confirm_wallet", vol.Schema({}))
        return self._finish() if is_own else self.async_abort(reason="wrong_account")

    async def async_step_confirm_wallet(self, user_input: dict[str, str]) -> RepairsFlowResult:
        """Take a token of which nothing proves whose it is, for a person says so."""
        return self._finish()

    @property
    def _entry(self) -> QiwiConfigEntry:
        return self.hass.config_entries.async_get_known_entry(str((self.data or {})["entry_id"]))

    def _ask(self, step: str, schema: vol.Schema, refusal: RefusedError | None = None) -> RepairsFlowResult:
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        told: Mapping[str, str] = (issue and issue.translation_placeholders) or {}
        return self.async_show_form(
            step_id=step,
            data_schema=schema,
            errors={refusal.field: refusal.error} if refusal else {},
            description_placeholders={
                **PLACES,
                **told,
                "number": f"+{self._entry.unique_id}",
                **(refusal.placeholders if refusal else {}),
            },
        )

    def _finish(self) -> RepairsFlowResult:
        entry = self._entry
        data = self._token | {CONF_WALLET: entry.unique_id}
        self.hass.config_entries.async_update_entry(entry, data=data)
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})
