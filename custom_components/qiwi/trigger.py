"""The triggers: fed by the coordinator, so that neither a disabled entity nor a reload of the entry matters."""

from datetime import timedelta
from typing import Any, ClassVar, Final, override

from homeassistant.const import CONF_DEVICE_ID, CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import (
    Trigger,
    TriggerActionRunner,
    TriggerConfig,
    TriggerNotTriggeredReporter,
)
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .coordinator import SIGNAL_ANNOUNCEMENT
from .payments import Announcement, Kind, PaymentEvent
from .schema import CONF_KIND, FILTER_FIELDS, filled_in, is_wallet, no_contradiction, payment_filter, phone

CONF_HAS_EMAIL: Final = "has_email"
CONF_MAX_AGE: Final = "max_age"
CONF_PAYER: Final = "payer"

_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_OPTIONS, default=dict): vol.All(
            filled_in,
            {
                vol.Optional(CONF_DEVICE_ID): vol.All(cv.ensure_list, [cv.string]),
                **FILTER_FIELDS,
                vol.Optional(CONF_HAS_EMAIL): cv.boolean,
                vol.Optional(CONF_PAYER): phone,
                vol.Optional(CONF_MAX_AGE): cv.positive_time_period,
            },
            no_contradiction,
        )
    }
)


class PaymentTrigger(Trigger):
    """Runs once for every payment announced as `event` that fits the options, on any wallet unless some are named."""

    event: ClassVar[PaymentEvent]
    kinds: ClassVar[frozenset[Kind]]

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Refuse options that no payment could ever fit."""
        config = _SCHEMA(config)
        if (kinds := config[CONF_OPTIONS].get(CONF_KIND)) and cls.kinds.isdisjoint(kinds):
            raise vol.Invalid(
                f"expected one of {', '.join(sorted(cls.kinds))}", path=[CONF_OPTIONS, CONF_KIND]
            )
        for device_id in config[CONF_OPTIONS].get(CONF_DEVICE_ID, ()):
            if not is_wallet(hass, device_id):
                raise vol.Invalid(
                    f"{device_id} is not the device of a QIWI Wallet", path=[CONF_OPTIONS, CONF_DEVICE_ID]
                )
        return config

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        super().__init__(hass, config)
        options: dict[str, Any] = config.options or {}
        self._devices = frozenset(options.get(CONF_DEVICE_ID, ()))
        self._filter = payment_filter(
            options,
            has_email=options.get(CONF_HAS_EMAIL),
            payer=options.get(CONF_PAYER),
            max_age=options.get(CONF_MAX_AGE),
        )

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Run the action for what is announced from now on."""

        @callback
        def hear(device_id: str, announcement: Announcement, age: timedelta) -> None:
            payment = announcement.payment
            if payment.event is not self.event or (self._devices and device_id not in self._devices):
                return
            if self._filter.fits(payment, age):
                # Without the sum and the words: the logbook keeps the description.
                run_action({"payment": announcement.record()}, self.event.replace("_", " "))

        return async_dispatcher_connect(self._hass, SIGNAL_ANNOUNCEMENT, hear)


class PaymentReceivedTrigger(PaymentTrigger):
    """Money came: neither a refund nor a conversion."""

    event = PaymentEvent.RECEIVED
    kinds = frozenset({Kind.TRANSFER, Kind.TOP_UP, Kind.OTHER})


class PaymentSentTrigger(PaymentTrigger):
    """Money went."""

    event = PaymentEvent.SENT
    kinds = frozenset({Kind.TRANSFER, Kind.PURCHASE, Kind.BILL, Kind.OTHER})


class PaymentFailedTrigger(PaymentTrigger):
    """A payment was refused, whichever way it went."""

    event = PaymentEvent.FAILED
    kinds = frozenset(Kind)


TRIGGERS: Final[dict[str, type[Trigger]]] = {
    trigger.event.value: trigger
    for trigger in (PaymentReceivedTrigger, PaymentSentTrigger, PaymentFailedTrigger)
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by their keys."""
    return TRIGGERS
