"""The client and the pure modules stand without Home Assistant, and requests leave in one place."""

import ast
from collections.abc import Iterator
from pathlib import Path
import sys

import pytest

from custom_components.qiwi import api

PACKAGE = Path(api.__file__).parent
INTEGRATION = PACKAGE.parent
# Each may use those before it, never those after it.
PURE = ("api", "payments", "ledger", "journal", "feed")
ROOMS = {
    path: name
    for name in PURE
    for path in (INTEGRATION / f"{name}.py", *sorted((INTEGRATION / name).rglob("*.py")))
    if path.exists()
}
API = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield how many levels up and what each import statement names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module:
                yield node.level, node.module
            else:
                yield from ((node.level, alias.name) for alias in node.names)


def packages(path: Path) -> set[str]:
    return {name.partition(".")[0] for level, name in imports(path) if level == 0}


@pytest.mark.parametrize("path", API, ids=lambda path: path.stem)
def test_the_client_needs_aiohttp_alone(path: Path) -> None:
    # yarl comes with aiohttp.
    assert packages(path) - sys.stdlib_module_names <= {"aiohttp", "yarl"}
    assert all((path.parent / f"{name}.py").exists() for level, name in imports(path) if level)


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: str(path.relative_to(INTEGRATION)))
def test_the_pure_rooms_know_nothing_of_home_assistant_and_look_down_only(path: Path) -> None:
    room = ROOMS[path]
    allowed = set(PURE[: PURE.index(room)])
    assert packages(path) - {"aiohttp", "yarl"} <= sys.stdlib_module_names
    up = 2 if path.parent.name == room else 1
    assert {name.partition(".")[0] for level, name in imports(path) if level == up} <= allowed


def test_requests_leave_in_one_place_and_are_gets() -> None:
    calls = [
        (path.name, node.attr)
        for path in API
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "_session"
        and node.attr != "closed"
    ]
    assert calls == [("transport.py", "get")]
