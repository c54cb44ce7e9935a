"""A real Home Assistant, a simulated wallet and a browser that people of two languages look through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
import json
import os
from pathlib import Path
from typing import Final, Self

import aiohttp
import hass_frontend
from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    StorageState,
    async_playwright,
    expect,
)

from real_home_assistant.api import PASSWORD, USER, HomeAssistant
from real_home_assistant.home import CARDS, CONFIGURATION, DASHBOARD
from real_home_assistant.process import ROOT, free_port, furnish, running
from real_home_assistant.remembered import remember
from wallet_simulator import Simulator, Wallet
from wallet_simulator.history import lived_in_wallet

EVENT: Final = "event.qiwi_0000_payment"
LOCALES: Final = {"en": "en-GB", "ru": "ru-RU"}
# The integration spares a wallet that was asked a lot within a minute.
PATIENCE: Final = 65_000
expect.set_options(timeout=PATIENCE)
# Where pictures for the documentation go, if they are wanted.
SCREENSHOTS: Final = os.environ.get("SCREENSHOTS")


@cache
def _texts(language: str) -> dict[str, str]:
    folder = hass_frontend.where() / "static" / "translations"
    texts: dict[str, str] = {}
    for fragment in (".", "config", "lovelace", "page-authorize"):
        (path,) = (folder / fragment).glob(f"{language}-{'[0-9a-f]' * 32}.json")
        texts |= json.loads(path.read_text(encoding="utf-8"))
    return texts


def words(key: str, language: str = "en") -> str:
    """Return a text of the installed frontend: the tests follow whatever a release calls a button."""
    texts = _texts(language)
    # The names of the panels stand beside the rest.
    return texts[key] if key in texts else texts[f"ui.{key}"]


@dataclass
class Stage:
    """What the tests share."""

    home: HomeAssistant
    simulator: Simulator
    wallet: Wallet
    token: str
    browser: Browser
    folder: Path
    complaints: list[str] = field(default_factory=list)
    """What a browser's console said of us."""
    pages: list[Page] = field(default_factory=list)
    _logins: dict[str, StorageState] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, language: str = "en") -> AsyncIterator[Self]:
        """Start everything, with nobody but a user in a Home Assistant of that language."""
        port = free_port()
        wallet = lived_in_wallet(language=language)
        furnish(folder, CONFIGURATION.format(port=port, language=language, level="warning"), "[]")
        async with (
            Simulator(wallet, rate_limit=None) as simulator,
            running(folder) as process,
            aiohttp.ClientSession() as session,
            async_playwright() as playwright,
        ):
            home = HomeAssistant(session, f"http://127.0.0.1:{port}")
            await home.wait_until_it_answers(process)
            await home.onboard(language)
            browser = await playwright.chromium.launch(
                executable_path=os.environ["CHROMIUM"],
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            async with home.connected(lambda _event: None):
                yield cls(home, simulator, wallet, wallet.add_token(), browser, folder)
            await browser.close()

    @asynccontextmanager
    async def visit(
        self, path: str, language: str = "en", *, width: int = 1280, height: int = 800, dark: bool = False
    ) -> AsyncIterator[Page]:
        """Open a page of Home Assistant as a user who is logged in."""
        context = await self.browser.new_context(
            base_url=self.home.url,
            locale=LOCALES[language],
            timezone_id="Europe/Moscow",
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            storage_state=self._logins.get(language),
        )
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._read)
        page.on("pageerror", self._fail)
        self.pages.append(page)
        await page.goto(path)
        if language not in self._logins:
            await self.log_in(page)
            self._logins[language] = await context.storage_state()
        yield page
        # A page that a test failed on stays, for its picture.
        self.pages.remove(page)
        await context.close()

    async def log_in(self, page: Page) -> None:
        """Fill the login form."""
        await page.locator("input[name=username]").fill(USER)
        await page.locator("input[name=password]").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.locator("home-assistant-main").wait_for()

    def _note(self, *said: str | None) -> None:
        # The frontend has errors of its own, and misses the logos and sources that are out of reach here.
        text = " ".join(filter(None, said))
        if "qiwi" in text.lower():
            self.complaints.append(text)

    def _read(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(message.text, message.location["url"])

    def _fail(self, error: Error) -> None:
        self._note(error.message, error.stack)

    async def add_wallet(self) -> None:
        """Have the wallet there, with a month behind it, and its dashboard."""
        if EVENT in await self.home.states():
            # The test before may have taken something away, which takes a reload.
            await self.until_loaded()
        else:
            await self.home.add_wallet(self.token, self.simulator.url)

    async def add_dashboard(self) -> None:
        """Have the wallet's dashboard there, with a month behind it."""
        if DASHBOARD in {each["url_path"] for each in await self.home.command("lovelace/dashboards/list")}:
            return
        await self.add_wallet()
        await remember(self.home)
        await self.home.show(DASHBOARD, CARDS)

    async def add_goal(self, name: str, target: str) -> None:
        """Have a donation goal in roubles, added as a user would: through its form."""
        if name in {each["name"] for each in await self.home.command("config/device_registry/list")}:
            return
        (entry,) = await self.home.command("config_entries/get", domain="qiwi")
        answers = {"name": name, "target": target, "currency": "RUB", "kinds": ["transfer"]}
        await self.home.add_subentry(entry["entry_id"], "goal", answers)

    async def remove_subentries(self) -> None:
        """Have no donation goal and no offer there."""
        (entry,) = await self.home.command("config_entries/get", domain="qiwi")
        subentries = {"entry_id": entry["entry_id"]}
        for each in await self.home.command("config_entries/subentries/list", **subentries):
            await self.home.command(
                "config_entries/subentries/delete", subentry_id=each["subentry_id"], **subentries
            )

    async def remove_wallets(self) -> None:
        """Have no wallet there."""
        for entry in await self.home.command("config_entries/get", domain="qiwi"):
            await self.home.delete(f"/api/config/config_entries/entry/{entry['entry_id']}")

    async def until_loaded(self) -> None:
        """Wait for the wallet: nothing can be added to one that is being set up."""
        async with asyncio.timeout(PATIENCE / 1000):
            while any(  # noqa: ASYNC110 - another process sets it up
                entry["state"] != "loaded"
                for entry in await self.home.command("config_entries/get", domain="qiwi")
            ):
                await asyncio.sleep(0.1)

    async def until_there(self, entity: str) -> None:
        """Wait for an entity."""
        async with asyncio.timeout(PATIENCE / 1000):
            while entity not in await self.home.states():  # noqa: ASYNC110 - another process makes it
                await asyncio.sleep(0.1)

    async def poll(self) -> None:
        """Let Home Assistant look at the wallet now rather than within a minute."""
        await self.home.act("homeassistant.update_entity", entity_id=[EVENT])

    async def open_with(self, page: Page, path: str, text: str) -> None:
        """Open a page that shows a number as people write it.

        Now and then Home Assistant's frontend draws a page before it knows how to, and leaves it so until it is
        loaded anew.
        """
        for _ in range(3):
            await page.goto(path)
            with suppress(AssertionError):
                await expect(page.get_by_text(text).first).to_be_visible(timeout=PATIENCE / 3)
                return
        await expect(page.get_by_text(text).first).to_be_visible()

    async def picture(self, page: Page, name: str, height: int = 800) -> None:
        """Take a picture for the documentation, if pictures are wanted."""
        if SCREENSHOTS and page.viewport_size:
            await page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
            await page.mouse.move(0, 0)
            # Plots are drawn from left to right.
            await page.wait_for_timeout(2_000)
            await page.screenshot(
                path=ROOT / SCREENSHOTS / f"{name}.png", animations="disabled", caret="hide"
            )
