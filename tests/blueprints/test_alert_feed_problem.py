"""The blueprint that tells when payments stop arriving: the reason, once it lasts, and the end."""

import asyncio
from datetime import timedelta
import json
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
)

from tests.conftest import TOKEN
from tests.home import Home
from tests.story import FEED
from wallet_simulator import Fault

from .conftest import ROOT, User, own


@pytest.fixture
def news(hass: HomeAssistant) -> asyncio.Queue[tuple[str, str, str]]:
    """Return what the user's own actions are given, to be waited for: a run may go on waiting behind them."""
    news: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue()

    @callback
    def listen(event: Event[Any]) -> None:
        news.put_nowait((event.data["title"], event.data["message"], event.data["tag"]))

    hass.bus.async_listen("ran", listen)
    return news


def reason(language: str, key: str) -> str:
    """Return the words that the integration has for a reason."""
    texts = json.loads(
        (ROOT / "custom_components" / "qiwi" / "translations" / f"{language}.json").read_text()
    )
    attributes = texts["entity"]["binary_sensor"]["feed_problem"]["state_attributes"]
    return str(attributes["reason"]["state"][key])


TELL = own(title="{{ title }}", message="{{ message }}", tag="{{ tag }}")


async def test_a_feed_problem_that_lasts_is_told_with_its_reason_and_its_end(
    home: Home, user: User, news: asyncio.Queue[tuple[str, str, str]]
) -> None:
    await user.use("alert_feed_problem", feed=FEED, alert_actions=TELL)
    home.simulator.fault(Fault(kind="status", status=500))
    await home.coordinator.async_refresh()
    async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(minutes=14))
    await home.rest()
    assert news.empty()
    async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(minutes=16))
    assert await news.get() == (
        "Payments are not arriving",
        f"Payments of the wallet «QIWI •••• 0000» are not arriving. Reason: {reason('en', 'cannot_connect')}.",
        f"qiwi_{FEED}",
    )
    home.simulator.clear_faults()
    await home.coordinator.async_refresh()
    assert await news.get() == (
        "Payments are arriving again",
        "Payments of the wallet «QIWI •••• 0000» are arriving again; missed ones will be announced.",
        f"qiwi_{FEED}",
    )
    await home.rest()
    assert news.empty()


async def test_a_short_feed_problem_is_not_told(
    home: Home, user: User, news: asyncio.Queue[tuple[str, str, str]]
) -> None:
    await user.use("alert_feed_problem", feed=FEED, minutes=5, alert_actions=TELL)
    home.simulator.fault(Fault(kind="status", status=500))
    await home.poll()
    home.simulator.clear_faults()
    await home.poll()
    async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(minutes=6))
    await home.rest()
    assert news.empty()


async def test_a_new_token_ends_a_feed_problem_in_russian(
    home: Home, user: User, news: asyncio.Queue[tuple[str, str, str]]
) -> None:
    home.hass.config.language = "ru"
    await user.use("alert_feed_problem", feed=FEED, minutes=0, language="ru", alert_actions=TELL)
    home.wallet.revoke(TOKEN)
    await home.coordinator.async_refresh()
    assert (await news.get())[:2] == (
        "Платежи не приходят",
        f"Платежи кошелька «QIWI •••• 0000» не приходят. Причина: {reason('ru', 'invalid_auth')}.",
    )
    # Nothing is mended yet: what the sensor says after this reload waits for its turn and is over by then.
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    home.hass.config_entries.async_update_entry(
        home.entry, data={**home.entry.data, "api_token": home.wallet.add_token()}
    )
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    assert (await news.get())[0] == "Платежи снова приходят"
    await home.rest()
    assert news.empty()


async def test_a_feed_problem_is_told_by_a_notification_that_its_end_replaces(home: Home, user: User) -> None:
    await user.use("alert_feed_problem", feed=FEED, minutes=0)
    home.simulator.fault(Fault(kind="html"))
    await home.coordinator.async_refresh()
    home.simulator.clear_faults()
    await home.coordinator.async_refresh()
    await home.rest()
    assert [title for title, _ in user.told] == ["Payments are not arriving", "Payments are arriving again"]
    assert len(persistent_notification._async_get_or_create_notifications(home.hass)) == 1
