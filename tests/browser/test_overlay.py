"""The overlay over real HTTP from a real Home Assistant: each donation is shown once, whatever happens."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from playwright.async_api import expect
import pytest
import pytest_asyncio

from tests.hostile import COMMENTS

from .source import Source
from .stage import Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICK = "alert_seconds=2"


@dataclass
class Goal:
    """A goal of the wallet, and its overlay."""

    stage: Stage
    entry: str
    id: str
    secret: str

    def open(self, query: str = QUICK, **options: Any) -> Any:
        """Open its overlay in a browser profile of its own."""
        return Source.open(self.stage.browser, self.stage.home, query, self.secret, **options)

    async def donate(self, *amounts: Any, **details: Any) -> None:
        """Let donations arrive."""
        for amount in amounts:
            self.stage.wallet.pay(amount, comment=details.get("comment", f"Take {amount}"))
        await self.stage.poll()

    async def remove(self) -> None:
        await self.stage.home.command(
            "config_entries/subentries/delete", entry_id=self.entry, subentry_id=self.id
        )


async def add_goal(stage: Stage, **changes: Any) -> Goal:
    """Add a goal as a user would: through its flow."""
    await stage.add_wallet()
    (entry,) = await stage.home.command("config_entries/get", domain="qiwi")
    flows = "/api/config/config_entries/subentries/flow"
    flow = await stage.home.post(flows, {"handler": [entry["entry_id"], "goal"]})
    settings = {"name": "A new camera", "target": "1000", "milestones": ["250", "500"], **changes}
    made = await stage.home.post(
        f"{flows}/{flow['flow_id']}", {"currency": "RUB", "kinds": ["transfer"], **settings}
    )
    _, _, secret = made["description_placeholders"]["address"].partition("#")
    goals = await stage.home.command("config_entries/subentries/list", entry_id=entry["entry_id"])
    goal = Goal(stage, entry["entry_id"], goals[-1]["subentry_id"], secret)
    # The wallet is loaded anew with its goal.
    async with goal.open() as source:
        await source.has_raised("₽0")
    return goal


@pytest_asyncio.fixture(loop_scope="session")
async def goal(stage: Stage) -> AsyncIterator[Goal]:
    """Return a goal that nobody has paid for yet."""
    goal = await add_goal(stage)
    yield goal
    await goal.remove()


async def test_a_donation_moves_the_bar_and_is_shown_once_over_reloads(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        await goal.donate("100.10", comment="For the lens")
        await source.has_raised("₽100.10")
        await expect(source.part(".percent")).to_have_text("10%")
        await expect(source.part(".last")).to_have_text("Last donation: ₽100.10 For the lens")
        await source.has_told(("New donation", "₽100.10", "For the lens"))
        await source.page.reload()
        await source.has_raised("₽100.10")
        await goal.donate("200.20", "0.10")
        alerts = (
            ("New donation", "₽100.10", "For the lens"),
            ("New donation", "₽200.20", "Take 200.20"),
            ("New donation", "₽0.10", "Take 0.10"),
        )
        await source.has_told(*alerts)
        await source.page.reload()
        await source.has_told(*alerts)
        await source.has_raised("₽300.40")


async def test_a_reload_in_the_middle_of_an_alert_does_not_repeat_it_nor_lose_the_next(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        await goal.donate(1, 2)
        await expect(source.page.locator("#alert .amount")).to_have_text("₽1")
        await source.page.reload()
        await source.has_told(("New donation", "₽1", "Take 1"), ("New donation", "₽2", "Take 2"))


async def test_what_came_while_the_source_was_hidden_is_told_when_it_is_back(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        await source.hide()
        await goal.donate(1, 2)
        await goal.donate(3)
        await source.looks(2)
        assert not source.told
        await source.hide(False)
        await source.has_told(*(("New donation", f"₽{amount}", f"Take {amount}") for amount in (1, 2, 3)))


async def test_many_at_once_are_one_alert_that_says_how_many_and_how_much(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        await source.hide()
        await goal.donate(*["1.10"] * 40)
        await source.looks()
        await source.hide(False)
        await source.has_told(("40 donations", "₽44", ""))


async def test_a_source_that_was_shut_down_goes_on_where_it_was(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        address = source.page.url
        await source.page.goto("about:blank")
        await goal.donate(5)
        await source.page.goto(address)
        await source.has_told(("New donation", "₽5", "Take 5"))


async def test_a_frozen_page_catches_up(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        session = await source.context.new_cdp_session(source.page)
        await session.send("Page.setWebLifecycleState", {"state": "frozen"})
        await goal.donate(5)
        await session.send("Page.setWebLifecycleState", {"state": "active"})
        await source.has_told(("New donation", "₽5", "Take 5"))


async def test_a_lost_network_keeps_the_picture_and_loses_nothing(goal: Goal) -> None:
    async with goal.open() as source:
        await goal.donate(5)
        await source.has_told(("New donation", "₽5", "Take 5"))
        await source.context.set_offline(True)
        await goal.donate(6)
        await source.page.wait_for_timeout(5_000)
        await source.has_raised("₽5")
        await expect(source.page.locator("#notice")).to_be_hidden()
        await source.context.set_offline(False)
        await source.has_told(("New donation", "₽5", "Take 5"), ("New donation", "₽6", "Take 6"))
        await source.has_raised("₽11")


async def test_two_browsers_show_each_donation_once_and_a_new_one_repeats_none(goal: Goal) -> None:
    async with goal.open() as one, goal.open() as other:
        for source in (one, other):
            await source.has_raised("₽0")
        await goal.donate(7)
        for source in (one, other):
            await source.has_told(("New donation", "₽7", "Take 7"))
        async with goal.open() as later:
            await later.has_raised("₽7")
            await goal.donate(8)
            await later.has_told(("New donation", "₽8", "Take 8"))
        await one.has_told(("New donation", "₽7", "Take 7"), ("New donation", "₽8", "Take 8"))


async def test_a_scene_switch_between_two_sources_of_one_browser_repeats_nothing(goal: Goal) -> None:
    async with goal.open() as one:
        await one.has_raised("₽0")
        other = Source(await one.context.new_page(), one.context)
        await other.page.goto(one.page.url)
        await other.has_raised("₽0")
        await other.hide()
        await goal.donate(7)
        await one.has_told(("New donation", "₽7", "Take 7"))
        await other.looks()
        await other.hide(False)
        await other.looks(2)
        # Both write to the same list: the second one has nothing to add.
        assert len(one.told) == 1


async def test_a_day_later_it_still_shows_what_comes(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        await source.page.clock.install()
        await source.page.reload()
        await source.has_raised("₽0")
        for _ in range(24):
            await source.page.clock.fast_forward("01:00:00")
            await source.looks()
        await goal.donate(9)
        await source.has_told(("New donation", "₽9", "Take 9"))


async def test_what_strangers_write_is_shown_as_text_and_nothing_else(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        source.page.on("dialog", lambda dialog: source.complaints.append(dialog.message))
        for comment in (*COMMENTS[:4], "😀" * 10_000, "\u202eevil\u202c a\u0301\u0301\u0301\u0301\u0301"):
            source.told.clear()
            await goal.donate(1, comment=comment)
            await expect(source.page.locator("#alert .message")).to_be_visible()
            assert await source.page.locator("#alert .message *, #goal .last .message *").count() == 0
            assert await source.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            box = await source.page.locator("#alert").bounding_box()
            assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 400
            ((_, _, message),) = source.told
            assert comment.replace("\u202e", "").replace("\u202c", "").startswith(message.rstrip("…")[:20])
            await expect(source.page.locator("#alert")).to_be_hidden()


async def test_links_addresses_and_numbers_never_reach_the_stream(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        await goal.donate(1, comment="Buy at https://example.com or me@example.com, +7 900 000-00-00 now")
        await source.has_told(("New donation", "₽1", "Buy at or , now"))


async def test_a_test_payment_is_marked_and_moves_nothing(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        await goal.stage.home.act("qiwi.send_test_payment", amount=500, comment="Only a test")
        await expect(source.page.locator("#alert .badge")).to_have_text("test")
        await source.has_told(("New donation", "₽500", "Only a test"))
        await source.has_raised("₽0")
        await expect(source.part(".last")).to_be_hidden()


async def test_a_person_takes_the_message_off_the_screen(goal: Goal) -> None:
    async with goal.open("alert_seconds=30") as source:
        await source.has_raised("₽0")
        await goal.donate(1, comment="Something rude")
        message = source.page.locator("#alert .message")
        await expect(message).to_have_text("Something rude")
        (button,) = [each for each in await goal.stage.home.states() if each.endswith("hide_message")]
        await goal.stage.home.act("button.press", entity_id=button)
        await expect(message).to_be_hidden()
        await expect(source.page.locator("#alert")).to_be_visible()
        await expect(source.part(".last")).not_to_contain_text("rude")
        await source.has_raised("₽1")


async def test_milestones_and_the_target_are_marked_when_they_are_reached(goal: Goal) -> None:
    async with goal.open() as source:
        await expect(source.part(".next")).to_have_text("next: ₽250")
        await expect(source.part(".marks li")).to_have_count(2)
        await goal.donate(300)
        await expect(source.part(".marks li.reached")).to_have_count(1)
        await expect(source.part(".next")).to_have_text("next: ₽500")
        await goal.donate(900)
        await expect(source.part(".next")).to_have_text("goal reached")
        await expect(source.part(".percent")).to_have_text("120%")
        await expect(source.page.locator("#goal")).to_have_class("reached")
        assert await source.part(".fill").evaluate("fill => fill.style.inlineSize") == "100%"


async def test_only_what_is_large_enough_makes_an_alert(goal: Goal) -> None:
    async with goal.open(f"{QUICK}&alert_min=100") as source:
        await source.has_raised("₽0")
        await goal.donate(99, 100, 101)
        await source.has_told(("New donation", "₽100", "Take 100"), ("New donation", "₽101", "Take 101"))
        await source.has_raised("₽300")


async def test_an_old_address_shows_nothing_more(goal: Goal) -> None:
    async with goal.open() as source:
        await source.has_raised("₽0")
        address = source.page.url
        await source.page.goto(address[:-4] + "AAAA")
        await expect(source.page.locator("#notice")).to_contain_text("no longer valid")
        await expect(source.page.locator("#goal")).to_be_hidden()
        await source.page.goto("about:blank")
        await source.page.goto(address.partition("#")[0])
        await expect(source.page.locator("#notice")).to_contain_text("lacks its secret")
        count = len(source.requests)
        await source.page.wait_for_timeout(3_000)
        assert len(source.requests) == count
