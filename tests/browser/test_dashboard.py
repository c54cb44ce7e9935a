"""The dashboard and its cards, as people see them: on a phone, a desk and a wall, by day and by night, in two languages."""

from datetime import timedelta
import re

from playwright.async_api import Page, expect
import pytest

from real_home_assistant.home import DASHBOARD
from wallet_simulator import Fault, Wallet
from wallet_simulator.limit import RateLimit

from .sight import SCREENS, is_wide, money, rows
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
# What is neither a name that somebody gave nor words of a stranger.
OURS = (
    "hui-heading-card",
    "hui-tile-card",
    "hui-entity-card",
    "qiwi-days-card",
    "qiwi-goal-card .facts",
    "qiwi-goal-card dt",
    "qiwi-goal-card .actions",
    "qiwi-payments-card h3",
    "qiwi-payments-card .quiet",
    "qiwi-payments-card .mark",
)
NO_ENGLISH = {"QIWI", "RUB", "KZT"}
IS_DARK = """
dark => (getComputedStyle(document.documentElement).getPropertyValue("--primary-background-color") < "#8") == dark
"""


@pytest.mark.parametrize(("screen", "language", "dark", "amount", "comment", "picture"), LOOKS)
async def test_the_dashboard_shows_everything_everywhere(
    stage: Stage, screen: str, language: str, dark: bool, amount: str, comment: str, picture: str
) -> None:
    await stage.add_dashboard()
    await stage.add_goal("Studio 2.0", "20000")
    await stage.until_there("sensor.studio_2_0_raised")
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
        await expect(page.locator("qiwi-goal-card", has_text="Studio 2.0")).to_contain_text(comment)
        if language == "ru":
            said = " ".join([text for place in OURS for text in await page.locator(place).all_inner_texts()])
            assert set(re.findall(r"[A-Za-z]{2,}", said)) <= NO_ENGLISH
        assert not await is_wide(page)
        await page.wait_for_function(IS_DARK, arg=dark)
        await stage.picture(page, picture, height=1180 if screen == "desktop" else height)


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


async def test_a_wallet_that_wants_to_be_left_alone_says_until_when(stage: Stage) -> None:
    await stage.add_dashboard()
    async with stage.visit(f"/{DASHBOARD}", "ru") as page:
        await rows(page).first.wait_for()
        stage.simulator.fault(
            Fault(kind="status", status=423, headers={"Retry-After": "5"}, endpoint="payments")
        )
        await stage.poll()
        problem = page.locator("qiwi-problem-card")
        await expect(problem).to_contain_text(re.compile(r"Продолжение в \d{1,2}:\d\d\."))
        stage.simulator.clear_faults()
        await expect(problem).to_be_hidden()


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


async def test_each_wallet_has_a_view_and_the_problem_of_any_stands_on_all(stage: Stage) -> None:
    await stage.add_dashboard()
    other = Wallet("79000000001", balances={"KZT": 5000})
    stage.simulator.wallets = (stage.wallet, other)
    stage.simulator.limits[other.number] = RateLimit(None, timedelta(minutes=5))
    try:
        async with stage.visit(f"/{DASHBOARD}") as page:
            await rows(page).first.wait_for()
            await stage.home.add_wallet(other.add_token(), stage.simulator.url)
            await expect(page.get_by_role("tab")).to_have_count(2)
            other.pay(4242, "KZT", comment="the other wallet's")
            await stage.home.act("homeassistant.update_entity", entity_id=["event.qiwi_0001_payment"])
            await page.get_by_role("tab").last.click()
            await expect(page.locator("hui-entity-card", has_text="Balance KZT")).to_be_visible()
            await expect(rows(page)).to_have_count(1)
            await expect(rows(page)).to_contain_text("the other wallet's")
            stage.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
            await stage.poll()
            await expect(page.locator("qiwi-problem-card")).to_contain_text(
                "QIWI •••• 0000: The token may not"
            )
    finally:
        stage.simulator.clear_faults()
        entries = await stage.home.command("config_entries/get", domain="qiwi")
        (added,) = [entry["entry_id"] for entry in entries if entry["title"] == "QIWI •••• 0001"]
        await stage.home.delete(f"/api/config/config_entries/entry/{added}")
        stage.simulator.wallets = (stage.wallet,)


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
