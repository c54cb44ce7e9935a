"""A wallet at home: its entry in Home Assistant, the simulator behind it, and what comes of its payments."""

from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Event, HomeAssistant, State, SupportsResponse, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi.coordinator import QiwiCoordinator
from wallet_simulator import Simulator, Wallet

from .story import amounts


@dataclass(slots=True, kw_only=True)
class Home:
    """One wallet in Home Assistant. Nothing is set up before `add`, and polls happen on command only."""

    hass: HomeAssistant
    entry: MockConfigEntry
    wallet: Wallet
    simulator: Simulator
    # The records that its event entity shows, as it shows them.
    heard: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Hear from the beginning."""
        self.hass.bus.async_listen("state_changed", self._hear)

    @callback
    def _hear(self, event: Event[Any]) -> None:
        new = event.data["new_state"]
        old = event.data["old_state"]
        if new is None or not new.entity_id.startswith("event.") or new.state in ("unknown", "unavailable"):
            return
        entity = er.async_get(self.hass).async_get(new.entity_id)
        if entity is None or entity.config_entry_id != self.entry.entry_id:
            return
        # What an entity restores after a reload is no announcement.
        if old is not None and old.state not in ("unavailable", new.state):
            self.heard.append(dict(new.attributes))

    @property
    def coordinator(self) -> QiwiCoordinator:
        """What asks the wallet, once it is set up."""
        coordinator: QiwiCoordinator = self.entry.runtime_data
        return coordinator

    @property
    def announced(self) -> list[float]:
        """What was announced, in the order it was."""
        return amounts(self.heard)

    @property
    def reason(self) -> str | None:
        """Why payments are not arriving, as the feed sensor tells."""
        feed = self.state(f"binary_sensor.qiwi_{self.wallet.number[-4:]}_payments_feed")
        told: str | None = feed.attributes["reason"]
        assert feed.state == ("off" if told is None else "on")
        return told

    @property
    def repairs(self) -> list[str | None]:
        """The repairs that are raised, by kind."""
        return [
            issue.translation_key
            for (domain, _), issue in ir.async_get(self.hass).issues.items()
            if domain == "qiwi" and issue.active
        ]

    def state(self, entity_id: str) -> State:
        """Return the state of an entity that must exist."""
        found = self.hass.states.get(entity_id)
        assert found is not None
        return found

    def sensor(self, name: str) -> State:
        """Return the state of one of the wallet's sensors."""
        return self.state(f"sensor.qiwi_{self.wallet.number[-4:]}_{name}")

    async def rest(self) -> None:
        """Let all that is going on come to its end."""
        await self.hass.async_block_till_done(wait_background_tasks=True)

    async def add(self) -> Any:
        """Set the wallet up and read its first window; return its coordinator, or `None` if that failed."""
        # The first setup takes every entry along: two of one wallet would get each other's entities.
        entries = self.hass.config_entries.async_entries("qiwi")
        assert [each for each in entries if each.unique_id == self.entry.unique_id] == [self.entry]
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.rest()
        return getattr(self.entry, "runtime_data", None)

    async def unload(self) -> bool:
        """Unload the wallet, as when it is disabled; tell whether that went well."""
        unloaded = await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.rest()
        return unloaded

    async def reload(self) -> None:
        """Reload the wallet, as after a change of its options."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.rest()

    async def poll(self) -> None:
        """Poll once, and let what follows from it come to rest."""
        await self.entry.runtime_data.async_refresh()
        await self.rest()

    async def act(self, action: str, **data: Any) -> Any:
        """Call an action of the integration; return its response, if it gives one."""
        returns = self.hass.services.supports_response("qiwi", action) is not SupportsResponse.NONE
        result = await self.hass.services.async_call(
            "qiwi", action, data, blocking=True, return_response=returns
        )
        await self.rest()
        return result

    async def automate(self, target: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
        """Make an automation on received payments; return the list of what its templates see, run by run."""
        runs: list[dict[str, Any]] = []

        @callback
        def listen(event: Event[Any]) -> None:
            runs.append(event.data["payment"])

        self.hass.bus.async_listen("ran", listen)
        trigger: dict[str, Any] = {"trigger": "qiwi.payment_received", "options": options}
        automation = {
            "alias": "Listener",
            "mode": "queued",
            "max": 10000,
            "triggers": trigger if target is None else {**trigger, "target": target},
            "actions": {"event": "ran", "event_data": {"payment": "{{ trigger.payment }}"}},
        }
        assert await async_setup_component(self.hass, "automation", {"automation": automation})
        return runs

    async def add_goal(self, **fields: Any) -> ConfigSubentry:
        """Add a goal, as if that had been an hour ago."""
        goal = {
            "name": "Camera",
            "target": "300.30",
            "currency": "RUB",
            "kinds": ["transfer", "top_up"],
            "created": an_hour_ago(),
            "overlay_secret": "secret of " + fields.get("name", "Camera"),
            "overlay_reach": "local",
            **fields,
        }
        return await self.add_part("goal", goal["name"], goal)

    async def add_part(self, kind: str, title: str, data: dict[str, Any]) -> ConfigSubentry:
        """Add a goal, an offer or a mail server."""
        part = ConfigSubentry(data=MappingProxyType(data), subentry_type=kind, title=title, unique_id=None)
        self.hass.config_entries.async_add_subentry(self.entry, part)
        await self.rest()
        return part


def an_hour_ago() -> str:
    """Return when a part of the wallet was made, as its data tells it."""
    return (dt_util.utcnow() - timedelta(hours=1)).isoformat(timespec="seconds")
