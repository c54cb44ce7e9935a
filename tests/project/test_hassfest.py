"""The integration passes Home Assistant's own checker, as far as its rules are known, and the checks find what they should."""

from collections.abc import Callable
import json
from pathlib import Path
import re
import shutil
from typing import Any

import pytest

from custom_components.qiwi import const

from .hassfest import complaints

FOLDER = Path(const.__file__).parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the integration to be spoiled."""
    return Path(shutil.copytree(FOLDER, tmp_path / "qiwi", ignore=shutil.ignore_patterns("__pycache__")))


def test_hassfest_has_nothing_to_complain_of() -> None:
    assert list(complaints(FOLDER)) == []


def change(file: str, at: str, value: object) -> Callable[[Path], None]:
    """Return a change of one value of a JSON file; no value takes the key away."""

    def spoil(folder: Path) -> None:
        path = folder / file
        content = node = json.loads(path.read_text(encoding="utf-8"))
        *places, key = at.split("/")
        for place in places:
            node = node[place]
        if value is None:
            del node[key]
        else:
            node[key] = value
        path.write_text(json.dumps(content), encoding="utf-8")

    return spoil


def rewrite(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Return a change of a file's text."""

    def spoil(folder: Path) -> None:
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def text(value: object, at: str = "exceptions/cannot_connect/message") -> Callable[[Path], None]:
    return change("translations/en.json", at, value)


# The anchors that services.yaml began with once: Home Assistant's own integrations may have them, others may not.
ANCHOR = ".device_id: &device_id\n  selector:\n    device:\n\nget_payments:"


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (rewrite("services.yaml", "get_payments:", ANCHOR), r"services.yaml: .*\.device_id"),
        (rewrite("services.yaml", "datetime:", "calendar:"), "services.yaml: .*calendar"),
        (rewrite("services.yaml", "required: true", "required: maybe"), "services.yaml: .*required"),
        (rewrite("services.yaml", "translation_key: direction", "translation_key: nowhere"), "services.yaml: .*nowhere"),
        (rewrite("services.yaml", "get_payments:", "get_payments: ["), "services.yaml: "),
        (rewrite("triggers.yaml", "payment_sent:", "paymentSent:"), "triggers.yaml: .*paymentSent"),
        (rewrite("triggers.yaml", "translation_key: kind", "translation_key: nowhere"), "triggers.yaml: .*nowhere"),
        (rewrite("triggers.yaml", "domain: event", "domains: event"), "triggers.yaml: .*target"),
        (text("See https://example.com"), "en.json: .*placeholder"),
        (text("See www.example.com"), "en.json: .*placeholder"),
        (text("<b>No</b>"), "en.json: .*HTML"),
        (text("'{field}' is wrong"), "en.json: .*quotes"),
        (text("{a field} is wrong"), "en.json: .*identifier"),
        (text("{field is wrong"), "en.json: .*braces"),
        (text(" No"), "en.json: .*blanks"),
        (text(""), "en.json: .*empty"),
        (change("translations/ru.json", "title", "<i>QIWI</i>"), "ru.json: .*HTML"),
        (text("[%key:common::no%]"), "en.json: .*references"),
        (text("{name}", "entity/event/payment/state_attributes/event_type/state/payment_sent"), "en.json: .*not filled"),
        (text("X", "exceptions/Upper"), "en.json: .*Upper"),
        (text("X", "surprise"), "en.json: .*surprise"),
        (text("X", "config/step/user/data_description/nothing"), "en.json: .*nothing"),
        (text({}, "triggers/payment_sent"), "en.json: .*name"),
        (text({"title": "X"}, "issues/ledger_unreadable"), "en.json: .*ledger_unreadable"),
        (change("icons.json", "services/get_payments", "mdi:list"), "icons.json: .*get_payments"),
        (change("icons.json", "triggers/payment_sent/trigger", "hass:cash"), "icons.json: .*Material"),
        (change("icons.json", "entity/binary_sensor/blocked/state/on", "mdi:lock-open-variant-outline"), "icons.json: .*default"),
        (change("manifest.json", "version", "one"), "manifest.json: .*version"),
        (change("manifest.json", "version", None), "manifest.json: .*version"),
        (change("manifest.json", "domain", "wallet"), "manifest.json: .*folder"),
        (change("manifest.json", "homepage", "x"), "manifest.json: .*homepage"),
        (change("manifest.json", "documentation", "https://www.home-assistant.io/integrations/qiwi/"), "manifest.json: .*page"),
        (change("manifest.json", "categories", []), "manifest.json: the keys"),
        (rewrite("const.py", '"""\n', '"""\nfrom homeassistant.components.mqtt import client\n'), "const.py: mqtt"),
        (rewrite("const.py", '"""\n', '"""\nfrom homeassistant.components import mqtt\n'), "const.py: mqtt"),
        (rewrite("const.py", '"""\n', '"""\nimport homeassistant.components.mqtt\n'), "const.py: mqtt"),
    ],
)  # fmt: skip
def test_what_hassfest_refuses_is_found(copy: Path, spoil: Callable[[Path], Any], complaint: str) -> None:
    spoil(copy)
    found = list(complaints(copy))
    assert [line for line in found if re.search(complaint, line)], found
