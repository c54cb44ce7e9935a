"""What every action shares: its description, how its fields are read, which wallet or goal it means, and its errors.

`wallet_actions.py`, `goal_actions.py` and `order_actions.py` each hold a table of `Action`s, which `services.py`
registers. A field that was filled in wrongly is refused in a sentence of its own, `invalid_<field>`, because only a
whole sentence can name the field by its label in the language of whoever reads it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .api import QiwiError, QiwiRateLimitError
from .const import DOMAIN
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .problem import problem_of

# Reads what a form or YAML gives; ValueError, TypeError and vol.Invalid mean that it is not what it should be.
type Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action of the integration.

    Attributes:
        name: What it is called after `qiwi.`.
        run: Does it, with the fields that were filled in, as their readers returned them.
        fields: How each field is read, besides `device_id`, which every action has.
        required: The fields that must be filled in.
        responds: It answers and changes nothing; any other one answers nothing.
        is_for_administrators: Nobody else may call it.
    """

    name: str
    run: Callable[[ServiceCall, dict[str, Any]], Awaitable[ServiceResponse]]
    fields: Mapping[str, Reader]
    required: frozenset[str] = frozenset()
    responds: bool = False
    is_for_administrators: bool = False


@callback
def async_register(hass: HomeAssistant, action: Action) -> None:
    """Make an action known to Home Assistant."""

    async def run(call: ServiceCall) -> ServiceResponse:
        return await action.run(call, _read(call, action))

    # The values are read by the action itself: its errors are translated and those of a schema are not.
    schema = vol.Schema({vol.Optional(field): object for field in (ATTR_DEVICE_ID, *action.fields)})
    if action.is_for_administrators:
        async_register_admin_service(hass, DOMAIN, action.name, run, schema)
    else:
        answers = SupportsResponse.ONLY if action.responds else SupportsResponse.NONE
        hass.services.async_register(DOMAIN, action.name, run, schema, supports_response=answers)


def _read(call: ServiceCall, action: Action) -> dict[str, Any]:
    """Read the fields that were filled in."""
    options = {}
    for name, read in action.fields.items():
        value = call.data.get(name)
        if value is None:
            if name in action.required:
                raise refused(f"invalid_{name}", name)
            continue
        try:
            options[name] = read(value)
        except vol.Invalid, ValueError, TypeError:
            raise refused(f"invalid_{name}", name) from None
    return options


# How fields are read


def moment(value: object) -> datetime:
    """Read a date with its time; without a zone it is Home Assistant's own.

    Raises:
        vol.Invalid, ValueError: it is none, or out of reason.
    """
    date: datetime = cv.datetime(value)
    if not 2000 <= date.year < 2100:
        # No wallet is older, and the calendar's ends leave no room for an offset.
        raise ValueError
    return date if date.tzinfo else date.replace(tzinfo=dt_util.get_default_time_zone())


def whole(value: object) -> int:
    """Read a whole number above zero; a form gives it as a float.

    Raises:
        ValueError: it is none.
    """
    number = int(str(value).removesuffix(".0"))
    if number < 1:
        raise ValueError
    return number


def address(value: object) -> str:
    """Read an e-mail address to compare others with.

    Raises:
        ValueError: it is none.
    """
    text = str(value).strip()
    if "@" not in text:
        raise ValueError
    return text


# Whom it is about


def wallet_of(call: ServiceCall) -> QiwiCoordinator:
    """Find the wallet that is meant: the device's, or the only one there is.

    Raises:
        ServiceValidationError: there is none, there are several, or the device is no wallet's.
    """
    device_id = call.data.get(ATTR_DEVICE_ID)
    entries = _loaded(call.hass)
    if device_id is None:
        if len(entries) != 1:
            raise refused("several_wallets" if entries else "no_wallet", ATTR_DEVICE_ID)
        return entries[0].runtime_data
    for entry in entries:
        if entry.runtime_data.device_id == device_id:
            return entry.runtime_data
    is_wallet = _is_wallet(call.hass, str(device_id))
    raise refused("wallet_not_loaded" if is_wallet else "unknown_device", ATTR_DEVICE_ID)


def subentry_of(call: ServiceCall, subentry_type: str) -> tuple[QiwiCoordinator, ConfigSubentry]:
    """Find the goal or offer that is meant: the device's, or the only one there is (on the device's wallet).

    Raises:
        ServiceValidationError: there is none (`no_<type>`) or there are several (`several_<type>s`).
    """
    found = subentries_of(call, subentry_type)
    if len(found) != 1:
        raise refused(f"several_{subentry_type}s" if found else f"no_{subentry_type}", ATTR_DEVICE_ID)
    return found[0]


def subentries_of(call: ServiceCall, subentry_type: str) -> list[tuple[QiwiCoordinator, ConfigSubentry]]:
    """Find the goals or offers of loaded wallets that may be meant: the device's own, its wallet's, or all."""
    device_id = call.data.get(ATTR_DEVICE_ID)
    identifiers = None if device_id is None else _identifiers(call.hass, str(device_id))
    return [
        (entry.runtime_data, subentry)
        for entry in _loaded(call.hass)
        for subentry in entry.subentries.values()
        if subentry.subentry_type == subentry_type
        and (identifiers is None or not identifiers.isdisjoint({entry.unique_id, subentry.subentry_id}))
    ]


def wallets_of(call: ServiceCall, subentry_type: str) -> list[QiwiCoordinator]:
    """Find the loaded wallets that may be meant: that of the device, or of the goal's or offer's device, or all.

    Raises:
        ServiceValidationError: there is none, or the device is none of theirs.
    """
    if call.data.get(ATTR_DEVICE_ID) is None:
        return [entry.runtime_data for entry in _loaded(call.hass)]
    found = {id(coordinator): coordinator for coordinator, _ in subentries_of(call, subentry_type)}
    return list(found.values()) or [wallet_of(call)]


def _loaded(hass: HomeAssistant) -> list[QiwiConfigEntry]:
    return hass.config_entries.async_loaded_entries(DOMAIN)


def _identifiers(hass: HomeAssistant, device_id: str) -> set[str]:
    device = dr.async_get(hass).async_get(device_id)
    pairs = device.identifiers if device else set[tuple[str, str]]()
    return {identifier for domain, identifier in pairs if domain == DOMAIN}


def _is_wallet(hass: HomeAssistant, device_id: str) -> bool:
    """Tell a wallet's device, loaded or not, from those of goals and offers, which go by their subentries."""
    wallets = {entry.unique_id for entry in hass.config_entries.async_entries(DOMAIN)}
    return not wallets.isdisjoint(_identifiers(hass, device_id))


# What went wrong


def refused(key: str, field: str, **placeholders: str) -> ServiceValidationError:
    """Return the refusal of what was filled in: a translated sentence that names the field by its label."""
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"field": field, **placeholders},
    )


def failed(error: QiwiError) -> HomeAssistantError:
    """Return what a failure of the wallet is told as."""
    if isinstance(error, QiwiRateLimitError):
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="asked_too_often",
            translation_placeholders={"minutes": str(ceil(error.retry_after / 60))},
        )
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=problem_of(error))
