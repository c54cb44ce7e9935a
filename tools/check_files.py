"""Check what the other tools leave out: JSON, YAML, executable bits, and that the translations fit together."""

from collections import Counter
from collections.abc import Iterator
import json
import os
from pathlib import Path
import re
import subprocess
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent


class Loader(yaml.SafeLoader):
    """YAML as Home Assistant writes it, with tags of its own such as !input and !include."""


Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def project_files() -> list[Path]:
    """List what git tracks or would add."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (ROOT / name for name in listing.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object, refusing a repeated key."""
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise ValueError(f"repeats {', '.join(repeated)}")
    return dict(pairs)


def check_syntax(path: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json":
            json.loads(text, object_pairs_hook=unique)
        else:
            list(yaml.load_all(text, Loader))
    except (ValueError, yaml.YAMLError) as error:
        yield f"is not well-formed: {error}"


def check_executable(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        is_script = file.read(2) == b"#!"
    if is_script != os.access(path, os.X_OK):
        yield (
            "starts with #! but is not executable"
            if is_script
            else "is executable but does not start with #!"
        )


def texts(node: object, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Walk a translation file: each text's place and the placeholders in it."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from texts(value, f"{path}.{key}" if path else key)
    else:
        yield path, set(re.findall(r"\{(\w+)\}", str(node)))


def check_translation(path: Path) -> Iterator[str]:
    """Hold a translation against the English one beside it."""
    english = dict(texts(json.loads(path.with_name("en.json").read_text(encoding="utf-8"))))
    translated = dict(texts(json.loads(path.read_text(encoding="utf-8"))))
    for place in english.keys() - translated.keys():
        yield f"{place} is missing"
    for place in translated.keys() - english.keys():
        yield f"{place} is not in en.json"
    for place in english.keys() & translated.keys():
        if english[place] != translated[place]:
            yield f"{place} has other placeholders than in en.json"


def check(path: Path) -> Iterator[str]:
    yield from check_executable(path)
    if path.suffix in {".json", ".yaml", ".yml"}:
        broken = list(check_syntax(path))
        yield from broken
        if path.parent.name == "translations" and not broken:
            yield from check_translation(path)


def main() -> int:
    complaints = [
        f"{path.relative_to(ROOT)}: {what}" for path in project_files() for what in sorted(check(path))
    ]
    print(*complaints, sep="\n", end="\n" if complaints else "")
    return bool(complaints)


if __name__ == "__main__":
    raise SystemExit(main())
