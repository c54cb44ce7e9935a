"""What holds for every blueprint: it can be imported, is run by a test, and is in the documentation."""

from pathlib import Path
import re
from urllib.parse import quote

from homeassistant.components.blueprint.importer import fetch_blueprint_from_url
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker

from .conftest import FOLDER, ROOT

NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("name", NAMES)
async def test_a_blueprint_is_imported_from_its_own_address(
    hass: HomeAssistant, aioclient_mock: AiohttpClientMocker, name: str
) -> None:
    text = (FOLDER / f"{name}.yaml").read_text()
    aioclient_mock.get(
        f"https://raw.githubusercontent.com/qiwi-home-assistant/qiwi/main/blueprints/automation/qiwi/{name}.yaml",
        text=text,
    )
    assert await async_setup_component(hass, "blueprint", {})
    imported = await fetch_blueprint_from_url(hass, source_url(name))
    assert imported.suggested_filename == f"qiwi-home-assistant/{name}"
    assert imported.blueprint.validate() is None
    data = imported.blueprint.data
    about = data["blueprint"]
    assert about["source_url"] == source_url(name)
    assert about["domain"] == "automation"
    assert about["homeassistant"]["min_version"] == "2026.8.0"
    assert (data["mode"], data["max"]) == ("queued", 10000)
    # A list shows no more of a name.
    assert len(about["name"]) <= 40
    for words in (about["name"], about["description"]):
        assert re.search("^[QA-Z].*[a-z]", words) and re.search("[А-Яа-яё]", words)
    for each in imported.blueprint.inputs.values():
        assert re.search("^[A-Z].* / [А-Я]", each["name"])
        # One after the other: English first.
        assert re.search("^[A-Z{].*[a-z].*[А-Яа-яё]", each["description"])
        assert "selector" in each


def test_every_blueprint_is_run_by_a_test() -> None:
    assert NAMES
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [name for name in NAMES if f'use("{name}"' not in re.sub(r"use\(\s+", "use(", tests)] == []


def test_every_blueprint_is_in_the_docs_with_its_button() -> None:
    docs = (ROOT / "docs" / "blueprints.md").read_text()
    buttons = re.findall(
        r"^\[!\[Import\]\(https://my\.home-assistant\.io/badges/blueprint_import\.svg\)\]\((.*)\)$",
        docs,
        re.MULTILINE,
    )
    redirect = "https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url="
    assert sorted(buttons) == [redirect + quote(source_url(name), safe="") for name in NAMES]


def source_url(name: str) -> str:
    return f"https://github.com/qiwi-home-assistant/qiwi/blob/main/blueprints/automation/qiwi/{name}.yaml"


@pytest.mark.parametrize("name", NAMES)
def test_every_message_has_a_language_of_its_own_choice_or_the_users_words(name: str) -> None:
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert ("value: auto" in text and "default: auto" in text) is (
        name not in ("thank_for_payment", "start_session_with_stream")
    )
