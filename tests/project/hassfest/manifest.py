"""What hassfest asks of the manifest, and of what the code imports beside it."""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
from typing import Final

from awesomeversion import AwesomeVersion, AwesomeVersionException, AwesomeVersionStrategy
from homeassistant.const import Platform
import voluptuous as vol


def _version(value: str) -> str:
    strategies = ("CALVER", "SEMVER", "SIMPLEVER", "BUILDVER", "PEP440")
    try:
        AwesomeVersion(value, ensure_strategy=[AwesomeVersionStrategy[name] for name in strategies])
    except AwesomeVersionException as error:
        raise vol.Invalid("is no version") from error
    return value


def _page(value: str) -> str:
    if not re.match(r"https://(?!www\.home-assistant\.io/integrations/)", value):
        raise vol.Invalid("is no page of the integration's own, or not over https")
    return value


MANIFEST: Final = vol.Schema(
    {
        vol.Required("domain"): str,
        vol.Required("name"): str,
        vol.Required("codeowners"): [str],
        vol.Required("documentation"): _page,
        vol.Required("iot_class"): vol.In(
            ["assumed_state", "calculated", "cloud_polling", "cloud_push", "local_polling", "local_push"]
        ),
        vol.Required("version"): _version,
        vol.Optional("integration_type"): vol.In(
            ["device", "hardware", "helper", "hub", "service", "system"]
        ),
        vol.Optional("config_flow"): bool,
        vol.Optional("issue_tracker"): vol.Url(),
        vol.Optional("quality_scale"): vol.In(
            ["bronze", "silver", "gold", "platinum", "custom", "internal", "legacy", "no_score"]
        ),
        vol.Optional("requirements"): [str],
        vol.Optional("dependencies"): [str],
        vol.Optional("after_dependencies"): [str],
        vol.Optional("loggers"): [str],
        vol.Optional("single_config_entry"): bool,
        vol.Optional("import_executor"): bool,
    }
)

# What may be imported without being a dependency, besides the platforms that the integration has.
ALWAYS_THERE: Final = {platform.value for platform in Platform} | {
    "automation", "conversation", "device_automation", "frontend", "group", "homeassistant", "media_source",
    "onboarding", "panel_custom", "persistent_notification", "person", "script", "system_health", "system_log",
    "webhook", "websocket_api", "zone",
}  # fmt: skip


def imported_components(path: Path) -> Iterator[str]:
    """Yield the integrations of Home Assistant that a file imports from."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "homeassistant.components":
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [node.module]
            yield from (name.split(".")[2] for name in names if name.startswith("homeassistant.components."))
        elif isinstance(node, ast.Import):
            names = [name.name for name in node.names]
            yield from (name.split(".")[2] for name in names if name.startswith("homeassistant.components."))
