"""The page's own files: complete, small, without a single thing of anybody else's."""

from pathlib import Path
import re

import pytest

from custom_components.qiwi.overlay.files import FOLDER, Files

from .chime import chime

FILES = sorted(FOLDER.iterdir())
SOURCES = [path for path in FILES if path.suffix != ".wav"]
SCRIPTS = [path for path in FILES if path.suffix == ".js"]


def test_the_sound_is_our_own() -> None:
    assert (FOLDER / "chime.wav").read_bytes() == chime()


def test_everything_is_served_and_together_it_is_small() -> None:
    files = Files.load()
    assert files.by_name.keys() == {path.name for path in FILES}
    assert sum(len(file.body) for file in files.by_name.values()) < 150_000


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_nothing_is_fetched_from_anybody_else(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    addresses = set(re.findall(r"\w+://[^\s\"'`]*", text))
    # What the studio lets a hostile comment say.
    assert addresses <= {"https://example.com</b>"}
    assert not re.search(r"@import|url\(|@font-face", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_words_go_in_as_text_only(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc", text
    )


def test_every_file_that_is_named_is_there() -> None:
    named = set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        named |= set(re.findall(r"/api/qiwi/overlay/([\w.]+\.\w+)", text)) | set(
            re.findall(r'from "\./([\w.]+)"', text)
        )
    assert named == {path.name for path in FILES if path.suffix != ".html"}


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("page", ["overlay.html", "studio.html"])
def test_a_page_speaks_its_language_and_knows_its_version(page: str, language: str) -> None:
    files = Files.load()
    text = files.page(page, language)
    assert f'<html lang="{language}">' in text
    assert f'content="{files.version}"' in text
    assert "{" not in text


def test_both_languages_say_the_same() -> None:
    for name in ("format.js", "studio_texts.js"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        english, _, rest = text.partition("\n};")[0].partition("\n  ru: {")
        keys = (
            re.findall(r"^    (\w+):", english, re.MULTILINE),
            re.findall(r"^    (\w+):", rest, re.MULTILINE),
        )
        assert keys[0] == keys[1] != []
