"""No order is sent twice by us and none is forgotten, whatever happens to the process, the disk, the clock and the mail."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.ledger import Delivered, OrderState
from tests.api.jumping_loop import JumpingLoop

from .shop import MAILED, WRONG, Shop

ANSWERS = [
    (Delivered.SENT, True),
    (Delivered.REFUSED, False),
    (Delivered.PUT_OFF, False),
    (Delivered.UNREACHABLE, False),
    (Delivered.UNKNOWN, False),
    (Delivered.UNKNOWN, True),
    (Delivered.NOT_SENT, False),
    (None, False),
]
NUMBERS = st.integers(0, 5)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.sampled_from(["right", "right", "right", *WRONG])),
        st.tuples(st.just("answer"), st.sampled_from(ANSWERS)),
        st.tuples(st.just("kill"), st.integers(0, 12)),
        st.tuples(st.just("wait"), st.sampled_from([0.05, 1, 61, 600, 7200])),
        st.tuples(st.just("refuse"), st.integers(1, 3)),
        st.tuples(st.just("jump"), st.sampled_from([timedelta(hours=hours) for hours in (-50, -1, 1, 50)])),
        st.tuples(st.sampled_from(["stop", "back up", "restore"])),
        st.tuples(st.sampled_from(["complete", "release"]), NUMBERS),
    ),
    max_size=30,
)


def live(steps: Sequence[tuple[Any, ...]]) -> Shop:
    """Live through the steps, heal, and check what a seller could."""
    shop = Shop()

    async def live() -> None:
        await shop.open()
        for step in steps:
            await shop.step(*step)
        await shop.close()

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(live())
    check(shop)
    return shop


def check(shop: Shop) -> None:
    """Compare what was paid with what was mailed and told."""
    orders = {order.order_id: order for order in shop.on_disk()}
    for payment in shop.payments:
        order_id = payment.transaction_id
        mails = [mail for mail in shop.mails if mail.order_id == order_id]
        assert len({mail.message_id for mail in mails}) <= 1
        # Once, and once more only where nobody could know, or a person asked for it.
        is_right = order_id in shop.right
        most = (
            is_right
            + shop.released[order_id]
            + min(shop.uncertain[order_id], is_right + shop.released[order_id])
        )
        assert len(mails) <= most, (order_id, mails)
        order = orders.get(order_id)
        if order is None:
            assert not is_right
            continue
        assert order.state is not OrderState.SENDING
        assert order.by_hand or order.state is not OrderState.NEW
        if order.state is OrderState.SENT:
            assert mails
        if order.reason is not None:
            assert (order_id, order.reason.value) in shop.told


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_every_order_is_mailed_once_or_left_to_a_person(steps: list[tuple[Any, ...]]) -> None:
    live(steps)


PAY: tuple[Any, ...] = ("pay", "right")


@pytest.mark.parametrize("kill_in", range(12))
def test_a_kill_at_each_step_of_a_delivery_sends_at_most_twice_with_one_id(kill_in: int) -> None:
    shop = live([("kill", kill_in), PAY, ("wait", 600)])
    assert len(shop.mails) in {1, 2}
    assert len(shop.mails) == 1 or shop.uncertain


@pytest.mark.parametrize("first", range(5, 10))
@pytest.mark.parametrize("second", range(3, 12))
def test_two_kills_of_one_delivery_send_at_most_twice_and_forget_no_buyer(first: int, second: int) -> None:
    shop = live([("kill", first), PAY, ("wait", 10), ("kill", second), ("wait", 600)])
    assert len(shop.mails) <= 2
    # Without a mail only where the second kill fell between the note that it leaves and its leaving.
    assert shop.mails or {reason for _, reason in shop.told} == {"outcome_unknown"}


def test_orders_that_need_nothing_are_sent_at_once_and_one_by_one() -> None:
    shop = live([PAY, PAY, PAY, ("wait", 1)])
    assert [mail.order_id for mail in shop.mails] == [payment.transaction_id for payment in shop.payments]


def test_a_refused_disk_sends_nothing_until_it_writes_again() -> None:
    shop = live([PAY, ("wait", 0.05), ("refuse", 3), PAY, ("wait", 600)])
    assert len(shop.mails) == len(shop.payments) == 2


def test_a_stop_waits_for_the_mail_on_its_way_and_no_longer() -> None:
    shop = live([("answer", (Delivered.UNKNOWN, True)), PAY, ("stop",), ("wait", 600)])
    assert len(shop.mails) == 2


def test_a_stop_during_a_mail_that_arrives_ends_with_its_note() -> None:
    shop = live([PAY, PAY, ("stop",), ("wait", 600)])
    assert len(shop.mails) == 2
    assert not shop.uncertain


def test_what_waited_in_a_restored_backup_is_not_sent_again() -> None:
    put_off = [("answer", (Delivered.PUT_OFF, False)), PAY, ("wait", 1), ("back up",)]
    shop = live([*put_off, ("wait", 600), PAY, ("wait", 1), ("restore",), ("wait", 600)])
    assert len(shop.mails) == 2
    assert {reason for _, reason in shop.told} == {"restored"}


def test_a_restored_backup_is_doubted_whatever_the_clocks_say() -> None:
    ahead = timedelta(hours=50)
    later = ("answer", (Delivered.PUT_OFF, False))
    # Released by a clock that was ahead, put off, and backed up.
    waits = [later, PAY, ("wait", 1), ("jump", ahead), ("wait", 120), later, ("release", 0), ("wait", 1)]
    shop = live([*waits, ("back up",), ("jump", -ahead), ("wait", 600), ("restore",), ("wait", 600)])
    assert len(shop.mails) == 1
    assert "restored" in {reason for _, reason in shop.told}


def test_a_server_that_comes_back_gets_every_mail_once() -> None:
    away = [("answer", (Delivered.UNREACHABLE, False))] * 4
    shop = live([*away, PAY, PAY, PAY, ("wait", 7200)])
    assert len(shop.mails) == 3
    assert shop.attempts == 4 + 3


def test_a_mail_that_can_not_be_written_is_told_and_keeps_no_other_back() -> None:
    shop = live([("answer", (None, False)), PAY, PAY, ("wait", 600)])
    assert len(shop.mails) == 1
    assert {reason for _, reason in shop.told} == {"refused"}


def test_a_person_who_is_faster_than_the_queue_keeps_the_mail_from_leaving() -> None:
    shop = live([("answer", (Delivered.PUT_OFF, False)), PAY, ("wait", 1), ("stop",), ("complete", 0)])
    assert not shop.mails
    assert shop.attempts == 1


def test_a_queue_whose_journal_is_closed_sends_nothing() -> None:
    shop = Shop()

    async def life() -> None:
        await shop.open()
        await shop.process.journal.close()
        assert await shop.process.queue.work(shop.process) is None
        await shop.kill()

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(life())
    assert not shop.attempts


def test_the_offers_of_the_shop_are_mailed() -> None:
    # What the lives rest on.
    assert not MAILED.by_hand
