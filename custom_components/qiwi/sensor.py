"""The wallet's sensors."""

from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .api import Balance
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .entity import QiwiEntity

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors, and one for every balance as it appears."""
    coordinator = entry.runtime_data
    known: set[str] = set()

    @callback
    def add_balances() -> None:
        balances = coordinator.data.balances or {}
        new = balances.keys() - known
        known.update(new)
        async_add_entities(QiwiBalanceSensor(coordinator, balances[alias]) for alias in sorted(new))

    add_balances()
    entry.async_on_unload(coordinator.async_add_listener(add_balances))


class QiwiBalanceSensor(QiwiEntity, SensorEntity):
    """One of the wallet's balances, in major units of its currency."""

    def __init__(self, coordinator: QiwiCoordinator, balance: Balance) -> None:
        description = SensorEntityDescription(
            key=f"balance_{balance.alias}",
            translation_key="balance",
            device_class=SensorDeviceClass.MONETARY,
            native_unit_of_measurement=balance.currency,
            state_class=SensorStateClass.TOTAL,
            suggested_display_precision=2,
        )
        super().__init__(coordinator, description)
        self._alias = balance.alias
        self._attr_translation_placeholders = {"currency": balance.currency}

    @property
    def _balance(self) -> Balance | None:
        return (self.data.balances or {}).get(self._alias)

    @property
    @override
    def available(self) -> bool:
        """Follow the request: a balance the wallet does not tell is not zero."""
        return self._balance is not None and self._balance.amount is not None

    @property
    @override
    def native_value(self) -> StateType:
        """Return the balance."""
        return None if self._balance is None or self._balance.amount is None else float(self._balance.amount)
