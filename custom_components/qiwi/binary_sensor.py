"""Whether payments arrive, and whether the wallet is blocked."""

from typing import Any, override

# Home Assistant 2026.10 moved the device classes without exporting them by name; 2026.8 has them only here.
from homeassistant.components.binary_sensor import (  # type: ignore[attr-defined]
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import QiwiConfigEntry
from .entity import QiwiEntity, async_add_for
from .goal_entities import REACHED, GoalReachedSensor
from .goal_settings import goal_subentries

PARALLEL_UPDATES = 0

FEED_PROBLEM = BinarySensorEntityDescription(
    key="feed_problem",
    translation_key="feed_problem",
    device_class=BinarySensorDeviceClass.PROBLEM,
)
BLOCKED = BinarySensorEntityDescription(
    key="blocked",
    # The class of problems would say that it is OK, and leave open what.
    translation_key="blocked",
    entity_category=EntityCategory.DIAGNOSTIC,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors."""
    coordinator = entry.runtime_data
    async_add_entities([QiwiFeedProblem(coordinator, FEED_PROBLEM), QiwiBlocked(coordinator, BLOCKED)])
    async_add_for(entry, goal_subentries(entry), async_add_entities, (GoalReachedSensor, REACHED))


class QiwiFeedProblem(QiwiEntity, BinarySensorEntity):
    """On while payments are not arriving, with the reason; available whatever the wallet does."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether payments are not arriving."""
        return self.data.problem is not None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the reason, until when the wallet is left alone, and how far a catch-up has come."""
        attributes: dict[str, Any] = {"reason": self.data.problem}
        if paused_until := self.data.paused_until:
            attributes["paused_until"] = paused_until.isoformat(timespec="seconds")
        if catch_up := self.data.catch_up:
            attributes |= {
                "pages_read": catch_up.pages,
                "payments_found": catch_up.payments,
                "read_back_to": catch_up.reached.isoformat(),
            }
        return attributes


class QiwiBlocked(QiwiEntity, BinarySensorEntity):
    """Whether QIWI has blocked the wallet, as its profile tells."""

    @property
    @override
    def available(self) -> bool:
        """Follow the profile: a token without its permission tells nothing."""
        return self.data.profile is not None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the wallet is blocked."""
        return self.data.profile.blocked if self.data.profile else None
