"""The cards: what they tell of payments and goals, to eyes, ears and hands, and what no stranger's words can do to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import re
from typing import Any

from playwright.async_api import expect
import pytest

from custom_components.qiwi.payments.comment import clean_comment
from real_home_assistant.home import DASHBOARD
from tests.hostile import COMMENTS

from .sight import SCREENS, is_wide, money, rows
from .stage import Stage, words

pytestmark = pytest.mark.asyncio(loop_scope="session")


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


async def test_the_cards_go_on_after_home_assistant_was_away(stage: Stage) -> None:
    await stage.add_dashboard()
    async with stage.visit(f"/{DASHBOARD}") as page:
        await rows(page).first.wait_for()
        await page.evaluate("document.querySelector('home-assistant').hass.connection.reconnect(true)")
        stage.wallet.pay("11.11")
        await stage.poll()
        await expect(rows(page).first).to_contain_text(money(11.11, "en"))


async def test_arrow_keys_and_the_pointer_tell_what_a_day_brought(stage: Stage) -> None:
    await stage.add_dashboard()
    async with stage.visit(f"/{DASHBOARD}") as page:
        chart = page.get_by_role("slider", name="Received and spent by day")
        legend = page.locator("qiwi-days-card .legend")
        await expect(legend).to_contain_text("30 days")
        await chart.focus()
        await page.keyboard.press("ArrowLeft")
        await expect(legend).to_contain_text("Yesterday")
        await expect(chart).to_have_attribute(
            "aria-valuetext", re.compile(r"Yesterday: RUB.* received, RUB.* spent")
        )
        await chart.locator("g").first.hover()
        await expect(legend).not_to_contain_text("Yesterday")
        await page.mouse.move(0, 0)
        await expect(legend).to_contain_text("30 days")


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


GOAL = {
    "en": {"of": "of", "new": "New session", "sure": "Start anew", "cancel": "Cancel", "reached": "Reached"},
    "ru": {
        "of": "из",
        "new": "Новый сбор",
        "sure": "Начать заново",
        "cancel": "Отмена",
        "reached": "Собрано",
    },
}


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_goal_is_on_the_dashboard_grows_with_a_donation_and_begins_anew_when_asked_twice(
    stage: Stage, language: str
) -> None:
    words = GOAL[language]
    await stage.add_dashboard()
    name = f"Камера <b>{language}</b>"
    async with stage.visit(f"/{DASHBOARD}", language, width=390) as page:
        await rows(page).first.wait_for()
        await stage.add_goal(name, "1000")
        # What is added appears by itself.
        goal = page.locator("qiwi-goal-card", has_text=name)
        await expect(goal).to_contain_text(f"{money(0, language)} {words['of']} {money(1000, language)}")
        await expect(goal.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "0")
        stage.wallet.pay(600, comment=COMMENTS[2])
        stage.wallet.pay(500, comment="vamos")
        await stage.poll()
        await expect(goal).to_contain_text(money(1100, language))
        await expect(goal).to_contain_text(words["reached"])
        await expect(goal.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
        assert await goal.locator(".comment").all_text_contents() == [clean_comment(COMMENTS[2]), "vamos"]
        assert await goal.locator(".comment *").count() == 0
        await goal.get_by_role("button", name=words["new"]).click()
        await goal.get_by_role("button", name=words["cancel"]).click()
        await expect(goal).to_contain_text(money(1100, language))
        await goal.get_by_role("button", name=words["new"]).click()
        await goal.get_by_role("button", name=words["sure"]).click()
        await expect(goal).to_contain_text(f"{money(0, language)} {words['of']} {money(1000, language)}")
        await goal.get_by_role("button", name=name).click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("Escape")
        await stage.remove_subentries()
        await expect(goal).to_have_count(0)


@pytest.mark.parametrize(("language", "revenue"), [("en", "Revenue"), ("ru", "Выручка")])
async def test_open_orders_are_on_the_dashboard_and_are_checked_off_there(
    stage: Stage, language: str, revenue: str
) -> None:
    await stage.add_dashboard()
    (entry,) = await stage.home.command("config_entries/get", domain="qiwi")
    terms = {"price": "777.5", "currency": "RUB", "quantity": "exact", "delivery": "manual"}
    await stage.home.add_subentry(entry["entry_id"], "offer", {"name": "Webinar", **terms})
    await stage.until_there("todo.webinar_orders")
    stage.wallet.pay("777.5", comment="buyer@example.com")
    await stage.poll()
    async with stage.visit(f"/{DASHBOARD}", language) as page:
        figure = page.locator("hui-tile-card", has_text=revenue)
        await expect(figure).to_contain_text(money(777.5, language))
        orders = page.locator("hui-todo-list-card")
        await expect(page.locator("hui-heading-card", has_text="Webinar")).to_be_visible()
        await orders.locator("ha-checkbox").click()
        await expect(orders.get_by_role("checkbox")).to_have_count(0)
        await stage.remove_subentries()
        await expect(orders).to_have_count(0)
