"""The blueprint that starts a script for a payment whose comment holds the code."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.core import Event, callback
import pytest

from tests.home import Home

from .conftest import HOSTILE, User, make_script


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
