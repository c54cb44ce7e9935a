"""The bus event in the logbook: `received 150.00 RUB`, beside the history of the wallet and of its event entity."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN
from .history import async_event_entity, async_message
from .payments import PaymentEvent
from .publication import EVENT_NEW_PAYMENT

type Describe = Callable[[Event[dict[str, Any]]], dict[str, Any]]


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]
) -> None:
    """Tell the logbook how to read our event."""

    @callback
    def describe(event: Event[dict[str, Any]]) -> dict[str, Any]:
        entry = hass.config_entries.async_get_entry(event.data["entry_id"])
        return {
            LOGBOOK_ENTRY_NAME: entry.title if entry else "QIWI Wallet",
            LOGBOOK_ENTRY_MESSAGE: async_message(hass, PaymentEvent.RECEIVED, event.data),
            LOGBOOK_ENTRY_ENTITY_ID: async_event_entity(hass, entry.unique_id if entry else None),
        }

    async_describe_event(DOMAIN, EVENT_NEW_PAYMENT, describe)
