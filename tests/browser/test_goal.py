"""A goal is added, shown and changed in Home Assistant's own pages, in English and in Russian."""

from collections.abc import Mapping
import json
from typing import Any, Final

from playwright.async_api import expect
import pytest

from real_home_assistant.process import ROOT

from .stage import Stage, words

FLOW: Final = "panel.config.integrations.config_flow"
NAMES: Final = {"en": "New camera", "ru": "Новая камера"}
RAISED: Final = {"en": "RUB 1,500.50", "ru": "1\xa0500,50\xa0₽"}

pytestmark = pytest.mark.asyncio(loop_scope="session")


def texts(language: str) -> Mapping[str, Any]:
    """Return what the integration says in a language."""
    path = ROOT / "custom_components" / "qiwi" / "translations" / f"{language}.json"
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_goal_is_added_its_overlay_found_again_and_a_donation_shown(
    stage: Stage, language: str
) -> None:
    said, name = texts(language)["config_subentries"]["goal"], NAMES[language]
    await stage.add_wallet()
    async with stage.visit("/config/integrations/integration/qiwi", language, height=1000) as page:
        await page.get_by_text(said["initiate_flow"]["user"]).first.click()
        await page.locator("input[name=name]").fill(name)
        await page.locator("input[name=target]").fill("1,000")
        submit = page.get_by_role("button", name=words(f"{FLOW}.submit", language))
        await submit.click()
        await expect(page.get_by_text(said["error"]["invalid_target"])).to_be_visible()
        await page.locator("input[name=target]").fill("50 000,50")
        await stage.picture(page, "goal-flow", height=1000)
        await submit.click()
        address = page.locator("code", has_text="/api/qiwi/overlay#")
        shown = await address.inner_text()
        await page.get_by_role("button", name=words(f"{FLOW}.finish", language)).click()

        row = page.locator("ha-config-sub-entry-row", has_text=name)
        await row.get_by_role("button").nth(1).click()
        menu = said["step"]["reconfigure"]["menu_options"]
        await expect(page.get_by_text(menu["settings"], exact=True).last).to_be_visible()
        await page.get_by_text(menu["overlay"], exact=True).last.click()
        await expect(address).to_have_text(shown)
        await stage.picture(page, "goal-overlay", height=1000)

        stage.wallet.pay("1500.50", comment="<b>hello</b>")
        await stage.poll()
        (goal,) = [
            device
            for device in await stage.home.command("config/device_registry/list")
            if device["name"] == name
        ]
        await stage.open_with(page, f"/config/devices/device/{goal['id']}", RAISED[language])
        await stage.picture(page, "goal-device", height=1000)
