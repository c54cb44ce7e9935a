"""What every entity of a wallet shares."""

from typing import override

from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import QiwiCoordinator
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
