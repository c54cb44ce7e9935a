"""The blueprints of payments: told, thanked for, acted on."""

import asyncio
from datetime import timedelta
import json
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import persistent_notification
from homeassistant.core import Event, HomeAssistant, ServiceCall, callback
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
)

from tests.conftest import TOKEN
from tests.home import Home
from tests.story import FEED
from wallet_simulator import Fault

from .conftest import AUTOMATION, ROOT, VOICE, User, own

HOSTILE = (
    "{{ 7 * 7 }} {% set x %}{# y #} **bold** _it_ `code` # head\n\n- [here](https://example.com) ![](//example.com/x.png)"
    " <b>b</b><script>alert(1)</script> &lt; www.example.com @everyone ~~no~~ | \\ me_too@example.com"
)
HARMLESS = (
    "«｛｛ 7 ＊ 7 ｝｝ ｛% set x %｝｛＃ y ＃｝ ＊＊bold＊＊ ＿it＿ ｀code｀ ＃ head"
    " - ［here］(https:／／example.com) !［］(／／example.com/x.png)"
    " ＜b＞b＜/b＞＜script＞alert(1)＜/script＞ ＆lt; www．example.com ＠everyone ～～no～～ ｜ ＼ me＿too@example.com»"
)


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
    home: Home, user: User, name: str, inputs: dict[str, Any]
) -> None:
    await user.use(name, **inputs)
    row = home.wallet.pay(1, status="ERROR" if name == "alert_failed_payment" else "SUCCESS")
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert len(user.told) == 1


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
    home: Home, user: User, name: str, inputs: dict[str, Any], title: str, message: str
) -> None:
    await user.use(name, **inputs)
    await home.act("send_test_payment", amount=100, currency="RUB", comment="hello")
    assert user.told == [(title, message)]


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
    home: Home, user: User, name: str, inputs: dict[str, Any]
) -> None:
    await user.use(name, comment_length=500, **inputs)
    home.wallet.pay(1, comment=HOSTILE, status="ERROR" if name == "alert_failed_payment" else "SUCCESS")
    await home.poll()
    ((_, message),) = user.told
    assert HARMLESS in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "inputs", "hours"),
    [
        ("handle_order", {"price": 1}, 0),
        ("handle_order", {"price": 1, "hours": 1, "language": "ru"}, 2),
        ("start_script_by_code", {"code": "bold", "script": "script.lamp"}, 2),
        ("start_script_by_code", {"code": "bold", "script": "script.lamp", "language": "ru"}, 2),
    ],
)
async def test_a_comment_of_an_order_or_for_a_script_is_only_ever_plain_text(
    home: Home, user: User, name: str, inputs: dict[str, Any], hours: int
) -> None:
    await make_script(home.hass)
    await user.use(name, **inputs)
    home.wallet.pay(1, comment=HOSTILE, date=home.simulator.clock() - timedelta(hours=hours))
    await home.poll()
    ((_, message),) = user.told
    assert f"{HARMLESS[:200]}…»." in message


async def test_the_address_of_an_order_is_shown_without_markup_and_given_as_it_is(
    home: Home, user: User
) -> None:
    await user.use("handle_order", price=1, order_actions=own(email="{{ email }}", message="{{ message }}"))
    home.wallet.pay(1, comment="_a_@example.com")
    home.wallet.pay(1, comment="a_b@example.com")
    await home.poll()
    assert [data["email"] for data in user.ran] == ["_a_@example.com", "a_b@example.com"]
    assert user.ran[0]["message"].endswith("Address: ＿a＿@example.com")
    assert user.ran[1]["message"].endswith("Address: a_b@example.com")


@pytest.mark.parametrize("comment", ["123", "None", "False", "[1, 2]", "{'a': 1}", "0", "'text'", "{amount}"])
async def test_a_comment_that_looks_like_a_value_stays_text(home: Home, user: User, comment: str) -> None:
    await user.use(
        "thank_for_payment",
        thanks="{comment} {amount}",
        send_actions=own(message="{{ message }}", quote="{{ quote }}"),
    )
    home.wallet.pay(1, comment=comment)
    await home.poll()
    shown = comment.translate(str.maketrans("[]{}", "［］｛｝"))
    assert user.ran == [{"message": f"«{shown}» 1 RUB", "quote": f"«{shown}»"}]


async def test_a_long_comment_is_shortened(home: Home, user: User) -> None:
    await user.use("announce_payment", comment_length=10.0)
    home.wallet.pay(1, comment="0123456789", account="")
    home.wallet.pay(2, comment="0123456789 and more", account="")
    await home.poll()
    assert [message for _, message in user.told] == [
        "Received 1 RUB: «0123456789».",
        "Received 2 RUB: «012345678…».",
    ]


async def test_each_transfer_is_thanked_for_in_the_users_words(home: Home, user: User) -> None:
    await user.use(
        "thank_for_payment",
        thanks="Спасибо за {amount}! {comment}",
        least=10,
        max_age={"hours": 12},
        send_actions=own(message="{{ message }}"),
    )
    home.wallet.pay(10, comment="привет")
    home.wallet.pay("20.05", "USD")
    home.wallet.pay(9)
    home.wallet.pay(500, kind="top_up")
    home.wallet.pay(600, date=home.simulator.clock() - timedelta(hours=13))
    home.wallet.pay(700, date=home.simulator.clock() - timedelta(hours=11))
    await home.poll()
    assert sorted(data["message"] for data in user.ran) == [
        "Спасибо за 10 RUB! «привет»",
        "Спасибо за 20.05 USD!",
        "Спасибо за 700 RUB!",
    ]


async def test_thanks_are_repeated_only_on_request(home: Home, user: User) -> None:
    await user.use("thank_for_payment", repeat_thanks=True, currencies=["RUB"])
    row = home.wallet.pay(1)
    home.wallet.pay(2, "USD")
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [message for _, message in user.told] == ["Thank you for 1 RUB!"] * 2


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, ["10\N{NO-BREAK SPACE}000 RUB", "5\N{NO-BREAK SPACE}000 RUB", "1 USD", "2 KZT"]),
        (
            {"received_least": 100, "watch_sent": False},
            ["10\N{NO-BREAK SPACE}000 RUB", "9\N{NO-BREAK SPACE}999.99 RUB", "1 USD"],
        ),
        (
            {"sent_least": 4999.99, "watch_received": False},
            ["5\N{NO-BREAK SPACE}000 RUB", "4\N{NO-BREAK SPACE}999.99 RUB", "2 KZT"],
        ),
        ({"watch_foreign": False}, ["10\N{NO-BREAK SPACE}000 RUB", "5\N{NO-BREAK SPACE}000 RUB"]),
        ({"foreign_least": 1.5}, ["10\N{NO-BREAK SPACE}000 RUB", "5\N{NO-BREAK SPACE}000 RUB", "2 KZT"]),
        ({"home_currency": "usd", "received_least": 1, "watch_foreign": False}, ["1 USD"]),
    ],
)
async def test_a_large_or_foreign_payment_alerts(
    home: Home, user: User, inputs: dict[str, Any], expected: list[str]
) -> None:
    await user.use("alert_large_payment", **inputs, alert_actions=own(money="{{ money }}"))
    home.wallet.pay(10000)
    home.wallet.pay("9999.99")
    home.wallet.pay(5000, kind="bill")
    home.wallet.pay("4999.99", kind="bill")
    home.wallet.pay(1, "USD")
    home.wallet.pay(2, "KZT", kind="bill")
    await home.poll()
    assert [data["money"] for data in user.ran] == expected


async def test_an_alert_says_what_was_paid_to_whom(home: Home, user: User) -> None:
    await user.use("alert_large_payment")
    home.wallet.pay(
        5000,
        kind="bill",
        provider={"id": 1, "shortName": "<b>MTS</b>"},
        account="9000000005",
        commission="12.50",
    )
    home.wallet.pay(3, "USD", account="+79000000001", comment="gift")
    await home.poll()
    assert user.told == [
        (
            "Large payment",
            "Sent 5\N{NO-BREAK SPACE}000 RUB («＜b＞MTS＜/b＞», •••• 0005). Commission 12.50 RUB.",
        ),
        ("Payment in a foreign currency", "Received 3 USD («QIWI Кошелек», •••• 0001): «gift»."),
    ]


async def test_an_alert_is_in_russian_when_chosen(home: Home, user: User) -> None:
    await user.use("alert_large_payment", language="ru")
    paid = home.simulator.clock() - timedelta(hours=2)
    row = home.wallet.pay(3, "USD", account="+79000000001", date=paid)
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    when = dt_util.as_local(paid).strftime("%d.%m.%Y %H:%M")
    message = f"Получено 3 USD («QIWI Кошелек», •••• 0001). Оплачено {when}."
    assert user.told == [
        ("Платёж в другой валюте", message),
        ("Платёж в другой валюте", f"{message} Возможно, об этом уже сообщалось."),
    ]


async def test_a_failed_payment_alerts(home: Home, user: User) -> None:
    await user.use("alert_failed_payment", least=2)
    home.wallet.pay(150, kind="bill", provider=1, account="9000000005", status="ERROR")
    home.wallet.pay(20, "USD", status="ERROR", account="+79000000001", comment="gift")
    home.wallet.pay(1, status="ERROR")
    home.wallet.pay(3)
    home.wallet.pay(4, status="WAITING")
    await home.poll()
    assert user.told == [
        ("Payment failed", "150 RUB could not be sent («МТС», •••• 0005)."),
        ("Payment failed", "20 USD did not reach you («QIWI Кошелек», •••• 0001): «gift»."),
    ]


async def test_a_pending_payment_that_fails_at_last_alerts_in_russian(home: Home, user: User) -> None:
    await user.use("alert_failed_payment", language="ru", directions=["out"])
    row = home.wallet.pay(150, kind="bill", provider=1, account="9000000005", status="WAITING")
    home.wallet.pay(20, status="ERROR")
    await home.poll()
    assert user.told == []
    home.wallet.settle(row.transaction_id, "ERROR")
    await home.poll()
    assert user.told == [("Платёж не прошёл", "Не отправлены 150 RUB («МТС», •••• 0005).")]


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


async def run(hass: HomeAssistant) -> None:
    """Press Run."""
    await hass.services.async_call("automation", "trigger", {"entity_id": AUTOMATION}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_the_summary_of_the_day_adds_up_by_currency(home: Home, user: User) -> None:
    await user.use("summarize_day")
    earlier = home.simulator.clock() - timedelta(hours=3)
    home.wallet.pay("0.10", date=earlier)
    home.wallet.pay("0.20", kind="top_up", date=earlier)
    home.wallet.pay(7, kind="refund", date=earlier)
    home.wallet.pay(30, kind="bill", commission=3, date=earlier)
    home.wallet.pay(40, kind="purchase", date=earlier)
    home.wallet.pay(5, "USD", date=earlier)
    home.wallet.convert(480, "RUB", 6, "EUR", date=earlier)
    home.wallet.pay(1000, status="ERROR", date=earlier)
    home.wallet.pay(2000, date=home.simulator.clock() - timedelta(hours=25))
    await run(home.hass)
    assert user.told == [
        (
            "QIWI: summary of the day",
            "\n".join(
                [
                    "Received: 0.30 RUB (payments: 2)",
                    "Refunded: 7 RUB (payments: 1)",
                    "Sent: 73 RUB (payments: 2)",
                    "Received: 5 USD (payments: 1)",
                ]
            ),
        )
    ]


async def test_the_summary_comes_at_its_time_with_each_payment_in_one_day(
    home: Home, user: User, freezer: FrozenDateTimeFactory
) -> None:
    await home.hass.config.async_set_time_zone("Asia/Novosibirsk")
    evening = dt_util.start_of_local_day(dt_util.now() + timedelta(days=1)).replace(hour=21)
    freezer.move_to(evening.astimezone(dt_util.UTC) - timedelta(seconds=30))
    await home.add()
    await user.use("summarize_day", language="ru", at="21:00:00", wallet=home.coordinator.device_id)
    home.wallet.pay(1, date=evening - timedelta(days=1, seconds=1))
    home.wallet.pay(2, date=evening - timedelta(days=1))
    home.wallet.pay(4, date=evening - timedelta(seconds=1))
    home.wallet.pay(8, date=evening)
    assert user.told == []
    for day in range(2):
        freezer.move_to(evening.astimezone(dt_util.UTC) + timedelta(days=day, seconds=0.5))
        async_fire_time_changed(home.hass)
        await home.rest()
    assert user.told == [
        ("QIWI: итоги дня", "Получено: 6 RUB (платежей: 2)"),
        ("QIWI: итоги дня", "Получено: 8 RUB (платежей: 1)"),
    ]


@pytest.mark.parametrize(("period", "expected"), [("today", 12), ("yesterday", 2), ("last", 6)])
async def test_the_summary_has_a_period(
    home: Home, user: User, freezer: FrozenDateTimeFactory, period: str, expected: int
) -> None:
    await home.hass.config.async_set_time_zone("Asia/Novosibirsk")
    midnight = dt_util.start_of_local_day(dt_util.now() + timedelta(days=1))
    freezer.move_to((midnight + timedelta(hours=10)).astimezone(dt_util.UTC))
    await user.use("summarize_day", period=period)
    home.wallet.pay(1, date=midnight - timedelta(days=1, seconds=1))
    home.wallet.pay(2, date=midnight - timedelta(seconds=1))
    home.wallet.pay(4, date=midnight)
    home.wallet.pay(8, date=midnight + timedelta(hours=10))
    await run(home.hass)
    assert user.told == [
        ("QIWI: summary of the day", f"Received: {expected} RUB (payments: {expected.bit_count()})")
    ]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, ["There were no payments."]),
        ({"language": "ru"}, ["Платежей не было."]),
        ({"tell_nothing": False}, []),
    ],
)
async def test_a_day_without_payments_is_told_or_not(
    home: Home, user: User, inputs: dict[str, Any], expected: list[str]
) -> None:
    await user.use("summarize_day", **inputs)
    await run(home.hass)
    assert [message for _, message in user.told] == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "The summary could not be had; the log says why."),
        ("ru", "Итоги узнать не удалось, причина записана в журнал."),
    ],
)
async def test_a_summary_that_cannot_be_had_is_told(
    home: Home, user: User, language: str, expected: str
) -> None:
    await user.use("summarize_day", language=language, tell_nothing=False)
    home.simulator.fault(Fault(kind="status", status=500))
    await run(home.hass)
    assert [message for _, message in user.told] == [expected]


ORDER = {
    "order_actions": own(
        email="{{ email }}",
        money="{{ money }}",
        quantity="{{ quantity }}",
        test="{{ test }}",
        quote="{{ quote }}",
    )
}


async def test_an_order_runs_the_users_own_actions_once_with_the_address(home: Home, user: User) -> None:
    await user.use("handle_order", price=99.9, **ORDER)
    home.wallet.pay("99.89", comment="me@example.com")
    home.wallet.pay("99.90", comment="course me_too@Example.com")
    home.wallet.pay("300", comment="you@example.com", kind="top_up")
    home.wallet.pay(500, "USD", comment="them@example.com")
    await home.poll()
    await home.poll()
    assert user.ran == [
        {
            "email": "me_too@example.com",
            "money": "99.90 RUB",
            "quantity": 1,
            "test": False,
            "quote": "«course me＿too@Example.com»",
        },
        {
            "email": "you@example.com",
            "money": "300 RUB",
            "quantity": 3,
            "test": False,
            "quote": "«you@example.com»",
        },
    ]
    assert user.told == []


async def test_an_order_is_told_without_further_ado(home: Home, user: User) -> None:
    await user.use("handle_order", price=100)
    row = home.wallet.pay(100, comment="me@example.com")
    await home.poll()
    await home.act("send_test_payment", amount=100, currency="RUB", comment="you@example.com")
    when = dt_util.as_local(row.date).strftime("%d.%m.%Y %H:%M")
    assert user.told[0] == (
        "Paid order",
        f"100 RUB paid on {when}: «me@example.com».\nAddress: me@example.com",
    )
    title, message = user.told[1]
    assert title == "Test: Paid order"
    assert message.endswith("Address: you@example.com\nThis is a test, nobody paid.")


@pytest.mark.parametrize(
    ("language", "title", "reasons"),
    [
        (
            "en",
            "An order needs your eyes",
            [
                "The comment does not hold one valid address.",
                "The comment does not hold one valid address.",
                "The payment was heard of too late.",
                "The order may have been handled before.",
            ],
        ),
        (
            "ru",
            "Заказ нужно проверить",
            [
                "В комментарии нет одного верного адреса.",
                "В комментарии нет одного верного адреса.",
                "О платеже стало известно слишком поздно.",
                "Возможно, заказ уже выполнен.",
            ],
        ),
    ],
)
async def test_an_order_that_needs_eyes_is_told_and_not_acted_on(
    home: Home, user: User, language: str, title: str, reasons: list[str]
) -> None:
    await user.use("handle_order", price=100, hours=2, language=language, **ORDER)
    home.wallet.pay(100)
    await home.poll()
    home.wallet.pay(100, comment="me@example.com you@example.com")
    await home.poll()
    home.wallet.pay(
        100, comment="me@example.com", date=home.simulator.clock() - timedelta(hours=2, minutes=1)
    )
    await home.poll()
    row = home.wallet.pay(
        100, comment="me@example.com", date=home.simulator.clock() - timedelta(hours=1, minutes=50)
    )
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [found for found, _ in user.told] == [title] * 4
    for (_, message), reason in zip(user.told, reasons, strict=True):
        assert reason in message.split("\n")
        assert message.split("\n")[-1] in {
            "Nothing was done, it is up to you.",
            "Ничего не сделано, решать вам.",
        }
    assert len(user.ran) == 1


async def test_an_order_has_its_filters(home: Home, user: User) -> None:
    await user.use(
        "handle_order",
        price=10,
        keyword="course",
        act_on_duplicates=True,
        tell_without_address=False,
        **ORDER,
    )
    row = home.wallet.pay(10, comment="Course me@example.com")
    home.wallet.pay(10, comment="me@example.com")
    home.wallet.pay(10, comment="course")
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [data["email"] for data in user.ran] == ["me@example.com"] * 2
    assert user.told == []


async def make_script(hass: HomeAssistant, **settings: Any) -> None:
    given = {key: f"{{{{ {key} }}}}" for key in ("payment", "code", "money", "quote", "test")}
    script = {"sequence": [{"event": "ran", "event_data": given}], **settings}
    assert await async_setup_component(hass, "script", {"script": {"lamp": script}})


@pytest.mark.parametrize(
    ("code", "comment", "starts"),
    [
        ("lamp", "LAMP please", True),
        ("lamp", "please, «Lamp»!", True),
        ("lamp", "lampshade", False),
        ("a1", "a12", False),
        ("красный свет", "Красный,  СВЕТ!", True),
        ("красный свет", "красный и свет", False),
        (".*", "anything", False),
        ("a.c", "abc", False),
        ("lamp", None, False),
        ("!", None, False),
        ("1234", "1234", True),
    ],
)
async def test_a_script_starts_for_a_comment_that_holds_the_code(
    home: Home, user: User, code: str, comment: str | None, starts: bool
) -> None:
    await make_script(home.hass)
    await user.use("start_script_by_code", code=code, script="script.lamp")
    home.wallet.pay(1, comment=comment)
    await home.poll()
    assert [data["code"] for data in user.ran] == ([int(code) if code.isdigit() else code] if starts else [])
    assert user.told == []


async def test_a_script_is_given_the_payment_as_it_is(home: Home, user: User) -> None:
    await make_script(home.hass)
    await user.use("start_script_by_code", code="code", script="script.lamp", least=2)
    home.wallet.pay(1, comment="code")
    home.wallet.pay(2, "USD", comment="code")
    home.wallet.pay(2, comment=HOSTILE, account="+79000000001")
    await home.poll()
    await home.act("send_test_payment", amount=3, currency="RUB", comment="code")
    payment = user.ran[0]["payment"]
    assert payment.items() <= home.heard[2].items()
    assert (len(payment), payment["comment"]) == (16, " ".join(HOSTILE.split()))
    assert [(data["money"], data["test"]) for data in user.ran] == [("2 RUB", False), ("3 RUB", True)]


async def test_a_script_that_still_runs_is_waited_for(home: Home, user: User) -> None:
    started: asyncio.Queue[float] = asyncio.Queue()

    @callback
    def start(event: Event[Any]) -> None:
        started.put_nowait(event.data["payment"]["amount"])

    home.hass.bus.async_listen("ran", start)
    given = {"event": "ran", "event_data": {"payment": "{{ payment }}"}}
    await make_script(
        home.hass, sequence=[given, {"wait_for_trigger": {"trigger": "event", "event_type": "go_on"}}]
    )
    await user.use("start_script_by_code", code="lamp", script="script.lamp")
    for amount in (1, 2, 3):
        home.wallet.pay(amount, comment="lamp")
    await home.coordinator.async_refresh()
    for amount in (1, 2, 3):
        assert await started.get() == amount
        for _ in range(1000):
            await asyncio.sleep(0)
        assert started.empty()
        home.hass.bus.async_fire("go_on")
    await home.rest()


@pytest.mark.parametrize(
    ("language", "title", "late", "again"),
    [
        (
            "en",
            "The script was not started",
            "The payment was heard of too late.",
            "The script may have been started before.",
        ),
        (
            "ru",
            "Сценарий не запущен",
            "О платеже стало известно слишком поздно.",
            "Возможно, сценарий уже запускался.",
        ),
    ],
)
async def test_a_script_does_not_start_late_or_again(
    home: Home, user: User, language: str, title: str, late: str, again: str
) -> None:
    await make_script(home.hass)
    await user.use("start_script_by_code", code="lamp", script="script.lamp", language=language)
    home.wallet.pay(1, comment="lamp", date=home.simulator.clock() - timedelta(hours=2))
    await home.poll()
    row = home.wallet.pay(2, comment="lamp")
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert [data["payment"]["amount"] for data in user.ran] == [2]
    assert [found for found, _ in user.told] == [title] * 2
    assert user.told[0][1].endswith(late)
    assert user.told[1][1].endswith(again)


async def test_a_script_starts_late_or_again_on_request(home: Home, user: User) -> None:
    await make_script(home.hass)
    await user.use(
        "start_script_by_code", code="lamp", script="script.lamp", start_late=True, start_again=True
    )
    row = home.wallet.pay(1, comment="lamp", date=home.simulator.clock() - timedelta(hours=2))
    await home.poll()
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    assert len(user.ran) == 2
    assert user.told == []
