"""The blueprints, imported and used as Home Assistant does it, with payments from the simulator."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import persistent_notification
from homeassistant.core import Event, HomeAssistant, ServiceCall, callback
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)

from wallet_simulator import Simulator, Wallet

from .conftest import SetUp

FOLDER = Path(__file__).parent.parent / "blueprints" / "automation" / "qiwi"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
AUTOMATION = "automation.blueprint"
HOSTILE = (
    "{{ 7 * 7 }} {% set x %}{# y #} **bold** _it_ `code` # head\n\n- [here](https://example.com) ![](//example.com/x.png)"
    " <b>b</b><script>alert(1)</script> &lt; www.example.com @everyone ~~no~~ | \\ me_too@example.com"
)
HARMLESS = (
    "«｛｛ 7 ＊ 7 ｝｝ ｛% set x %｝｛＃ y ＃｝ ＊＊bold＊＊ ＿it＿ ｀code｀ ＃ head"
    " - ［here］(https:／／example.com) !［］(／／example.com/x.png)"
    " ＜b＞b＜/b＞＜script＞alert(1)＜/script＞ ＆lt; www．example.com ＠everyone ～～no～～ ｜ ＼ me＿too@example.com»"
)

type Use = Callable[..., Awaitable[None]]
type Act = Callable[..., Awaitable[None]]


@pytest.fixture
async def told(hass: HomeAssistant) -> list[tuple[str | None, str]]:
    """Return the title and the message of every notification, as the user sees them."""
    assert await async_setup_component(hass, "persistent_notification", {})
    told: list[tuple[str | None, str]] = []

    @callback
    def hear(update: Any, notifications: dict[str, Any]) -> None:
        if update is not persistent_notification.UpdateType.REMOVED:
            told.extend((each["title"], each["message"]) for each in notifications.values())

    persistent_notification.async_register_callback(hass, hear)
    return told


@pytest.fixture
def use(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, tmp_path: Path) -> Use:
    """Return a call that sets the wallet up and makes an automation of a blueprint with the given inputs."""

    async def use(name: str, **inputs: Any) -> None:
        shutil.copytree(FOLDER, tmp_path / "blueprints" / "automation" / "qiwi")
        await set_up()
        automation = {
            "alias": "Blueprint",
            "use_blueprint": {"path": f"qiwi/{name}.yaml", "input": inputs},
        }
        assert await async_setup_component(hass, "automation", {"automation": automation})
        await hass.async_block_till_done(wait_background_tasks=True)
        state = hass.states.get(AUTOMATION)
        assert state is not None and state.state == "on"
        assert (state.attributes["mode"], state.attributes["max"]) == ("queued", 10000)

    return use


@pytest.fixture
def act(hass: HomeAssistant) -> Act:
    """Return a call of one of the integration's own actions."""

    async def act(action: str, **data: Any) -> None:
        await hass.services.async_call("qiwi", action, data, blocking=True)
        await hass.async_block_till_done(wait_background_tasks=True)

    return act


@pytest.fixture
def poll(hass: HomeAssistant, entry: MockConfigEntry) -> Callable[[], Awaitable[None]]:
    """Return a call that polls the wallet, and lets what follows from it come to rest."""

    async def poll() -> None:
        await entry.runtime_data.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)

    return poll


@pytest.fixture
def ran(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the data of every event `ran`: what the user's own actions were given."""
    ran: list[dict[str, Any]] = []

    @callback
    def listen(event: Event[Any]) -> None:
        ran.append(event.data)

    hass.bus.async_listen("ran", listen)
    return ran


@pytest.fixture
def spoken(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what a voice was told to say."""
    return async_mock_service(hass, "tts", "speak")


def own(**data: str) -> list[dict[str, Any]]:
    """Return the user's own actions: they tell what they were given."""
    return [{"event": "ran", "event_data": data}]


VOICE = {"voice": "tts.voice", "speakers": ["media_player.kitchen", "media_player.hall"], "pause": 0}


async def test_a_payment_is_announced_by_a_notification_without_further_ado(
    wallet: Wallet, use: Use, poll: Any, told: list[Any], spoken: list[ServiceCall]
) -> None:
    await use("announce_payment")
    wallet.pay("150.50", comment="for you", account="+79000000001")
    wallet.pay(20, "USD", kind="top_up")
    wallet.pay(3, kind="bill")
    wallet.pay(4, status="ERROR")
    await poll()
    assert told == [
        ("Payment received", "Received 150.50 RUB from •••• 0001: «for you»."),
        ("Payment received", "Received 20 USD."),
    ]
    assert spoken == []


async def test_an_announcement_is_in_russian_when_chosen(
    wallet: Wallet, use: Use, poll: Any, told: list[Any], spoken: list[ServiceCall]
) -> None:
    await use("announce_payment", language="ru", **VOICE, quiet_from="00:00:00", quiet_until="00:00:00")
    wallet.pay(150, comment="на кофе", account="+79000000001")
    await poll()
    assert told == [("Платёж получен", "Получено 150 RUB от •••• 0001: «на кофе».")]
    assert [call.data["message"] for call in spoken] == ["Получено 150 ₽"]


async def test_a_payment_is_spoken_on_the_speakers(
    wallet: Wallet, use: Use, poll: Any, spoken: list[ServiceCall], ran: list[Any]
) -> None:
    loud = own(speech="{{ speech }}")
    await use(
        "announce_payment",
        **VOICE,
        quiet_from="03:00:00",
        quiet_until="03:00:00",
        speak_comment=True,
        loud_actions=loud,
    )
    wallet.pay(7, "EUR", comment="hello")
    await poll()
    assert [dict(call.data) for call in spoken] == [
        {
            "entity_id": ["tts.voice"],
            "media_player_entity_id": ["media_player.kitchen", "media_player.hall"],
            "message": "Received 7 €: «hello»",
        }
    ]
    assert ran == [{"speech": "Received 7 €: «hello»"}]


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
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    wallet: Wallet,
    use: Use,
    poll: Any,
    told: list[Any],
    spoken: list[ServiceCall],
    ran: list[Any],
    quiet_from: str,
    quiet_until: str,
    time: str,
    speaks: bool,
) -> None:
    await hass.config.async_set_time_zone("Asia/Novosibirsk")
    tomorrow = dt_util.start_of_local_day(dt_util.now() + timedelta(days=1))
    hours, minutes, seconds = map(int, time.split(":"))
    freezer.move_to(tomorrow.replace(hour=hours, minute=minutes, second=seconds).astimezone(dt_util.UTC))
    await use(
        "announce_payment",
        **VOICE,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        loud_actions=own(it="is loud"),
    )
    wallet.pay(1)
    await poll()
    assert len(told) == 1
    assert len(spoken) == len(ran) == speaks


async def test_one_speech_does_not_cut_off_another(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, use: Use
) -> None:
    spoken: asyncio.Queue[str] = asyncio.Queue()

    @callback
    def speak(call: ServiceCall) -> None:
        spoken.put_nowait(call.data["message"])

    hass.services.async_register("tts", "speak", speak)
    await use("announce_payment", **VOICE | {"pause": 100}, quiet_from="00:00:00", quiet_until="00:00:00")
    wallet.pay(1)
    wallet.pay(2)
    await entry.runtime_data.async_refresh()
    assert await spoken.get() == "Received 1 ₽"
    for _ in range(1000):
        await asyncio.sleep(0)
    assert spoken.empty()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=101))
    assert await spoken.get() == "Received 2 ₽"
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=202))
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_a_late_payment_is_told_with_its_time_and_not_spoken(
    hass: HomeAssistant,
    wallet: Wallet,
    simulator: Simulator,
    use: Use,
    poll: Any,
    told: list[Any],
    spoken: list[ServiceCall],
) -> None:
    await hass.config.async_set_time_zone("Asia/Novosibirsk")
    await use("announce_payment", **VOICE, quiet_from="00:00:00", quiet_until="00:00:00")
    paid = simulator.clock() - timedelta(hours=3)
    wallet.pay(1, date=paid, account="")
    await poll()
    when = dt_util.as_local(paid).strftime("%d.%m.%Y %H:%M")
    assert told == [("Payment received", f"Received 1 RUB. Paid on {when}.")]
    assert spoken == []


async def test_a_failing_notification_does_not_silence_the_voice(
    wallet: Wallet, use: Use, poll: Any, spoken: list[ServiceCall]
) -> None:
    failing = [{"action": "persistent_notification.create", "data": {"title": "without a message"}}]
    await use(
        "announce_payment", **VOICE, quiet_from="00:00:00", quiet_until="00:00:00", notify_actions=failing
    )
    wallet.pay(1)
    await poll()
    assert len(spoken) == 1


async def test_an_announcement_has_its_filters(
    entry: MockConfigEntry, wallet: Wallet, use: Use, poll: Any, ran: list[Any]
) -> None:
    await use(
        "announce_payment",
        least=100,
        currencies=["USD", "RUB"],
        comment_length=0,
        notify_actions=own(message="{{ message }}"),
    )
    wallet.pay("99.99")
    wallet.pay(100, comment="not shown", account="")
    wallet.pay(5000, "KZT")
    await poll()
    assert ran == [{"message": "Received 100 RUB."}]


async def test_a_possible_repetition_is_marked_or_left_out(
    hass: HomeAssistant, wallet: Wallet, use: Use, act: Act, poll: Any, told: list[Any]
) -> None:
    await use("announce_payment")
    row = wallet.pay(1, account="")
    await poll()
    await act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [message for _, message in told] == [
        "Received 1 RUB.",
        "Received 1 RUB. This may have been announced before.",
    ]


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("announce_payment", {"skip_duplicates": True}),
        ("alert_large_payment", {"skip_duplicates": True, "received_least": 0}),
        ("alert_failed_payment", {"skip_duplicates": True}),
        ("thank_for_payment", {}),
    ],
)
async def test_a_possible_repetition_can_be_left_out(
    hass: HomeAssistant,
    wallet: Wallet,
    use: Use,
    act: Act,
    poll: Any,
    told: list[Any],
    name: str,
    inputs: dict[str, Any],
) -> None:
    await use(name, **inputs)
    row = wallet.pay(1, status="ERROR" if name == "alert_failed_payment" else "SUCCESS")
    await poll()
    await act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert len(told) == 1


@pytest.mark.parametrize(
    ("name", "inputs", "title", "message"),
    [
        (
            "announce_payment",
            {},
            "Test: Payment received",
            "Received 100 RUB: «hello». This is a test, nobody paid.",
        ),
        (
            "announce_payment",
            {"language": "ru"},
            "Проверка: Платёж получен",
            "Получено 100 RUB: «hello». Это проверка, никто не платил.",
        ),
        (
            "thank_for_payment",
            {},
            "Test / Проверка: QIWI",
            "(Test / Проверка) Thank you for 100 RUB! «hello»",
        ),
        (
            "alert_large_payment",
            {"received_least": 100},
            "Test: Large payment",
            "Received 100 RUB: «hello». This is a test, nobody paid.",
        ),
    ],
)
async def test_a_test_payment_is_marked_as_one(
    use: Use, act: Act, told: list[Any], name: str, inputs: dict[str, Any], title: str, message: str
) -> None:
    await use(name, **inputs)
    await act("send_test_payment", amount=100, currency="RUB", comment="hello")
    assert told == [(title, message)]


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        ("announce_payment", {}),
        ("thank_for_payment", {}),
        ("alert_large_payment", {"received_least": 0}),
        ("alert_failed_payment", {}),
    ],
)
async def test_a_comment_is_only_ever_plain_text(
    wallet: Wallet, use: Use, poll: Any, told: list[Any], name: str, inputs: dict[str, Any]
) -> None:
    await use(name, comment_length=500, **inputs)
    wallet.pay(1, comment=HOSTILE, status="ERROR" if name == "alert_failed_payment" else "SUCCESS")
    await poll()
    ((_, message),) = told
    assert HARMLESS in message
    assert "\n" not in message


@pytest.mark.parametrize("comment", ["123", "None", "False", "[1, 2]", "{'a': 1}", "0", "'text'", "{amount}"])
async def test_a_comment_that_looks_like_a_value_stays_text(
    wallet: Wallet, use: Use, poll: Any, ran: list[Any], comment: str
) -> None:
    await use(
        "thank_for_payment",
        thanks="{comment} {amount}",
        send_actions=own(message="{{ message }}", quote="{{ quote }}"),
    )
    wallet.pay(1, comment=comment)
    await poll()
    shown = comment.translate(str.maketrans("[]{}", "［］｛｝"))
    assert ran == [{"message": f"«{shown}» 1 RUB", "quote": f"«{shown}»"}]


async def test_a_long_comment_is_shortened(wallet: Wallet, use: Use, poll: Any, told: list[Any]) -> None:
    await use("announce_payment", comment_length=10.0)
    wallet.pay(1, comment="0123456789", account="")
    wallet.pay(2, comment="0123456789 and more", account="")
    await poll()
    assert [message for _, message in told] == [
        "Received 1 RUB: «0123456789».",
        "Received 2 RUB: «012345678…».",
    ]


async def test_each_transfer_is_thanked_for_in_the_users_words(
    wallet: Wallet, simulator: Simulator, use: Use, poll: Any, ran: list[Any]
) -> None:
    await use(
        "thank_for_payment",
        thanks="Спасибо за {amount}! {comment}",
        least=10,
        send_actions=own(message="{{ message }}"),
    )
    wallet.pay(10, comment="привет")
    wallet.pay("20.05", "USD")
    wallet.pay(9)
    wallet.pay(500, kind="top_up")
    wallet.pay(600, date=simulator.clock() - timedelta(hours=25))
    wallet.pay(700, date=simulator.clock() - timedelta(hours=22))
    await poll()
    assert sorted(data["message"] for data in ran) == [
        "Спасибо за 10 RUB! «привет»",
        "Спасибо за 20.05 USD!",
        "Спасибо за 700 RUB!",
    ]


async def test_thanks_are_repeated_only_on_request(
    wallet: Wallet, use: Use, act: Act, poll: Any, told: list[Any]
) -> None:
    await use("thank_for_payment", repeat_thanks=True, currencies=["RUB"])
    row = wallet.pay(1)
    wallet.pay(2, "USD")
    await poll()
    await act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [message for _, message in told] == ["Thank you for 1 RUB!"] * 2


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, ["10000 RUB", "5000 RUB", "1 USD", "2 KZT"]),
        ({"received_least": 100, "watch_sent": False}, ["10000 RUB", "9999.99 RUB", "1 USD"]),
        ({"sent_least": 4999.99, "watch_received": False}, ["5000 RUB", "4999.99 RUB", "2 KZT"]),
        ({"watch_foreign": False}, ["10000 RUB", "5000 RUB"]),
        ({"foreign_least": 1.5}, ["10000 RUB", "5000 RUB", "2 KZT"]),
        (
            {"home_currency": "usd", "received_least": 1},
            ["10000 RUB", "9999.99 RUB", "5000 RUB", "4999.99 RUB", "1 USD", "2 KZT"],
        ),
    ],
)
async def test_a_large_or_foreign_payment_alerts(
    wallet: Wallet, use: Use, poll: Any, ran: list[Any], inputs: dict[str, Any], expected: list[str]
) -> None:
    await use("alert_large_payment", **inputs, alert_actions=own(money="{{ money }}"))
    wallet.pay(10000)
    wallet.pay("9999.99")
    wallet.pay(5000, kind="bill")
    wallet.pay("4999.99", kind="bill")
    wallet.pay(1, "USD")
    wallet.pay(2, "KZT", kind="bill")
    await poll()
    assert [data["money"] for data in ran] == expected


async def test_an_alert_says_what_was_paid_to_whom(
    wallet: Wallet, use: Use, poll: Any, told: list[Any]
) -> None:
    await use("alert_large_payment")
    wallet.pay(
        5000,
        kind="bill",
        provider={"id": 1, "shortName": "<b>MTS</b>"},
        account="9000000005",
        commission="12.50",
    )
    wallet.pay(3, "USD", account="+79000000001", comment="gift")
    await poll()
    assert told == [
        ("Large payment", "Sent 5000 RUB («＜b＞MTS＜/b＞», •••• 0005). Commission 12.50 RUB."),
        ("Payment in a foreign currency", "Received 3 USD («QIWI Кошелек», •••• 0001): «gift»."),
    ]


async def test_an_alert_is_in_russian_when_chosen(
    wallet: Wallet, simulator: Simulator, use: Use, act: Act, poll: Any, told: list[Any]
) -> None:
    await use("alert_large_payment", language="ru")
    paid = simulator.clock() - timedelta(hours=2)
    row = wallet.pay(3, "USD", account="+79000000001", date=paid)
    await poll()
    await act("replay_payment", transaction_id=row.transaction_id, direction="in")
    when = dt_util.as_local(paid).strftime("%d.%m.%Y %H:%M")
    message = f"Получено 3 USD («QIWI Кошелек», •••• 0001). Оплачено {when}."
    assert told == [
        ("Платёж в другой валюте", message),
        ("Платёж в другой валюте", f"{message} Возможно, об этом уже сообщалось."),
    ]


async def test_a_failed_payment_alerts(wallet: Wallet, use: Use, poll: Any, told: list[Any]) -> None:
    await use("alert_failed_payment", least=2)
    wallet.pay(150, kind="bill", provider=1, account="9000000005", status="ERROR")
    wallet.pay(20, "USD", status="ERROR", account="+79000000001", comment="gift")
    wallet.pay(1, status="ERROR")
    wallet.pay(3)
    wallet.pay(4, status="WAITING")
    await poll()
    assert told == [
        ("Payment failed", "150 RUB could not be sent («МТС», •••• 0005)."),
        ("Payment failed", "20 USD did not reach you («QIWI Кошелек», •••• 0001): «gift»."),
    ]


async def test_a_pending_payment_that_fails_at_last_alerts_in_russian(
    wallet: Wallet, use: Use, poll: Any, told: list[Any]
) -> None:
    await use("alert_failed_payment", language="ru", directions=["out"])
    row = wallet.pay(150, kind="bill", provider=1, account="9000000005", status="WAITING")
    wallet.pay(20, status="ERROR")
    await poll()
    assert told == []
    wallet.settle(row.transaction_id, "ERROR")
    await poll()
    assert told == [("Платёж не прошёл", "Не отправлены 150 RUB («МТС», •••• 0005).")]
