"""A payment as people meet it afterwards: in the notification of the README's automation and in the activity."""

from playwright.async_api import expect
import pytest

from tests.project.test_docs import EXAMPLES

from .stage import EVENT, Stage

COMMENT = "**bold** <b>b</b> [a](https://example.com) www.example.com me@example.com `code` _it_ 7. #h"

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_payment_is_told_with_its_amount_and_its_comment_letter_for_letter(stage: Stage) -> None:
    await stage.add_wallet()
    await stage.home.post("/api/config/automation/config/readme", EXAMPLES["Thank for donations"])
    stage.wallet.pay("7777", comment=COMMENT, account="+79000000001")
    await stage.poll()
    async with stage.visit("/") as page:
        await page.get_by_text("Notifications", exact=True).click()
        notification = page.locator("persistent-notification-item", has_text="7 777.00 RUB received")
        message = notification.locator("ha-markdown")
        await expect(message).to_have_text(f"Comment: {COMMENT}")
        await expect(message.locator("strong, b, a, code, em, h1, li")).to_have_count(0)
    async with stage.visit(f"/logbook?entity_id={EVENT}") as page:
        entry = page.locator("ha-logbook-entry", has_text="received 7 777.00 RUB").first
        await expect(entry).to_be_visible()
        await expect(page.get_by_text("bold")).to_have_count(0)
