"""The entities of donation goals, each on the device of its goal."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.config_entries import ConfigSubentry
from homeassistant.const import PERCENTAGE
from homeassistant.core import callback
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.typing import StateType

from .coordinator import QiwiCoordinator
from .entity import SubentryEntity
from .goals import async_hide_words, async_set_target, async_start_session, shown_goal
from .ledger.goal import Donation, Goal

# Exact to the hundredth as a float, too.
_MOST: Final = 10**12


@dataclass(frozen=True, kw_only=True)
class GoalSensorDescription(SensorEntityDescription):
    """A sensor on a number of a goal.

    Attributes:
        is_money: It is in the goal's currency.
        is_of_session: It begins anew with each session.
        donation: The donation that the sensor is about, where it is about one.
    """

    value: Callable[[Goal], Decimal | int | None]
    is_money: bool = False
    is_of_session: bool = False
    donation: Callable[[Goal], Donation | None] | None = None


@dataclass(frozen=True, kw_only=True)
class GoalButtonDescription(ButtonEntityDescription):
    """A button that changes a goal."""

    press: Callable[[QiwiCoordinator, str], Awaitable[None]]


def _money(key: str, value: Callable[[Goal], Decimal | int | None], **more: Any) -> GoalSensorDescription:  # noqa: ANN401
    return GoalSensorDescription(
        key=key,
        translation_key=key,
        value=value,
        is_money=True,
        device_class=SensorDeviceClass.MONETARY,
        suggested_display_precision=2,
        **more,
    )


def _donation(key: str, donation: Callable[[Goal], Donation | None]) -> GoalSensorDescription:
    def amount(goal: Goal) -> Decimal | None:
        found = donation(goal)
        return None if found is None else found.amount

    return _money(key, amount, donation=donation)


SENSORS: Final = (
    _money("raised", lambda goal: goal.raised, state_class=SensorStateClass.TOTAL, is_of_session=True),
    _money("remaining", lambda goal: goal.remaining),
    GoalSensorDescription(
        key="progress",
        translation_key="progress",
        value=lambda goal: goal.progress,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
    ),
    GoalSensorDescription(
        key="donations",
        translation_key="donations",
        value=lambda goal: goal.state.session.count,
        state_class=SensorStateClass.TOTAL,
        is_of_session=True,
    ),
    _donation("top_donation", lambda goal: goal.state.session.top),
    _donation("last_donation", lambda goal: goal.state.session.last),
)
TARGET: Final = NumberEntityDescription(
    key="target",
    translation_key="target",
    device_class=NumberDeviceClass.MONETARY,
    mode=NumberMode.BOX,
    native_min_value=0.01,
    native_max_value=_MOST,
    native_step=0.01,
)
BUTTONS: Final = (
    GoalButtonDescription(key="new_session", translation_key="new_session", press=async_start_session),
    GoalButtonDescription(key="hide_message", translation_key="hide_message", press=async_hide_words),
)
REACHED: Final = BinarySensorEntityDescription(key="reached", translation_key="reached")


class GoalEntity(SubentryEntity):
    """An entity on a goal's device."""

    model = "Donation goal"

    def __init__(
        self, coordinator: QiwiCoordinator, subentry: ConfigSubentry, description: EntityDescription
    ) -> None:
        super().__init__(coordinator, subentry, description)
        self._goal_id = subentry.subentry_id
        self._written: Goal | None = None

    @property
    def goal(self) -> Goal:
        """The goal as it stands."""
        return shown_goal(self.coordinator, self._goal_id)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write a state only when this goal has changed: a wallet may have many, with ten entities each."""
        goal = self.goal
        if goal != self._written:
            self._written = goal
            super()._handle_coordinator_update()


class GoalSensor(GoalEntity, SensorEntity):
    """A number of a goal; amounts are in major units of its currency."""

    entity_description: GoalSensorDescription
    # Strangers' words: the recorder would keep them for good.
    _unrecorded_attributes = frozenset({"comment", "transaction_id"})

    @property
    @override
    def native_value(self) -> StateType:
        """Return the number."""
        value = self.entity_description.value(self.goal)
        return float(value) if isinstance(value, Decimal) else value

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the goal's currency for money."""
        if self.entity_description.is_money:
            return self.goal.settings.currency
        return super().native_unit_of_measurement

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Return when the session began."""
        return self.goal.state.session.start if self.entity_description.is_of_session else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any] | None:
        """Tell of the donation that the sensor is about."""
        find = self.entity_description.donation
        donation = None if find is None else find(self.goal)
        if donation is None:
            return None
        return {
            "date": donation.paid.isoformat(),
            "comment": donation.comment,
            "transaction_id": donation.transaction_id,
        }


class GoalReachedSensor(GoalEntity, BinarySensorEntity):
    """Whether what is raised is the target or more."""

    @property
    @override
    def is_on(self) -> bool:
        """Return whether the target is reached."""
        return self.goal.is_reached


class GoalTarget(GoalEntity, NumberEntity):
    """The target of a goal, in major units of its currency."""

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        """Return the goal's currency."""
        return self.goal.settings.currency

    @property
    @override
    def native_value(self) -> float:
        """Return the target."""
        return float(self.goal.state.target)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set another target."""
        await async_set_target(self.coordinator, self._goal_id, Decimal(str(round(value, 2))))


class GoalButton(GoalEntity, ButtonEntity):
    """A button that changes a goal."""

    entity_description: GoalButtonDescription

    @override
    async def async_press(self) -> None:
        """Change the goal."""
        await self.entity_description.press(self.coordinator, self._goal_id)

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write nothing: a button shows when it was pressed."""
