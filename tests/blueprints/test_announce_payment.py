"""The blueprint that announces a payment: by a notification, by a voice outside quiet hours, in the user's language."""

import asyncio
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import ServiceCall, callback
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
)

from tests.home import Home

from .conftest import VOICE, User, own


async def test_a_payment_is_announced_by_a_notification_without_further_ado(home: Home, user: User) -> None:
    await user.use("announce_payment")
    home.wallet.pay("150.50", comment="for you", account="+79000000001")
    home.wallet.pay(20, "USD", kind="top_up")
    home.wallet.pay(3, kind="bill")
    home.wallet.pay(4, status="ERROR")
    await home.poll()
    assert user.told == [
        ("Payment received", "Received 150.50 RUB from •••• 0001: «for you»."),
        ("Payment received", "Received 20 USD."),
    ]
    assert user.spoken == []


async def test_an_announcement_is_in_russian_when_chosen(home: Home, user: User) -> None:
    await user.use("announce_payment", language="ru", **VOICE, quiet_from="00:00:00", quiet_until="00:00:00")
    home.wallet.pay(150, comment="на кофе", account="+79000000001")
    await home.poll()
    assert user.told == [("Платёж получен", "Получено 150 RUB от •••• 0001: «на кофе».")]
    assert [call.data["message"] for call in user.spoken] == ["Получено 150 ₽"]


@pytest.mark.parametrize(
    ("system", "inputs", "title", "message"),
    [
        ("ru", {}, "Платёж получен", "Получено 7\N{NO-BREAK SPACE}777,50 RUB."),
        ("ru", {"language": "auto"}, "Платёж получен", "Получено 7\N{NO-BREAK SPACE}777,50 RUB."),
        ("ru", {"language": "en"}, "Payment received", "Received 7\N{NO-BREAK SPACE}777.50 RUB."),
        ("en", {"language": "ru"}, "Платёж получен", "Получено 7\N{NO-BREAK SPACE}777,50 RUB."),
        ("en", {}, "Payment received", "Received 7\N{NO-BREAK SPACE}777.50 RUB."),
        # It shares its letters with Russian and not its words: like any other, it is told in English.
        ("bg", {}, "Payment received", "Received 7\N{NO-BREAK SPACE}777.50 RUB."),
    ],
)
async def test_without_a_choice_the_messages_are_in_home_assistants_language(
    home: Home, user: User, system: str, inputs: dict[str, str], title: str, message: str
) -> None:
    await home.hass.config.async_update(language=system)
    await user.use("announce_payment", **inputs)
    home.wallet.pay("7777.50", kind="top_up")
    await home.poll()
    assert user.told == [(title, message)]


async def test_a_payment_is_spoken_on_the_speakers(home: Home, user: User) -> None:
    loud = own(speech="{{ speech }}")
    await user.use(
        "announce_payment",
        **VOICE,
        quiet_from="03:00:00",
        quiet_until="03:00:00",
        speak_comment=True,
        loud_actions=loud,
    )
    home.wallet.pay(7, "EUR", comment="hello")
    await home.poll()
    assert [dict(call.data) for call in user.spoken] == [
        {
            "entity_id": ["tts.voice"],
            "media_player_entity_id": ["media_player.kitchen", "media_player.hall"],
            "message": "Received 7 €: «hello»",
        }
    ]
    assert user.ran == [{"speech": "Received 7 €: «hello»"}]


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "time", "speaks"),
    [
        ("22:00:00", "08:00:00", "21:59:59", True),
        ("22:00:00", "08:00:00", "22:00:00", False),
        ("22:00:00", "08:00:00", "23:59:59", False),
        ("22:00:00", "08:00:00", "00:00:00", False),
        ("22:00:00", "08:00:00", "07:59:59", False),
        ("22:00:00", "08:00:00", "08:00:00", True),
        ("13:00:00", "15:00:00", "12:59:59", True),
        ("13:00:00", "15:00:00", "14:00:00", False),
        ("13:00:00", "15:00:00", "15:00:00", True),
        ("00:00:00", "00:00:00", "00:00:00", True),
        ("12:00:00", "12:00:00", "03:00:00", True),
    ],
)
async def test_quiet_hours_silence_the_voice_and_not_the_notification(
    home: Home,
    user: User,
    freezer: FrozenDateTimeFactory,
    quiet_from: str,
    quiet_until: str,
    time: str,
    speaks: bool,
) -> None:
    await home.hass.config.async_set_time_zone("Asia/Novosibirsk")
    tomorrow = dt_util.start_of_local_day(dt_util.now() + timedelta(days=1))
    hours, minutes, seconds = map(int, time.split(":"))
    freezer.move_to(tomorrow.replace(hour=hours, minute=minutes, second=seconds).astimezone(dt_util.UTC))
    await user.use(
        "announce_payment",
        **VOICE,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        loud_actions=own(it="is loud"),
    )
    home.wallet.pay(1)
    await home.poll()
    assert len(user.told) == 1
    assert len(user.spoken) == len(user.ran) == speaks


async def test_one_speech_does_not_cut_off_another(home: Home, user: User) -> None:
    spoken: asyncio.Queue[str] = asyncio.Queue()

    @callback
    def speak(call: ServiceCall) -> None:
        spoken.put_nowait(call.data["message"])

    home.hass.services.async_register("tts", "speak", speak)
    await user.use(
        "announce_payment", **VOICE | {"pause": 100}, quiet_from="00:00:00", quiet_until="00:00:00"
    )
    home.wallet.pay(1)
    home.wallet.pay(2)
    await home.coordinator.async_refresh()
    assert await spoken.get() == "Received 1 ₽"
    for _ in range(1000):
        await asyncio.sleep(0)
    assert spoken.empty()
    async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(seconds=101))
    assert await spoken.get() == "Received 2 ₽"
    async_fire_time_changed(home.hass, dt_util.utcnow() + timedelta(seconds=202))
    await home.rest()


async def test_a_late_payment_is_told_with_its_time_and_not_spoken(home: Home, user: User) -> None:
    await home.hass.config.async_set_time_zone("Asia/Novosibirsk")
    await user.use("announce_payment", **VOICE, quiet_from="00:00:00", quiet_until="00:00:00")
    paid = home.simulator.clock() - timedelta(hours=3)
    home.wallet.pay(1, date=paid, account="")
    await home.poll()
    when = dt_util.as_local(paid).strftime("%d.%m.%Y %H:%M")
    assert user.told == [("Payment received", f"Received 1 RUB. Paid on {when}.")]
    assert user.spoken == []


async def test_a_failing_notification_does_not_silence_the_voice(home: Home, user: User) -> None:
    failing = [{"action": "persistent_notification.create", "data": {"title": "without a message"}}]
    await user.use(
        "announce_payment", **VOICE, quiet_from="00:00:00", quiet_until="00:00:00", notify_actions=failing
    )
    home.wallet.pay(1)
    await home.poll()
    assert len(user.spoken) == 1


async def test_an_announcement_has_its_filters(home: Home, user: User) -> None:
    await user.use(
        "announce_payment",
        least=100,
        currencies=["USD", "RUB"],
        comment_length=0,
        notify_actions=own(message="{{ message }}"),
    )
    home.wallet.pay("99.99")
    home.wallet.pay(100, comment="not shown", account="")
    home.wallet.pay(5000, "KZT")
    await home.poll()
    assert user.ran == [{"message": "Received 100 RUB."}]


async def test_a_possible_repetition_is_marked_or_left_out(home: Home, user: User) -> None:
    await user.use("announce_payment")
    row = home.wallet.pay(1, account="")
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [message for _, message in user.told] == [
        "Received 1 RUB.",
        "Received 1 RUB. This may have been announced before.",
    ]
