"""How the overlay and its studio look: every theme at every size, each option, and the pictures of the documentation."""

from contextlib import AbstractAsyncContextManager
from io import BytesIO
from itertools import pairwise
import os
import re
from time import monotonic
from typing import Any, Final

from PIL import Image
from playwright.async_api import Page, expect
import pytest
import pytest_asyncio

from custom_components.qiwi.overlay.files import FOLDER
from real_home_assistant.process import ROOT

from .source import PATH, Source
from .stage import Stage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("wallet_there")]

THEMES: Final = re.findall(
    r'"(\w+)"', re.findall(r"THEMES = \[(.*)\]", (FOLDER / "settings.js").read_text())[0]
)
SIZES: Final = ((300, 160), (480, 320), (800, 300), (1280, 420), (1920, 1080))
SCREENSHOTS: Final = os.environ.get("SCREENSHOTS")
# As a game would be behind it, so that the pictures show what is see-through.
BACKGROUND: Final = """
document.documentElement.style.background = `radial-gradient(60% 90% at 78% 18%, #ffbe78d9, transparent 60%),
radial-gradient(50% 70% at 15% 85%, #28c8be8c, transparent 65%), linear-gradient(160deg, #2b1d5e, #7a2f7c 55%, #c9505f)`
"""
# What of the page is outside of the source, or wider than its place.
OUTSIDE: Final = """
() => [...document.querySelectorAll("#goal, #goal > *, #alert, #alert p")].filter((each) => {
  const box = each.getBoundingClientRect();
  return box.width && (box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1);
}).map((each) => each.className || each.id)
"""
LONG_NAME: Final = "Очень длинное название цели, которое никак не помещается в одну строку: " * 3
LONG_MESSAGE: Final = "Ooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooh " * 4
PICTURED: Final = (800, 300)
FRAMES: Final = 36 if SCREENSHOTS else 3


@pytest_asyncio.fixture(loop_scope="session")
async def wallet_there(stage: Stage) -> None:
    """Have the integration loaded."""
    await stage.add_wallet()


async def keep(page: Page, name: str) -> None:
    """Take a picture for the documentation, if pictures are wanted."""
    if SCREENSHOTS:
        await page.screenshot(path=ROOT / SCREENSHOTS / f"{name}.png", animations="disabled")


async def donate(page: Page, amount: float, message: str | None = None, donations: int = 1) -> None:
    """Make donations up, as the studio does."""
    await page.evaluate(
        "donation => postMessage(donation, location.origin)",
        {"donations": donations, "amount": amount, "message": message},
    )


def preview(stage: Stage, query: str = "", **options: Any) -> AbstractAsyncContextManager[Source]:
    """Open the preview, which waits for donations to be made up."""
    return Source.open(stage.browser, stage.home, f"preview=still&alert_seconds=2&{query}", **options)


@pytest.mark.parametrize("theme", THEMES)
async def test_every_theme_fits_every_size_whatever_is_written(stage: Stage, theme: str) -> None:
    async with preview(stage, f"theme={theme}&motion=0") as source:
        page = source.page
        await page.evaluate(BACKGROUND)
        alert = page.locator("#alert")
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            await donate(page, 500, "For the new graphics card!")
            await expect(alert).to_be_visible()
            assert await page.evaluate(OUTSIDE) == [], (width, height)
            if (width, height) == PICTURED:
                await keep(page, f"overlay-{theme}")
            await expect(alert).to_be_hidden()
        await page.evaluate("name => { document.querySelector('#goal .name').textContent = name }", LONG_NAME)
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            await donate(page, 12_345_678.9, LONG_MESSAGE)
            await page.evaluate(
                "name => { document.querySelector('#goal .name').textContent = name }", LONG_NAME
            )
            await expect(alert.locator(".message")).to_contain_text("Oooo")
            assert await page.evaluate(OUTSIDE) == [], (width, height)
            await expect(alert).to_be_hidden()


async def test_the_preview_plays_by_itself_and_asks_for_no_secret_and_no_data(stage: Stage) -> None:
    async with Source.open(stage.browser, stage.home, "preview&alert_seconds=2") as source:
        await expect(source.page.locator("#alert")).to_be_visible()
        await expect(source.part(".name")).to_have_text("A new gaming PC")
        assert not [url for url in source.requests if "/data" in url]


async def test_the_page_is_see_through(stage: Stage) -> None:
    async with preview(stage, "theme=minimal") as source:
        await expect(source.page.locator("#goal")).to_be_visible()
        picture = Image.open(BytesIO(await source.page.screenshot(omit_background=True)))
        corner = picture.convert("RGBA").getpixel((2, 2))
        assert corner == (0, 0, 0, 0)


async def test_each_part_can_be_left_out(stage: Stage) -> None:
    parts = {"bar": ".bar", "milestones": ".marks", "last": ".last"}
    for left_out in parts:
        async with preview(stage, f"{left_out}=0") as source:
            await expect(source.page.locator("#goal")).to_be_visible()
            hidden = {"milestones": {"milestones"}, "bar": {"bar", "milestones"}, "last": {"last"}}[left_out]
            for part, selector in parts.items():
                assert await source.part(selector).is_hidden() is (part in hidden), (left_out, part)
    async with preview(stage, "bar=0&last=off") as source:
        await donate(source.page, 5)
        await expect(source.page.locator("#alert")).to_be_visible()
        await expect(source.page.locator("#goal")).to_be_hidden()
    async with preview(stage, "alerts=false") as source:
        await donate(source.page, 50)
        await source.has_raised("₽23,500")
        await expect(source.page.locator("#alert")).to_be_hidden()
    async with preview(stage, "messages=no") as source:
        await donate(source.page, 50, "words")
        await expect(source.page.locator("#alert")).to_be_visible()
        assert "words" not in await source.page.locator("body").inner_text()


async def test_sums_and_words_are_those_of_the_language(stage: Stage) -> None:
    async with preview(stage, "language=ru") as source:
        await source.has_raised("23\u00a0450\u00a0₽")
        await donate(source.page, 77.7, donations=1)
        await expect(source.page.locator("#alert .amount")).to_have_text("77,70\u00a0₽")
        await expect(source.page.locator("#alert .headline")).to_have_text("Новый донат")
        await expect(source.page.locator("#alert")).to_be_hidden()
        for count, words in ((21, "21 донат"), (22, "22 доната"), (25, "25 донатов")):
            await donate(source.page, 1, donations=count)
            await expect(source.page.locator("#alert .headline")).to_have_text(words)
            await expect(source.page.locator("#alert")).to_be_hidden()
    async with preview(stage, "language=xx") as source:
        await source.has_raised("₽23,450")


@pytest.mark.parametrize(
    ("accent", "shown", "on_it"),
    [
        ("e85dff", "#e85dff", "#14161c"),
        ("%2300f", "#00f", "#ffffff"),
        ("red", None, None),
        ("}*{x:url(//a)", None, None),
    ],
)
async def test_the_accent_is_a_colour_or_nothing(
    stage: Stage, accent: str, shown: str | None, on_it: str | None
) -> None:
    async with preview(stage, f"accent={accent}") as source:
        await expect(source.page.locator("#goal")).to_be_visible()
        read = "name => document.documentElement.style.getPropertyValue(name) || null"
        assert await source.page.evaluate(read, "--accent") == shown
        assert await source.page.evaluate(read, "--on-accent") == on_it


async def test_it_is_silent_until_it_is_asked_to_sound(stage: Stage) -> None:
    for query, volume in (("", None), ("sound=0", None), ("sound=1&volume=30", 0.3), ("sound", 0.6)):
        async with preview(stage, query) as source:
            await source.page.evaluate(
                "Audio.prototype.play = async function () { window.played = this.volume; }"
            )
            await donate(source.page, 5)
            await expect(source.page.locator("#alert")).to_be_visible()
            assert await source.page.evaluate("window.played ?? null") == volume


async def test_whoever_wants_no_motion_gets_none(stage: Stage) -> None:
    moving = "document.getAnimations().length > 0"
    for options in ({"query": "motion=0"}, {"reduced_motion": "reduce"}):
        async with preview(stage, **options) as source:
            await donate(source.page, 5)
            await expect(source.page.locator("#alert")).to_be_visible()
            assert not await source.page.evaluate(moving)
            assert await source.page.locator(".confetti").count() == 0
    async with preview(stage) as source:
        await donate(source.page, 5)
        await expect(source.page.locator("#alert")).to_be_visible()
        assert await source.page.evaluate(moving)


async def test_the_goal_lies_where_it_is_wanted(stage: Stage) -> None:
    for query, below in (("", True), ("position=top", False)):
        async with preview(stage, query) as source:
            await expect(source.page.locator("#goal")).to_be_visible()
            box = await source.page.locator("#goal").bounding_box()
            assert box is not None and (box["y"] > 200) is below


async def test_a_studio_puts_the_address_together(stage: Stage) -> None:
    async with Source.open(
        stage.browser, stage.home, secret="abc", path=f"{PATH}/studio", width=1440, height=900
    ) as studio:
        page = studio.page
        frame = page.frame_locator("iframe")
        await expect(frame.locator("#goal")).to_be_visible()
        await page.get_by_text("Neon").click()
        await expect(frame.locator("html")).to_have_attribute("data-theme", "neon")
        await page.locator(".accent[title='#2fd37a']").click()
        await page.get_by_label("Milestones").uncheck()
        await page.get_by_label("Sound").check()
        await page.get_by_label("From this amount on").fill("100")
        await page.get_by_role("button", name="1280 × 420").click()
        address = f"{stage.home.url}{PATH}?theme=neon&language=en&accent=2fd37a&milestones=0&alert_min=100&sound=1#abc"
        await expect(page.get_by_label("The address for OBS")).to_have_value(address)
        await expect(frame.locator(".marks")).to_be_hidden()
        await page.get_by_role("button", name="A large one").click()
        await expect(frame.locator("#alert .amount")).to_have_text("₽5,000")
        await page.get_by_role("button", name="Copy").click()
        await expect(page.locator("#hint")).to_contain_text("Copied")
        assert await page.evaluate("getSelection().toString() || document.activeElement.value") == address
        await keep(page, "overlay-studio")


async def test_a_studio_without_a_secret_says_where_to_get_one(stage: Stage) -> None:
    for language, words in (("en", "Change donation goal"), ("ru", "Изменить цель сбора")):
        async with Source.open(
            stage.browser, stage.home, f"language={language}", path=f"{PATH}/studio"
        ) as studio:
            await expect(studio.page.locator("#hint")).to_contain_text(words)
            await expect(studio.page.locator("#copy")).to_be_disabled()


async def test_the_studio_shows_twenty_at_once_and_nasty_words_as_text(stage: Stage) -> None:
    async with Source.open(stage.browser, stage.home, path=f"{PATH}/studio", width=390, height=844) as studio:
        page = studio.page
        frame = page.frame_locator("iframe")
        await expect(frame.locator("#goal")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_role("button", name="Twenty at once").click()
        await expect(frame.locator("#alert .headline")).to_have_text("20 donations")
        await expect(frame.locator("#alert .amount")).to_have_text("₽2,000")
        await page.get_by_role("button", name="A nasty comment").click()
        await expect(frame.locator("#alert .message")).to_contain_text("<b>", timeout=20_000)
        assert await frame.locator("#alert .message *").count() == 0


async def test_a_donation_arriving_is_filmed(stage: Stage) -> None:
    async with preview(stage, "alert_seconds=3", width=720, height=300) as source:
        page = source.page
        # Of one colour: what does not change from picture to picture costs nothing.
        await page.evaluate("document.documentElement.style.background = '#3a2a6b'")
        await expect(page.locator("#goal")).to_be_visible()
        frames = [await shot(page)]
        await donate(page, 2500, "For the new graphics card!")
        frames += [await shot(page) for _ in range(FRAMES)]
        assert frames[0][1].tobytes() != frames[-1][1].tobytes()
        if SCREENSHOTS:
            film(frames)


async def shot(page: Page) -> tuple[float, Image.Image]:
    """Return a moment and what is seen then."""
    return monotonic(), Image.open(BytesIO(await page.screenshot())).convert("RGB")


def film(frames: list[tuple[float, Image.Image]]) -> None:
    """Write an animated PNG that goes on for ever, as fast as it was."""
    assert SCREENSHOTS is not None
    moments, pictures = zip(*frames, strict=True)
    durations = [round((after - before) * 1000) for before, after in pairwise(moments)]
    pictures[0].save(
        ROOT / SCREENSHOTS / "overlay.png",
        save_all=True,
        append_images=pictures[1:],
        duration=[1000, *durations[1:], 1200],
        loop=0,
    )
