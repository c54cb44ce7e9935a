"""Actions that announce: a replay is flagged and counted once, a test is counted by nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.auth.models import User
from homeassistant.core import Context
from homeassistant.exceptions import HomeAssistantError, Unauthorized
import pytest

from tests.home import Home


async def test_a_payment_is_announced_again_flagged_and_counted_once(home: Home) -> None:
    coordinator = await home.add()
    paid = home.wallet.pay(150)
    await home.poll()
    before = coordinator.journal.ledger
    await home.act("replay_payment", transaction_id=paid.transaction_id, direction="in")
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (150, False),
        (150, True),
    ]
    assert {**home.heard[0], "possible_duplicate": True} == home.heard[1]
    assert coordinator.journal.ledger is before


async def test_a_payment_from_before_the_first_contact_can_be_announced(home: Home) -> None:
    paid = home.wallet.pay(150, date=home.simulator.clock() - timedelta(days=89))
    await home.add()
    await home.act("replay_payment", transaction_id=int(paid.transaction_id), direction="in")
    assert [(record["amount"], record["possible_duplicate"], record["late"]) for record in home.heard] == [
        (150, True, True)
    ]


async def test_only_the_row_of_the_named_direction_is_announced_again(home: Home) -> None:
    await home.add()
    number = home.wallet.convert(480, "RUB", 6, "USD")
    card = home.wallet.pay(20, kind="purchase")
    await home.poll()
    del home.heard[:]
    await home.act("replay_payment", transaction_id=number, direction="out")
    await home.act("replay_payment", transaction_id=number, direction="in")
    await home.act("replay_payment", transaction_id=card.transaction_id, direction="out")
    assert [record["amount"] for record in home.heard] == [480, 6, 20]
    assert all(record["possible_duplicate"] for record in home.heard)


async def test_a_payment_nobody_announced_yet_is_announced_once_and_not_flagged(home: Home) -> None:
    await home.add()
    paid = home.wallet.pay(150)
    await home.act("replay_payment", transaction_id=paid.transaction_id, direction="in")
    await home.poll()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [(150, False)]


async def test_a_payment_without_an_outcome_is_not_announced(home: Home) -> None:
    await home.add()
    paid = home.wallet.pay(150, status="WAITING")
    with pytest.raises(HomeAssistantError) as failure:
        await home.act("replay_payment", transaction_id=paid.transaction_id, direction="in")
    assert failure.value.translation_key == "payment_pending"
    assert home.heard == []


async def test_of_rows_with_one_number_those_with_an_outcome_are_announced_and_the_other_is_told_of(
    home: Home,
) -> None:
    await home.add()
    number = home.wallet.pay(1, kind="bill", status="WAITING").transaction_id
    home.wallet.pay(2, kind="purchase", type="QIWI_CARD", transaction_id=number)
    await home.poll()
    del home.heard[:]
    with pytest.raises(HomeAssistantError) as failure:
        await home.act("replay_payment", transaction_id=number, direction="out")
    assert failure.value.translation_key == "payment_pending"
    assert home.announced == [2]


async def test_a_full_disk_keeps_a_payment_from_being_announced_on_request(
    home: Home, tmp_path: Path
) -> None:
    coordinator = await home.add()
    paid = home.wallet.pay(150)
    coordinator.file.path = tmp_path / "a file" / "below"
    (tmp_path / "a file").write_text("")
    with pytest.raises(HomeAssistantError) as failure:
        await home.act("replay_payment", transaction_id=paid.transaction_id, direction="in")
    assert failure.value.translation_key == "storage"
    assert home.heard == []


async def test_a_test_payment_is_announced_and_counted_by_nothing(home: Home) -> None:
    coordinator = await home.add()
    before = coordinator.journal.ledger
    events: list[Any] = []
    home.hass.bus.async_listen("qiwi_new_payment", lambda event: events.append(event.data))
    await home.act("send_test_payment")
    await home.act("send_test_payment", amount=5, currency="usd", comment="Course\nme@example.com")
    assert [(record["amount"], record["currency"]) for record in home.heard] == [(100, "RUB"), (5, "USD")]
    assert all(record["test"] and not record["possible_duplicate"] for record in home.heard)
    assert (home.heard[1]["comment"], home.heard[1]["email"]) == ("Course me@example.com", "me@example.com")
    assert len({record["transaction_id"] for record in home.heard}) == 2
    assert [event["test"] for event in events] == [True, True]
    assert coordinator.journal.ledger is before


@pytest.mark.parametrize("action", ["send_test_payment", "replay_payment"])
async def test_only_an_administrator_announces_anything(
    home: Home, hass_read_only_user: User, action: str
) -> None:
    await home.add()
    with pytest.raises(Unauthorized):
        await home.hass.services.async_call(
            "qiwi", action, {}, blocking=True, context=Context(user_id=hass_read_only_user.id)
        )


@pytest.mark.parametrize("action", ["send_test_payment", "replay_payment"])
async def test_nothing_is_announced_while_home_assistant_stops(home: Home, action: str) -> None:
    coordinator = await home.add()
    paid = home.wallet.pay(1)
    await coordinator.async_stop()
    data = {"transaction_id": paid.transaction_id, "direction": "in"} if action == "replay_payment" else {}
    with pytest.raises(HomeAssistantError) as failure:
        await home.act(action, **data)
    assert failure.value.translation_key == "not_announcing"
    assert home.heard == []
