"""The audit against Home Assistant's quality scale: whole, true as far as a test can tell, and each exemption explained."""

import ast
from collections.abc import Iterator
from importlib.metadata import metadata
import json
from pathlib import Path
import re
import tomllib
from typing import Any

from homeassistant import components
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
import yaml

from custom_components.qiwi import PLATFORMS
from custom_components.qiwi.coordinator import POLL_INTERVAL, QiwiCoordinator
from tests.home import Home
from wallet_simulator import Fault

ROOT = Path(__file__).parents[2]
INTEGRATION = ROOT / "custom_components" / "qiwi"
PEERS = Path(next(iter(components.__path__)))
README = (ROOT / "README.md").read_text(encoding="utf-8")

# Where a rule is checked if not below, by a test of that name here: a file says what it is for in its first line.
ELSEWHERE = {
    "action-exceptions": "tests/actions/test_refusals.py",
    "config-flow-test-coverage": "tests/flows/test_new_wallet.py",
    "devices": "tests/surfaces/test_sensor.py",
    "diagnostics": "tests/surfaces/test_diagnostics.py",
    "docs-actions": "tests/project/test_docs.py",
    "docs-supported-functions": "tests/project/test_docs.py",
    "docs-triggers": "tests/project/test_docs.py",
    "docs-troubleshooting": "tests/project/test_docs.py",
    "docs-examples": "tests/blueprints/test_every_blueprint.py",
    "inject-websession": "tests/coordinator/test_limiters.py",
    "reauthentication-flow": "tests/flows/test_renewal.py",
    "reconfiguration-flow": "tests/flows/test_renewal.py",
    "repair-issues": "tests/repairs/test_wallet.py",
    "test-before-configure": "tests/flows/test_new_wallet.py",
    "unique-config-entry": "tests/flows/test_new_wallet.py",
}


def _json(name: str) -> dict[str, Any]:
    return dict(json.loads((INTEGRATION / name).read_text(encoding="utf-8")))


def _rules(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text(encoding="utf-8"))["rules"])


AUDIT = _rules(INTEGRATION / "quality_scale.yaml")


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(INTEGRATION.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _calls(node: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls within a node, by the last part of what is called."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield ast.unparse(call.func).rpartition(".")[2], call


def test_every_rule_is_kept_or_its_exemption_explained() -> None:
    # Rules are added, not taken away: older releases know fewer.
    known = _rules(PEERS / "bring" / "quality_scale.yaml").keys()
    assert known <= AUDIT.keys()
    assert len(AUDIT) == 54
    for rule, state in AUDIT.items():
        if state != "done":
            assert state.keys() == {"status", "comment"}, rule
            assert state["status"] == "exempt"
            assert state["comment"].endswith(".")


def test_every_rule_that_is_kept_has_its_test() -> None:
    here = {name.removeprefix("test_").replace("_", "-") for name in globals() if name.startswith("test_")}
    kept = {rule for rule, state in AUDIT.items() if state == "done"}
    assert not kept - here - ELSEWHERE.keys()
    assert not (here & ELSEWHERE.keys()) | (ELSEWHERE.keys() - kept)
    for file in set(ELSEWHERE.values()):
        assert (ROOT / file).is_file()


# Bronze


async def test_action_setup(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "qiwi", {})
    described = yaml.safe_load((INTEGRATION / "services.yaml").read_text(encoding="utf-8"))
    assert set(hass.services.async_services_for_domain("qiwi")) == described.keys()


def test_appropriate_polling() -> None:
    assert 15 <= POLL_INTERVAL.total_seconds() <= 300
    assert not re.search("interval", json.dumps(_json("translations/en.json")["options"]))


def test_brands() -> None:
    images = {path.name for path in (INTEGRATION / "brand").iterdir()}
    assert {"icon.png", "icon@2x.png", "logo.png", "logo@2x.png", "dark_logo.png"} <= images


def test_common_modules() -> None:
    assert {"coordinator.py", "entity.py"} <= {path.name for path in INTEGRATION.iterdir()}


def test_config_flow() -> None:
    assert _json("manifest.json")["config_flow"]
    texts = _json("translations/en.json")

    def forms(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            if "data" in node:
                yield node
            for below in node.values():
                yield from forms(below)

    for form in forms(
        {key: texts[key] for key in ("config", "options", "config_subentries") if key in texts}
    ):
        assert form["data"].keys() == form["data_description"].keys(), form


def test_dependency_transparency() -> None:
    for requirement in _json("manifest.json")["requirements"]:
        package = metadata(re.split("[=<>~!]", requirement)[0])
        told = str([package.get_all(name) for name in ("License-Expression", "License", "Classifier")])
        assert re.search("MIT|Apache|BSD", told), requirement


def test_docs_high_level_description() -> None:
    first = README.split("\n\n")[2]
    assert "QIWI Wallet" in first and "GET requests only" in first


def test_docs_installation_instructions() -> None:
    assert re.search(r"^## Install\n\n1\. .*\n(.*\n)*2\. .*\n(.*\n)*3\. ", README, re.MULTILINE)


def test_docs_removal_instructions() -> None:
    removal = README.partition("## Removing it\n")[2].partition("\n## ")[0]
    assert "Delete the entry" in removal and "revoke the token" in removal


def test_entity_event_setup() -> None:
    for path, module in _modules():
        for klass in (node for node in ast.walk(module) if isinstance(node, ast.ClassDef)):
            if not any(
                "Entity" in ast.unparse(base) or "Sensor" in ast.unparse(base) for base in klass.bases
            ):
                continue
            for method in (
                node for node in klass.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            ):
                for name, call in _calls(method):
                    if name in {"async_dispatcher_connect", "async_track_time_interval", "async_listen"}:
                        assert method.name == "async_added_to_hass", f"{path}:{call.lineno}"


async def _entities(home: Home) -> list[er.RegistryEntry]:
    await home.add()
    return er.async_entries_for_config_entry(er.async_get(home.hass), home.entry.entry_id)


async def test_entity_unique_id(home: Home) -> None:
    for entity in await _entities(home):
        key = entity.unique_id.removeprefix("79000000000_")
        assert key != entity.unique_id
        assert not re.search(f"^qiwi|{entity.domain}", key)


async def test_has_entity_name(home: Home) -> None:
    assert all(entity.has_entity_name for entity in await _entities(home))


async def test_runtime_data(home: Home) -> None:
    await home.add()
    assert isinstance(home.coordinator, QiwiCoordinator)


# Silver


async def test_config_entry_unloading(home: Home) -> None:
    await home.add()
    for _ in range(2):
        assert await home.unload()
        assert home.entry.state is ConfigEntryState.NOT_LOADED
        assert await home.add()


def test_docs_configuration_parameters() -> None:
    assert "\nOptions: " in README


def test_docs_installation_parameters() -> None:
    user = _json("translations/en.json")["config"]["step"]["user"]
    for label in (*user["data"].values(), *user["sections"]["advanced"]["data"].values()):
        assert re.search(rf"^\| .*{label} \|", README, re.MULTILINE), label


def test_integration_owner() -> None:
    assert _json("manifest.json")["codeowners"]


async def test_log_when_unavailable(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=500))
    for _ in range(3):
        await home.poll()
    home.simulator.clear_faults()
    for _ in range(3):
        await home.poll()
    assert caplog.text.count("are not arriving") == 1
    assert caplog.text.count("are arriving again") == 1


def test_parallel_updates() -> None:
    for platform in PLATFORMS:
        module = (INTEGRATION / f"{platform}.py").read_text(encoding="utf-8")
        assert re.search(r"^PARALLEL_UPDATES(: Final)? = \d+$", module, re.MULTILINE), platform


def test_test_coverage() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]
    assert settings["run"] == {"branch": True, "source": ["custom_components/qiwi"]}
    assert settings["report"]["fail_under"] == 100


# Gold


def test_docs_data_update() -> None:
    assert "## How often it asks, and what it cannot do" in README


def test_docs_known_limitations() -> None:
    assert "Known limits" in README


def test_docs_use_cases() -> None:
    assert "**For whom:**" in README


async def test_entity_category(home: Home) -> None:
    told = {
        entity.unique_id.removeprefix("79000000000_"): entity.entity_category
        for entity in await _entities(home)
    }
    diagnostic = {key for key, category in told.items() if category == "diagnostic"}
    assert diagnostic == {"token_expires", "identification", "blocked"}
    # A category would hide the event from triggers on a device or an area.
    assert told["payment"] is None


async def test_entity_device_class(home: Home) -> None:
    without = {
        entity.unique_id.removeprefix("79000000000_")
        for entity in await _entities(home)
        if entity.original_device_class is None
    }
    # Home Assistant has no class for a number of payments, a payment as an event, or a block.
    assert without == {"payments_today", "payment", "blocked"}


async def test_entity_disabled_by_default(home: Home) -> None:
    disabled = {entity.unique_id for entity in await _entities(home) if entity.disabled_by}
    assert disabled == {"79000000000_identification"}


async def test_entity_translations(home: Home) -> None:
    texts = _json("translations/en.json")["entity"]
    for entity in await _entities(home):
        assert texts[entity.domain][entity.translation_key]["name"], entity.entity_id


def test_exception_translations() -> None:
    texts = _json("translations/en.json")["exceptions"]
    raised = {
        "HomeAssistantError", "ServiceValidationError", "ConfigEntryNotReady", "ConfigEntryAuthFailed", "UpdateFailed",
    }  # fmt: skip
    for path, module in _modules():
        for name, call in _calls(module):
            if name not in raised:
                continue
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            assert {"translation_domain", "translation_key"} <= given.keys(), f"{path}:{call.lineno}"
            key = given["translation_key"]
            assert not isinstance(key, ast.Constant) or key.value in texts, f"{path}:{call.lineno}"


async def test_icon_translations(home: Home) -> None:
    icons, texts = _json("icons.json"), _json("translations/en.json")
    for entity in await _entities(home):
        assert icons["entity"][entity.domain][entity.translation_key]["default"].startswith("mdi:")
    for part in ("services", "triggers"):
        assert icons[part].keys() == texts[part].keys()


# Platinum


def test_async_dependency() -> None:
    for path, module in _modules():
        for node in ast.walk(module):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not {"requests", "smtplib", "urllib.request", "socket"} & set(names), path


def test_strict_typing() -> None:
    assert (INTEGRATION / "py.typed").is_file()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]["strict"]
