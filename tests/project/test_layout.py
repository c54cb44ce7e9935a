"""The commands and the tests stand apart: neither breaks when the other is moved."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def imported(folder: str) -> Iterator[tuple[str, str]]:
    """Yield each file of a folder with the first word of each name that it imports."""
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import():
                    names = [alias.name for alias in node.names]
                case ast.ImportFrom(level=0, module=str(module)):
                    names = [module]
                case _:
                    names = []
            for name in names:
                yield str(path.relative_to(ROOT)), name.partition(".")[0]


@pytest.mark.parametrize(
    ("folder", "foreign"),
    [
        ("tests", {"scripts", "tools"}),
        ("tools", {"scripts", "tests"}),
        ("real_home_assistant", {"custom_components", "scripts", "tests", "tools"}),
        (
            "mail_simulator",
            {"custom_components", "homeassistant", "real_home_assistant", "scripts", "tests", "tools"},
        ),
        (
            "wallet_simulator",
            {"custom_components", "homeassistant", "real_home_assistant", "scripts", "tests", "tools"},
        ),
    ],
)
def test_a_folder_imports_nothing_from_those_beside_or_above_it(folder: str, foreign: set[str]) -> None:
    found = list(imported(folder))
    assert found
    assert [(file, name) for file, name in found if name in foreign] == []


def test_the_scripts_folder_holds_commands_only() -> None:
    assert [path.name for path in (ROOT / "scripts").iterdir() if path.suffix] == []
