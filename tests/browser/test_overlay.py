"""The overlay over real HTTP from a real Home Assistant: each donation is shown once, whatever happens."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import aiohttp
from playwright.async_api import Browser, Route, expect
import pytest
import pytest_asyncio

from real_home_assistant.api import HomeAssistant
from real_home_assistant.home import CONFIGURATION
from real_home_assistant.process import free_port, furnish, running
from tests.hostile import COMMENTS
from wallet_simulator import Simulator, Wallet

from .source import Source
from .stage import EVENT, Stage

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUICK = "alert_seconds=2"
GOAL = {
    "name": "A new camera",
    "target": "1000",
    "currency": "RUB",
    "kinds": ["transfer"],
    "milestones": ["250", "500"],
}
NEW_SESSION, HIDE_MESSAGE = "button.a_new_camera_new_session", "button.a_new_camera_hide_message"


@dataclass
class Jar:
    """A goal, whoever pays for it, and whoever looks at its overlay."""

    home: HomeAssistant
    wallet: Wallet
    browser: Browser
    address: str

    @classmethod
    async def open_for(cls, home: HomeAssistant, wallet: Wallet, browser: Browser) -> Self:
        """Add a goal to the one wallet, and wait until it is loaded with it."""
        (entry,) = await home.command("config_entries/get", domain="qiwi")
        shown = await home.add_subentry(entry["entry_id"], "goal", GOAL)
        jar = cls(home, wallet, browser, shown["address"])
        async with jar.source() as source:
            await source.has_raised("₽0")
        return jar

    def source(self, query: str = QUICK, **options: Any) -> AbstractAsyncContextManager[Source]:
        """Open its overlay in a browser profile of its own."""
        _, _, secret = self.address.partition("#")
        return Source.open(self.browser, self.home, query, secret, **options)

    async def start_anew(self) -> None:
        """Begin a session, and tell Home Assistant that nothing waits to be shown."""
        await self.home.act("button.press", entity_id=NEW_SESSION)
        path, _, secret = self.address.partition("#")
        headers = {"X-Qiwi-Overlay": secret}
        shown: dict[str, Any] = {}
        while True:
            query = {name: str(value) for name, value in shown.items()}
            async with self.home.session.get(f"{path}/data", headers=headers, params=query) as answer:
                picture = await answer.json()
            if not picture["alerts"]:
                return
            shown = picture["position"]
            for position in (alert["position"] for alert in picture["alerts"]):
                ahead = max(position, shown, key=lambda each: each["seq"])
                shown = {**ahead, "test": max(position["test"], shown["test"])}

    async def donate(self, *amounts: Any, **details: Any) -> None:
        """Let donations arrive, and have Home Assistant look."""
        for amount in amounts:
            self.wallet.pay(amount, comment=details.get("comment", f"Take {amount}"))
        await self.home.act("homeassistant.update_entity", entity_id=[EVENT])


def told(*amounts: Any) -> list[tuple[str, str, str]]:
    """Return the alerts of donations that each came alone."""
    return [("New donation", f"₽{amount}", f"Take {amount}") for amount in amounts]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def cellar(theatre: Stage) -> AsyncIterator[Jar]:
    """Return the goal that all tests share: adding one asks the wallet a lot, and it is asked 60 times a minute."""
    await theatre.add_wallet()
    await theatre.remove_subentries()
    jar = await Jar.open_for(theatre.home, theatre.wallet, theatre.browser)
    yield jar
    await theatre.remove_subentries()


@pytest_asyncio.fixture(loop_scope="session")
async def jar(stage: Stage, cellar: Jar) -> Jar:
    """Return a goal that nobody has paid for yet in its session, and all of whose alerts were shown."""
    await cellar.start_anew()
    return cellar


async def test_a_donation_moves_the_bar_and_is_shown_once_over_reloads(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        await jar.donate("100.10", comment="For the lens")
        await source.has_raised("₽100.10")
        await expect(source.part(".percent")).to_have_text("10%")
        await expect(source.part(".last")).to_have_text("Last donation: ₽100.10 For the lens")
        await source.has_told(("New donation", "₽100.10", "For the lens"))
        await source.page.reload()
        await source.has_raised("₽100.10")
        await jar.donate("200.20", "0.10")
        alerts = (
            ("New donation", "₽100.10", "For the lens"),
            *told("200.20", "0.10"),
        )
        await source.has_told(*alerts)
        await source.page.reload()
        await source.has_told(*alerts)
        await source.has_raised("₽300.40")


async def test_a_reload_in_the_middle_of_an_alert_does_not_repeat_it_nor_lose_the_next(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        await jar.donate(1, 2)
        await expect(source.page.locator("#alert .amount")).to_have_text("₽1")
        await source.page.reload()
        await source.has_told(*told(1), *told(2))


@pytest.mark.parametrize("silently", [False, True], ids=["told", "untold"])
async def test_what_came_while_the_source_was_hidden_is_told_when_it_is_back(
    jar: Jar, silently: bool
) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        await source.hide(silently=silently)
        await jar.donate(1, 2)
        await jar.donate(3)
        await source.looks(2)
        assert not source.told
        await source.hide(False, silently=silently)
        await source.has_told(*told(1, 2, 3))


async def test_many_at_once_are_one_alert_that_says_how_many_and_how_much(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        await source.hide()
        await jar.donate(*["1.10"] * 40)
        await source.looks()
        await source.hide(False)
        await source.has_told(("40 donations", "₽44", ""))


async def test_a_source_that_was_shut_down_goes_on_where_it_was(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        address = source.page.url
        await source.page.goto("about:blank")
        await jar.donate(5)
        await source.page.goto(address)
        await source.has_told(*told(5))


async def test_a_frozen_page_catches_up(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        session = await source.context.new_cdp_session(source.page)
        await session.send("Page.setWebLifecycleState", {"state": "frozen"})
        await jar.donate(5)
        await session.send("Page.setWebLifecycleState", {"state": "active"})
        await source.has_told(*told(5))


async def test_a_lost_network_keeps_the_picture_and_loses_nothing(jar: Jar) -> None:
    async with jar.source() as source:
        await jar.donate(5)
        await source.has_told(*told(5))
        await source.context.set_offline(True)
        await jar.donate(6)
        await source.page.wait_for_timeout(5_000)
        await source.has_raised("₽5")
        await expect(source.page.locator("#notice")).to_be_hidden()
        await source.context.set_offline(False)
        await source.has_told(*told(5), *told(6))
        await source.has_raised("₽11")


async def test_two_browsers_show_each_donation_once_and_a_new_one_repeats_none(jar: Jar) -> None:
    async with jar.source() as one, jar.source() as other:
        for source in (one, other):
            await source.has_raised("₽0")
        await jar.donate(7)
        for source in (one, other):
            await source.has_told(*told(7))
        async with jar.source() as later:
            await later.has_raised("₽7")
            await jar.donate(8)
            await later.has_told(*told(8))
        await one.has_told(*told(7), *told(8))


@pytest.mark.parametrize("silently", [False, True], ids=["told", "untold"])
async def test_a_scene_switch_between_two_sources_of_one_browser_repeats_nothing(
    jar: Jar, silently: bool
) -> None:
    async with jar.source() as one:
        await one.has_raised("₽0")
        other = Source(await one.context.new_page(), one.context)
        await other.page.goto(one.page.url)
        await other.has_raised("₽0")
        await other.hide(silently=silently)
        await jar.donate(7)
        await one.has_told(*told(7))
        await other.looks()
        await other.hide(False, silently=silently)
        await other.looks(4)
        # Both write to the same list: the second one has nothing to add.
        assert len(one.told) == 1


async def test_a_day_later_it_still_shows_what_comes(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        await source.page.clock.install()
        await source.page.reload()
        await source.has_raised("₽0")
        for _ in range(24):
            await source.page.clock.fast_forward("01:00:00")
            await source.looks()
        await jar.donate(9)
        await source.has_told(*told(9))


async def test_what_strangers_write_is_shown_as_text_and_nothing_else(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        source.page.on("dialog", lambda dialog: source.complaints.append(dialog.message))
        for comment in (*COMMENTS[:4], "😀" * 10_000, "\u202eevil\u202c a\u0301\u0301\u0301\u0301\u0301"):
            source.told.clear()
            await jar.donate(1, comment=comment)
            await expect(source.page.locator("#alert .message")).to_be_visible()
            assert await source.page.locator("#alert .message *, #goal .last .message *").count() == 0
            assert await source.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            box = await source.page.locator("#alert").bounding_box()
            assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 400
            ((_, _, message),) = source.told
            assert comment.replace("\u202e", "").replace("\u202c", "").startswith(message.rstrip("…")[:20])
            await expect(source.page.locator("#alert")).to_be_hidden()


async def test_links_addresses_and_numbers_never_reach_the_stream(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        await jar.donate(1, comment="Buy at https://example.com or me@example.com, +7 900 000-00-00 now")
        await source.has_told(("New donation", "₽1", "Buy at or , now"))


async def test_a_test_payment_is_marked_and_moves_nothing(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        await jar.home.act("qiwi.send_test_payment", amount=500, comment="Only a test")
        await expect(source.page.locator("#alert .badge")).to_have_text("test")
        await source.has_told(("New donation", "₽500", "Only a test"))
        await source.has_raised("₽0")
        await expect(source.part(".last")).to_be_hidden()


async def test_a_person_takes_the_message_off_the_screen(jar: Jar) -> None:
    async with jar.source("alert_seconds=30") as source:
        await source.has_raised("₽0")
        await jar.donate(1, comment="Something rude")
        message = source.page.locator("#alert .message")
        await expect(message).to_have_text("Something rude")
        await jar.home.act("button.press", entity_id=HIDE_MESSAGE)
        await expect(message).to_be_hidden()
        await expect(source.page.locator("#alert")).to_be_visible()
        await expect(source.part(".last")).not_to_contain_text("rude")
        await source.has_raised("₽1")


async def test_milestones_and_the_target_are_marked_when_they_are_reached(jar: Jar) -> None:
    async with jar.source() as source:
        await expect(source.part(".next")).to_have_text("next: ₽250")
        await expect(source.part(".marks li")).to_have_count(2)
        await jar.donate(300)
        await expect(source.part(".marks li.reached")).to_have_count(1)
        await expect(source.part(".next")).to_have_text("next: ₽500")
        await jar.donate(900)
        await expect(source.part(".next")).to_have_text("goal reached")
        await expect(source.part(".percent")).to_have_text("120%")
        await expect(source.page.locator("#goal")).to_have_class("reached")
        assert await source.part(".fill").evaluate("fill => fill.style.inlineSize") == "100%"


async def test_only_what_is_large_enough_makes_an_alert(jar: Jar) -> None:
    async with jar.source(f"{QUICK}&alert_min=100") as source:
        await source.has_raised("₽0")
        await jar.donate(99, 100, 101)
        await source.has_told(*told(100), *told(101))
        await source.has_raised("₽300")


async def test_an_old_address_shows_nothing_more(jar: Jar) -> None:
    async with jar.source() as source:
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


async def test_a_restart_of_home_assistant_changes_no_total_and_repeats_no_alert(
    stage: Stage, tmp_path: Path
) -> None:
    wallet = Wallet("79000000000", balances={"RUB": 1000})
    port = free_port()
    furnish(tmp_path, CONFIGURATION.format(port=port, language="en", level="warning"), "[]")
    async with (
        Simulator(wallet, rate_limit=None) as simulator,
        aiohttp.ClientSession() as session,
        AsyncExitStack() as open_pages,
    ):
        home = HomeAssistant(session, f"http://127.0.0.1:{port}")
        async with running(tmp_path) as process:
            await home.wait_until_it_answers(process)
            await home.onboard("en")
            async with home.connected(lambda _event: None):
                await home.add_wallet(wallet.add_token(), simulator.url)
                jar = await Jar.open_for(home, wallet, stage.browser)
                source = await open_pages.enter_async_context(jar.source())
                await source.has_raised("₽0")
                await jar.donate(10)
                await source.has_told(*told(10))
        wallet.pay(20, comment="Take 20")
        await source.has_raised("₽10")
        await expect(source.page.locator("#notice")).to_be_hidden()
        async with running(tmp_path):
            await source.has_raised("₽30")
            await source.has_told(*told(10, 20))


async def test_a_browser_that_may_keep_nothing_repeats_nothing_either(jar: Jar) -> None:
    async with jar.source() as source:
        await source.context.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new Error('forbidden'); } })"
        )
        await source.page.reload()
        await source.has_raised("₽0")
        await jar.donate(5)
        await source.has_told(*told(5))
        await source.page.reload()
        await source.has_raised("₽5")
        await jar.donate(6)
        await source.has_told(*told(5, 6))


async def test_a_page_that_is_older_than_the_integration_loads_itself_anew_once(jar: Jar) -> None:
    async with jar.source() as source:
        await source.has_raised("₽0")
        pages = 0

        async def older(route: Route) -> None:
            nonlocal pages
            pages += 1
            answer = await route.fetch()
            text = await answer.text()
            await route.fulfill(
                response=answer, body=text.replace('name="version" content="', 'name="version" content="old')
            )

        await source.context.route("**/overlay?*", older)
        await source.page.reload()
        await source.looks(3)
        assert pages == 2
