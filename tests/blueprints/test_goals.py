"""The blueprints of donation goals: celebrated with words, voice and light, and a session for each stream."""

from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.conftest import Act, AddGoal
from tests.story import poll
from wallet_simulator import Wallet

from .conftest import VOICE, Use, own

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


def device_of(hass: HomeAssistant, entry: MockConfigEntry, goal: Any) -> str:
    device = dr.async_get(hass).async_get_device_by_identifier(("qiwi", goal.subentry_id), entry.entry_id)
    assert device is not None
    return device.id


async def test_a_goal_that_is_reached_is_celebrated(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    use: Use,
    add_goal: AddGoal,
    told: list[Any],
    spoken: list[ServiceCall],
    shone: list[Any],
    ran: list[Any],
) -> None:
    await add_goal(entry, target="1000.50")
    await use("celebrate_goal", **VOICE, **FAST, own_actions=own(speech="{{ speech }}"))
    wallet.pay(1000)
    await poll(hass, entry)
    assert told == []
    wallet.pay(234.5)
    await poll(hass, entry)
    wallet.pay(500)
    await poll(hass, entry)
    assert told == [("Goal reached", "«Camera»: 1\xa0234.50 ₽ of 1\xa0000.50 ₽ raised.")]
    assert [call.data["message"] for call in spoken] == ["Goal reached: «Camera», 1\xa0234.50 ₽ raised"]
    assert ran == [{"speech": "Goal reached: «Camera», 1\xa0234.50 ₽ raised"}]
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
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    use: Use,
    add_goal: AddGoal,
    told: list[Any],
    spoken: list[ServiceCall],
    shone: list[Any],
) -> None:
    await add_goal(entry, name="**Bold** <b>", currency="USD")
    await use("celebrate_goal", language="ru")
    wallet.pay(1500, "USD")
    await poll(hass, entry)
    assert told == [("Цель достигнута", "«＊＊Bold＊＊ ＜b＞»: собрано 1\xa0500 $ из 300,30 $.")]
    assert (spoken, shone) == ([], [])


async def test_each_milestone_is_celebrated_for_the_goals_that_are_chosen(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    use: Use,
    add_goal: AddGoal,
    told: list[Any],
    spoken: list[ServiceCall],
    shone: list[Any],
) -> None:
    camera = await add_goal(entry, milestones=["100", "200"])
    await add_goal(entry, name="Light", milestones=["50"])
    await hass.config_entries.async_setup(entry.entry_id)
    await use("celebrate_milestone", goals=[device_of(hass, entry, camera)], **VOICE, **FAST)
    wallet.pay(250)
    await poll(hass, entry)
    assert told == [
        ("Milestone passed", "«Camera»: past 100 ₽, 250 ₽ of 300.30 ₽ raised."),
        ("Milestone passed", "«Camera»: past 200 ₽, 250 ₽ of 300.30 ₽ raised."),
    ]
    assert [call.data["message"] for call in spoken] == ["«Camera»: 100 ₽ raised", "«Camera»: 200 ₽ raised"]
    assert [what for what, _ in shone].count("scene.turn_on") == 2


@pytest.mark.parametrize(("skips", "count"), [(True, 1), (False, 2)])
async def test_a_possible_repetition_is_told_as_such_or_left_out(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    use: Use,
    act: Act,
    told: list[Any],
    skips: bool,
    count: int,
) -> None:
    await use("celebrate_donation", skip_duplicates=skips)
    row = wallet.pay(10, comment="hello")
    await poll(hass, entry)
    await act("replay_payment", transaction_id=str(row.transaction_id), direction="in")
    messages = [
        ("Donation", "10 ₽: «hello»."),
        ("Donation", "10 ₽: «hello». This may have been told before."),
    ]
    assert told == messages[:count]


async def test_a_donation_is_celebrated_and_its_words_are_spoken_only_when_asked_for(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    use: Use,
    act: Act,
    told: list[Any],
    spoken: list[ServiceCall],
    shone: list[Any],
) -> None:
    await use("celebrate_donation", **VOICE, **FAST, speak_comment=True, least=5, language="ru")
    wallet.pay(150.5, comment="[привет](http://example.com)")
    wallet.pay(4, comment="too little")
    wallet.pay(100, kind="top_up")
    await poll(hass, entry)
    await act("send_test_payment", amount=7)
    assert told == [
        ("Пожертвование", "150,50 ₽: «［привет］(http:／／example.com)»."),
        ("Проверка: Пожертвование", "7 ₽. Это проверка, никто не платил."),
    ]
    assert [call.data["message"] for call in spoken] == [
        "Пожертвование 150,50 ₽: «［привет］(http:／／example.com)»",
        "Проверка. Пожертвование 7 ₽",
    ]
    assert [what for what, _ in shone].count("light.turn_on") == 4


async def test_a_stream_begins_a_session_and_a_break_does_not(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    use: Use,
    add_goal: AddGoal,
    act: Act,
    ran: list[Any],
) -> None:
    camera = await add_goal(entry)
    await hass.config_entries.async_setup(entry.entry_id)
    live = "binary_sensor.live"
    hass.states.async_set(live, "off")
    await use(
        "start_session_with_stream",
        stream=live,
        goals=[device_of(hass, entry, camera)],
        then_actions=own(said="live"),
    )

    async def sessions_after(minutes: int, state: str) -> int:
        freezer.tick(timedelta(minutes=minutes))
        hass.states.async_set(live, state)
        await hass.async_block_till_done(wait_background_tasks=True)
        return len((await act("get_sessions"))["sessions"])

    assert await sessions_after(60, "on") == 1
    assert await sessions_after(30, "off") == 1
    # The line broke for a while.
    assert await sessions_after(14, "on") == 1
    assert await sessions_after(30, "off") == 1
    assert await sessions_after(15, "on") == 2
    # Home Assistant was started anew in mid-stream.
    assert await sessions_after(30, "unavailable") == 2
    assert await sessions_after(30, "on") == 2
    assert ran == [{"said": "live"}, {"said": "live"}]
