"""The wallet's sensors: balances, what was received and spent, the latest payments."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .api import Balance
from .const import DOMAIN
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .entity import QiwiEntity, async_add_for
from .goal_entities import SENSORS, GoalSensor
from .goal_settings import goal_subentries
from .ledger import Total, TotalKey, Totals, spent
from .offers import offer_subentries
from .order_entities import ORDER_SENSORS, OrderSensor
from .payments import PRIVATE_KEYS, Direction, Kind, Payment, PaymentStatus, public_record
from .token_check import expiry
from .wallet_data import WalletData

PARALLEL_UPDATES = 0

IDENTIFICATIONS: Final = ("anonymous", "simple", "verified", "full")


@dataclass(frozen=True, kw_only=True)
class LatestDescription(SensorEntityDescription):
    """A sensor on the newest payment of a direction."""

    device_class = SensorDeviceClass.MONETARY
    suggested_display_precision = 2
    payment: Callable[[Totals], Payment | None]


@dataclass(frozen=True, kw_only=True)
class SumDescription(SensorEntityDescription):
    """A sensor on what a day's or a month's payments in the main currency add up to."""

    device_class = SensorDeviceClass.MONETARY
    state_class = SensorStateClass.TOTAL
    suggested_display_precision = 2
    first_day: Callable[[date], date]
    amount: Callable[[Direction, Kind, Total], Decimal]


def _received(direction: Direction, kind: Kind, total: Total) -> Decimal:
    return total.received


def _day(today: date) -> date:
    return today


def _month(today: date) -> date:
    return today.replace(day=1)


LATEST: Final = (
    LatestDescription(
        key="last_received", translation_key="last_received", payment=lambda totals: totals.last_received
    ),
    LatestDescription(key="last_sent", translation_key="last_sent", payment=lambda totals: totals.last_sent),
)
SUMS: Final = tuple(
    SumDescription(key=key, translation_key=key, first_day=first_day, amount=amount)
    for key, first_day, amount in (
        ("received_today", _day, _received),
        ("received_this_month", _month, _received),
        ("spent_today", _day, spent),
        ("spent_this_month", _month, spent),
    )
)
PAYMENTS_TODAY: Final = SensorEntityDescription(
    key="payments_today", translation_key="payments_today", state_class=SensorStateClass.TOTAL
)
TOKEN_EXPIRES: Final = SensorEntityDescription(
    key="token_expires",
    translation_key="token_expires",
    device_class=SensorDeviceClass.TIMESTAMP,
    entity_category=EntityCategory.DIAGNOSTIC,
)
IDENTIFICATION: Final = SensorEntityDescription(
    key="identification",
    translation_key="identification",
    device_class=SensorDeviceClass.ENUM,
    options=list(IDENTIFICATIONS),
    entity_category=EntityCategory.DIAGNOSTIC,
    entity_registry_enabled_default=False,
)


async def async_setup_entry(
    hass: HomeAssistant, entry: QiwiConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors, and one for every balance as it appears."""
    coordinator = entry.runtime_data
    there: set[str] = set()

    @callback
    def add_balances() -> None:
        balances = coordinator.data.balances or {}
        new = balances.keys() - there
        there.update(new)
        async_add_entities(QiwiBalanceSensor(coordinator, balances[alias], there) for alias in sorted(new))

    async_add_entities(
        [
            *(QiwiLatestSensor(coordinator, latest) for latest in LATEST),
            *(QiwiSumSensor(coordinator, each) for each in SUMS),
            QiwiPaymentsTodaySensor(coordinator, PAYMENTS_TODAY),
            QiwiTokenExpiresSensor(coordinator, TOKEN_EXPIRES),
            QiwiIdentificationSensor(coordinator, IDENTIFICATION),
        ]
    )
    async_add_for(
        entry, goal_subentries(entry), async_add_entities, *((GoalSensor, each) for each in SENSORS)
    )
    async_add_for(
        entry, offer_subentries(entry), async_add_entities, *((OrderSensor, each) for each in ORDER_SENSORS)
    )
    add_balances()
    entry.async_on_unload(coordinator.async_add_listener(add_balances))


class QiwiBalanceSensor(QiwiEntity, SensorEntity):
    """One of the wallet's balances, in major units of its currency.

    Args:
        coordinator: The wallet's.
        balance: The balance when it appeared.
        there: The aliases that have a sensor; one whose sensor a person deleted may come back.
    """

    def __init__(self, coordinator: QiwiCoordinator, balance: Balance, there: set[str]) -> None:
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
        self._there = there
        self._attr_translation_placeholders = {"currency": balance.currency}

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Let the balance have a new sensor when the wallet tells it again, if a person deleted this one."""
        await super().async_will_remove_from_hass()
        registry = er.async_get(self.hass)
        if registry.async_get_entity_id(Platform.SENSOR, DOMAIN, str(self.unique_id)) is None:
            self._there.discard(self._alias)

    @property
    def _balance(self) -> Balance | None:
        return (self.data.balances or {}).get(self._alias)

    @property
    @override
    def available(self) -> bool:
        """Follow the request: a balance the wallet does not tell is not zero, and a refused token tells none."""
        return (
            self.coordinator.last_update_success
            and self._balance is not None
            and self._balance.amount is not None
        )

    @property
    @override
    def native_value(self) -> StateType:
        """Return the balance."""
        return None if self._balance is None or self._balance.amount is None else float(self._balance.amount)


class QiwiLedgerSensor(QiwiEntity, SensorEntity):
    """A sensor on what the ledger knows, which stays true while the wallet can't be read."""

    @property
    @override
    def available(self) -> bool:
        """Follow the ledger."""
        return self.data.ledger is not None


class QiwiLatestSensor(QiwiLedgerSensor):
    """The newest payment received or sent, in major units of its own currency."""

    entity_description: LatestDescription
    _unrecorded_attributes = PRIVATE_KEYS
    _shown_currency: str | None = None
    _is_between = False

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Show the newest payment; a plot must not draw a line from roubles to tenge.

        The history of an entity is one line, whatever the unit of each state is. A state without a value breaks it.
        """
        currency = self._payment.currency if self._payment else None
        if self._shown_currency not in (None, currency):
            self._is_between = True
            self.async_write_ha_state()
            self._is_between = False
        self._shown_currency = currency
        super()._handle_coordinator_update()

    @property
    def _payment(self) -> Payment | None:
        return self.entity_description.payment(self.data.totals)

    @property
    @override
    def native_value(self) -> StateType:
        """Return the sum, without the commission."""
        return float(self._payment.amount) if self._payment and not self._is_between else None

    @property
    @override
    def native_unit_of_measurement(self) -> str:
        """Return the payment's currency."""
        return self._payment.currency if self._payment else self.coordinator.currency

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """Return the public record."""
        return public_record(self._payment) if self._payment else None


class QiwiSumSensor(QiwiLedgerSensor):
    """What was received or spent since the day or the month began, in the wallet's main currency."""

    entity_description: SumDescription

    def __init__(self, coordinator: QiwiCoordinator, description: SumDescription) -> None:
        super().__init__(coordinator, description)
        self._attr_native_unit_of_measurement = coordinator.currency

    @property
    @override
    def native_value(self) -> StateType:
        """Return the sum."""
        amount = self.entity_description.amount
        sums = (
            amount(direction, kind, total)
            for (currency, direction, kind), total in _totals(self.data, self._first_day)
            if currency == self.coordinator.currency
        )
        return float(sum(sums))

    @property
    @override
    def last_reset(self) -> datetime:
        """Return when the day or the month began."""
        return dt_util.start_of_local_day(self._first_day)

    @property
    def _first_day(self) -> date:
        return self.entity_description.first_day(self.data.today)


class QiwiPaymentsTodaySensor(QiwiLedgerSensor):
    """How many payments succeeded today, in all currencies and both directions; conversions are none."""

    _unrecorded_attributes = frozenset({"payments"})

    @property
    @override
    def native_value(self) -> StateType:
        """Return the number."""
        totals = _totals(self.data, self.data.today)
        return sum(total.count for (_, _, kind), total in totals if kind is not Kind.CONVERSION)

    @property
    @override
    def last_reset(self) -> datetime:
        """Return when the day began."""
        return dt_util.start_of_local_day(self.data.today)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the newest payments, newest first; those without an outcome are left out."""
        recent = (payment for payment in self.data.recent if payment.status is not PaymentStatus.PENDING)
        return {"payments": [public_record(payment) for payment in recent]}


class QiwiTokenExpiresSensor(QiwiEntity, SensorEntity):
    """When the token expires at the latest: 180 days after it was issued, or else after it was entered."""

    @property
    @override
    def native_value(self) -> datetime | None:
        """Return the beginning of that day."""
        last_day = expiry(self.coordinator.config_entry.data)
        return dt_util.start_of_local_day(last_day) if last_day else None


class QiwiIdentificationSensor(QiwiEntity, SensorEntity):
    """How far the wallet's owner is identified, which decides what the wallet may do."""

    @property
    @override
    def available(self) -> bool:
        """Follow the profile: a token without its permission tells nothing."""
        return self.data.profile is not None

    @property
    @override
    def native_value(self) -> StateType:
        """Return the level; one the documentation does not name is unknown."""
        level = (self.data.profile and self.data.profile.identification) or ""
        return level.lower() if level.lower() in IDENTIFICATIONS else None


def _totals(data: WalletData, first_day: date) -> Iterator[tuple[TotalKey, Total]]:
    """Yield what the days since then add up to."""
    for day, totals in data.totals.days.items():
        if first_day <= day <= data.today:
            yield from totals.items()
