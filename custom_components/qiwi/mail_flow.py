"""Adding the mail server of a wallet and changing it: it is tried before it is accepted."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import SOURCE_USER, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import SUBENTRY_MAIL_SERVER
from .form import Readers, optional_text, read_fields, required_text
from .ledger import Delivered
from .mail import mailbox, plain_mail
from .mail_server import MailServerError, Security, is_loopback
from .order_delivery import (
    CONF_REPLY_TO,
    CONF_SECURITY,
    CONF_SENDER,
    async_delivery,
    mail_server,
)

CONF_TEST_MAIL: Final = "test_mail"
_EXAMPLE: Final = "Anna <me@example.com>"

_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_HOST): TextSelector(),
        vol.Required(CONF_PORT, default=465): NumberSelector(
            NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)
        ),
        vol.Required(CONF_SECURITY, default=Security.TLS.value): SelectSelector(
            SelectSelectorConfig(
                options=list(Security), mode=SelectSelectorMode.LIST, translation_key=CONF_SECURITY
            )
        ),
        vol.Optional(CONF_USERNAME): TextSelector(TextSelectorConfig(autocomplete="off")),
        vol.Optional(CONF_PASSWORD): TextSelector(
            # Not "current-password": a browser would offer the one of Home Assistant.
            TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
        ),
        vol.Required(CONF_SENDER): TextSelector(TextSelectorConfig(autocomplete="email")),
        vol.Optional(CONF_REPLY_TO): TextSelector(TextSelectorConfig(autocomplete="email")),
        vol.Required(CONF_TEST_MAIL, default=False): BooleanSelector(),
    }
)


def _address(value: str) -> str | None:
    """Read an address, with or without a name before it.

    Raises:
        ValueError: it is none.
    """
    text = value.strip()
    if text:
        mailbox(text)
    return text or None


def _host(value: str) -> str:
    """Read a host's name or address.

    Raises:
        ValueError, vol.Invalid: it is none.
    """
    host = required_text(value)
    if not host.isprintable() or any(sign in host for sign in " /@"):
        raise ValueError
    return host


def _required_address(value: str) -> str:
    text = _address(value)
    if text is None:
        raise ValueError
    return text


_READERS: Final[Readers] = {
    CONF_HOST: (_host, "invalid_host"),
    CONF_PORT: (int, "invalid_port"),
    CONF_SECURITY: (str, "invalid_security"),
    CONF_USERNAME: (optional_text, "invalid_username"),
    # Blanks at its ends may belong to it.
    CONF_PASSWORD: (lambda value: value or None, "invalid_password"),
    CONF_SENDER: (_required_address, "invalid_address"),
    CONF_REPLY_TO: (_address, "invalid_address"),
}
# Where the sentence about a problem stands; else above the form.
_PLACES: Final = {
    "unencrypted": CONF_SECURITY,
    "no_tls": CONF_SECURITY,
    "invalid_auth": CONF_PASSWORD,
    "no_login": CONF_USERNAME,
    "refused_sender": CONF_SENDER,
}


class MailServerFlow(ConfigSubentryFlow):
    """Asks for the mail server, and says in a sentence of its own what it does not like."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the wallet's one mail server."""
        if any(each.subentry_type == SUBENTRY_MAIL_SERVER for each in self._get_entry().subentries.values()):
            return self.async_abort(reason="already_configured")
        return await self._step("user", {}, user_input)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for other settings; the password is not shown, and stays when none is typed."""
        return await self._step("reconfigure", self._get_reconfigure_subentry().data, user_input)

    async def _step(
        self, step: str, known: Mapping[str, Any], user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        if user_input is None:
            return self._ask(step, known)
        data, errors = read_fields(user_input, _READERS)
        if not errors and CONF_USERNAME in data and CONF_PASSWORD not in data and CONF_PASSWORD in known:
            data[CONF_PASSWORD] = known[CONF_PASSWORD]
        if not errors and (problem := await self._try(data, sends=user_input[CONF_TEST_MAIL])):
            errors = {_PLACES.get(problem, "base"): problem}
        if errors:
            return self._ask(step, user_input, errors)
        if self.source == SOURCE_USER:
            return self.async_create_entry(title=data[CONF_HOST], data=data)
        return self.async_update_reload_and_abort(
            self._get_entry(), self._get_reconfigure_subentry(), title=data[CONF_HOST], data=data
        )

    async def _try(self, data: Mapping[str, Any], *, sends: bool) -> str | None:
        """Return what is wrong with a mail server: it is asked, and sends a mail to its own sender when it shall."""
        if data[CONF_SECURITY] == Security.NONE and not is_loopback(data[CONF_HOST]):
            return "unencrypted"
        server = mail_server(data)
        delivery = await async_delivery(self.hass, server)
        try:
            await delivery.probe()
        except MailServerError as error:
            return error.problem.value
        if not sends:
            return None
        mail = plain_mail(
            subject=f"QIWI Wallet, {self._get_entry().title}",
            body=f"{data[CONF_HOST]}: {dt_util.now():%d.%m.%Y %H:%M} ✓",
            sender=server.sender,
            recipient=server.sender.mailbox.addr_spec,
        )
        delivered = await delivery.send(mail)
        return None if delivered is Delivered.SENT else f"mail_{delivered.value}"

    def _ask(
        self, step: str, shown: Mapping[str, Any], errors: dict[str, str] | None = None
    ) -> SubentryFlowResult:
        typed = {name: value for name, value in shown.items() if name != CONF_PASSWORD}
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(_SCHEMA, typed),
            errors=errors or {},
            description_placeholders={"mailbox": _EXAMPLE},
        )
