"""The dashboard of the documentation: its entities exist, and its table holds whatever strangers write."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.template import Template
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.qiwi.payments.comment import clean_comment
from wallet_simulator import Wallet

from .conftest import SetUp
from .hostile import COMMENTS
from .story import FEED, poll, state

TEXT = (Path(__file__).parent.parent / "docs" / "dashboard.yaml").read_text(encoding="utf-8")
# What Markdown may read as more than text, unless a backslash stands before it.
MEANINGFUL = re.compile(r"(?<!\\)(?:\\\\)*[!-/:-@\[\]^_`{-~]")


def contents(node: Any) -> Iterator[str]:
    """Yield the templates of all cards."""
    if isinstance(node, dict):
        if node.get("type") == "markdown":
            yield node["content"]
        for value in node.values():
            yield from contents(value)
    elif isinstance(node, list):
        for value in node:
            yield from contents(value)


TABLE, PROBLEM = contents(yaml.safe_load(TEXT))


def rows(hass: HomeAssistant) -> list[list[str]]:
    """Return the cells of the table's body as Markdown splits them."""
    rendered = Template(TABLE, hass).async_render(parse_result=False).strip().splitlines()
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)(?:\\\\)*\|", line)] for line in rendered]
    assert all(row[0] == row[-1] == "" for row in cells)
    return [row[1:-1] for row in cells[2:]]


@pytest.fixture
async def _has_wallet(entry: MockConfigEntry, wallet: Wallet, set_up: SetUp) -> None:
    wallet.balances = dict.fromkeys(("RUB", "USD", "EUR", "KZT"), Decimal(1000))
    await set_up()


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_entity_of_the_dashboard_exists_whatever_the_language(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, language: str
) -> None:
    await hass.config.async_update(language=language)
    wallet.balances = dict.fromkeys(("RUB", "USD", "EUR", "KZT"), Decimal(1000))
    await set_up()
    named = set(re.findall(r"\b(?:sensor|binary_sensor|event)\.\w+", TEXT))
    assert len(named) > 10
    assert named <= set(hass.states.async_entity_ids())


@pytest.mark.usefixtures("_has_wallet")
async def test_the_table_tells_time_sum_and_kind(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet
) -> None:
    await hass.config.async_set_time_zone("Asia/Almaty")
    assert "No payments yet" in Template(TABLE, hass).async_render()
    wallet.pay("12345.6", comment="Привет")
    wallet.pay(40, kind="bill", provider=1, status="ERROR")
    wallet.pay(5, "USD", kind="refund")
    await poll(hass, entry)
    refund, bill, transfer = rows(hass)
    assert re.fullmatch(r"\d\d\.\d\d\.<br>\d\d:\d\d", transfer[0])
    assert transfer[1:] == ["+12\u00a0345.60\u00a0RUB", "Transfer<br>Привет"]
    assert bill[1:] == ["−40.00\u00a0RUB", "Bill, failed · МТС"]
    assert refund[1] == "+5.00\u00a0USD"
    assert refund[2].startswith("Refund")


@pytest.mark.usefixtures("_has_wallet")
async def test_no_comment_breaks_the_table_or_becomes_more_than_text(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet
) -> None:
    for comment in COMMENTS:
        wallet.pay(1, comment=comment)
    await poll(hass, entry)
    shown = [row[2].removeprefix("Transfer<br>") for row in rows(hass)]
    assert [len(row) for row in rows(hass)] == [3] * len(COMMENTS)
    assert not [text for text in shown if MEANINGFUL.search(text)]
    plain = [re.sub(r"\\(.)", r"\1", text.replace("\u200b", "")) for text in shown]
    assert plain == [clean_comment(comment) for comment in reversed(COMMENTS)]


@pytest.mark.usefixtures("_has_wallet")
async def test_a_long_comment_is_cut(hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet) -> None:
    wallet.pay(1, comment="word " * 100)
    await poll(hass, entry)
    ((_, _, text),) = rows(hass)
    assert text.endswith("…")
    assert len(text) < 150


@pytest.mark.usefixtures("_has_wallet")
async def test_the_reason_of_a_problem_is_told_in_words(hass: HomeAssistant) -> None:
    hass.states.async_set(FEED, "on", {**state(hass, FEED).attributes, "reason": "storage"})
    assert "The disk" in Template(PROBLEM, hass).async_render()
