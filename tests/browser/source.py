"""A browser source as OBS has one: it shows the overlay's page, and whatever it shows is written down."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final, Self

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Request,
    expect,
)

from real_home_assistant.api import HomeAssistant

PATH: Final = "/api/qiwi/overlay"
# Writes each alert down when it appears, and lets a test hide the page as OBS does: without frames.
WATCH: Final = """
let hidden = false;
let silent = false;
const waiting = [];
const frame = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (callback) => (hidden ? waiting.push(callback) : frame(callback));
Object.defineProperty(document, "hidden", { get: () => hidden && !silent });
Object.defineProperty(document, "visibilityState", { get: () => (hidden && !silent ? "hidden" : "visible") });
window.hide = (value, untold) => {
  hidden = value;
  silent = untold;
  if (!silent) document.dispatchEvent(new Event("visibilitychange"));
  if (!hidden) waiting.splice(0).forEach((callback) => frame(callback));
};
document.addEventListener("DOMContentLoaded", () => {
  const alert = document.querySelector("#alert");
  if (!alert) return;
  const text = (name) => alert.querySelector(name).textContent;
  let shown = false;
  new MutationObserver(() => {
    if (!alert.hidden && !shown) told([text(".headline"), text(".amount"), text(".message")]);
    shown = !alert.hidden;
  }).observe(alert, { attributes: true });
});
"""


@dataclass
class Source:
    """A page of its own in a browser profile of its own, unless it shares one."""

    page: Page
    context: BrowserContext
    told: list[list[str]] = field(default_factory=list)
    """Each alert that appeared: its headline, its amount, its message."""
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        browser: Browser,
        home: HomeAssistant,
        query: str = "",
        secret: str = "",
        *,
        path: str = PATH,
        width: int = 800,
        height: int = 400,
        language: str = "en-GB",
        **options: Any,
    ) -> AsyncIterator[Self]:
        """Open the page, and see to it that it asks nobody but Home Assistant."""
        context = await browser.new_context(
            viewport={"width": width, "height": height}, locale=language, **options
        )
        page = await context.new_page()
        source = cls(page, context)
        await context.expose_function("told", source._note_alert)
        await context.add_init_script(WATCH)
        page.on("request", source._note_request)
        page.on("console", source._note_console)
        page.on("pageerror", source._note_error)
        await page.goto(f"{home.url}{path}?{query}#{secret}")
        yield source
        assert not [url for url in source.requests if not url.startswith((home.url, "data:,"))]
        assert not source.complaints
        await context.close()

    def _note_alert(self, words: list[str]) -> None:
        self.told.append(words)

    def _note_request(self, request: Request) -> None:
        self.requests.append(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        # A browser writes each answer of 4xx or 5xx and each lost connection down as an error.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def _note_error(self, error: Error) -> None:
        self.complaints.append(error.message)

    def part(self, name: str) -> Locator:
        """Return a part of the goal."""
        return self.page.locator(f"#goal {name}")

    async def hide(self, hidden: bool = True, *, silently: bool = False) -> None:
        """Take the source off the screen, or put it back; OBS does not always tell the page."""
        await self.page.evaluate("([hidden, silently]) => hide(hidden, silently)", [hidden, silently])

    async def has_raised(self, text: str) -> None:
        """Wait until the goal says so."""
        await expect(self.part(".raised")).to_have_text(text)

    async def has_told(self, *alerts: tuple[str, str, str]) -> None:
        """Wait until so many alerts appeared, and another answer, and see that they are these."""
        expected = [list(alert) for alert in alerts]
        for _ in range(300):
            if len(self.told) >= len(expected):
                break
            await self.page.wait_for_timeout(100)
        await self.looks()
        assert self.told == expected, self.told

    async def looks(self, times: int = 1) -> None:
        """Wait until the page has asked so many more times."""
        for _ in range(times):
            async with self.page.expect_response(lambda answer: "/data" in answer.url):
                pass
