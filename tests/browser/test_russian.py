"""The same in Russian."""

from playwright.async_api import expect
import pytest

from .stage import Stage, words

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_automation_editor_offers_the_trigger_and_its_options_in_russian(stage: Stage) -> None:
    await stage.add_wallet()
    async with stage.visit("/config/automation/edit/new", "ru") as page:
        await page.get_by_role(
            "button", name=words("panel.config.automation.editor.triggers.add", "ru")
        ).click()
        search = page.locator("add-automation-element-dialog input")
        for wanted in ("кошелёк", "qiwi"):
            await search.fill(wanted)
            await expect(page.get_by_text("Получен платёж QIWI", exact=True)).to_be_visible()
        await page.get_by_text("Получен платёж QIWI", exact=True).click()
        for option in ("Минимальная сумма", "Валюта", "Комментарий содержит"):
            await expect(page.get_by_text(option, exact=True).first).to_be_visible()


async def test_the_wallet_is_asked_for_in_russian(stage: Stage) -> None:
    async with stage.visit("/config/integrations/dashboard/add?domain=qiwi", "ru") as page:
        await page.locator("dialog-box").get_by_role("button", name=words("common.ok", "ru")).click()
        await expect(page.get_by_text("Информационный токен").first).to_be_visible()
