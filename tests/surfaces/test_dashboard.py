"""The dashboard's modules: served, told to the frontend, without dependencies, and with every text in both languages."""

from http import HTTPStatus
from pathlib import Path
import re
from typing import Final

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.qiwi.frontend.modules import STATIC, async_setup_modules

MODULES: Final = {path.name: path.read_text(encoding="utf-8") for path in sorted(STATIC.glob("*.js"))}
TEXTS: Final = MODULES["texts.js"]
ENTRY: Final = re.compile(r'^  "([\w.]+)": "(.+)",$', re.MULTILINE)
# What makes a text more than a text.
MARKUP: Final = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|unsafe"
)


def texts(language: str) -> dict[str, str]:
    """Return the texts of a language."""
    block = re.search(rf"^const {language} = {{\n(.*?)^}};$", TEXTS, re.MULTILINE | re.DOTALL)
    assert block
    return dict(ENTRY.findall(block[1]))


async def modules_told(hass: HomeAssistant) -> list[str]:
    """Set Home Assistant's frontend up before the integration, as it always is, and return what it loads of us."""
    assert await async_setup_component(hass, "frontend", {})
    assert await async_setup_component(hass, "qiwi", {})
    return [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if "qiwi" in url]


async def test_the_frontend_loads_the_entry_point_and_all_it_imports_without_a_login(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    (url,) = await modules_told(hass)
    client = await hass_client_no_auth()
    folder, _, entry_point = url.rpartition("/")
    waiting, seen = {entry_point}, set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        answer = await client.get(f"{folder}/{name}")
        assert answer.status == HTTPStatus.OK
        assert "javascript" in answer.headers["Content-Type"]
        assert "max-age" in answer.headers["Cache-Control"]
        waiting |= set(re.findall(r'"\./(\w+\.js)"', await answer.text())) - seen
    assert seen == set(MODULES)


async def test_only_the_modules_are_served(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    (url,) = await modules_told(hass)
    client = await hass_client_no_auth()
    folder = url.rpartition("/")[0]
    for path in ("..%2f..%2fmanifest.json", "..%2fwatch.py", "watch.py", ""):
        answer = await client.get(f"{folder}/{path}")
        assert answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}


async def test_a_browser_asks_again_when_a_module_has_changed(
    hass: HomeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await modules_told(hass)
    await async_setup_modules(hass)
    assert await modules_told(hass) == before
    for name, content in MODULES.items():
        (tmp_path / name).write_text(content + ("\n// A newer one." if name == "texts.js" else ""))
    monkeypatch.setattr("custom_components.qiwi.frontend.modules.STATIC", tmp_path)
    await async_setup_modules(hass)
    assert len(set(await modules_told(hass)) - set(before)) == 1


async def test_without_a_frontend_the_integration_works_all_the_same(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "qiwi", {})
    assert "frontend" not in hass.config.components


def test_both_languages_have_every_text_with_the_same_placeholders() -> None:
    english, russian = texts("ENGLISH"), texts("RUSSIAN")
    assert len(english) > 50
    assert list(english) == list(russian)
    for key, text in english.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", russian[key])), key
        assert text.isascii(), key
        assert re.search("[а-яё]", russian[key]) or not re.search("[a-z]", re.sub(r"{\w+}", "", text)), key


def test_every_text_is_said_somewhere() -> None:
    code = "".join(content for name, content in MODULES.items() if name != "texts.js")
    said = set(re.findall(r'"([\w.]+)"', code))
    # Those whose names are put together: `kind.${kind}`.
    families = set(re.findall(r"`([\w.]+)\.\$\{", code)) | {"card", "editor", "strategy"}
    unsaid = [
        key
        for key in texts("ENGLISH")
        if key not in said
        and not any(key.startswith(f"{family}.") for family in families)
        and key != "strategy"
    ]
    assert not unsaid


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_is_for_turns_no_text_into_markup_and_asks_nobody_else(name: str) -> None:
    content = MODULES[name]
    assert content.startswith("/** ")
    assert not MARKUP.search(content)
    assert set(re.findall(r"https?://[^\"'`]+", content)) <= {"http://www.w3.org/2000/svg"}
    assert all(path.startswith("./") for path in re.findall(r'(?:from|import\()\s*"([^"]+)"', content))
    assert len(content.splitlines()) <= 320
