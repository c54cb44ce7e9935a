"""What a source is told over time: the whole picture, changes alone, and each donation once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.qiwi.const import DOMAIN
from custom_components.qiwi.goals import async_hide_words
from tests.conftest import OTHER_NUMBER, OTHER_TOKEN
from tests.home import Home
from wallet_simulator import Simulator, Wallet

from .conftest import Serve, Source, goal_subentry

type Donate = Callable[..., Awaitable[None]]


def alerts(picture: Any) -> list[tuple[str, str | None]]:
    return [(alert["amount"], alert["message"]) for alert in picture["alerts"]]


async def test_a_donation_is_in_the_picture_and_an_alert(source: Source, donate: Donate) -> None:
    picture = await source.look()
    assert (picture["goal"]["raised"], picture["alerts"]) == ("0", [])
    await donate("100.10", comment="Привет!")
    picture = await source.look()
    assert (picture["goal"]["raised"], picture["goal"]["percent"]) == ("100.1", 10.0)
    assert picture["goal"]["last"] == {"amount": "100.1", "message": "Привет!"}
    assert alerts(picture) == [("100.1", "Привет!")]


async def test_three_times_a_hundred_roubles_ten_are_three_hundred_thirty(
    source: Source, donate: Donate
) -> None:
    await source.look()
    await donate("100.10", "100.10", "100.10")
    picture = await source.look()
    assert float(picture["goal"]["raised"]) == 300.30
    assert len(picture["alerts"]) == 3


async def test_what_has_not_changed_is_not_sent_again(source: Source, donate: Donate) -> None:
    first = await source.get()
    etag = first.headers["ETag"]
    again = await source.get(headers={"If-None-Match": etag})
    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", etag)
    await donate(1)
    changed = await source.get(headers={"If-None-Match": etag})
    assert (changed.status, changed.headers["ETag"] == etag) == (200, False)


async def test_a_restart_repeats_no_alert_and_loses_none(home: Home, source: Source, donate: Donate) -> None:
    await source.look()
    await donate(10)
    source.shown = (await source.look())["alerts"][0]["position"]
    await home.unload()
    home.wallet.pay(20)
    await home.add()
    picture = await source.look()
    assert alerts(picture) == [("20", None)]
    assert picture["goal"]["raised"] == "30"


async def test_two_browsers_each_see_every_donation_once(source: Source, donate: Donate) -> None:
    other = Source(source.client, source.secret)
    await source.look()
    await other.look()
    await donate(10)
    for each in (source, other):
        (alert,) = (await each.look())["alerts"]
        each.shown = alert["position"]
    for each in (source, other):
        assert alerts(await each.look()) == []


async def test_a_test_payment_is_shown_as_one_on_the_goals_of_its_wallet_and_moves_nothing(
    home: Home, source: Source, donate: Donate
) -> None:
    await source.look()
    await home.act("send_test_payment", amount=500, comment="Just a test")
    picture = await source.look()
    (alert,) = picture["alerts"]
    assert (alert["test"], alert["amount"], alert["message"]) == (True, "500", "Just a test")
    assert picture["goal"]["raised"] == "0"
    assert picture["goal"]["last"] is None
    source.shown = {**source.shown, "test": alert["position"]["test"]} if source.shown else None
    assert alerts(await source.look()) == []


async def test_a_test_payment_that_a_goal_would_not_count_is_not_shown_there(
    home: Home, serve: Serve, goal: ConfigSubentry
) -> None:
    picky = goal_subentry(name="Picky", min_amount="1000")
    home.hass.config_entries.async_add_subentry(home.entry, picky)
    client = await serve()
    sources = [Source(client, each.data["overlay_secret"]) for each in (goal, picky)]
    for each in sources:
        await each.look()
    await home.act("send_test_payment", amount=500)
    assert [len((await each.look())["alerts"]) for each in sources] == [1, 0]


async def test_a_test_payment_is_shown_on_the_goals_of_its_own_wallet_alone(
    home: Home, source: Source
) -> None:
    async with Simulator(Wallet(OTHER_NUMBER)) as simulator:
        simulator.wallet.add_token(OTHER_TOKEN)
        other = MockConfigEntry(
            domain=DOMAIN,
            unique_id=OTHER_NUMBER,
            title="QIWI •••• 0001",
            data={
                **home.entry.data,
                "api_token": OTHER_TOKEN,
                "api_url": simulator.url,
                "wallet": OTHER_NUMBER,
            },
        )
        other.add_to_hass(home.hass)
        await home.hass.config_entries.async_setup(other.entry_id)
        await home.rest()
        await source.look()
        await home.act("send_test_payment", device_id=other.runtime_data.device_id)
        assert alerts(await source.look()) == []
        await home.hass.config_entries.async_unload(other.entry_id)


async def test_a_person_takes_the_words_off_the_screen(
    home: Home, source: Source, goal: ConfigSubentry, donate: Donate
) -> None:
    await source.look()
    await donate(10, comment="rude")
    await async_hide_words(home.coordinator, goal.subentry_id)
    picture = await source.look()
    assert picture["goal"]["last"]["message"] is None
    assert alerts(picture) == [("10", None)]
    assert picture["hidden"] == picture["alerts"][0]["position"]["seq"]


async def test_the_wallet_is_asked_more_often_while_somebody_watches(
    home: Home, source: Source, freezer: FrozenDateTimeFactory
) -> None:
    coordinator = home.coordinator
    usual = coordinator.update_interval
    assert usual is not None
    await source.get()
    assert coordinator.update_interval == timedelta(seconds=15) < usual
    freezer.tick(timedelta(minutes=2))
    async_fire_time_changed(home.hass)
    await home.rest()
    assert coordinator.update_interval == usual
    # A wrong secret, the page and its files are nobody watching.
    await source.client.get("/api/qiwi/overlay")
    source.secret = "wrong"
    await source.get()
    assert coordinator.update_interval == usual
