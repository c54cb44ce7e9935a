"""The dashboard of the documentation, as people see it on a phone and on a desk, by day and by night."""

from playwright.async_api import Locator, Page, expect
import pytest

from custom_components.qiwi.payments.comment import clean_comment
from real_home_assistant.home import DASHBOARD
from tests.hostile import COMMENTS
from wallet_simulator import Fault

from .stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What is paid before each look, and the name of its picture.
LOOKS = (
    ("desktop", False, "1234.50", "На новый микрофон!", "dashboard"),
    ("desktop", True, "500", "За победу в финале", "dashboard-dark"),
    ("phone", True, "77.70", "gg wp", "dashboard-phone-dark"),
    ("phone", False, "300", "С днём рождения!", "dashboard-phone"),
)
IS_DARK = """
dark => (getComputedStyle(document.documentElement).getPropertyValue("--primary-background-color") < "#8") == dark
"""
SCREENS = {"desktop": (1440, 900), "phone": (390, 844)}


async def shown(page: Page) -> Locator:
    """Wait until everything is drawn, and return the table of payments."""
    table = page.locator("ha-markdown table")
    await table.wait_for()
    # What came and went, and each balance.
    await expect(page.locator("hui-statistics-graph-card canvas")).to_have_count(4)
    return table


async def has_room(page: Page) -> bool:
    """Whether neither the page nor the table is wider than its place."""
    return bool(
        await page.locator("ha-markdown-element").evaluate(
            "table => [table, document.documentElement].every(each => each.scrollWidth <= each.clientWidth)"
        )
    )


@pytest.mark.parametrize(("screen", "dark", "amount", "comment", "picture"), LOOKS)
async def test_the_dashboard_shows_the_latest_payment_everywhere(
    stage: Stage, screen: str, dark: bool, amount: str, comment: str, picture: str
) -> None:
    await stage.add_dashboard()
    stage.wallet.pay(amount, comment=comment)
    await stage.poll()
    width, height = SCREENS[screen]
    async with stage.visit(f"/{DASHBOARD}", width=width, height=height, dark=dark) as page:
        table = await shown(page)
        newest = table.locator("tbody tr").first
        await expect(newest).to_contain_text(f"+{float(amount):,.2f}\u00a0RUB".replace(",", "\u00a0"))
        await expect(newest).to_contain_text(comment)
        logbook = page.locator("hui-logbook-card")
        await logbook.scroll_into_view_if_needed()
        await expect(logbook).to_contain_text("Payment received")
        await page.evaluate("scrollTo(0, 0)")
        for name in ("Balance RUB", "Balance USD", "Received today", "Spent this month", "Payments feed"):
            await expect(page.locator("hui-tile-card", has_text=name)).to_be_visible()
        await expect(page.locator("hui-tile-card", has_text="Balance EUR")).to_have_count(0)
        await expect(page.locator("hui-error-card, hui-warning, ha-alert")).to_have_count(0)
        assert await has_room(page)
        await page.wait_for_function(IS_DARK, arg=dark)
        await stage.picture(page, picture, height=1100 if screen == "desktop" else height)


@pytest.mark.parametrize("screen", SCREENS)
async def test_what_strangers_write_is_shown_as_text_and_nothing_else(stage: Stage, screen: str) -> None:
    await stage.add_dashboard()
    for comment in COMMENTS:
        stage.wallet.pay(1, comment=comment)
    await stage.poll()
    width, height = SCREENS[screen]
    async with stage.visit(f"/{DASHBOARD}", width=width, height=height) as page:
        table = await shown(page)
        rows = table.locator("tbody tr")
        await expect(rows.first).to_contain_text(COMMENTS[-1])
        texts = [text.replace("\u200b", "") for text in await rows.locator("td:last-child").all_inner_texts()]
        assert texts == [f"Transfer\n{clean_comment(comment)}" for comment in reversed(COMMENTS)]
        assert await table.locator("td :not(br)").count() == 0
        assert await has_room(page)


async def test_a_problem_and_its_reason_are_told(stage: Stage) -> None:
    await stage.add_dashboard()
    stage.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
    await stage.poll()
    async with stage.visit(f"/{DASHBOARD}") as page:
        await expect(page.locator("ha-alert")).to_contain_text("The token may not read the payments")
