"""What every entity shares: those of a wallet, and those of its goals and offers."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, override

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .wallet_data import WalletData


class QiwiEntity(CoordinatorEntity[QiwiCoordinator]):
    """An entity on the wallet's device."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: QiwiCoordinator, description: EntityDescription) -> None:
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.wallet}_{description.key}"
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, coordinator.wallet)})

    @property
    @override
    def available(self) -> bool:
        """Stay available whatever the wallet does: what is known stays true, and the feed sensor tells its age."""
        return True

    @property
    def data(self) -> WalletData:
        """Return what is known of the wallet."""
        return self.coordinator.data


class SubentryEntity(CoordinatorEntity[QiwiCoordinator]):
    """An entity on the device of a goal or an offer.

    Attributes:
        model: What the device is.
    """

    model: ClassVar[str]

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: QiwiCoordinator, subentry: ConfigSubentry, description: EntityDescription
    ) -> None:
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_unique_id = f"{subentry.subentry_id}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, subentry.subentry_id)},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer="QIWI",
            model=self.model,
            name=subentry.title,
        )

    @property
    @override
    def available(self) -> bool:
        """Stay available whatever the wallet does: what was counted and sold stays true."""
        return True


@callback
def async_add_for(
    entry: QiwiConfigEntry,
    subentries: Iterable[ConfigSubentry],
    async_add_entities: AddConfigEntryEntitiesCallback,
    *kinds: tuple[Callable[[QiwiCoordinator, ConfigSubentry, Any], Entity], EntityDescription],
) -> None:
    """Add entities of some kinds for each of these goals or offers that the wallet was set up with."""
    coordinator = entry.runtime_data
    for subentry in subentries:
        if subentry.subentry_id in coordinator.subentries:
            async_add_entities(
                [make(coordinator, subentry, description) for make, description in kinds],
                config_subentry_id=subentry.subentry_id,
            )
