"""The event entity: one state write for every payment announced."""

from datetime import timedelta
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import EVENT_LOGBOOK_ENTRY
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import QiwiConfigEntry
from .entity import QiwiEntity
from .history import async_message
from .payments import PRIVATE_KEYS, Announcement, PaymentEvent
from .publication import SIGNAL_ANNOUNCEMENT

PARALLEL_UPDATES = 0

PAYMENT = EventEntityDescription(
    key="payment", translation_key="payment", event_types=[event.value for event in PaymentEvent]
)


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the event entity."""
    async_add_entities([QiwiPaymentEvent(entry.runtime_data, PAYMENT)])


class QiwiPaymentEvent(QiwiEntity, EventEntity):
    """The wallet's payments as they are announced; available always, for triggers skip a change from unavailable."""

    _unrecorded_attributes = PRIVATE_KEYS

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the coordinator."""
        await super().async_added_to_hass()
        self.async_on_remove(async_dispatcher_connect(self.hass, SIGNAL_ANNOUNCEMENT, self._async_announce))

    @callback
    def _async_announce(self, device_id: str, announcement: Announcement, age: timedelta) -> None:
        """Write one state for one payment of this wallet."""
        if device_id != self.coordinator.device_id:
            return
        event, record = announcement.payment.event, announcement.record()
        self._trigger_event(event.value, record)
        self.async_write_ha_state()
        if event is not PaymentEvent.RECEIVED:
            # What is received the logbook reads in the bus event; of the rest a state tells no amount.
            message = async_message(self.hass, event, record)
            entry = {"name": self.coordinator.config_entry.title, "message": message, "domain": DOMAIN}
            self.hass.bus.async_fire(EVENT_LOGBOOK_ENTRY, {**entry, "entity_id": self.entity_id})

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write nothing: only payments change this entity."""
