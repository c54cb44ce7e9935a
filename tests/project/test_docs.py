"""The documentation: every example runs, every payload is what comes, every link leads somewhere."""

from collections.abc import Iterator
from datetime import datetime
import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
import pytest
import yaml

from custom_components.qiwi.const import TROUBLESHOOTING
from custom_components.qiwi.issues import Repair
from custom_components.qiwi.payments import Kind
from custom_components.qiwi.problem import Problem
from tests.home import Home
from tests.seller import Seller
from wallet_simulator import Wallet

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "README.ru.md",
    ROOT / "SECURITY.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]


def blocks(language: str) -> Iterator[tuple[Path, Any]]:
    """Yield the pages' examples in a language, read."""
    for page in PAGES:
        for text in re.findall(
            rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        ):
            yield page, yaml.safe_load(text)


EXAMPLES = {example["alias"]: example for _, example in blocks("yaml") if "alias" in example}

# What each example says once the payments below were made.
SAID = {
    "Say thank you for donations from 100 roubles": ["150.50 RUB received"],
    "Thank for donations": [r"Comment: Lesson 3\, pupil\@example\.com", "Comment: none"],
    "Tell me when a bill is not paid": ["70.00 RUB not paid to МТС"],
    "Tell me of refunds": ["30.00 RUB came back"],
    "Сообщать о донатах от 100 рублей": [r"Комментарий: Lesson 3\, pupil\@example\.com", "Комментарий: нет"],
    "Count payments with an event": ["50.00 RUB", "150.50 RUB", "100.00 RUB"],
    "Who has paid for lesson 3?": ["pupil@example.com"],
    "What did this month bring?": ["2 transfers, 200.5 RUB"],
    "What does it cost?": ["30.0 of 1030.0 RUB"],
    "Try my automations": [],
    "Once more, please": [],
    "Celebrate the goal": ["Camera: 200.5 of 200.0 RUB"],
    "What was sold this month?": ["1 orders, 150.50 RUB"],
    "How was the last stream?": ["300.5 from 3 donations"],
}


def pay(wallet: Wallet) -> None:
    """Make the payments that the pages speak of."""
    wallet.pay(50, comment="Привет")
    wallet.pay(
        "150.5",
        transaction_id="25050000001",
        account="+79000000001",
        comment="Lesson 3, pupil@example.com",
    )
    wallet.pay(100, "RUB", kind="top_up", comment="")
    wallet.pay(70, kind="bill", provider=1, status="ERROR")
    wallet.pay(30, kind="refund")


@pytest.fixture
def said(hass: HomeAssistant) -> list[str]:
    """Return the messages of the notifications that are made."""
    messages: list[str] = []

    @callback
    def listen(event: Event[Any]) -> None:
        if event.data["domain"] == "persistent_notification":
            messages.append(event.data["service_data"]["message"].strip())

    hass.bus.async_listen("call_service", listen)
    return messages


def test_every_example_has_its_test() -> None:
    assert EXAMPLES.keys() == SAID.keys()


@pytest.mark.parametrize("alias", [alias for alias, example in EXAMPLES.items() if "triggers" in example])
async def test_an_automation_of_the_documentation_does_what_it_says(
    home: Home, said: list[str], alias: str
) -> None:
    await async_setup_component(home.hass, "persistent_notification", {})
    await home.add_goal(target="200")
    await home.add()
    assert await async_setup_component(home.hass, "automation", {"automation": EXAMPLES[alias]})
    pay(home.wallet)
    await home.poll()
    assert said == SAID[alias]
    assert (EXAMPLES[alias]["mode"], EXAMPLES[alias]["max"]) == ("queued", 10000)


@pytest.mark.parametrize("alias", [alias for alias, example in EXAMPLES.items() if "sequence" in example])
async def test_a_script_of_the_documentation_does_what_it_says(
    home: Home, seller: Seller, said: list[str], alias: str
) -> None:
    await async_setup_component(home.hass, "persistent_notification", {})
    await home.add_goal()
    await seller.sell(price="150.50", delivery="manual")
    await home.add()
    assert await async_setup_component(home.hass, "script", {"script": {"example": EXAMPLES[alias]}})
    pay(home.wallet)
    await home.poll()
    await home.act("start_session")
    del home.heard[:]
    await home.hass.services.async_call("script", "example", blocking=True)
    assert said == SAID[alias]
    announced = {
        "Try my automations": [(500.0, "test")],
        "Once more, please": [(150.5, "possible_duplicate")],
    }
    flags = ("test", "possible_duplicate")
    shown = [(record["amount"], *(flag for flag in flags if record[flag])) for record in home.heard]
    assert shown == announced.get(alias, [])


async def test_the_guard_against_duplicates_lets_only_first_announcements_through(
    home: Home, said: list[str]
) -> None:
    await async_setup_component(home.hass, "persistent_notification", {})
    (guard,) = [block for _, block in blocks("yaml") if block.keys() == {"conditions"}]
    await home.add()
    thanks = EXAMPLES["Say thank you for donations from 100 roubles"]
    assert await async_setup_component(home.hass, "automation", {"automation": {**thanks, **guard}})
    pay(home.wallet)
    await home.poll()
    replay = {"transaction_id": "25050000001", "direction": "in"}
    await home.hass.services.async_call("qiwi", "replay_payment", replay, blocking=True)
    assert said == ["150.50 RUB received"]


async def test_every_payload_is_what_comes(home: Home) -> None:
    payloads = [payload for _, payload in blocks("json")]
    statistics, commission, payment, event = payloads
    events: list[dict[str, Any]] = []
    home.hass.bus.async_listen("qiwi_new_payment", callback(lambda fired: events.append(dict(fired.data))))
    coordinator = await home.add()
    pay(home.wallet)
    home.wallet.pay(50)
    home.wallet.pay(100, kind="bill", commission=2)
    await home.poll()
    shown = next(record for record in home.heard if record["transaction_id"] == payment["transaction_id"])
    date = {"date": datetime.fromisoformat(shown["date"]).isoformat()}
    assert {key: shown[key] for key in payment} == {**payment, **date}
    fired = next(each for each in events if each["transaction_id"] == event["transaction_id"])
    ids = {"entry_id": home.entry.entry_id, "device_id": coordinator.device_id}
    assert fired == {**event, **date, **ids, "entity_id": "event.qiwi_0000_payment"}
    assert [len(value) for value in ids.values()] == [len(event[key]) for key in ids]

    found = await home.act("get_statistics")
    lines = [line for line in found["statistics"] if line["kind"] not in (Kind.REFUND, Kind.TOP_UP)]
    expected = statistics["statistics"]
    assert lines == [{**expected[0], "count": 3}, expected[1]]
    assert await home.act("get_commission", provider_id=1973, amount=1000) == commission


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_every_repair_and_every_reason_leads_to_its_remedy() -> None:
    page = ROOT / "docs" / "troubleshooting.md"
    assert TROUBLESHOOTING.endswith("/docs/troubleshooting.md")
    assert {repair.replace("_", "-") for repair in Repair} <= anchors(page)
    text = page.read_text(encoding="utf-8")
    for reason in Problem:
        assert f"| `{reason}` |" in text


def test_the_pages_name_every_entity_trigger_option_and_action() -> None:
    texts = json.loads((ROOT / "custom_components/qiwi/translations/en.json").read_text(encoding="utf-8"))
    entities, triggers, actions = (
        (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        for name in ("entities", "triggers", "actions")
    )
    for platform in texts["entity"].values():
        for entity in platform.values():
            assert f"**{entity['name'].removesuffix(' {currency}')}**" in entities
    for name, trigger in texts["triggers"].items():
        assert f"`qiwi.{name}`" in triggers
        for option in trigger.get("fields", ()):
            assert f"`{option}`" in triggers
    for name, action in texts["services"].items():
        assert f"`qiwi.{name}`" in actions
        assert f"## {action['name']}" in actions
        for field in action["fields"]:
            assert f"`{field}`" in actions


@pytest.mark.parametrize("page", ["architecture.md", "delivery.md"])
def test_every_file_that_a_developers_page_names_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    code = ROOT / "custom_components" / "qiwi"
    named = {
        name for name in re.findall(r"`([\w./]+)`", text) if "/" in name or name.endswith((".py", ".yaml"))
    }
    missing = {name for name in named if not any((place / name).exists() for place in (ROOT, code))}
    assert not missing
