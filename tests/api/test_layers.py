"""The client and the pure modules stand without Home Assistant, and requests leave in one place."""

import ast
from collections.abc import Iterator
from pathlib import Path
import sys

import pytest

from custom_components.qiwi import api

PACKAGE = Path(api.__file__).parent
INTEGRATION = PACKAGE.parent
PURE = [INTEGRATION / f"{name}.py" for name in ("payment", "payment_filter", "comment", "ledger")]
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


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.stem)
def test_pure_modules_need_nothing_but_the_client(path: Path) -> None:
    assert packages(path) <= sys.stdlib_module_names
    allowed = {"api", *(other.stem for other in PURE)}
    assert {name.partition(".")[0] for level, name in imports(path) if level} <= allowed


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
