"""Adding an offer to a wallet and changing it: what is sold for how much, and the mail that answers a payment."""

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntryState,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_EMAIL, CONF_NAME
from homeassistant.helpers.selector import (
    DateTimeSelector,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import DEFAULT_CURRENCY
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .form import (
    CURRENCY,
    AmountSelector,
    Readers,
    name,
    optional_text,
    positive_amount,
    read_fields,
    required_text,
)
from .ledger import Delivered, Quantity
from .mail import FIELDS, compose, deliverable, unknown_braces
from .mail_server import MailServer
from .offer_settings import (
    CONF_BODY,
    CONF_COMMENT,
    CONF_CREATED,
    CONF_CURRENCY,
    CONF_DELIVERY,
    CONF_HTML,
    CONF_PRICE,
    CONF_QUANTITY,
    CONF_SUBJECT,
    CONF_VALID_FROM,
    CONF_VALID_UNTIL,
    DELIVERY_EMAIL,
    DELIVERY_MANUAL,
    sample_order,
    template_of,
)
from .order_delivery import async_delivery, mail_server_of
from .schema import currency

_BUYER: Final = "buyer@example.com"


def _choice(field: str, *options: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(options=list(options), mode=SelectSelectorMode.LIST, translation_key=field)
    )


_OFFER: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Required(CONF_PRICE): AmountSelector(),
        vol.Required(CONF_CURRENCY, default=DEFAULT_CURRENCY): CURRENCY,
        vol.Required(CONF_QUANTITY, default=Quantity.EXACT.value): _choice(CONF_QUANTITY, *Quantity),
        vol.Optional(CONF_COMMENT): TextSelector(),
        vol.Optional(CONF_VALID_FROM): DateTimeSelector(),
        vol.Optional(CONF_VALID_UNTIL): DateTimeSelector(),
        vol.Required(CONF_DELIVERY, default=DELIVERY_EMAIL): _choice(
            CONF_DELIVERY, DELIVERY_EMAIL, DELIVERY_MANUAL
        ),
    }
)
_LINES: Final = TextSelector(TextSelectorConfig(multiline=True))
_MAIL: Final = vol.Schema(
    {
        vol.Required(CONF_SUBJECT): TextSelector(),
        vol.Required(CONF_BODY): _LINES,
        vol.Optional(CONF_HTML): _LINES,
    }
)
_TEST: Final = vol.Schema(
    {vol.Required(CONF_EMAIL): TextSelector(TextSelectorConfig(type=TextSelectorType.EMAIL))}
)


def _moment(value: str) -> str:
    """Read what the form gives without a zone, in Home Assistant's own."""
    moment = dt_util.parse_datetime(value, raise_on_error=True)
    zone = moment.tzinfo or dt_util.get_default_time_zone()
    return moment.replace(tzinfo=zone).isoformat()


_OFFER_READERS: Final[Readers] = {
    CONF_NAME: (name, "invalid_name"),
    CONF_PRICE: (positive_amount, "invalid_price"),
    CONF_CURRENCY: (currency, "invalid_currency"),
    CONF_QUANTITY: (str, "invalid_quantity"),
    CONF_COMMENT: (optional_text, "invalid_comment"),
    CONF_VALID_FROM: (_moment, "invalid_date"),
    CONF_VALID_UNTIL: (_moment, "invalid_date"),
    CONF_DELIVERY: (str, "invalid_delivery"),
}
_MAIL_READERS: Final[Readers] = {
    CONF_SUBJECT: (required_text, "empty_subject"),
    CONF_BODY: (required_text, "empty_body"),
    CONF_HTML: (optional_text, "empty_body"),
}


class OfferFlow(ConfigSubentryFlow):
    """Asks what is sold, then for the mail, then shows the mail as a buyer would get it."""

    def __init__(self) -> None:
        self._offer: dict[str, Any] = {}
        self._mail: dict[str, Any] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a new offer."""
        coordinator = self._coordinator
        shown = {CONF_CURRENCY: coordinator.data.currency} if coordinator else {}
        return await self._offer_step("user", shown, user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for other terms; they hold for what is paid from now on."""
        data = dict(self._get_reconfigure_subentry().data)
        for field in (CONF_VALID_FROM, CONF_VALID_UNTIL):
            if field in data:
                data[field] = f"{dt_util.as_local(datetime.fromisoformat(data[field])):%Y-%m-%d %H:%M:%S}"
        return await self._offer_step("reconfigure", data, user_input)

    async def async_step_mail(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the mail."""
        if user_input is None:
            known = {} if self.source == SOURCE_USER else self._get_reconfigure_subentry().data
            return self._ask("mail", _MAIL, self._mail or known)
        mail, errors = read_fields(user_input, _MAIL_READERS)
        braces = {field: found for field, text in mail.items() if (found := unknown_braces(text)) is not None}
        errors |= dict.fromkeys(braces, "unknown_field")
        if errors:
            return self._ask(
                "mail", _MAIL, user_input, errors, braces=" ".join(dict.fromkeys(braces.values()))
            )
        self._mail = mail
        return await self.async_step_preview()

    async def async_step_preview(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show the mail as a buyer would get it."""
        return self._show_mail("preview")

    async def async_step_test_mail(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Send the mail to the seller."""
        server = self._server
        if server is None:
            return self.async_abort(reason="no_mail_server")
        if user_input is None:
            return self._ask("test_mail", _TEST, {CONF_EMAIL: server.sender.mailbox.addr_spec})
        try:
            mail = self._sample(server, deliverable(user_input[CONF_EMAIL]))
        except ValueError:
            return self._ask("test_mail", _TEST, user_input, {CONF_EMAIL: "invalid_email"})
        delivered = await (await async_delivery(self.hass, server)).send(mail)
        if delivered is not Delivered.SENT:
            return self._ask("test_mail", _TEST, user_input, {"base": f"mail_{delivered.value}"})
        return self._show_mail("test_sent")

    async def async_step_test_sent(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Show the mail once more, after it was sent to the seller."""
        return self._show_mail("test_sent")

    async def async_step_save(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Keep the offer."""
        data = self._offer | self._mail
        if self.source == SOURCE_USER:
            coordinator = self._coordinator
            now = coordinator.now() if coordinator else dt_util.utcnow()
            data[CONF_CREATED] = now.isoformat(timespec="seconds")
            return self.async_create_entry(title=data[CONF_NAME], data=data)
        subentry = self._get_reconfigure_subentry()
        if created := subentry.data.get(CONF_CREATED):
            data[CONF_CREATED] = created
        return self.async_update_reload_and_abort(
            self._get_entry(), subentry, title=data[CONF_NAME], data=data
        )

    async def _offer_step(
        self, step: str, shown: Mapping[str, Any], user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        if user_input is None:
            return self._ask(step, _OFFER, self._offer or shown)
        offer, errors = read_fields(user_input, _OFFER_READERS)
        if not errors:
            errors = self._contradictions(offer)
        if errors:
            return self._ask(step, _OFFER, user_input, errors)
        self._offer = offer
        if offer[CONF_DELIVERY] == DELIVERY_MANUAL:
            self._mail = {}
            return await self.async_step_save()
        return await self.async_step_mail()

    def _contradictions(self, offer: Mapping[str, Any]) -> dict[str, str]:
        begin, end = (offer.get(field) for field in (CONF_VALID_FROM, CONF_VALID_UNTIL))
        if begin and end and datetime.fromisoformat(begin) >= datetime.fromisoformat(end):
            return {CONF_VALID_UNTIL: "until_before_from"}
        if offer[CONF_DELIVERY] == DELIVERY_EMAIL and self._server is None:
            return {CONF_DELIVERY: "no_mail_server"}
        if self.source != SOURCE_USER and self._is_other_currency(offer[CONF_CURRENCY]):
            return {CONF_CURRENCY: "currency_in_use"}
        return {}

    def _is_other_currency(self, code: str) -> bool:
        """Tell whether an offer that has sold something is to change its currency: its sums would mean nothing."""
        subentry, coordinator = self._get_reconfigure_subentry(), self._coordinator
        if code == subentry.data.get(CONF_CURRENCY, DEFAULT_CURRENCY):
            return False
        return (
            coordinator is None
            or subentry.subentry_id in coordinator.journal.ledger.state(coordinator.orders).revenue
        )

    @property
    def _coordinator(self) -> QiwiCoordinator | None:
        entry: QiwiConfigEntry = self._get_entry()
        return entry.runtime_data if entry.state is ConfigEntryState.LOADED else None

    @property
    def _server(self) -> MailServer | None:
        return mail_server_of(self._get_entry())

    def _sample(self, server: MailServer, recipient: str) -> EmailMessage:
        """Return the mail to somebody who paid the price a moment ago."""
        now = dt_util.now()
        template = template_of(self._offer | self._mail)
        assert template is not None
        order = sample_order(self._offer, recipient, now)
        return compose(order, template, server.sender, now)

    def _show_mail(self, step: str) -> SubentryFlowResult:
        server = self._server
        if server is None:
            return self.async_abort(reason="no_mail_server")
        mail = self._sample(server, _BUYER)
        text = mail.get_body(("plain",))
        assert text is not None
        return self.async_show_menu(
            step_id=step,
            menu_options=["save", "test_mail", "mail"],
            description_placeholders={
                "sender": str(server.sender.mailbox),
                "recipient": _BUYER,
                "subject": str(mail["Subject"]),
                "body": _quoted(text.get_content()),
            },
        )

    def _ask(
        self,
        step: str,
        schema: vol.Schema,
        shown: Mapping[str, Any],
        errors: dict[str, str] | None = None,
        **placeholders: str,
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(schema, shown),
            errors=errors or {},
            description_placeholders={
                "fields": ", ".join(f"`{{{field}}}`" for field in FIELDS),
                **placeholders,
            },
        )


def _quoted(text: str) -> str:
    """Return a text as the dialog shows it line by line: indented, it is code to Markdown and nothing else."""
    return "\n".join(f"    {line}" for line in text.splitlines())
