"""What the tests look for on a page of cards."""

from typing import Final

from playwright.async_api import Locator, Page

SCREENS: Final = {"desktop": (1280, 960), "wall": (1920, 1080), "phone": (390, 844)}


def money(amount: float, language: str) -> str:
    """Return an amount as Home Assistant shows it."""
    text = f"{amount:,.2f}"
    return (
        f"RUB\u00a0{text}" if language == "en" else f"{text.replace(',', '\u00a0').replace('.', ',')}\u00a0₽"
    )


def rows(page: Page) -> Locator:
    """Return the payments of the first card."""
    return page.locator("qiwi-payments-card").first.locator("li")


async def is_wide(page: Page) -> bool:
    """Whether anything is wider than the screen or than its card."""
    return bool(
        await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        or await page.locator("qiwi-payments-card ha-card").first.evaluate(
            "card => [...card.querySelectorAll('*')].some(each => each.scrollWidth > card.clientWidth)"
        )
    )
