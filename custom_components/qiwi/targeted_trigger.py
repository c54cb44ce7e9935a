"""What every trigger of the integration shares: its target, and being fed by the coordinator.

A trigger for something else than payments is a subclass (see `goal_trigger.py`), a name in `TRIGGERS` of `trigger.py`, a
block in `triggers.yaml` whose `target` filters by the same domains, its texts and its icon. Choose domains that only such
a device has: by them the automation editor decides for which devices it offers the trigger.
"""

from abc import abstractmethod
import asyncio
from collections.abc import Mapping
import logging
from typing import Any, ClassVar, Final, Protocol, override

from homeassistant.const import (
    ATTR_AREA_ID,
    ATTR_DEVICE_ID,
    ATTR_ENTITY_ID,
    ATTR_FLOOR_ID,
    ATTR_LABEL_ID,
    CONF_OPTIONS,
    CONF_TARGET,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .const import DOMAIN
from .schema import filled_in

_LOGGER = logging.getLogger(__name__)

_NAMES: Final = (ATTR_ENTITY_ID, ATTR_DEVICE_ID, ATTR_AREA_ID, ATTR_FLOOR_ID, ATTR_LABEL_ID)


class Target:
    """The devices that a target names, read from the registries at each question: they may change meanwhile.

    Home Assistant resolves its own triggers' targets to entities that have a state. Payments don't need one: a device
    stays named while its entity is disabled or hidden. In everything else the rules are Home Assistant's
    (`helpers/target.py`): an entity's own area stands before its device's, and a label may be the entity's, the
    device's or the area's.
    """

    def __init__(self, hass: HomeAssistant, config: ConfigType, entity_domains: frozenset[str]) -> None:
        self._hass = hass
        self._entity_domains = entity_domains
        self._entities, self._devices, self._areas, self._floors, self._labels = (
            frozenset(config.get(name, ())) for name in _NAMES
        )
        self.is_everything = not any(config.get(name) for name in _NAMES)

    def names(self, device_id: str) -> bool:
        """Tell whether a device of this integration is meant."""
        if self.is_everything or device_id in self._devices:
            return True
        device = dr.async_get(self._hass).async_get(device_id)
        if device is None:
            return False
        entities = self._entities_of(device_id)
        labels = device.labels.union(*(entity.labels for entity in entities))
        areas = {entity.area_id or device.area_id for entity in entities} or {device.area_id}
        return (
            any(entity.entity_id in self._entities for entity in entities)
            or not labels.isdisjoint(self._labels)
            or any(map(self._names_area, areas))
        )

    def names_anything(self) -> bool:
        """Tell whether any device of this integration is meant now."""
        devices = dr.async_get(self._hass)
        return any(
            self.names(device.id)
            for entry in self._hass.config_entries.async_entries(DOMAIN)
            for device in dr.async_entries_for_config_entry(devices, entry.entry_id)
            if self._entities_of(device.id)
        )

    def _entities_of(self, device_id: str) -> list[er.RegistryEntry]:
        entities = er.async_entries_for_device(
            er.async_get(self._hass), device_id, include_disabled_entities=True
        )
        return [entity for entity in entities if entity.domain in self._entity_domains]

    def _names_area(self, area_id: str | None) -> bool:
        area = area_id and ar.async_get(self._hass).async_get_area(area_id)
        if not area:
            return False
        return (
            area.id in self._areas
            or area.floor_id in self._floors
            or not area.labels.isdisjoint(self._labels)
        )


class Tell(Protocol):
    """What a trigger calls for each thing that happened and fits its options."""

    def __call__(
        self, device_id: str, variables: Mapping[str, Any], description: str
    ) -> asyncio.Task[Any] | None:
        """Run the action if the target names the device, and return its run.

        Args:
            device_id: The device it happened to: a wallet's, a goal's or an offer's.
            variables: What templates read below `trigger`.
            description: What the logbook says; it is kept, so that it holds no sum and no words.
        """


class TargetedTrigger(Trigger):
    """Runs once for each thing that is told of the devices its target names; without a target, of all.

    It hears the coordinator and not the state machine: entities may be disabled, and an entry's reload changes nothing.

    Attributes:
        entity_domains: The domains of the entities by which a target can name a device: event for a wallet's.
        option_fields: The schema of the options. An empty value (None, a blank text) is left out before.
    """

    entity_domains: ClassVar[frozenset[str]]
    option_fields: ClassVar[Mapping[vol.Marker, Any]]

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Read target and options.

        Raises:
            vol.Invalid: something is not what it should be.
        """
        schema = vol.Schema(
            {
                vol.Optional(CONF_TARGET, default=dict): cv.TARGET_FIELDS,
                vol.Optional(CONF_OPTIONS, default=dict): vol.All(
                    filled_in, dict(cls.option_fields), cls.checked
                ),
            }
        )
        validated: ConfigType = schema(config)
        return validated

    @classmethod
    def checked(cls, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options, unless they contradict each other.

        Raises:
            vol.Invalid: they do.
        """
        return options

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        self._key = config.key
        self._target = Target(hass, config.target or {}, self.entity_domains)
        self._options: dict[str, Any] = config.options or {}

    @abstractmethod
    def listen(self, tell: Tell) -> CALLBACK_TYPE:
        """Call `tell` for whatever fits the options, of any device, until what is returned is called."""

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Run the action for what is told from now on."""
        if not self._target.is_everything and not self._target.names_anything():
            _LOGGER.warning(
                "The target of a trigger %s names nothing of QIWI now: it does not run", self._key
            )

        @callback
        def tell(device_id: str, variables: Mapping[str, Any], description: str) -> asyncio.Task[Any] | None:
            return run_action(dict(variables), description) if self._target.names(device_id) else None

        return self.listen(tell)


@callback
def device_of(hass: HomeAssistant, entry_id: str, identifier: str) -> str | None:
    """Return the id of a device by what identifies it: a wallet's number, or the subentry of a goal or an offer."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, identifier), entry_id)
    return None if device is None else device.id
