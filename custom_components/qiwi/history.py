"""What the logbook says of a payment: a few words in Home Assistant's language, with the amount and no stranger's text."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN

_NO_BREAK_SPACE: Final = "\N{NO-BREAK SPACE}"


def formatted(amount: float, currency: str, language: str) -> str:
    """Return an amount of money as people read it: `1 500.00 RUB`, in Russian `1 500,00 RUB`, on one line."""
    number = f"{amount:,.2f}".replace(",", _NO_BREAK_SPACE)
    if language.startswith("ru"):
        number = number.replace(".", ",")
    return f"{number}{_NO_BREAK_SPACE}{currency}"


@callback
def async_message(hass: HomeAssistant, event_type: str, record: Mapping[str, Any]) -> str:
    """Return the words for a payment of the public record: `received 150.00 RUB`."""
    language = hass.config.language
    texts = async_get_cached_translations(hass, language, "common", DOMAIN)

    def text(key: str, **values: str) -> str:
        return texts[f"component.{DOMAIN}.common.{key}"].format(**values)

    message = text(event_type, amount=formatted(record["amount"], record["currency"], language))
    for mark in ("test", "possible_duplicate"):
        if record[mark]:
            message = text(mark, message=message)
    return message


@callback
def async_event_entity(hass: HomeAssistant, wallet: str | None) -> str | None:
    """Return the event entity of a wallet, whose history a payment belongs to."""
    return er.async_get(hass).async_get_entity_id("event", DOMAIN, f"{wallet}_payment")
