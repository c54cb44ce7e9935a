"""The seller's story by clicks: a mail server, an offer with its mail, a sale, and an order answered by hand."""

import asyncio
from collections.abc import Mapping
import json
from typing import Any, Final

from playwright.async_api import Page, expect
import pytest

from mail_simulator import MailSimulator
from real_home_assistant.process import ROOT

from .stage import Stage, words

FLOW: Final = "panel.config.integrations.config_flow"
NAMES: Final = {"en": "Yoga webinar", "ru": "Вебинар по йоге"}
LISTS: Final = {"en": "todo.yoga_webinar_orders", "ru": "todo.vebinar_po_ioge_orders"}
# Each language has a price of its own: the offers stand side by side.
PRICES: Final = {"en": "500", "ru": "600"}
BODIES: Final = {
    "en": "Thank you for {amount} {currency}! Here is your way in:\n\nhttps://example.com/yoga?order={order_id}",
    "ru": "Спасибо за {amount} {currency}! Вот ваш вход:\n\nhttps://example.com/yoga?order={order_id}",
}

pytestmark = pytest.mark.asyncio(loop_scope="session")


def texts(language: str) -> Mapping[str, Any]:
    """Return what the integration says in a language."""
    path = ROOT / "custom_components" / "qiwi" / "translations" / f"{language}.json"
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


async def picture(stage: Stage, page: Page, language: str, name: str, height: int) -> None:
    """Take a picture for the documentation, which is in English."""
    if language == "en":
        await stage.picture(page, name, height)


async def arrived(mail_server: MailSimulator, count: int) -> list[tuple[str, ...]]:
    """Return who got a mail, once there are so many."""
    async with asyncio.timeout(30):
        while len(mail_server.mails) < count:  # noqa: ASYNC110 - another process sends them
            await asyncio.sleep(0.1)
    return [mail.recipients for mail in mail_server.mails]


async def add(stage: Stage, page: Page, what: str) -> None:
    """Begin to add something, when what was added before has had its reload: until then there is no wallet to add to."""
    await stage.until_loaded()
    # The page hears of it a moment later.
    await page.wait_for_timeout(1_000)
    await page.get_by_text(what).first.click()


async def finish(page: Page, language: str) -> None:
    """Close a dialog that has done its work."""
    await page.get_by_role("button", name=words(f"{FLOW}.finish", language)).click()


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_seller_sets_up_sells_and_answers_an_order_by_hand(stage: Stage, language: str) -> None:
    said, name, price = texts(language), NAMES[language], PRICES[language]
    flows = said["config_subentries"]
    await stage.add_wallet()
    async with (
        MailSimulator() as mail_server,
        stage.visit("/config/integrations/integration/qiwi", language, height=1000) as page,
    ):
        submit = page.get_by_role("button", name=words(f"{FLOW}.submit", language))

        # The mail server: refused where it would send a password unencrypted, then tried and kept.
        await add(stage, page, flows["mail_server"]["initiate_flow"]["user"])
        await page.locator("input[name=host]").fill("mail.example.com")
        await page.locator("input[type=number]").fill(str(mail_server.port))
        await page.get_by_text(said["selector"]["security"]["options"]["none"]).click()
        await page.locator("input[name=sender]").fill("School <shop@example.com>")
        await submit.click()
        await expect(page.get_by_text(flows["mail_server"]["error"]["unencrypted"])).to_be_visible()
        await page.locator("input[name=host]").fill("127.0.0.1")
        await picture(stage, page, language, "offer-mail-server", 1200)
        await submit.click()
        await finish(page, language)

        # The offer, its mail, and the mail as a buyer gets it.
        await add(stage, page, flows["offer"]["initiate_flow"]["user"])
        await page.locator("input[name=name]").fill(name)
        await page.locator("input[name=price]").fill(price)
        await picture(stage, page, language, "offer-terms", 1300)
        await submit.click()
        await page.locator("input[name=subject]").fill("{offer}")
        await page.locator("textarea").first.fill(BODIES[language])
        await submit.click()
        preview = page.locator("code", has_text="https://example.com/yoga?order=25050000001")
        await expect(preview).to_contain_text(f"{price} RUB")
        await picture(stage, page, language, "offer-preview", 1000)
        menu = flows["offer"]["step"]["preview"]["menu_options"]
        await page.get_by_text(menu["save"], exact=True).last.click()
        await finish(page, language)
        await stage.until_there(LISTS[language])

        # The list speaks Home Assistant's own language, whoever looks.
        reason = texts("en")["selector"]["order_reason"]["options"]["no_address"]
        # One buyer leaves an address, another one doesn't.
        sold = stage.wallet.pay(int(price), comment="buyer@example.com")
        lost = stage.wallet.pay(int(price), comment="**Anna** <b>where is my link?</b>")
        await stage.poll()
        async with stage.visit(f"/todo?entity_id={LISTS[language]}", language, height=900) as orders:
            await expect(orders.get_by_text(lost.transaction_id).first).to_be_visible()
            await expect(orders.get_by_text(reason).first).to_be_visible()
            await expect(orders.get_by_text("**Anna** <b>where is my link?</b>").first).to_be_visible()
            await expect(orders.get_by_text(sold.transaction_id).first).to_be_visible()
            await picture(stage, orders, language, "offer-orders", 900)
            assert await arrived(mail_server, 1) == [("buyer@example.com",)]
            assert f"https://example.com/yoga?order={sold.transaction_id}" in mail_server.mails[0].text
            # She tells her address on the phone.
            await stage.home.act("qiwi.retry_order", order_id=lost.transaction_id, email="anna@example.com")
            await expect(orders.get_by_text("anna@example.com").first).to_be_visible()
        assert await arrived(mail_server, 2) == [("buyer@example.com",), ("anna@example.com",)]
    await _forget(stage)


async def _forget(stage: Stage) -> None:
    """Remove the mail server and the offer, for the next language has its own."""
    (entry,) = await stage.home.command("config_entries/get", domain="qiwi")
    for subentry in await stage.home.command("config_entries/subentries/list", entry_id=entry["entry_id"]):
        if subentry["subentry_type"] in ("mail_server", "offer"):
            await stage.home.command(
                "config_entries/subentries/delete",
                entry_id=entry["entry_id"],
                subentry_id=subentry["subentry_id"],
            )
