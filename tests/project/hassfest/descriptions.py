"""What hassfest asks of the files that describe icons, actions and triggers."""

from typing import Any, Final

from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import selector
import voluptuous as vol

from .texts import keyed


def _icon(value: object) -> str:
    icon = cv.string_with_no_html(value)
    if not icon.startswith("mdi:"):
        raise vol.Invalid("an icon is one of Material Design Icons")
    return icon


def _unlike_the_default(icons: dict[str, Any]) -> dict[str, Any]:
    if icons.get("default") in icons.get("state", {}).values():
        raise vol.Invalid("the icon of a state is the default one and can go")
    return icons


_FLOW_ICONS: Final = {"step": {str: {"section": {str: _icon}}}}
_ENTITY_ICONS: Final = {
    vol.Optional("default"): _icon,
    vol.Optional("state"): keyed(_icon),
    vol.Optional("range"): {vol.Coerce(float): _icon},
}

ICONS: Final = vol.Schema(
    {
        vol.Optional("config"): _FLOW_ICONS,
        vol.Optional("options"): _FLOW_ICONS,
        vol.Optional("issues"): {str: {"fix_flow": _FLOW_ICONS}},
        vol.Optional("entity"): keyed(
            keyed(
                vol.All(
                    {
                        **_ENTITY_ICONS,
                        vol.Optional("state_attributes"): keyed(vol.All(_ENTITY_ICONS, _unlike_the_default)),
                    },
                    _unlike_the_default,
                )
            ),
            cv.slug,
        ),
        vol.Optional("services"): keyed(
            {vol.Required("service"): _icon, vol.Optional("sections"): keyed(_icon)}
        ),
        vol.Optional("triggers"): keyed({vol.Required("trigger"): _icon}),
    }
)


def _something(value: object) -> object:
    if value is None:
        raise vol.Invalid("is empty")
    return value


_FIELD: Final = {
    vol.Optional("example"): _something,
    vol.Optional("default"): _something,
    vol.Optional("required"): bool,
    vol.Optional("selector"): selector.validate_selector,
}
_SERVICE_FIELD: Final = {**_FIELD, vol.Optional("name"): str, vol.Optional("description"): str}

# A custom integration has no keys that begin with a dot here: only Home Assistant's own may keep anchors so.
SERVICES: Final = vol.Schema(
    {
        cv.slug: vol.Any(
            {
                vol.Optional("target"): vol.Any(selector.TargetSelector.CONFIG_SCHEMA, None),
                vol.Optional("name"): str,
                vol.Optional("description"): str,
                vol.Optional("fields"): {
                    str: vol.Any(
                        _SERVICE_FIELD,
                        {vol.Required("fields"): {str: _SERVICE_FIELD}, vol.Optional("collapsed"): bool},
                    )
                },
            },
            None,
        )
    }
)
TRIGGERS: Final = vol.Schema(
    {
        vol.Remove(vol.Match(r"\.")): object,
        cv.underscore_slug: vol.Any(
            {
                vol.Optional("target"): selector.TargetSelector.CONFIG_SCHEMA,
                vol.Optional("fields"): {str: _FIELD},
            },
            None,
        ),
    }
)
