"""What Home Assistant's own checker asks of a custom integration's files, as far as its rules are known.

hassfest is not in Home Assistant's package. The rules here were read in its source of 2026 and are written anew; the
workflow runs the real one.
"""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
from typing import Any

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.yaml import load_yaml_dict
import voluptuous as vol

from .descriptions import ICONS, SERVICES, TRIGGERS
from .manifest import ALWAYS_THERE, MANIFEST, imported_components
from .texts import TRANSLATIONS


def _checked(name: str, schema: vol.Schema, content: Any) -> Iterator[str]:
    try:
        schema(content)
    except vol.MultipleInvalid as errors:
        yield from (f"{name}: {error}" for error in errors.errors)
    except vol.Invalid as error:
        yield f"{name}: {error}"


def _selector_keys(fields: Mapping[str, Any]) -> Iterator[str]:
    for field in fields.values():
        select = (field.get("selector") or {}).get("select") or {}
        if key := select.get("translation_key"):
            yield key


def complaints(folder: Path) -> Iterator[str]:
    """Yield what hassfest would refuse in the folder of a custom integration."""
    yield from _of_the_manifest(folder)
    yield from _checked("icons.json", ICONS, _read(folder / "icons.json"))
    # hassfest itself reads the English texts alone; whoever sees the others sees them in the same places.
    for path in sorted((folder / "translations").iterdir()):
        yield from _checked(f"translations/{path.name}", TRANSLATIONS, _read(path))
    for name, schema in (("services.yaml", SERVICES), ("triggers.yaml", TRIGGERS)):
        yield from _of_a_description(folder, name, schema)


def _of_the_manifest(folder: Path) -> Iterator[str]:
    manifest = _read(folder / "manifest.json")
    yield from _checked("manifest.json", MANIFEST, manifest)
    if list(manifest) != ["domain", "name", *sorted(manifest.keys() - {"domain", "name"})]:
        yield "manifest.json: the keys are domain, name, and the others in the order of the alphabet"
    if manifest["domain"] != folder.name:
        yield "manifest.json: the domain is not the folder's name"
    allowed = ALWAYS_THERE.union(*(manifest.get(key, ()) for key in ("dependencies", "after_dependencies")))
    own = {path.stem for path in folder.iterdir()}
    for path in sorted(folder.rglob("*.py")):
        for component in sorted(set(imported_components(path)) - allowed - own):
            yield f"{path.relative_to(folder)}: {component} is used and is no dependency"


def _of_a_description(folder: Path, name: str, schema: vol.Schema) -> Iterator[str]:
    try:
        described = load_yaml_dict(str(folder / name))
    except HomeAssistantError as error:
        yield f"{name}: {error}"
        return
    yield from _checked(name, schema, described)
    selectors = _read(folder / "translations" / "en.json")["selector"]
    for each in described.values():
        for key in _selector_keys((each or {}).get("fields") or {}):
            if key not in selectors:
                yield f"{name}: the selector's key {key} has no texts"


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
