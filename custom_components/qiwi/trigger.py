"""The triggers: fed by the coordinator, so that neither a disabled entity nor a reload of the entry matters."""

from datetime import timedelta
from typing import Any, ClassVar, Final, override

from homeassistant.const import CONF_DEVICE_ID, CONF_OPTIONS, CONF_TARGET, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.trigger import Trigger
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .const import DOMAIN
from .goal_trigger import GOAL_TRIGGERS
from .order_trigger import ORDER_TRIGGERS
from .payments import Announcement, Kind, PaymentEvent
from .publication import SIGNAL_ANNOUNCEMENT
from .runs import async_note_run
from .schema import CONF_KIND, FILTER_FIELDS, no_contradiction, payment_filter, phone
from .targeted_trigger import TargetedTrigger, Tell

CONF_HAS_EMAIL: Final = "has_email"
CONF_MAX_AGE: Final = "max_age"
CONF_PAYER: Final = "payer"


class PaymentTrigger(TargetedTrigger):
    """Runs once for every payment announced as `event` that fits the options."""

    event: ClassVar[PaymentEvent]
    kinds: ClassVar[frozenset[Kind]]

    entity_domains = frozenset({Platform.EVENT})
    option_fields: ClassVar = {
        **FILTER_FIELDS,
        vol.Optional(CONF_HAS_EMAIL): cv.boolean,
        vol.Optional(CONF_PAYER): phone,
        vol.Optional(CONF_MAX_AGE): cv.positive_time_period,
    }

    @classmethod
    @override
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Read target and options; a `device_id` among the options, where it stood at first, is the target."""
        options = config.get(CONF_OPTIONS)
        if isinstance(options, dict) and CONF_DEVICE_ID in options:
            options = dict(options)
            devices = options.pop(CONF_DEVICE_ID)
            config = {CONF_TARGET: {CONF_DEVICE_ID: devices or []}, **config, CONF_OPTIONS: options}
        try:
            return await super().async_validate_config(hass, config)
        except vol.MultipleInvalid as errors:
            raise await cls._in_words(hass, errors.errors[0]) from None

    @classmethod
    async def _in_words(cls, hass: HomeAssistant, error: vol.Invalid) -> vol.Invalid:
        """Return the error of an option as a sentence that names it by its label, in Home Assistant's language."""
        if error.path[:1] != [CONF_OPTIONS] or len(error.path) < 2:
            return error
        keys = (error.error_type, f"invalid_{error.path[1]}")
        texts = await async_get_translations(hass, hass.config.language, "exceptions", {DOMAIN})
        found = [text for key in keys if (text := texts.get(f"component.{DOMAIN}.exceptions.{key}.message"))]
        kinds = ", ".join(sorted(cls.kinds))
        return vol.Invalid(found[0].format(kinds=kinds), path=error.path) if found else error

    @classmethod
    @override
    def checked(cls, options: dict[str, Any]) -> dict[str, Any]:
        """Refuse options that no payment could ever fit."""
        if (kinds := options.get(CONF_KIND)) and cls.kinds.isdisjoint(kinds):
            raise vol.Invalid("expected another kind", path=[CONF_KIND], error_type="kind_not_announced")
        return no_contradiction(options)

    @override
    def listen(self, tell: Tell) -> CALLBACK_TYPE:
        """Tell of the payments that fit."""
        wanted = payment_filter(
            self._options,
            has_email=self._options.get(CONF_HAS_EMAIL),
            payer=self._options.get(CONF_PAYER),
            max_age=self._options.get(CONF_MAX_AGE),
        )

        @callback
        def hear(device_id: str, announcement: Announcement, age: timedelta) -> None:
            payment = announcement.payment
            if payment.event is self.event and wanted.fits(payment, age):
                run = tell(device_id, {"payment": announcement.record()}, self.event.replace("_", " "))
                if run is not None:
                    async_note_run(self._hass, device_id, announcement, run)

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


TRIGGERS: Final[dict[str, type[Trigger]]] = (
    {
        trigger.event.value: trigger
        for trigger in (PaymentReceivedTrigger, PaymentSentTrigger, PaymentFailedTrigger)
    }
    | GOAL_TRIGGERS
    | ORDER_TRIGGERS
)


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by their keys."""
    return TRIGGERS
