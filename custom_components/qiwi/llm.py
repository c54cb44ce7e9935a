"""Tools for Assist's language models: read-only, of entities exposed to Assist, and without a word of a stranger.

A comment, an address or a name is text that anyone can put into a prompt for one rouble: no tool returns any.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final, override

from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.components.llm import LLMTools
from homeassistant.const import ATTR_DEVICE_ID, STATE_ON
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import llm
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DOMAIN
from .payments import Direction, Kind
from .wallet_actions import ATTR_SINCE, ATTR_UNTIL

# Which entities of a wallet tell of its payments: exposing one of them exposes the sums of their direction.
_TELLING: Final[Mapping[Direction, frozenset[str]]] = {
    Direction.IN: frozenset({"payment", "last_received", "received_today", "received_this_month"}),
    Direction.OUT: frozenset({"payment", "last_sent", "spent_today", "spent_this_month"}),
}
_GOAL: Final = frozenset({"raised", "remaining", "progress", "donations", "target", "reached"})

# Home Assistant 2026.8 knows neither: there a tool returns the bare answer, and nobody asks how it behaves.
_result: Final[Callable[..., Any]] = getattr(llm, "ToolResult", lambda data, **_how: data)
_annotations: Final[Callable[..., Any]] = getattr(llm, "ToolAnnotations", dict)


def _exposed(hass: HomeAssistant, assistant: str | None) -> Iterator[er.RegistryEntry]:
    """Yield the entities of loaded wallets, their goals included, that an assistant may see."""
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        for entity in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id):
            if assistant and async_should_expose(hass, assistant, entity.entity_id):
                yield entity


def _key(entity: er.RegistryEntry) -> str:
    # A unique id begins with the wallet's number, or the subentry of a goal.
    return entity.unique_id.partition("_")[2]


def _value(hass: HomeAssistant, entity: er.RegistryEntry) -> float | bool | None:
    state = hass.states.get(entity.entity_id)
    if state is None:
        return None
    if entity.domain == "binary_sensor":
        return state.state == STATE_ON
    try:
        return float(state.state)
    except ValueError:
        return None


def _device_name(hass: HomeAssistant, device_id: str | None) -> str | None:
    device = dr.async_get(hass).async_get(device_id or "")
    return None if device is None else device.name_by_user or device.name


class _Tool(llm.Tool):
    """A tool that reads and changes nothing."""

    integration = DOMAIN
    annotations = _annotations(read_only=True, destructive=False, idempotent=True, open_world=False)

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> Any:
        """Answer, or say what is wrong."""
        try:
            arguments = self.parameters(tool_input.tool_args)
            return _result(await self.answer(hass, arguments, list(_exposed(hass, llm_context.assistant))))
        except (HomeAssistantError, vol.Invalid) as error:
            return _result({"error": str(error)}, error=True)

    @abstractmethod
    async def answer(
        self, hass: HomeAssistant, arguments: dict[str, Any], exposed: list[er.RegistryEntry]
    ) -> dict[str, Any]:
        """Return what the model is told.

        Raises:
            HomeAssistantError, vol.Invalid: it can't be told.
        """


class GetBalances(_Tool):
    """The balances that are exposed."""

    name = f"{DOMAIN}__get_balances"
    title = "Get the balances of QIWI wallets"
    description = (
        "Get the balances of the QIWI wallets, by currency. A balance is null while it can't be read."
    )

    @override
    async def answer(
        self, hass: HomeAssistant, arguments: dict[str, Any], exposed: list[er.RegistryEntry]
    ) -> dict[str, Any]:
        return {
            "balances": [
                {
                    "wallet": _device_name(hass, entity.device_id),
                    "currency": entity.unit_of_measurement,
                    "balance": _value(hass, entity),
                }
                for entity in exposed
                if _key(entity).startswith("balance_")
            ]
        }


class GetTotals(_Tool):
    """What came in and went out, from one day to another."""

    name = f"{DOMAIN}__get_totals"
    title = "Get what came in and went out of QIWI wallets"
    description = (
        "Get how much money the QIWI wallets received and sent from one day to another, by currency. "
        "Refunds are told apart; conversions between the wallet's own currencies are left out."
    )
    parameters = vol.Schema(
        {
            vol.Optional("first_day", description="An ISO 8601 date; today unless given"): str,
            vol.Optional("last_day", description="An ISO 8601 date, included; today unless given"): str,
        }
    )

    @override
    async def answer(
        self, hass: HomeAssistant, arguments: dict[str, Any], exposed: list[er.RegistryEntry]
    ) -> dict[str, Any]:
        first, last = _day(arguments, "first_day"), _day(arguments, "last_day")
        until = dt_util.start_of_local_day(last + timedelta(days=1)) - timedelta(seconds=1)
        told: dict[str, set[Direction]] = {}
        for entity in exposed:
            for direction, keys in _TELLING.items():
                if _key(entity) in keys and entity.device_id:
                    told.setdefault(entity.device_id, set()).add(direction)
        totals: list[dict[str, Any]] = []
        for device_id, directions in told.items():
            asked = {
                ATTR_DEVICE_ID: device_id,
                ATTR_SINCE: dt_util.start_of_local_day(first),
                ATTR_UNTIL: until,
            }
            found: Any = await hass.services.async_call(
                DOMAIN, "get_statistics", asked, blocking=True, return_response=True
            )
            wallet = _device_name(hass, device_id)
            totals += ({"wallet": wallet, **total} for total in _summed(found["statistics"], directions))
        return {"first_day": first.isoformat(), "last_day": last.isoformat(), "totals": totals}


def _day(arguments: Mapping[str, Any], name: str) -> date:
    if name not in arguments:
        return dt_util.now().date()
    if (day := dt_util.parse_date(arguments[name])) is None:
        raise vol.Invalid(f"{name}: expected a date, such as 2026-05-01")
    return day


def _summed(lines: list[dict[str, Any]], directions: set[Direction]) -> Iterator[dict[str, Any]]:
    """Yield the sums of all kinds that count, by what happened and currency."""
    sums: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for line in lines:
        if line["direction"] in directions and line["kind"] != Kind.CONVERSION:
            received = "refunded" if line["kind"] == Kind.REFUND else "received"
            happened = received if line["direction"] == Direction.IN else "sent"
            sums.setdefault((happened, line["currency"]), []).append(line)
    for (happened, currency), added in sums.items():
        count, money = (sum(line[key] for line in added) for key in ("count", "sum"))
        yield {"happened": happened, "currency": currency, "count": count, "sum": round(money, 2)}


class GetGoals(_Tool):
    """How far the donation goals have come."""

    name = f"{DOMAIN}__get_goals"
    title = "Get the donation goals of QIWI wallets"
    description = (
        "Get how far the donation goals have come: what was raised, what is missing, progress in percent."
    )

    @override
    async def answer(
        self, hass: HomeAssistant, arguments: dict[str, Any], exposed: list[er.RegistryEntry]
    ) -> dict[str, Any]:
        goals: dict[str, dict[str, Any]] = {}
        for entity in exposed:
            key = _key(entity)
            if entity.config_subentry_id and key in _GOAL:
                goal = goals.setdefault(
                    entity.config_subentry_id, {"goal": _device_name(hass, entity.device_id)}
                )
                goal[key] = _value(hass, entity)
                if key == "raised":
                    goal["currency"] = entity.unit_of_measurement
        return {"goals": list(goals.values())}


@callback
def async_get_tools(hass: HomeAssistant, llm_context: llm.LLMContext, api_id: str) -> LLMTools | None:
    """Return the tools that have something to tell."""
    if api_id != llm.LLM_API_ASSIST:
        return None
    exposed = list(_exposed(hass, llm_context.assistant))
    keys = {_key(entity) for entity in exposed if entity.config_subentry_id is None}
    tools: list[llm.Tool] = []
    if any(key.startswith("balance_") for key in keys):
        tools.append(GetBalances())
    if not keys.isdisjoint(frozenset[str]().union(*_TELLING.values())):
        tools.append(GetTotals())
    if any(entity.config_subentry_id and _key(entity) in _GOAL for entity in exposed):
        tools.append(GetGoals())
    return LLMTools(tools=tools) if tools else None
