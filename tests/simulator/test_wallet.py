"""The scripted wallet by itself: money, ids, order, and what cannot be."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json

import pytest

from wallet_simulator import Clock, Status, Type, Wallet

from .conftest import NOW


def test_settled_payments_move_the_balance_and_others_do_not() -> None:
    wallet = Wallet(balances={"RUB": "100.10"})
    wallet.pay("0.20")
    wallet.pay(50, kind="bill", commission="1.5")
    wallet.pay(7, status="WAITING")
    wallet.pay(7, status="ERROR")
    assert wallet.balances == {"RUB": Decimal("48.80")}
    wallet.pay(3, "USD")
    assert wallet.balances["USD"] == 3
    wallet.balances["RUB"] = Decimal(5)
    wallet.pay(1)
    assert wallet.balances["RUB"] == 6


def test_the_same_seed_makes_the_same_wallet() -> None:
    def script(seed: int) -> list[dict[str, object]]:
        wallet = Wallet(seed=seed, clock=lambda: NOW)
        wallet.add_token()
        for number in range(5):
            wallet.pay(number + 1)
        wallet.convert(80, "RUB", 1, "USD")
        return [row.body() for row in wallet.rows]

    assert script(1) == script(1)
    assert script(1) != script(2)
    assert list(Wallet(seed=1).tokens) == []
    assert Wallet(seed=1).add_token() == Wallet(seed=1).add_token() != Wallet(seed=2).add_token()


def test_an_id_repeats_across_types_but_not_within_one() -> None:
    wallet = Wallet()
    wallet.pay(1, transaction_id=5)
    wallet.pay(1, transaction_id="5", kind="bill")
    with pytest.raises(ValueError, match="already"):
        wallet.pay(1, transaction_id=5)
    assert {row.key for row in wallet.rows} == {("5", "IN"), ("5", "OUT")}
    assert len(wallet) == 2


def test_made_up_ids_keep_clear_of_given_ones() -> None:
    made_up = Wallet().pay(1, account="").transaction_id
    wallet = Wallet()
    wallet.pay(1, account="", transaction_id=made_up)
    assert int(wallet.pay(1, account="").transaction_id) == int(made_up) + 1


def test_payers_are_made_up_numbers() -> None:
    wallet = Wallet()
    accounts = {wallet.pay(1).account for _ in range(50)}
    assert accounts <= {f"+7900000000{digit}" for digit in range(1, 10)}


def test_both_halves_of_a_waiting_conversion_settle_together_or_alone() -> None:
    wallet = Wallet()
    together = wallet.convert(80, "RUB", 1, "USD", status="WAITING")
    assert {row.type for row in wallet.settle(together)} == {Type.IN, Type.OUT}
    alone = wallet.convert(80, "RUB", 1, "USD", status="WAITING")
    wallet.settle(alone, type="IN")
    assert wallet.find(alone, "IN").status is Status.SUCCESS
    assert wallet.find(alone, "OUT").status is Status.WAITING


def test_a_payment_can_settle_into_failure() -> None:
    wallet = Wallet()
    row = wallet.pay(1, status="WAITING", kind="bill")
    wallet.settle(row.transaction_id, "ERROR", error_code=5)
    assert (row.status, row.error_code) == (Status.ERROR, 5)
    assert wallet.balances["RUB"] == 0


def test_a_final_payment_stays_final() -> None:
    wallet = Wallet()
    row = wallet.pay(1)
    with pytest.raises(ValueError, match="final"):
        wallet.settle(row.transaction_id)
    with pytest.raises(KeyError):
        wallet.settle(1)


def test_a_payment_settled_by_hand_does_not_settle_again() -> None:
    wallet = Wallet(clock=lambda: NOW)
    row = wallet.pay(100, settles_after=10)
    wallet.settle(row.transaction_id, "ERROR")
    wallet.clock = lambda: NOW + timedelta(minutes=1)
    wallet.settle_due()
    assert row.status is Status.ERROR
    assert wallet.balances["RUB"] == 0


def test_a_removed_payment_does_not_settle() -> None:
    wallet = Wallet(clock=lambda: NOW)
    row = wallet.pay(100, settles_after=10)
    wallet.remove(row.transaction_id)
    wallet.clock = lambda: NOW + timedelta(minutes=1)
    wallet.settle_due()
    assert wallet.balances["RUB"] == 0
    with pytest.raises(KeyError):
        wallet.remove(row.transaction_id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "ten"},
        {"amount": "NaN"},
        {"amount": 1, "currency": "roubles"},
        {"amount": 1, "kind": "gift"},
        {"amount": 1, "status": "DONE"},
        {"amount": 1, "type": "BOTH"},
        {"amount": 1, "transaction_id": "abc"},
    ],
)
def test_a_payment_that_cannot_be_is_refused_and_leaves_no_trace(wrong: dict[str, object]) -> None:
    wallet = Wallet()
    with pytest.raises(ValueError, match=r".+"):
        wallet.pay(**wrong)  # type: ignore[arg-type]
    assert len(wallet) == 0
    assert wallet.balances["RUB"] == 0


def test_a_conversion_into_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="more than nothing"):
        Wallet().convert(80, "RUB", 0, "USD")


def test_an_unknown_currency_may_be_given_by_its_number() -> None:
    row = Wallet().pay(1, "999")
    assert row.body()["sum"] == {"amount": 1, "currency": 999}


def test_an_unknown_provider_gets_a_name_and_a_given_one_is_kept() -> None:
    wallet = Wallet()
    assert wallet.pay(1, kind="bill", provider=424242).provider["shortName"] == "Provider 424242"
    assert wallet.pay(1, kind="bill", provider={}).body()["provider"] == {}


def test_amounts_are_written_as_the_wallet_writes_them() -> None:
    wallet = Wallet()
    text = json.dumps([wallet.pay(amount).body()["sum"] for amount in (70, "8.74", "0.00", 1.5, "1000.10")])
    assert text == json.dumps([{"amount": amount, "currency": 643} for amount in (70, 8.74, 0, 1.5, 1000.1)])


def test_the_newest_row_of_an_id_is_found_first() -> None:
    wallet = Wallet(clock=lambda: NOW)
    wallet.pay(1, transaction_id=5)
    wallet.pay(1, transaction_id=5, kind="bill", date=NOW - timedelta(days=1))
    assert wallet.find(5).type is Type.IN
    with pytest.raises(KeyError):
        wallet.find(5, "QIWI_CARD")


def test_the_clock_can_be_set_wrong() -> None:
    clock = Clock(timedelta(days=1))
    assert clock() > datetime.now(UTC) + timedelta(hours=23)
    clock.offset = timedelta(days=-1)
    assert clock() < datetime.now(UTC)


def test_ten_thousand_payments_are_paged_through_without_losing_order() -> None:
    wallet = Wallet(clock=lambda: NOW)
    for number in range(10_000):
        wallet.pay(1, date=NOW - timedelta(seconds=(number * 7919) % 5000), transaction_id=number + 1)
    cursor, dates, ids = None, [], []
    while True:
        page = wallet.page(rows=50, cursor=cursor)
        dates += [row.date for row in page.rows]
        ids += [row.transaction_id for row in page.rows]
        if page.next_row is None:
            break
        cursor = page.next_row.transaction_id, page.next_row.date
    assert dates == sorted(dates, reverse=True)
    assert len(set(ids)) == 10_000
