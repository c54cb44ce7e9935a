"""The dashboard and its cards, as people see them: on a phone, a desk and a wall, by day and by night, in two languages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import re
from typing import Any

from playwright.async_api import Locator, Page, expect
import pytest

from custom_components.qiwi.payments.comment import clean_comment
from real_home_assistant.home import DASHBOARD
from tests.hostile import COMMENTS
from wallet_simulator import Fault

from .stage import Stage, words

pytestmark = pytest.mark.asyncio(loop_scope="session")

# The language, whether it is dark, what is paid before each look, and the name of its picture.
LOOKS = (
    ("desktop", "en", False, "1234.50", "For a new microphone!", "dashboard"),
    ("desktop", "ru", False, "500", "За победу в финале", "dashboard-ru"),
    ("wall", "en", True, "150", "Keep it up!", "dashboard-wall-dark"),
    ("phone", "en", True, "77.70", "gg wp", "dashboard-phone-dark"),
    ("phone", "ru", False, "300", "С днём рождения!", "dashboard-phone-ru"),
)
SCREENS = {"desktop": (1280, 960), "wall": (1920, 1080), "phone": (390, 844)}
HEADINGS = {
    "en": (
        "Balances",
        "Received and spent",
        "Latest payments",
        "Day by day",
        "Balance over 30 days",
        "Connection",
    ),
    "ru": (
        "Балансы",
        "Поступления и расходы",
        "Последние платежи",
        "По дням",
        "Баланс за 30 дн.",
        "Связь с QIWI",
    ),
}
NAMES = {
    "en": ("Balance RUB", "Balance USD", "Received", "Spent", "Payments feed", "Token expires"),
    "ru": ("Баланс RUB", "Баланс USD", "Поступило", "Потрачено", "Лента платежей", "Токен действует до"),
}
IS_DARK = """
dark => (getComputedStyle(document.documentElement).getPropertyValue("--primary-background-color") < "#8") == dark
"""


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


@pytest.mark.parametrize(("screen", "language", "dark", "amount", "comment", "picture"), LOOKS)
async def test_the_dashboard_shows_everything_everywhere(
    stage: Stage, screen: str, language: str, dark: bool, amount: str, comment: str, picture: str
) -> None:
    await stage.add_dashboard()
    stage.wallet.pay(amount, comment=comment)
    await stage.poll()
    width, height = SCREENS[screen]
    async with stage.visit(f"/{DASHBOARD}", language, width=width, height=height, dark=dark) as page:
        newest = rows(page).first
        await expect(newest).to_contain_text(f"+{money(float(amount), language)}")
        await expect(newest).to_contain_text(comment)
        await expect(page.locator("hui-statistics-graph-card canvas")).to_have_count(1)
        for heading in HEADINGS[language]:
            await expect(page.locator("hui-heading-card", has_text=heading).first).to_be_visible()
        for name in NAMES[language]:
            await expect(page.locator("hui-tile-card, hui-entity-card", has_text=name).first).to_be_visible()
        # Today's bar is there with the first payment, whenever the statistics are made.
        bars = page.locator("qiwi-days-card g")
        await expect(bars).to_have_count(30)
        assert float(await bars.last.locator(".received").get_attribute("height") or 0) > 1
        await expect(
            page.locator("hui-error-card, hui-warning, ha-alert, qiwi-problem-card:visible")
        ).to_have_count(0)
        assert not await is_wide(page)
        await page.wait_for_function(IS_DARK, arg=dark)
        await stage.picture(page, picture, height=1180 if screen == "desktop" else height)


async def test_a_payment_appears_while_the_card_is_looked_at_and_is_read_out(stage: Stage) -> None:
    await stage.add_dashboard()
    async with stage.visit(f"/{DASHBOARD}") as page:
        await rows(page).first.wait_for()
        stage.wallet.pay("42.42")
        await stage.poll()
        await expect(rows(page).first).to_contain_text(money(42.42, "en"))
        await expect(page.locator("qiwi-payments-card [role=status]")).to_have_text(
            f"New: Received: {money(42.42, 'en')}"
        )
        # Every card heard of it by one subscription.
        await expect(page.locator("qiwi-days-card tbody tr").last).to_contain_text("Today")


async def test_failed_pending_repeated_and_test_payments_are_told_apart(stage: Stage) -> None:
    await stage.add_dashboard()
    repeated = stage.wallet.pay(1, comment="told twice")
    stage.wallet.pay(2, kind="bill", provider=1, status="ERROR")
    stage.wallet.pay(3, status="WAITING", comment="waiting")
    await stage.poll()
    await stage.home.act("qiwi.replay_payment", transaction_id=repeated.transaction_id, direction="in")
    await stage.home.act("qiwi.send_test_payment", amount=4, comment="nobody paid this")
    marks = {"told twice": "Possible duplicate", "waiting": "Pending", "nobody paid this": "Test"}
    async with stage.visit(f"/{DASHBOARD}") as page:
        for comment, mark in marks.items():
            await expect(rows(page).filter(has_text=comment).locator(".mark")).to_have_text(mark)
        failed = rows(page).filter(has=page.locator(".mark", has_text="Failed")).first
        await expect(failed).to_contain_text("МТС")
        await expect(failed).to_contain_text(f"−{money(2, 'en')}")


async def test_the_keyboard_opens_a_payment_and_a_screen_reader_finds_days_and_lists(stage: Stage) -> None:
    await stage.add_dashboard()
    comment = "Спасибо! " * 50
    row = stage.wallet.pay(5, comment=comment, account="+79000000000", commission=1)
    await stage.poll()
    async with stage.visit(f"/{DASHBOARD}") as page:
        await expect(page.get_by_role("region", name="Payments, Today")).to_be_visible()
        newest = page.get_by_role("listitem").filter(has_text="Спасибо!").first
        await expect(newest.locator("dl")).to_be_hidden()
        await newest.locator("summary").focus()
        await page.keyboard.press("Enter")
        await expect(newest.locator("dl")).to_contain_text(row.transaction_id)
        await expect(newest.locator("dl")).to_contain_text("•••• 0000")
        await expect(newest.locator(".comment")).to_have_text(clean_comment(comment) or "")
        # What is open stays open, and the focus where it is, when another payment comes.
        stage.wallet.pay(6, comment="another")
        await stage.poll()
        await expect(rows(page).first).to_contain_text("another")
        await expect(newest.locator("dl")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(newest.locator("dl")).to_be_hidden()


@pytest.mark.parametrize("screen", ["desktop", "phone"])
async def test_what_strangers_write_is_shown_as_text_and_nothing_else(stage: Stage, screen: str) -> None:
    await stage.add_dashboard()
    hostile = [*COMMENTS, "\u202eevil\u202c \u2066x", "W" * 500][-10:]
    for comment in hostile:
        stage.wallet.pay(1, comment=comment)
    await stage.poll()
    width, height = SCREENS[screen]
    async with stage.visit(f"/{DASHBOARD}", width=width, height=height) as page:
        await expect(rows(page).first).to_contain_text("WWW")
        comments = page.locator("qiwi-payments-card .comment")
        assert await comments.all_text_contents() == [clean_comment(comment) for comment in reversed(hostile)]
        assert await comments.locator("*").count() == 0
        assert not await is_wide(page)


async def test_a_problem_stands_on_top_with_its_remedy_and_goes_when_it_is_over(stage: Stage) -> None:
    await stage.add_dashboard()
    async with stage.visit(f"/{DASHBOARD}", width=390, height=844) as page:
        await rows(page).first.wait_for()
        stage.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
        await stage.poll()
        problem = page.locator("qiwi-problem-card")
        await expect(problem).to_contain_text("The token may not read the payments")
        await expect(problem).to_be_in_viewport(ratio=1)
        balance = page.locator("hui-entity-card", has_text="Balance RUB")
        await expect(balance).to_be_visible()
        await stage.picture(page, "dashboard-problem", height=844)
        stage.simulator.clear_faults()
        await stage.poll()
        await expect(problem).to_be_hidden()
        await expect(balance).to_be_visible()


async def test_renamed_disabled_and_hidden_entities_are_shown_as_their_user_wants(stage: Stage) -> None:
    await stage.add_dashboard()
    changes = {
        "sensor.qiwi_0000_balance_rub": {"new_entity_id": "sensor.my_money", "name": "My money"},
        "binary_sensor.qiwi_0000_payments_feed": {"disabled_by": "user"},
        "sensor.qiwi_0000_balance_usd": {"hidden_by": "user"},
    }
    for entity, change in changes.items():
        await stage.home.command("config/entity_registry/update", entity_id=entity, **change)
    try:
        async with stage.visit(f"/{DASHBOARD}", "ru") as page:
            await expect(page.locator("hui-entity-card", has_text="My money")).to_be_visible()
            await expect(page.locator("hui-tile-card", has_text="Баланс KZT")).to_be_visible()
            await expect(page.locator("hui-tile-card", has_text="Баланс USD")).to_have_count(0)
            await expect(page.locator("hui-tile-card", has_text="Лента платежей")).to_have_count(0)
            await expect(page.locator("hui-error-card, hui-warning")).to_have_count(0)
            # Nothing else tells of a problem then.
            stage.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
            await stage.poll()
            await expect(page.locator("qiwi-payments-card")).to_contain_text(
                "Токену не разрешён просмотр платежей"
            )
            stage.simulator.clear_faults()
            await stage.poll()
    finally:
        await stage.home.command(
            "config/entity_registry/update",
            entity_id="sensor.my_money",
            new_entity_id="sensor.qiwi_0000_balance_rub",
            name=None,
        )
        await stage.home.command(
            "config/entity_registry/update",
            entity_id="binary_sensor.qiwi_0000_payments_feed",
            disabled_by=None,
        )
        await stage.home.command(
            "config/entity_registry/update", entity_id="sensor.qiwi_0000_balance_usd", hidden_by=None
        )


async def add_dashboard(page: Page, search: str, language: str) -> None:
    """Add a dashboard by clicks, as it is offered."""
    await page.get_by_role(
        "button", name=words("panel.config.lovelace.dashboards.picker.add_dashboard", language)
    ).click()
    await page.locator("ha-dialog-new-dashboard input").fill(search)
    await page.locator("dashboard-card").get_by_role("button").first.click()
    dialog = page.locator("dialog-lovelace-dashboard-detail")
    await dialog.get_by_role(
        "button", name=words("panel.config.lovelace.dashboards.detail.create", language)
    ).click()
    await expect(dialog.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize(
    ("language", "title", "heading"),
    [("en", "QIWI Wallet", "Latest payments"), ("ru", "QIWI Кошелёк", "Последние платежи")],
)
async def test_it_is_offered_when_a_dashboard_is_added_and_can_be_edited(
    stage: Stage, language: str, title: str, heading: str
) -> None:
    await stage.add_wallet()
    async with stage.visit("/config/lovelace/dashboards", language) as page:
        await add_dashboard(page, "qiwi", language)
        dashboards = await stage.home.command("lovelace/dashboards/list")
        (added,) = [each for each in dashboards if each["title"] == title and each["url_path"] != DASHBOARD]
        await page.goto(f"/{added['url_path']}")
        await expect(page.locator("hui-heading-card", has_text=heading)).to_be_visible()
        await page.get_by_role("button", name=words("panel.lovelace.menu.configure_ui", language)).click()
        await page.get_by_role("checkbox", name=heading).uncheck()
        await page.get_by_role("button", name=words("common.save", language)).click()
        await expect(page.locator("hui-heading-card", has_text=heading)).to_have_count(0)
        await expect(page.locator("qiwi-days-card")).to_be_visible()
    await stage.home.command("lovelace/dashboards/delete", dashboard_id=added["id"])


@asynccontextmanager
async def cards(stage: Stage, *those: dict[str, Any]) -> AsyncIterator[str]:
    """Have a dashboard of some cards for a while, and return where it is."""
    path = "qiwi-cards"
    await stage.home.show(
        path, {"views": [{"type": "sections", "sections": [{"type": "grid", "cards": those}]}]}
    )
    yield f"/{path}"
    dashboards = await stage.home.command("lovelace/dashboards/list")
    (added,) = [each["id"] for each in dashboards if each["url_path"] == path]
    await stage.home.command("lovelace/dashboards/delete", dashboard_id=added)


@pytest.mark.parametrize(("language", "title"), [("en", "Title"), ("ru", "Заголовок")])
async def test_the_payments_card_has_an_editor(stage: Stage, language: str, title: str) -> None:
    await stage.add_wallet()
    stage.wallet.pay(1)
    stage.wallet.pay(2)
    stage.wallet.pay(3)
    await stage.poll()
    async with (
        cards(stage, {"type": "custom:qiwi-payments-card", "rows": 2}) as path,
        stage.visit(f"{path}?edit=1", language) as page,
    ):
        await expect(rows(page)).to_have_count(2)
        await page.locator("hui-card-edit-mode").first.hover()
        await page.locator("hui-card-edit-mode .control").first.click()
        editor = page.locator("hui-dialog-edit-card")
        await expect(editor.get_by_text(title, exact=True).first).to_be_visible()
        await editor.locator("ha-selector-text input").fill("Donations")
        await expect(editor.locator("qiwi-payments-card h2")).to_have_text("Donations")
        await editor.get_by_role("button", name=words("common.save", language)).click()
        await expect(page.locator("#view qiwi-payments-card h2")).to_have_text("Donations")


async def test_it_asks_nobody_but_home_assistant(stage: Stage) -> None:
    await stage.add_dashboard()
    async with stage.visit("/") as page:
        asked: set[str] = set()
        page.on("request", lambda request: asked.add(request.url))
        await page.goto(f"/{DASHBOARD}")
        await rows(page).first.wait_for()
        await expect(page.locator("hui-statistics-graph-card canvas")).to_have_count(1)
        assert any("qiwi_frontend" in url for url in asked)
        assert not [url for url in asked if not re.match(rf"{re.escape(stage.home.url)}|data:|blob:", url)]


async def test_without_a_wallet_it_says_how_to_add_one(stage: Stage) -> None:
    await stage.add_dashboard()
    await stage.remove_wallets()
    try:
        async with stage.visit(f"/{DASHBOARD}", "ru") as page:
            await expect(page.get_by_text("Кошелька пока нет")).to_be_visible()
            await page.get_by_role("link", name="Добавить кошелёк").click()
            await page.wait_for_url("**/config/integrations/**")
    finally:
        await stage.add_wallet()
