"""What the forms of goals, offers and mail servers share: their fields, and how they are read."""

from collections.abc import Callable, Mapping
from typing import Any, Final, override

from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from .schema import typed_amount

# How a field is read, and the sentence that says what is wrong with it.
type Readers = Mapping[str, tuple[Callable[[Any], Any], str]]

NAME_LENGTH: Final = 60


class AmountSelector(TextSelector):
    """A text field for amounts: a number field would take no comma, and a float is not exact."""

    @override
    def __call__(self, data: Any) -> str | list[str]:
        """Take numbers as well: scripts send them."""
        return super().__call__(list(map(str, data)) if isinstance(data, list) else str(data))


CURRENCY: Final = SelectSelector(
    SelectSelectorConfig(
        options=["RUB", "USD", "EUR", "KZT"], custom_value=True, mode=SelectSelectorMode.DROPDOWN
    )
)


def read_fields(user_input: Mapping[str, Any], readers: Readers) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what was typed, without what is empty, and what is wrong with it by its field."""
    data: dict[str, Any] = {}
    errors = {}
    for field, (read, error) in readers.items():
        try:
            value = read(user_input[field]) if field in user_input else None
        except ValueError, vol.Invalid:
            errors[field] = error
            continue
        if value is not None:
            data[field] = value
    return data, errors


def required_text(value: str) -> str:
    """Read a text that must not be empty.

    Raises:
        vol.Invalid: it is.
    """
    if not (text := value.strip()):
        raise vol.Invalid("expected a text")
    return text


def name(value: str) -> str:
    """Read a name of at most 60 characters.

    Raises:
        vol.Invalid: it is empty or longer.
    """
    if len(text := required_text(value)) > NAME_LENGTH:
        raise vol.Invalid("expected a shorter name")
    return text


def optional_text(value: str) -> str | None:
    """Read a text that may be left empty."""
    return value.strip() or None


def positive_amount(value: str) -> str:
    """Read an amount of money above zero as an exact text.

    Raises:
        vol.Invalid: it is none.
    """
    if not (amount := typed_amount(value)):
        raise vol.Invalid("expected an amount above zero")
    return f"{amount:f}"
