"""From an empty Home Assistant to an automation on payments, by clicking alone."""

from contextlib import suppress

from playwright.async_api import Locator, Page, expect
import pytest

from .stage import Stage, words

# One in each group is a payment received of at least 100, whatever its currency.
GROUPS = (
    (("99.99", "transfer", "RUB"), ("100", "transfer", "RUB"), ("500", "refund", "RUB")),
    (("700", "transfer_out", "RUB"), ("150.50", "top_up", "RUB"), ("7.50", "transfer", "USD")),
    (("2500", "transfer", "KZT"),),
)
THANKS = ["Thank you for 100.0", "Thank you for 150.5", "Thank you for 2500.0"]

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def add_integration(page: Page, stage: Stage) -> None:
    """Go through the settings as the README tells."""
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("link", name="Devices & services").click()
    await page.get_by_role("button", name=words("panel.config.integrations.add_integration")).click()
    await page.get_by_placeholder(words("panel.config.integrations.search_brand")).fill("qiwi")
    await page.get_by_role("button", name="QIWI Wallet").click()
    await page.get_by_text("Advanced").click()
    await page.locator("input[name=api_token]").fill(stage.token)
    await page.locator("input[name=api_url]").fill(stage.simulator.url)
    await stage.picture(page, "config-flow")
    await page.get_by_role("button", name="Submit").click()
    await page.get_by_role("button", name="Finish").click()


async def fill_in(row: Locator, template: str) -> None:
    """Type a template; a form that is still being drawn forgets what was typed, and a person types it again."""
    editor = row.locator("ha-code-editor")
    for _ in range(10):
        await row.locator("input").fill(template)
        with suppress(AssertionError):
            await expect(editor).to_be_visible(timeout=3_000)
            return
    raise AssertionError(f"{template} is not taken")


async def build_automation(page: Page, stage: Stage) -> None:
    """Say thank you for payments from 100 on."""
    await page.get_by_role("link", name="Settings").click()
    await page.get_by_role("link", name="Automations").click()
    await page.get_by_role(
        "button", name=words("panel.config.automation.picker.add_automation")
    ).first.click()
    await page.get_by_text(words("panel.config.automation.dialog_new.create_empty")).click()
    await page.get_by_role("button", name=words("panel.config.automation.editor.triggers.add")).click()
    await page.locator("add-automation-element-dialog input").fill("qiwi")
    await page.get_by_text("QIWI payment received", exact=True).click()
    minimum = page.locator("ha-settings-row", has_text="Minimum amount")
    await minimum.locator("ha-checkbox").click()
    await minimum.locator("input[type=number]").fill("100")
    await stage.picture(page, "automation")
    await page.get_by_role("button", name=words("panel.config.automation.editor.actions.add")).click()
    await page.locator("add-automation-element-dialog input").fill("persistent notification")
    await page.get_by_text("Shows a persistent notification on the notifications panel.").click()
    message = page.locator("ha-settings-row", has_text="Message")
    await fill_in(message, "Thank you for {{ trigger.payment.amount }}")
    await page.get_by_role("button", name=words("common.save")).click()
    await page.locator("ha-dialog input").first.fill("Say thank you")
    await page.locator("ha-dialog").get_by_role("button", name=words("common.save")).click()
    await stage.until_there("automation.say_thank_you")


async def test_the_wallet_is_added_and_an_automation_built_by_clicking_runs_for_the_right_payments_only(
    stage: Stage,
) -> None:
    await stage.remove_wallets()
    async with stage.visit("/") as page:
        await add_integration(page, stage)
        await build_automation(page, stage)
        await page.get_by_text("Notifications", exact=True).click()
        for group, thanks in zip(GROUPS, THANKS, strict=True):
            for amount, kind, currency in group:
                stage.wallet.pay(amount, currency, kind=kind)
            await stage.poll()
            await page.get_by_text(thanks, exact=True).wait_for()
    notifications = await stage.home.command("persistent_notification/get")
    messages = {each["message"] for each in notifications}
    assert {message for message in messages if message.startswith("Thank you")} == set(THANKS)
