"""The blueprints of donation goals: celebrated with words, voice and light, and a session for each stream."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
import pytest

from tests.home import Home

from .conftest import VOICE, User, own

FAST = {"lights": ["light.desk"], "flashes": 2, "beat": 0}


@pytest.fixture
def shone(hass: HomeAssistant) -> list[tuple[str, Any]]:
    """Return what lights and scenes were told to do, in order."""
    shone: list[tuple[str, Any]] = []

    async def note(call: ServiceCall) -> None:
        shone.append((f"{call.domain}.{call.service}", dict(call.data)))

    for domain, service in (
        ("scene", "create"),
        ("scene", "turn_on"),
        ("light", "turn_on"),
        ("light", "turn_off"),
    ):
        hass.services.async_register(domain, service, note)
    return shone


def device_of(home: Home, goal: Any) -> str:
    device = dr.async_get(home.hass).async_get_device_by_identifier(
        ("qiwi", goal.subentry_id), home.entry.entry_id
    )
    assert device is not None
    return device.id


async def test_a_goal_that_is_reached_is_celebrated(home: Home, user: User, shone: list[Any]) -> None:
    await home.add_goal(target="1000.50")
    await user.use("celebrate_goal", **VOICE, **FAST, own_actions=own(speech="{{ speech }}"))
    home.wallet.pay(1000)
    await home.poll()
    assert user.told == []
    home.wallet.pay(234.5)
    await home.poll()
    home.wallet.pay(500)
    await home.poll()
    assert user.told == [("Goal reached", "«Camera»: 1\xa0234.50 ₽ of 1\xa0000.50 ₽ raised.")]
    assert [call.data["message"] for call in user.spoken] == ["Goal reached: «Camera», 1\xa0234.50 ₽ raised"]
    assert user.ran == [{"speech": "Goal reached: «Camera», 1\xa0234.50 ₽ raised"}]
    flash = [
        (
            "light.turn_on",
            {"entity_id": ["light.desk"], "rgb_color": [255, 170, 0], "brightness_pct": 100, "transition": 0},
        ),
        ("light.turn_off", {"entity_id": ["light.desk"], "transition": 0}),
    ]
    assert shone == [
        ("scene.create", {"scene_id": "before_blueprint", "snapshot_entities": ["light.desk"]}),
        *flash,
        *flash,
        ("scene.turn_on", {"entity_id": ["scene.before_blueprint"]}),
    ]


async def test_without_voice_and_lights_a_notification_is_all(
    home: Home, user: User, shone: list[Any]
) -> None:
    await home.add_goal(name="**Bold** <b>", currency="USD")
    await user.use("celebrate_goal", language="ru")
    home.wallet.pay(1500, "USD")
    await home.poll()
    assert user.told == [("Цель достигнута", "«＊＊Bold＊＊ ＜b＞»: собрано 1\xa0500 $ из 300,30 $.")]
    assert (user.spoken, shone) == ([], [])


async def test_each_milestone_is_celebrated_for_the_goals_that_are_chosen(
    home: Home, user: User, shone: list[Any]
) -> None:
    camera = await home.add_goal(milestones=["100", "200"])
    await home.add_goal(name="Light", milestones=["50"])
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    await user.use("celebrate_milestone", goals=[device_of(home, camera)], **VOICE, **FAST)
    home.wallet.pay(250)
    await home.poll()
    assert user.told == [
        ("Milestone passed", "«Camera»: past 100 ₽, 250 ₽ of 300.30 ₽ raised."),
        ("Milestone passed", "«Camera»: past 200 ₽, 250 ₽ of 300.30 ₽ raised."),
    ]
    assert [call.data["message"] for call in user.spoken] == [
        "«Camera»: 100 ₽ raised",
        "«Camera»: 200 ₽ raised",
    ]
    assert [what for what, _ in shone].count("scene.turn_on") == 2


@pytest.mark.parametrize(("skips", "count"), [(True, 1), (False, 2)])
async def test_a_possible_repetition_is_told_as_such_or_left_out(
    home: Home, user: User, skips: bool, count: int
) -> None:
    await user.use("celebrate_donation", skip_duplicates=skips)
    row = home.wallet.pay(10, comment="hello")
    await home.poll()
    await home.act("replay_payment", transaction_id=str(row.transaction_id), direction="in")
    messages = [
        ("Donation", "10 ₽: «hello»."),
        ("Donation", "10 ₽: «hello». This may have been told before."),
    ]
    assert user.told == messages[:count]


async def test_a_donation_is_celebrated_and_its_words_are_spoken_only_when_asked_for(
    home: Home, user: User, shone: list[Any]
) -> None:
    await user.use("celebrate_donation", **VOICE, **FAST, speak_comment=True, least=5, language="ru")
    home.wallet.pay(150.5, comment="[привет](http://example.com)")
    home.wallet.pay(4, comment="too little")
    home.wallet.pay(100, kind="top_up")
    await home.poll()
    await home.act("send_test_payment", amount=7)
    assert user.told == [
        ("Пожертвование", "150,50 ₽: «［привет］(http:／／example.com)»."),
        ("Проверка: Пожертвование", "7 ₽. Это проверка, никто не платил."),
    ]
    assert [call.data["message"] for call in user.spoken] == [
        "Пожертвование 150,50 ₽: «［привет］(http:／／example.com)»",
        "Проверка. Пожертвование 7 ₽",
    ]
    assert [what for what, _ in shone].count("light.turn_on") == 4


async def test_a_stream_begins_a_session_and_a_break_does_not(
    home: Home, user: User, freezer: FrozenDateTimeFactory
) -> None:
    camera = await home.add_goal()
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    live = "binary_sensor.live"
    home.hass.states.async_set(live, "off")
    await user.use(
        "start_session_with_stream",
        stream=live,
        goals=[device_of(home, camera)],
        then_actions=own(said="live"),
    )

    async def sessions_after(minutes: int, state: str) -> int:
        freezer.tick(timedelta(minutes=minutes))
        home.hass.states.async_set(live, state)
        await home.rest()
        return len((await home.act("get_sessions"))["sessions"])

    assert await sessions_after(60, "on") == 1
    assert await sessions_after(30, "off") == 1
    # The line broke for a while.
    assert await sessions_after(14, "on") == 1
    assert await sessions_after(30, "off") == 1
    assert await sessions_after(15, "on") == 2
    # Home Assistant was started anew in mid-stream.
    assert await sessions_after(30, "unavailable") == 2
    assert await sessions_after(30, "on") == 2
    assert user.ran == [{"said": "live"}, {"said": "live"}]
