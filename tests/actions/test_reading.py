"""Actions that read the wallet: payments, statistics, commissions."""

from datetime import timedelta
import json
from typing import Any

from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest

from tests.home import Home
from wallet_simulator import Fault


def amounts(found: dict[str, Any]) -> list[float]:
    return [payment["amount"] for payment in found["payments"]]


async def test_payments_are_returned_newest_first_in_the_public_record(home: Home) -> None:
    await home.add()
    home.wallet.pay(1)
    home.wallet.pay(2, status="WAITING", comment="me@Example.com", account="+79000000001")
    home.wallet.pay(3, status="ERROR")
    found = await home.act("get_payments")
    assert amounts(found) == [3, 2, 1]
    assert [payment["status"] for payment in found["payments"]] == ["failed", "pending", "success"]
    record = found["payments"][1]
    assert (record["email"], record["account"]) == ("me@example.com", "•••• 0001")
    assert record.keys() == {
        "transaction_id", "direction", "kind", "status", "amount", "commission", "total", "currency", "date",
        "comment", "email", "provider", "account", "late", "possible_duplicate", "test",
    }  # fmt: skip
    assert json.loads(json.dumps(found)) == found


async def test_a_payment_that_the_wallet_lists_twice_is_returned_once(home: Home) -> None:
    await home.add()
    for amount in (1, 2, 3):
        home.wallet.pay(amount)
    home.simulator.fault(Fault(kind="duplicate_rows", endpoint="payments"))
    assert amounts(await home.act("get_payments")) == [3, 2, 1]
    assert (await home.act("get_statistics"))["statistics"][0]["count"] == 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"direction": "in"}, [1000, 100.5, 100]),
        ({"direction": "out"}, [30, 20]),
        ({"kind": "top_up"}, [100.5]),
        ({"kind": ["purchase", "bill"]}, [30, 20]),
        ({"min_amount": 100}, [1000, 100.5, 100]),
        ({"max_amount": "100"}, [100, 30, 20]),
        ({"currency": "kzt"}, [1000]),
        ({"comment": "урок 3"}, [100]),
        ({"email": "ME@example.com"}, [100]),
        ({"limit": 2.0}, [1000, 100.5]),
        ({"limit": 1, "direction": "out"}, [30]),
        ({"min_amount": None}, [1000, 100.5, 100, 30, 20]),
    ],
)
async def test_a_field_chooses(home: Home, data: dict[str, Any], expected: list[float]) -> None:
    await home.add()
    home.wallet.pay(20, kind="bill")
    home.wallet.pay(30, kind="purchase")
    home.wallet.pay(100, comment="Урок  3, me@example.com")
    home.wallet.pay("100.5", kind="top_up")
    home.wallet.pay(1000, "KZT")
    assert amounts(await home.act("get_payments", **data)) == expected


async def test_dates_without_a_zone_are_home_assistants_own(home: Home) -> None:
    await home.hass.config.async_set_time_zone("Asia/Almaty")
    await home.add()
    noon = home.simulator.clock().replace(microsecond=0) - timedelta(days=5)
    for hours in range(4):
        home.wallet.pay(hours + 1, date=noon + timedelta(hours=hours))
    naive = dt_util.as_local(noon + timedelta(hours=1)).replace(tzinfo=None)
    found = await home.act("get_payments", since=naive.isoformat(sep=" "), until=noon + timedelta(hours=2))
    assert amounts(found) == [3, 2]


async def test_without_dates_the_last_90_days_are_read(home: Home) -> None:
    await home.add()
    for days in (1, 89, 91, 200):
        home.wallet.pay(days, date=home.simulator.clock() - timedelta(days=days))
    assert amounts(await home.act("get_payments")) == [1, 89]
    since = home.simulator.clock() - timedelta(days=365)
    assert amounts(await home.act("get_payments", since=since)) == [1, 89, 91, 200]
    until = home.simulator.clock() - timedelta(days=90)
    assert amounts(await home.act("get_payments", until=until)) == [91]


async def test_more_than_40_pages_are_refused_and_a_limit_helps(home: Home) -> None:
    coordinator = await home.add()
    coordinator.client._shared.transport.limiter.requests = 1000
    for _ in range(2000):
        home.wallet.pay(1)
    assert len(amounts(await home.act("get_payments"))) == 2000
    home.wallet.pay(2)
    asked = home.simulator.count("payments")
    with pytest.raises(ServiceValidationError) as refusal:
        await home.act("get_payments")
    assert home.simulator.count("payments") - asked == 40
    assert refusal.value.translation_key == "too_many_pages"
    assert refusal.value.translation_placeholders == {"pages": "40", "payments": "2000"}
    assert amounts(await home.act("get_payments", limit=1)) == [2]


async def test_statistics_add_up_what_succeeded(home: Home) -> None:
    await home.add()
    home.wallet.pay("0.1")
    home.wallet.pay("0.2")
    home.wallet.pay(5, "USD")
    home.wallet.pay(100, kind="bill", commission="2.50")
    home.wallet.pay(7, status="ERROR")
    home.wallet.pay(8, status="WAITING")
    home.wallet.pay(1000, date=home.simulator.clock() - timedelta(days=40))
    expected = [
        {"currency": "RUB", "direction": "in", "kind": "transfer", "count": 2, "sum": 0.3},
        {"currency": "RUB", "direction": "out", "kind": "bill", "count": 1, "sum": 102.5},
        {"currency": "USD", "direction": "in", "kind": "transfer", "count": 1, "sum": 5.0},
    ]
    month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
    assert await home.act("get_statistics") == {"statistics": expected}
    assert await home.act("get_statistics", since=month.isoformat()) == {"statistics": expected}
    everything = await home.act("get_statistics", since=home.simulator.clock() - timedelta(days=50))
    assert everything["statistics"][0]["sum"] == 1000.3
    assert await home.act("get_statistics", until=month) == {"statistics": []}


async def test_a_commission_is_the_tariffs(home: Home) -> None:
    await home.add()
    assert await home.act("get_commission", provider_id=271859, amount="1000.00") == {
        "commission": 70.0,
        "total": 1070.0,
        "currency": "RUB",
    }


async def test_a_sum_the_provider_does_not_take_is_refused_with_its_limits(home: Home) -> None:
    await home.add()
    for money in (0, 1_000_000):
        with pytest.raises(ServiceValidationError) as refusal:
            await home.act("get_commission", provider_id=99, amount=money)
        assert refusal.value.translation_key == "amount_out_of_limits"
        placeholders = refusal.value.translation_placeholders or {}
        assert placeholders["field"] == "amount"
        assert placeholders["currency"] == "RUB"
