"""The layers of the integration: imports lead down only, the lower half stands alone, requests leave in one place."""

import ast
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path
import sys

import pytest

from custom_components import qiwi

ROOT = Path(qiwi.__file__).parent
# Each layer may use those before it, never those after it; Home Assistant and the surfaces are above them all.
LAYERS = ("api", "payments", "ledger", "journal", "feed")
# yarl comes with aiohttp.
CLIENT = {"aiohttp", "yarl"}


def module(path: Path) -> str:
    """Return a file's dotted name below the integration, which itself is ""."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(path): path for path in sorted(ROOT.rglob("*.py"))}
LOWER = [name for name in MODULES if name.partition(".")[0] in LAYERS]
API = [name for name in MODULES if name.partition(".")[0] == "api"]


def tree(name: str) -> ast.Module:
    return ast.parse(MODULES[name].read_text(encoding="utf-8"))


def top_level(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield what runs while a module is imported: nothing within functions, nothing for type checkers alone."""
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from top_level(node.orelse)
            continue
        yield node
        yield from top_level(ast.iter_child_nodes(node))


def own(name: str, nodes: Iterable[ast.AST]) -> set[str]:
    """Return the integration's modules that import statements name."""
    path = MODULES[name]
    package = path.parent.relative_to(ROOT).parts
    found = set()
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            base = (*package[: len(package) - node.level + 1], *((node.module or "").split(".")))
            source = ".".join(filter(None, base))
            for alias in node.names:
                inner = f"{source}.{alias.name}".lstrip(".")
                found.add(inner if inner in MODULES else source)
    return found


def outside(name: str) -> set[str]:
    """Return the packages from elsewhere that a module imports, wherever in it, without the standard library's."""
    found = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names


def test_every_layer_is_there() -> None:
    assert {name.partition(".")[0] for name in LOWER} == set(LAYERS)


@pytest.mark.parametrize("name", LOWER)
def test_a_layer_looks_down_only(name: str) -> None:
    layer = name.partition(".")[0]
    used = {other.partition(".")[0] for other in own(name, ast.walk(tree(name)))}
    assert used <= set(LAYERS[: LAYERS.index(layer) + 1])


@pytest.mark.parametrize("name", LOWER)
def test_the_layers_know_nothing_of_home_assistant(name: str) -> None:
    assert outside(name) <= (CLIENT if name in API else set())


@pytest.mark.parametrize("name", MODULES)
def test_inside_the_integration_imports_are_relative(name: str) -> None:
    assert "custom_components" not in outside(name)


def test_no_import_leads_in_a_circle() -> None:
    graph = {name: own(name, top_level(tree(name).body)) - {name} for name in MODULES}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(MODULES)


def test_requests_leave_in_one_place_and_are_gets() -> None:
    calls = [
        (MODULES[name].name, node.attr)
        for name in API
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "_session"
        and node.attr != "closed"
    ]
    assert calls == [("transport.py", "get")]
