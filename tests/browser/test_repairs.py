"""What goes wrong is told where Home Assistant tells it, and mended by a click, in both languages."""

from datetime import timedelta

from homeassistant.util import dt as dt_util
from playwright.async_api import Page, expect
import pytest

from wallet_simulator import Fault

from .stage import Stage, words

# What each language calls the same.
TOKEN_ENDS = {"en": "the token is valid until", "ru": "токен действует до"}
NO_PERMISSION = {"en": "may no longer read the payments", "ru": "токену больше не разрешён просмотр платежей"}
REFUSED = {"en": "QIWI does not accept the token", "ru": "QIWI не принимает токен"}
NOT_OVER_HTTP = {
    "en": "The token can't be sent to this server address",
    "ru": "На такой адрес токен отправлять нельзя",
}
ADVANCED = {"en": "Advanced", "ru": "Дополнительно"}

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.parametrize("language", ["en", "ru"]),
]


async def add_wallet_whose_token_ends_in(stage: Stage, days: int) -> None:
    await stage.remove_wallets()
    flow = await stage.home.post("/api/config/config_entries/flow", {"handler": "qiwi"})
    issued = dt_util.now().date() + timedelta(days=days - 180)
    given = {
        "api_token": stage.token,
        "token_issued": issued.isoformat(),
        "advanced": {"api_url": stage.simulator.url},
    }
    await stage.home.post(f"/api/config/config_entries/flow/{flow['flow_id']}", given)


async def submit(page: Page, language: str) -> None:
    await page.get_by_role(
        "button", name=words("panel.config.integrations.config_flow.submit", language)
    ).click()


async def test_a_token_that_ends_is_renewed_by_a_click_on_its_repair(stage: Stage, language: str) -> None:
    await add_wallet_whose_token_ends_in(stage, 13)
    async with stage.visit("/config/repairs", language) as page:
        await page.get_by_text(TOKEN_ENDS[language]).click()
        await page.locator("input[name=api_token]").wait_for()
        if language == "en":
            await stage.picture(page, "repair")
        await page.locator("input[name=api_token]").fill("0" * 32)
        await submit(page, language)
        await page.get_by_text(REFUSED[language]).wait_for()
        await page.locator("input[name=api_token]").fill(stage.wallet.add_token())
        await submit(page, language)
        await page.get_by_role(
            "button", name=words("panel.config.integrations.config_flow.finish", language)
        ).click()
        await expect(page.get_by_text(TOKEN_ENDS[language])).to_have_count(0)


async def test_a_permission_that_was_withdrawn_is_told(stage: Stage, language: str) -> None:
    await add_wallet_whose_token_ends_in(stage, 100)
    stage.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
    await stage.poll()
    async with stage.visit("/config/repairs", language) as page:
        await page.get_by_text(NO_PERMISSION[language]).wait_for()


async def test_a_wrong_server_address_is_told_and_shown(stage: Stage, language: str) -> None:
    async with stage.visit("/config/integrations/dashboard/add?domain=qiwi", language, height=1400) as page:
        await page.locator("dialog-box").get_by_role("button", name=words("common.ok", language)).click()
        await page.locator("input[name=api_token]").fill(stage.token)
        await page.get_by_text(ADVANCED[language]).click()
        await page.locator("input[name=api_url]").fill("http://example.com")
        await page.get_by_text(ADVANCED[language]).click()
        await expect(page.locator("input[name=api_url]")).not_to_be_in_viewport()
        await submit(page, language)
        await page.get_by_text(NOT_OVER_HTTP[language]).wait_for()
        await expect(page.locator("input[name=api_url]")).to_be_in_viewport()
