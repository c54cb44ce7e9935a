"""The whole walk by clicks alone, in English and again in Russian: from nothing to a payment that is seen everywhere.

In Russian no English word may be met; what is met and excused is named below.
"""

import json
from pathlib import Path
import re
from typing import Any

import homeassistant
from playwright.async_api import Page, expect
import pytest

from .stage import Stage, words
from .test_beginning import fill_in
from .test_dashboard import add_dashboard

INTEGRATION = Path(__file__).parent.parent.parent / "custom_components" / "qiwi"
COMPONENTS = Path(homeassistant.__file__).parent / "components"
COMMENT = "Спасибо за эфир"

# Latin letters that are right in a Russian page.
NAMES = (
    "QIWI Wallet",
    "QIWI demo",  # how the tests call their Home Assistant
    "QIWI",
    "Demo",  # its user
    "RUB", "USD", "KZT", "EUR",  # where Home Assistant writes currencies, it is by their codes
    "P2P", "https?",  # as everybody writes them
    r"EXAMPLE \w+(>MOSCOW +RU)?",  # a shop, as it calls itself
    r"[\w.]+@example\.com",  # an address in a payer's comment
    # Home Assistant's own words, which it does not translate.
    "Home Assistant", "Backup", "Google Translate text-to-speech", "started", r"\b(dd|hh|mm|ss)\b",
)  # fmt: skip

EXCUSED = re.compile("|".join(NAMES))

# What is drawn, through the shadow roots, and can be seen.
SEEN = """() => {
  const seen = [];
  const look = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const text = node.textContent.trim();
      if (text) seen.push(text);
      return;
    }
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (["STYLE", "SCRIPT", "SVG"].includes(node.tagName.toUpperCase())) return;
      const transparent = getComputedStyle(node).display === "contents";
      if (!transparent && !node.checkVisibility({ visibilityProperty: true })) return;
      if (node.shadowRoot) look(node.shadowRoot);
      if (node.tagName === "SLOT") { node.assignedNodes({ flatten: true }).forEach(look); return; }
    }
    if (node.nodeType === Node.ELEMENT_NODE && node.shadowRoot) return;
    node.childNodes.forEach(look);
  };
  look(document.body);
  return seen;
}"""

pytestmark = pytest.mark.asyncio(loop_scope="session")


def ours(language: str) -> dict[str, Any]:
    """Return the integration's texts."""
    return dict(json.loads((INTEGRATION / "translations" / f"{language}.json").read_text(encoding="utf-8")))


class Person:
    """A person who goes from page to page; in Russian every English word is noted."""

    def __init__(self, stage: Stage, page: Page, language: str) -> None:
        self.stage = stage
        self.page = page
        self.language = language
        self.texts = ours(language)
        self.english: dict[str, set[str]] = {}

    async def look(self, place: str) -> None:
        """Read all that is shown."""
        if self.language == "en":
            return
        seen = await self.page.evaluate(SEEN)
        assert [text for text in seen if re.search("[а-яё]{3}", text)]
        for text in seen:
            if found := re.findall("[A-Za-z]{2,}", EXCUSED.sub("", text)):
                self.english.setdefault(place, set()).add(" ".join(found))

    async def button(self, key: str) -> None:
        await self.page.get_by_role("button", name=words(key, self.language)).first.click()

    async def settings(self, page: str) -> None:
        """Go to a page of the settings."""
        await self.page.get_by_role("link", name=words("panel.config", self.language)).first.click()
        name = words(f"panel.config.dashboard.{page}.main", self.language)
        await self.page.get_by_role("link", name=name).first.click()


async def walk(stage: Stage, language: str) -> dict[str, set[str]]:
    """Go all the way, and return the English words that were met in Russian, by where that was."""
    await stage.remove_wallets()
    # What Home Assistant has to say of its own configuration is not part of the walk.
    await stage.home.act("persistent_notification.dismiss_all")
    async with stage.visit("/", language) as page:
        person = Person(stage, page, language)
        await add_integration(person)
        await add_its_dashboard(person)
        await build_automation(person)
        stage.wallet.pay(150, comment=COMMENT, account="+79000000001")
        await stage.poll()
        await see_it(person)
    return person.english


async def test_from_nothing_to_a_payment_that_is_seen_everywhere(stage: Stage) -> None:
    await walk(stage, "en")


async def test_the_same_in_russian_without_an_english_word(russian_stage: Stage) -> None:
    assert await walk(russian_stage, "ru") == {}


async def add_integration(person: Person) -> None:
    page, user = person.page, person.texts["config"]["step"]["user"]
    await person.settings("devices")
    await person.button("panel.config.integrations.add_integration")
    await page.get_by_placeholder(words("panel.config.integrations.search_brand", person.language)).fill(
        "qiwi"
    )
    # Home Assistant translates the name once the integration is loaded.
    await page.get_by_role("button", name=re.compile("QIWI (Wallet|Кошелёк)")).click()
    await page.get_by_text(user["sections"]["advanced"]["name"]).click()
    await page.locator("input[name=api_token]").fill(person.stage.token)
    await page.locator("input[name=api_url]").fill(person.stage.simulator.url)
    await person.look("the form")
    await person.button("panel.config.integrations.config_flow.submit")
    await page.locator("step-flow-create-entry").wait_for()
    await person.look("the device")
    # Nothing is to be named or put anywhere.
    await person.button("panel.config.integrations.config_flow.finish_skip")


async def add_its_dashboard(person: Person) -> None:
    # A browser loads the dashboard's elements with the page, as the README says.
    await person.page.reload()
    await person.settings("dashboards")
    await add_dashboard(person.page, "qiwi", person.language)


async def build_automation(person: Person) -> None:
    page, trigger = person.page, person.texts["triggers"]["payment_received"]
    await person.settings("automations")
    await person.button("panel.config.automation.picker.add_automation")
    await page.get_by_text(words("panel.config.automation.dialog_new.create_empty", person.language)).click()
    await person.button("panel.config.automation.editor.triggers.add")
    dialog = page.locator("add-automation-element-dialog")
    await dialog.locator("input").first.fill("qiwi")
    await dialog.get_by_text(trigger["name"], exact=True).first.click()
    row = page.locator("ha-settings-row", has_text=trigger["fields"]["min_amount"]["name"])
    await row.locator("ha-checkbox").click()
    await row.locator("input[type=number]").fill("100")
    await person.look("the trigger")
    await person.button("panel.config.automation.editor.actions.add")
    create = json.loads(
        (COMPONENTS / f"persistent_notification/translations/{person.language}.json").read_text(
            encoding="utf-8"
        )
    )["services"]["create"]
    await dialog.locator("input").first.fill(create["name"])
    await dialog.get_by_text(create["description"]).first.click()
    message = page.locator("ha-settings-row", has_text=create["fields"]["message"]["name"])
    await fill_in(message, "{{ '%.2f' % trigger.payment.amount }}: {{ trigger.payment.comment }}")
    await person.button("common.save")
    await page.locator("ha-dialog input").first.fill("QIWI 100")
    await page.locator("ha-dialog").get_by_role("button", name=words("common.save", person.language)).click()
    await person.stage.until_there("automation.qiwi_100")


async def see_it(person: Person) -> None:
    page = person.page
    title = person.texts["title"]
    await page.get_by_role("link", name=title).first.click()
    card = page.locator("qiwi-payments-card")
    await expect(card).to_contain_text(COMMENT)
    await expect(card).to_contain_text("150")
    await person.look("the dashboard")
    await page.get_by_role("link", name=words("panel.logbook", person.language)).first.click()
    received = {"en": "received 150.00 RUB", "ru": "получен: 150,00 RUB"}[person.language]
    await page.get_by_text(received).first.wait_for()
    await person.look("the activity")
    await page.get_by_text(words("notification_drawer.title", person.language), exact=True).first.click()
    await page.get_by_text(f"150.00: {COMMENT}").first.wait_for()
    await person.look("the notification")
