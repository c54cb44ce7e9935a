"""The triggers are found by the wallet itself, and by what people call it, in English and in Russian."""

from playwright.async_api import expect
import pytest

from .stage import Stage, words

NAMES = {
    "en": ("QIWI payment received", "QIWI payment sent", "QIWI payment failed"),
    "ru": ("Получен платёж QIWI", "Отправлен платёж QIWI", "Не прошёл платёж QIWI"),
}
WALLET = {"en": "wallet", "ru": "кошелёк"}

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_the_triggers_are_offered_for_the_wallet_and_found_by_their_words(
    stage: Stage, language: str
) -> None:
    await stage.add_wallet()
    async with stage.visit("/config/automation/edit/new", language) as page:
        await page.get_by_role(
            "button", name=words("panel.config.automation.editor.triggers.add", language)
        ).click()
        dialog = page.locator("add-automation-element-dialog")
        await dialog.get_by_text(
            words("panel.config.automation.editor.services", language), exact=True
        ).click()
        await dialog.get_by_text("QIWI •••• 0000", exact=True).click()
        for name in NAMES[language]:
            await expect(dialog.get_by_role("button", name=name)).to_be_visible()
        for wanted in ("qiwi", WALLET[language]):
            await dialog.locator("input").first.fill(wanted)
            await expect(dialog.get_by_role("treeitem")).to_have_count(0)
            for name in NAMES[language]:
                await expect(dialog.get_by_text(name).first).to_be_visible()
