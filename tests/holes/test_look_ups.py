"""Payments that wait for their outcome: looking them up holds nothing back and leaves none of them out."""

from datetime import timedelta
from typing import Any

import pytest

from wallet_simulator import Fault
from wallet_simulator.rows import Row

from .conftest import Home


async def pending_for_a_day(home: Home, count: int) -> list[Row]:
    """Let so many payments wait until neither the newest page nor a window shows them, each in its own minute."""
    await home.add()
    rows = []
    for amount in range(count):
        await home.after(minutes=1)
        rows.append(home.wallet.pay(1000 + amount, status="WAITING"))
    await home.poll()
    await home.after(hours=25)
    for _ in range(10):
        home.wallet.pay(0.5)
    await home.poll()
    assert home.announced == [0.5] * 10
    home.heard.clear()
    return rows


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 400},
        {"kind": "not_json"},
        {"kind": "reset"},
    ],
    ids=lambda fault: " ".join(map(str, fault.values())),
)
async def test_a_look_up_that_keeps_failing_holds_no_gap_back(home: Home, fault: dict[str, Any]) -> None:
    (row,) = await pending_for_a_day(home, 1)
    failing = home.simulator.fault(Fault(**fault, endpoint="payments", longest_range=timedelta(minutes=2)))
    paid = await home.outage(timedelta(hours=70), payments=60)
    await home.poll()
    assert home.announced == paid
    assert home.reason is None
    assert failing.struck
    # It is only put off: once the wallet tells, the outcome is announced.
    home.simulator.clear_faults()
    home.wallet.settle(row.transaction_id)
    await home.after(hours=1)
    await home.poll()
    assert home.announced == [*paid, 1000]


async def test_what_waits_for_90_days_is_given_up_though_its_look_ups_fail(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    (row,) = await pending_for_a_day(home, 1)
    failing = home.simulator.fault(
        Fault(kind="status", status=500, endpoint="payments", longest_range=timedelta(minutes=2))
    )
    # After 90 days three look-ups in a row must fail.
    for _ in range(12):
        await home.after(days=10)
        await home.poll()
        assert home.reason is None
    assert caplog.text.count(f"Payment {row.transaction_id} waited for 90 days") == 1
    looked_up = failing.struck
    assert looked_up
    await home.after(days=2)
    await home.poll()
    assert failing.struck == looked_up


async def test_the_payment_that_was_looked_up_least_lately_is_looked_up_next(home: Home) -> None:
    rows = await pending_for_a_day(home, 8)
    settled = []
    # The newest and the oldest in turn: none of them may be always behind the others.
    for row in (rows[at] for at in (-1, 0, -2, 1, -3, 2, -4, 3)):
        home.wallet.settle(row.transaction_id)
        settled.append(float(row.amount))
        for _ in range(2):
            await home.after(seconds=30)
            await home.poll()
        assert home.announced == settled
