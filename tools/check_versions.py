"""Check that every place that names a Home Assistant or Python version agrees with pyproject.toml and Home Assistant."""

from collections.abc import Iterator
from importlib.metadata import requires
import json
from pathlib import Path
import re
import tomllib
from typing import Any

from homeassistant.const import REQUIRED_PYTHON_VER
import yaml

ROOT = Path(__file__).resolve().parent.parent
TEST_PACKAGE = "pytest-homeassistant-custom-component"
PYTHON = "{}.{}".format(*REQUIRED_PYTHON_VER)
PYTHON_MINIMUM = "{}.{}.{}".format(*REQUIRED_PYTHON_VER)

# Where people and machines read versions in running text.
TEXTS = ("README.md", "CONTRIBUTING.md", ".ci/*", ".devcontainer/*", ".github/**/*.yml", "scripts/*")
VERSION = re.compile(r"\b(20\d\d\.\d+(?:\.\d+)?)\b|[Pp]ython ?(3\.\d+(?:\.\d+)?)\b")


def read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def pins(lines: list[str]) -> dict[str, str]:
    """Map each pinned package to its version."""
    return {
        name: version
        for name, separator, version in (line.partition("==") for line in lines)
        if separator and not name.startswith("#")
    }


def workflow_values(key: str) -> Iterator[tuple[str, Any]]:
    """Find each value that a workflow gives to the key, wherever it stands."""
    for path in sorted((ROOT / ".github/workflows").glob("*.yml")):
        nodes = [yaml.safe_load(path.read_text(encoding="utf-8"))]
        while nodes:
            node = nodes.pop()
            if isinstance(node, dict):
                if key in node:
                    yield path.name, node[key]
                nodes.extend(node.values())
            elif isinstance(node, list):
                nodes.extend(node)


def check_releases(releases: dict[str, str]) -> Iterator[str]:
    """The test package of .venv, HACS and the workflows know the releases of pyproject.toml's table."""
    in_order = sorted(releases, key=lambda release: [int(part) for part in release.split(".")])
    if list(releases) != in_order:
        yield "pyproject.toml: the Home Assistant releases are not in ascending order"
    pinned = pins(read("requirements_test.txt").splitlines())
    package = pinned[TEST_PACKAGE]
    made_for = pins(requires(TEST_PACKAGE) or [])["homeassistant"]
    if releases.get(made_for) != package:
        yield (
            f"pyproject.toml: {TEST_PACKAGE} {package} of requirements_test.txt is made for {made_for}, "
            "and the table doesn't say so"
        )
    hacs = json.loads(read("hacs.json"))["homeassistant"]
    if hacs != in_order[0]:
        yield f"hacs.json: the minimum is {hacs}, in pyproject.toml {in_order[0]}"
    matrices = list(workflow_values("homeassistant"))
    if not matrices:
        yield ".github/workflows: no workflow tests the Home Assistant releases"
    for workflow, matrix in matrices:
        if matrix != in_order:
            yield f".github/workflows/{workflow}: tests {matrix}, in pyproject.toml {in_order}"
    manifest = json.loads(read("custom_components/qiwi/manifest.json"))
    for name, version in pins(manifest["requirements"]).items():
        if pinned.get(name, version) != version:
            yield f"manifest.json: {name} is {version}, in requirements_test.txt {pinned[name]}"


def check_python(settings: dict[str, Any]) -> Iterator[str]:
    """The tools, the set-up, the workflows and the devcontainer use the Python that Home Assistant requires."""
    setup = re.search(r"PYTHON_MINIMUM=(\S+)", read("scripts/setup"))
    image: str = json.loads(read(".devcontainer/devcontainer.json"))["image"]
    places = (
        ("pyproject.toml: ruff", settings["ruff"]["target-version"], f"py{PYTHON.replace('.', '')}"),
        ("pyproject.toml: mypy", settings["mypy"]["python_version"], PYTHON),
        ("scripts/setup", setup and setup[1], PYTHON_MINIMUM),
        (".devcontainer", image.rpartition(":")[2], PYTHON),
    )
    for place, version, wanted in places:
        if version != wanted:
            yield f"{place}: Python is {version}, Home Assistant requires {wanted}"
    for workflow, version in workflow_values("python-version"):
        if version != PYTHON:
            yield f".github/workflows/{workflow}: Python is {version}, Home Assistant requires {PYTHON}"


def check_texts(releases: dict[str, str]) -> Iterator[str]:
    """Running texts name no other Home Assistant release than the tested ones, and no other Python."""
    known = {*releases, *(release.rpartition(".")[0] for release in releases), PYTHON, PYTHON_MINIMUM}
    for path in sorted(path for pattern in TEXTS for path in ROOT.glob(pattern) if path.is_file()):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for release, python in VERSION.findall(line):
                if (release or python) not in known:
                    yield f"{path.relative_to(ROOT)}:{number}: names {release or f'Python {python}'}"


def main() -> int:
    settings = tomllib.loads(read("pyproject.toml"))["tool"]
    releases: dict[str, str] = settings["homeassistant"]
    complaints = [*check_releases(releases), *check_python(settings), *check_texts(releases)]
    print(*complaints, sep="\n", end="\n" if complaints else "")
    return bool(complaints)


if __name__ == "__main__":
    raise SystemExit(main())
