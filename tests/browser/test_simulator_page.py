"""The simulator's own page: whoever tries the demo pays and breaks things here, in their own language."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import json
from pathlib import Path
import re

from playwright.async_api import Page, expect
import pytest

import wallet_simulator
from wallet_simulator import Simulator, Wallet
from wallet_simulator.history import lived_in_wallet

from .stage import LOCALES, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRANSLATIONS = Path(wallet_simulator.__file__).parent / "page" / "translations"
# What is the same in every language: names of currencies, what the service and payers write, codes.
CYRILLIC = re.compile(r"[А-Яа-яЁё]")


def texts(language: str) -> dict[str, str]:
    return dict(json.loads((TRANSLATIONS / f"{language}.json").read_text(encoding="utf-8")))


@asynccontextmanager
async def opened(stage: Stage, wallet: Wallet, language: str, query: str = "") -> AsyncIterator[Page]:
    wallet.add_token()
    async with Simulator(wallet) as simulator:
        context = await stage.browser.new_context(
            locale=LOCALES[language], viewport={"width": 390, "height": 844}
        )
        page = await context.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(error.message))
        await page.goto(f"{simulator.url}/{query}")
        await expect(page.locator("#balances li")).not_to_have_count(0)
        yield page
        # A refused payment is an answer 400, which a browser writes down by itself.
        assert not [text for text in complaints if "400" not in text]
        await context.close()


@pytest.mark.parametrize("language", LOCALES)
async def test_a_payment_is_made_with_a_comma_or_a_point(stage: Stage, language: str) -> None:
    wallet = Wallet()
    async with opened(stage, wallet, language) as page:
        words = texts(language)
        await expect(page.locator("#no-payments")).to_have_text(words["payments.none"])
        for written in ("10,5", "20.5"):
            await page.get_by_label(words["pay.amount"], exact=True).fill(written)
            await page.get_by_role("button", name=words["pay.submit"]).click()
            shown = written.replace(".", ",") if language == "ru" else written.replace(",", ".")
            await expect(page.locator("#payments .amount").first).to_contain_text(f"{shown}0")
    assert [str(row.amount) for row in wallet.rows] == ["20.5", "10.5"]


@pytest.mark.parametrize("language", LOCALES)
async def test_what_is_no_amount_is_explained_where_it_stands(stage: Stage, language: str) -> None:
    wallet = Wallet()
    async with opened(stage, wallet, language) as page:
        words = texts(language)
        amount = page.get_by_label(words["pay.amount"], exact=True)
        await amount.fill("ten")
        await page.get_by_role("button", name=words["pay.submit"]).click()
        await expect(page.locator("#pay .error")).to_have_text(words["problem.amount"])
        await expect(amount).to_have_attribute("aria-invalid", "true")
        await expect(amount).to_be_focused()
    assert not wallet.rows


async def test_the_page_speaks_the_browsers_language_unless_told_another(stage: Stage) -> None:
    english, russian = texts("en"), texts("ru")
    for locale, query, words in (
        ("ru", "", russian),
        ("ru", "?lang=en", english),
        ("en", "?lang=ru", russian),
        ("en", "?lang=xx", english),
    ):
        async with opened(stage, Wallet(), locale, query) as page:
            await expect(page).to_have_title(words["title"])
            await expect(page.locator("h1")).to_have_text(words["title"])


@pytest.mark.parametrize("language", LOCALES)
async def test_every_word_of_the_page_is_in_one_language(stage: Stage, language: str) -> None:
    wallet = lived_in_wallet(language=language)
    async with opened(stage, wallet, language) as page:
        await page.locator("summary").click()
        await page.get_by_role("button", name=texts(language)["fault.submit"]).click()
        await expect(page.locator("#faults li")).to_have_count(1)
        # What the service itself writes in comments and the language's own name are Russian for all.
        seen = await page.evaluate(
            """() => [...document.querySelectorAll("body *:not(script):not(template)")]
                .filter((each) => !each.matches(".comment, nav a, code, .balances span"))
                .flatMap((each) => [...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
                    .map((node) => node.textContent.trim()).concat(each.placeholder ?? ""))
                .filter((text) => /[A-Za-zА-Яа-яЁё]/.test(text))"""
        )
        assert len(seen) > 60
        wrong = [text for text in seen if bool(CYRILLIC.search(text)) != (language == "ru")]
    assert [text for text in wrong if text not in NAMES and not text.endswith(NAMES)] == []


# Names that are the same in both languages.
NAMES = ("null", *wallet_simulator.rows.CURRENCIES)
