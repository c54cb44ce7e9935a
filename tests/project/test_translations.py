"""The texts: the same in both languages, each sentence there that the code asks for, and none that nobody asks for."""

from collections.abc import Iterator, Mapping
import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.qiwi import config_flow, token_check
from custom_components.qiwi.issues import Repair

FOLDER = Path(config_flow.__file__).parent
LANGUAGES = ("en", "ru")
# What the flow itself hands over; Home Assistant adds the name of the entry to a reauthentication.
GIVEN = {"token_page", "apps_page", "wallet"}
ALSO_GIVEN = {"reauth_confirm": {"name"}, "rate_limited": {"minutes"}}


def load(language: str) -> dict[str, Any]:
    text = (FOLDER / "translations" / f"{language}.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def walk(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, Mapping):
        for key, below in node.items():
            yield from walk(below, (*path, key))
    else:
        yield path, node


def texts(language: str) -> dict[tuple[str, ...], str]:
    return dict(walk(load(language)))


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w*)\}", text))


def named(pattern: str) -> set[str]:
    """Return what the code of the flows names."""
    files = (config_flow.__file__, token_check.__file__)
    return {name for file in files for name in re.findall(pattern, Path(file).read_text(encoding="utf-8"))}


def test_both_languages_say_the_same() -> None:
    english, russian = texts("en"), texts("ru")
    assert english.keys() == russian.keys()
    for place, text in english.items():
        assert placeholders(text) == placeholders(russian[place]), place


def test_russian_is_russian() -> None:
    for place, text in texts("ru").items():
        assert re.search("[а-яё]", text, re.IGNORECASE), place


def test_every_refusal_has_its_sentence_and_every_sentence_its_refusal() -> None:
    config = load("en")["config"]
    assert config["error"].keys() == named(r'RefusedError\("(\w+)"')
    by_home_assistant = {"already_configured", "reauth_successful", "reconfigure_successful"}
    assert config["abort"].keys() == named(r'reason="(\w+)"') | by_home_assistant


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_a_sentence(language: str) -> None:
    config = load(language)["config"]
    for text in (*config["error"].values(), *config["abort"].values()):
        assert re.fullmatch(r"[A-ZА-Я«].* .*\.", text)


def test_every_field_is_named_and_explained() -> None:
    steps = load("en")["config"]["step"]
    described = {"wallet", "confirm_wallet"}
    for source in ("user", "reauth", "reconfigure"):
        step, schema = config_flow._token_form(source)
        described.add(step)
        for marker, field in schema.schema.items():
            if hasattr(field, "schema"):
                place, keys = steps[step]["sections"][str(marker)], set(map(str, field.schema.schema))
                assert place["data"].keys() == place["data_description"].keys() == keys
            else:
                assert str(marker) in steps[step]["data"].keys() & steps[step]["data_description"].keys()
    assert steps.keys() == described
    for step in ("wallet", "confirm_wallet"):
        assert steps[step]["data"].keys() == steps[step]["data_description"].keys() == {"wallet"}
    kinds = load("en")["options"]["step"]["init"]
    assert kinds["data"].keys() == kinds["data_description"].keys() == {"kinds"}
    assert load("en")["selector"]["kinds"]["options"].keys() == set(config_flow._COUNTABLE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_repairs_ask_for_a_token_in_the_words_of_the_flow_that_adds_one(language: str) -> None:
    texts = load(language)
    assert texts["issues"].keys() == set(Repair)
    config = texts["config"]
    asked = config["step"]["reauth_confirm"]
    # Its wallet is known.
    errors = {key: text for key, text in config["error"].items() if key != "invalid_wallet"}
    for repair in (Repair.TOKEN_EXPIRES, Repair.HISTORY_PERMISSION):
        flow = texts["issues"][repair]["fix_flow"]
        assert flow["error"] == errors
        assert flow["abort"] == {"wrong_account": config["abort"]["wrong_account"]}
        assert flow["step"].keys() == {"token", "confirm_wallet"}
        for part in ("data", "data_description"):
            assert flow["step"]["token"][part] == asked[part]


def test_every_placeholder_is_filled() -> None:
    for place, text in texts("en").items():
        if place[0] == "config":
            given = GIVEN.union(*(more for key, more in ALSO_GIVEN.items() if key in place))
            assert placeholders(text) <= given, place
