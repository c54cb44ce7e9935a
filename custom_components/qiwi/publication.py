"""How payments and what follows from them are told within Home Assistant."""

from datetime import datetime, timedelta
import logging
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util.signal_type import SignalType

from .const import DOMAIN
from .history import async_event_entity
from .ledger import OutboxItem
from .payments import PRIVATE_KEYS, Announcement, Payment, PaymentEvent

_LOGGER: Final = logging.getLogger(__package__)

EVENT_NEW_PAYMENT: Final = f"{DOMAIN}_new_payment"
# The wallet's device, what is announced of it, and how long ago that was paid.
SIGNAL_ANNOUNCEMENT: Final[SignalType[str, Announcement, timedelta]] = SignalType(f"{DOMAIN}_announcement")
# The entry, and what followed from a payment.
SIGNAL_ITEM: Final[SignalType[str, OutboxItem]] = SignalType(f"{DOMAIN}_item")
# The entry, and a payment that failed after it had succeeded.
SIGNAL_REVERSED: Final[SignalType[str, Payment]] = SignalType(f"{DOMAIN}_reversed")


@callback
def async_publish(
    hass: HomeAssistant, entry: ConfigEntry[Any], device_id: str, item: OutboxItem, now: datetime
) -> None:
    """Hand an item of the outbox to those who wait for it, and tell the bus of a received payment."""
    if not isinstance(item, Announcement):
        async_dispatcher_send(hass, SIGNAL_ITEM, entry.entry_id, item)
        return
    payment = item.payment
    _LOGGER.debug("Announcing %s %s", payment.event, payment.transaction_id)
    async_dispatcher_send(hass, SIGNAL_ANNOUNCEMENT, device_id, item, now - payment.date)
    if payment.event is PaymentEvent.RECEIVED:
        record = {key: value for key, value in item.record().items() if key not in PRIVATE_KEYS}
        hass.bus.async_fire(
            EVENT_NEW_PAYMENT,
            record
            | {"entry_id": entry.entry_id, "device_id": device_id}
            # By this the logbook finds the event in the entity's history.
            | {"entity_id": async_event_entity(hass, entry.unique_id or "")},
        )


@callback
def async_publish_reversed(hass: HomeAssistant, entry: ConfigEntry[Any], payment: Payment) -> None:
    """Tell that a payment failed after it had succeeded."""
    async_dispatcher_send(hass, SIGNAL_REVERSED, entry.entry_id, payment)
