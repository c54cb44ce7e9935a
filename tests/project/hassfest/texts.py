"""What hassfest asks of translations."""

from collections.abc import Mapping
import re
from string import Formatter
from typing import Any, Final

from homeassistant.helpers import config_validation as cv
import voluptuous as vol


def text(value: object) -> str:
    """Check a text that Home Assistant shows."""
    words = cv.string_with_no_html(value)
    if not words:
        raise vol.Invalid("is empty")
    if re.search(r"'\{\w+\}'", words):
        raise vol.Invalid("a placeholder within single quotes is not filled in")
    if re.search(r"\[%|%\]", words):
        raise vol.Invalid("references to other texts are for Home Assistant's own integrations")
    if words != words.strip():
        raise vol.Invalid("blanks at an end")
    if re.search(r"((ftps?|scp|https?|mqtts?|socket|socks5)://|www\.)[a-z0-9]", words, re.IGNORECASE):
        raise vol.Invalid("an address belongs into a placeholder")
    try:
        names = [name for _, name, _, _ in Formatter().parse(words) if name is not None]
    except ValueError as error:
        raise vol.Invalid(f"braces: {error}") from error
    if not all(map(str.isidentifier, names)):
        raise vol.Invalid("a placeholder is no identifier")
    return words


def _text_without_placeholders(value: object) -> str:
    words = text(value)
    if "{" in words:
        raise vol.Invalid("placeholders are not filled in here")
    return words


def key(value: str) -> str:
    """Check a key of a translation."""
    if not re.fullmatch(r"(?!.*[_-]{2})[a-z0-9]([a-z0-9_-]*[a-z0-9])?", value):
        raise vol.Invalid(f"{value} is no key for a translation")
    return value


def keyed(value: Any, slug: Any = key) -> Any:
    """Return the schema of what stands under such keys."""
    return cv.schema_with_slug_keys(value, slug_validator=slug)


_STEP: Final = {
    vol.Optional("title"): text,
    vol.Optional("description"): text,
    vol.Optional("data"): {str: text},
    vol.Optional("data_description"): {str: text},
    vol.Optional("menu_options"): {str: text},
    vol.Optional("menu_option_descriptions"): {str: text},
    vol.Optional("submit"): text,
    vol.Optional("sections"): {
        str: {
            vol.Optional("name"): text,
            vol.Optional("description"): text,
            vol.Optional("data"): {str: text},
            vol.Optional("data_description"): {str: text},
        }
    },
}


def _described_fields_exist(flow: dict[str, Any]) -> dict[str, Any]:
    for name, step in flow["step"].items():
        for place in (step, *step.get("sections", {}).values()):
            if unknown := place.get("data_description", {}).keys() - place.get("data", {}).keys():
                raise vol.Invalid(f"step {name} describes fields it does not name: {sorted(unknown)}")
    return flow


def _flow(more: Mapping[Any, Any] | None = None) -> Any:
    return vol.All(
        vol.Schema(
            {
                vol.Optional("flow_title"): text,
                vol.Required("step"): {str: _STEP},
                vol.Optional("error"): {str: text},
                vol.Optional("abort"): {str: text},
                vol.Optional("progress"): {str: text},
                vol.Optional("create_entry"): {str: text},
                **({vol.Optional("initiate_flow"): {vol.Required("user"): text}} if more is None else more),
            }
        ),
        _described_fields_exist,
    )


_NAMED_WITH_FIELDS: Final = {
    vol.Required("name"): text,
    vol.Required("description"): text,
    vol.Optional("fields"): keyed(
        {
            vol.Required("name"): str,
            vol.Required("description"): text,
            vol.Optional("example"): text,
        }
    ),
}
_STATES: Final = keyed(_text_without_placeholders)

TRANSLATIONS: Final = vol.Schema(
    {
        vol.Optional("title"): text,
        vol.Optional("common"): {cv.slug: text},
        vol.Optional("config"): _flow(),
        vol.Optional("config_subentries"): keyed(
            _flow(
                {
                    vol.Required("entry_type"): text,
                    vol.Required("initiate_flow"): {vol.Required("user"): text, str: text},
                }
            ),
            cv.slug,
        ),
        vol.Optional("options"): _flow(),
        vol.Optional("selector"): keyed({vol.Optional("options"): keyed(text)}, cv.slug),
        vol.Optional("system_health"): {vol.Optional("info"): keyed(text)},
        vol.Optional("issues"): {
            str: vol.All(
                cv.has_at_least_one_key("description", "fix_flow"),
                {
                    vol.Required("title"): text,
                    vol.Exclusive("description", "fixable"): text,
                    vol.Exclusive("fix_flow", "fixable"): _flow(),
                },
            )
        },
        vol.Optional("device"): keyed({vol.Optional("name"): text}),
        vol.Optional("entity"): keyed(
            keyed(
                {
                    vol.Optional("name"): text,
                    vol.Optional("state"): _STATES,
                    vol.Optional("state_attributes"): keyed(
                        {
                            vol.Optional("name"): _text_without_placeholders,
                            vol.Optional("state"): _STATES,
                        }
                    ),
                    vol.Optional("unit_of_measurement"): _text_without_placeholders,
                }
            ),
            cv.slug,
        ),
        vol.Optional("exceptions"): keyed({vol.Optional("message"): text}, cv.slug),
        vol.Optional("services"): keyed(_NAMED_WITH_FIELDS),
        vol.Optional("triggers"): keyed(_NAMED_WITH_FIELDS, cv.underscore_slug),
    }
)
