"""The rows of the payments list: each kind's shape, and how they change."""

from datetime import timedelta
from decimal import Decimal

import pytest

from wallet_simulator import Kind, Simulator, Wallet

from .conftest import NOW, TRANSACTION, Client


async def test_a_row_is_complete(client: Client, wallet: Wallet) -> None:
    wallet.pay(
        "99.90", comment="hello", transaction_id=25050000090, account="+79000000001", commission="0.10"
    )
    (row,) = (await client.payments()).json["data"]
    extras = [row["source"].pop("extras"), row["provider"].pop("extras")]
    assert extras == [[], []]
    assert row == {
        "txnId": 25050000090,
        "personId": 79000000000,
        "date": "2026-05-20T12:30:15+03:00",
        "errorCode": 0,
        "error": None,
        "status": "SUCCESS",
        "type": "IN",
        "statusText": "Success",
        "trmTxnId": "25050000089",
        "account": "+79000000001",
        "sum": {"amount": 99.9, "currency": 643},
        "commission": {"amount": 0.1, "currency": 643},
        "total": {"amount": 100, "currency": 643},
        "provider": {
            "id": 7,
            "shortName": "QIWI Кошелек",
            "longName": "QIWI Кошелек",
            "logoUrl": None,
            "description": None,
            "keys": "мобильный кошелек, кошелек",
            "siteUrl": None,
        },
        "source": {
            "id": 99,
            "shortName": "Перевод на QIWI Кошелек",
            "longName": None,
            "logoUrl": "https://static.qiwi.com/img/providers/logoBig/99_l.png",
            "description": None,
            "keys": "пополнить, перевести, qiwi",
            "siteUrl": "https://www.qiwi.com",
        },
        "comment": "hello",
        "currencyRate": 1,
        "paymentExtras": [],
        "features": {
            "chequeReady": False,
            "bankDocumentReady": False,
            "regularPaymentEnabled": False,
            "bankDocumentAvailable": False,
            "repeatPaymentEnabled": False,
            "favoritePaymentEnabled": False,
            "chatAvailable": True,
            "greetingCardAttached": False,
        },
        "serviceExtras": {},
        "view": {"title": "QIWI Кошелек", "account": "+79000000001"},
    }


@pytest.mark.parametrize(
    ("kind", "direction", "provider", "source"),
    [
        (Kind.TRANSFER, "IN", 7, 99),
        (Kind.TRANSFER_OUT, "OUT", 99, 7),
        (Kind.TOP_UP, "IN", 26444, 99),
        (Kind.REFUND, "IN", 7, 99),
        (Kind.CONVERSION, "OUT", 1099, 7),
        (Kind.PURCHASE, "OUT", 20194, 7),
        (Kind.BILL, "OUT", 1973, 7),
        (Kind.OWN, "IN", 1057, 99),
    ],
)
async def test_each_kind_has_its_shape(
    client: Client, wallet: Wallet, kind: Kind, direction: str, provider: int, source: int
) -> None:
    wallet.pay(10, kind=kind)
    (row,) = (await client.payments()).json["data"]
    assert (row["type"], row["provider"]["id"], row["source"]["id"]) == (direction, provider, source)
    assert row["view"] == {"title": row["provider"]["shortName"], "account": row["account"]}


async def test_a_refund_says_so_in_its_comment(client: Client, wallet: Wallet) -> None:
    wallet.pay(10, kind="refund")
    (row,) = (await client.payments()).json["data"]
    assert row["comment"] == "Пополнение или возврат платежа по QVC\\QVP"


async def test_a_conversion_is_two_rows_of_one_id(client: Client, wallet: Wallet) -> None:
    transaction_id = wallet.convert("483.07", "RUB", "6.67", "USD")
    out, income = (await client.payments()).json["data"]
    assert out["txnId"] == income["txnId"] == int(transaction_id)
    assert (out["type"], out["sum"], out["provider"]["id"]) == (
        "OUT",
        {"amount": 483.07, "currency": 643},
        1099,
    )
    assert (income["type"], income["sum"], income["source"]["id"]) == (
        "IN",
        {"amount": 6.67, "currency": 840},
        1099,
    )
    assert out["currencyRate"] == income["currencyRate"] == 72.4243
    assert out["date"] == income["date"]
    assert wallet.balances == {"RUB": Decimal("516.93"), "USD": Decimal("6.67")}


async def test_a_failed_payment_names_its_error(client: Client, wallet: Wallet) -> None:
    wallet.pay(10, kind="bill", status="ERROR")
    wallet.pay(10, status="ERROR", error_code=4242)
    unknown, known = (await client.payments()).json["data"]
    assert (known["errorCode"], known["error"]) == (220, "Недостаточно средств. Пополните кошелек")
    assert (unknown["errorCode"], unknown["error"]) == (4242, "Error 4242")
    assert wallet.balances["RUB"] == 1000


async def test_a_waiting_payment_settles_under_its_id(client: Client, wallet: Wallet) -> None:
    row = wallet.pay(100, status="WAITING")
    before = (await client.payments()).json["data"]
    assert (before[0]["status"], before[0]["statusText"]) == ("WAITING", "Operation in progress")
    assert wallet.balances["RUB"] == 1000
    wallet.settle(row.transaction_id)
    after = (await client.payments()).json["data"]
    assert (after[0]["txnId"], after[0]["status"]) == (before[0]["txnId"], "SUCCESS")
    assert wallet.balances["RUB"] == 1100


async def test_a_waiting_payment_settles_by_itself_when_its_time_has_come(
    client: Client, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.pay(100, settles_after=60)
    wallet.pay(50, settles_after=timedelta(seconds=90), settles_to="ERROR")
    simulator.clock = lambda: NOW + timedelta(seconds=59)
    assert [row["status"] for row in (await client.payments()).json["data"]] == ["WAITING", "WAITING"]
    simulator.clock = lambda: NOW + timedelta(seconds=60)
    assert [row["status"] for row in (await client.payments()).json["data"]] == ["WAITING", "SUCCESS"]
    simulator.clock = lambda: NOW + timedelta(seconds=90)
    assert [row["status"] for row in (await client.payments()).json["data"]] == ["ERROR", "SUCCESS"]
    assert wallet.balances["RUB"] == 1100


async def test_any_field_of_a_row_can_be_replaced(client: Client, wallet: Wallet) -> None:
    wallet.pay(1, overrides={"source": {}, "commission": None, "status": "CANCELLED"})
    (row,) = (await client.payments()).json["data"]
    assert (row["source"], row["commission"], row["status"]) == ({}, None, "CANCELLED")


async def test_one_transaction_is_found_by_id_and_type(client: Client, wallet: Wallet) -> None:
    wallet.convert(80, "RUB", 1, "USD", transaction_id=5)
    assert (await client.ask(f"{TRANSACTION}/5")).json["type"] == "OUT"
    assert (await client.ask(f"{TRANSACTION}/5", type="IN")).json["sum"]["currency"] == 840
    missing = await client.ask(f"{TRANSACTION}/5", type="QIWI_CARD")
    assert (missing.status, missing.json["errorCode"]) == (404, "payment.history.not.found")
    assert (await client.ask(f"{TRANSACTION}/6")).status == 404
    assert (await client.ask(f"{TRANSACTION}/5", type="BOTH")).status == 400
    assert (await client.ask(f"{TRANSACTION}/5", rows=1)).status == 400


async def test_a_removed_row_is_gone(client: Client, wallet: Wallet) -> None:
    wallet.convert(80, "RUB", 1, "USD", transaction_id=5)
    wallet.remove(5, "IN")
    assert (await client.payments()).ids == [5]
    wallet.remove(5)
    assert (await client.payments()).ids == []
