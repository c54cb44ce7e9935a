"""What the cards show: a subscription to the latest payments and the daily sums of the wallets a user may read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.sensor import DOMAIN as SENSOR_DOMAIN
from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import websocket_command
from homeassistant.components.websocket_api.messages import event_message
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.signal_type import SignalType
import voluptuous as vol

from ..const import DOMAIN
from ..coordinator import QiwiConfigEntry, QiwiCoordinator
from ..ledger import spent
from ..payments import Announcement, Key, public_record
from ..publication import SIGNAL_ANNOUNCEMENT

# The entity that shows the same: who may not read it is told nothing here either.
GUARD: Final = "payments_today"
DAYS: Final = 31
# Marks of older announcements are forgotten: no card shows so many payments.
KEPT_MARKS: Final = 50
SIGNAL_SHOWN: Final[SignalType[()]] = SignalType(f"{DOMAIN}_shown")


@dataclass(slots=True)
class Shown:
    """A loaded wallet, with the newest announcements: they tell what no row of the history does."""

    coordinator: QiwiCoordinator
    announcements: dict[Key, Announcement] = field(default_factory=dict)

    def remember(self, announcement: Announcement) -> None:
        """Keep an announcement, and forget the oldest."""
        self.announcements.pop(announcement.payment.key, None)
        self.announcements[announcement.payment.key] = announcement
        if len(self.announcements) > KEPT_MARKS:
            del self.announcements[next(iter(self.announcements))]

    def as_message(self) -> dict[str, Any]:
        """Return what the cards need: amounts are in major units, dates are ISO 8601."""
        data = self.coordinator.data
        return {
            "device_id": self.coordinator.device_id,
            "currency": data.currency,
            "problem": data.problem,
            "paused_until": data.paused_until.isoformat() if data.paused_until else None,
            "payments": [record for _, record in sorted(self._records(), key=itemgetter(0), reverse=True)],
            "today": data.today.isoformat(),
            "days": list(self._days()),
        }

    def _records(self) -> Iterator[tuple[datetime, dict[str, Any]]]:
        for payment in self.coordinator.data.recent:
            announcement = self.announcements.get(payment.key)
            yield payment.date, public_record(payment) | (_marks(announcement) if announcement else {})
        for announcement in self.announcements.values():
            if announcement.test:
                yield announcement.payment.date, announcement.record()

    def _days(self) -> Iterator[dict[str, Any]]:
        """Yield what came and went on each day that had payments, in the wallet's main currency."""
        data = self.coordinator.data
        first = data.today - timedelta(days=DAYS - 1)
        for day, totals in sorted(data.totals.days.items()):
            if not first <= day <= data.today:
                continue
            sums = [
                (total.received, spent(direction, kind, total))
                for (currency, direction, kind), total in totals.items()
                if currency == data.currency
            ]
            yield {
                "date": day.isoformat(),
                "received": float(sum(came for came, _ in sums)),
                "spent": float(sum(went for _, went in sums)),
            }


SHOWN: Final[HassKey[dict[str, Shown]]] = HassKey(f"{DOMAIN}_shown")


def _marks(announcement: Announcement) -> dict[str, bool]:
    return {"late": announcement.late, "possible_duplicate": announcement.possible_duplicate}


@callback
def async_setup_watch(hass: HomeAssistant) -> None:
    """Offer the subscription."""
    hass.data[SHOWN] = {}
    async_register_command(hass, _subscribe)


@callback
def async_show(hass: HomeAssistant, entry: QiwiConfigEntry) -> None:
    """Show a wallet to whoever watches, until it is unloaded."""
    coordinator = entry.runtime_data
    shown = hass.data[SHOWN][entry.entry_id] = Shown(coordinator)

    @callback
    def changed() -> None:
        async_dispatcher_send(hass, SIGNAL_SHOWN)

    @callback
    def announced(device_id: str, announcement: Announcement, age: timedelta) -> None:
        if device_id == coordinator.device_id:
            shown.remember(announcement)
            # Any other is followed by the poll that found it: a burst must not be sent payment by payment.
            if announcement.test or announcement.possible_duplicate:
                changed()

    @callback
    def unloaded() -> None:
        del hass.data[SHOWN][entry.entry_id]
        changed()

    entry.async_on_unload(coordinator.async_add_listener(changed))
    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_ANNOUNCEMENT, announced))
    entry.async_on_unload(unloaded)
    changed()


@callback
@websocket_command({vol.Required("type"): f"{DOMAIN}/payments"})
def _subscribe(hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]) -> None:
    """Send what the user may read of all wallets now and whenever it changes."""
    sent: list[dict[str, Any]] | None = None

    @callback
    def send() -> None:
        nonlocal sent
        wallets = [
            shown.as_message()
            for shown in hass.data[SHOWN].values()
            if _may_read(hass, connection.user, shown.coordinator.wallet)
        ]
        if wallets != sent:
            sent = wallets
            connection.send_message(event_message(msg["id"], {"wallets": wallets}))

    connection.subscriptions[msg["id"]] = async_dispatcher_connect(hass, SIGNAL_SHOWN, send)
    connection.send_result(msg["id"])
    send()


def _may_read(hass: HomeAssistant, user: User, wallet: str) -> bool:
    if user.permissions.access_all_entities(POLICY_READ):
        return True
    entity = er.async_get(hass).async_get_entity_id(SENSOR_DOMAIN, DOMAIN, f"{wallet}_{GUARD}")
    return entity is not None and user.permissions.check_entity(entity, POLICY_READ)
