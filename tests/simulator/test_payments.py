"""The payments list, its totals and one transaction: what is answered and what is refused."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from wallet_simulator import Kind, Simulator, Wallet

from .conftest import NOW, PAYMENTS, TOTAL, TRANSACTION, Client

DAY = timedelta(days=1)


def wire(moment: datetime, zone: str = "+00:00") -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + zone


def window(start: datetime, end: datetime) -> dict[str, str]:
    return {"startDate": wire(start), "endDate": wire(end)}


async def read_all(client: Client, rows: int, **query: str | int) -> list[int]:
    ids: list[int] = []
    cursor: dict[str, str | int] = {}
    while True:
        body = (await client.payments(rows, **query, **cursor)).json
        ids += [row["txnId"] for row in body["data"]]
        if body["nextTxnId"] is None:
            assert body["nextTxnDate"] is None
            return ids
        cursor = {"nextTxnId": body["nextTxnId"], "nextTxnDate": body["nextTxnDate"]}


def pay_daily(wallet: Wallet, count: int) -> None:
    """Make payments number 1 (the newest) to `count`, one a day."""
    for number in range(count, 0, -1):
        wallet.pay(number, transaction_id=number, date=NOW - number * DAY)


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


@pytest.mark.parametrize("rows", [None, 0, 51, -1, "ten", "1.5", "", "١"])
async def test_rows_is_required_and_from_1_to_50(client: Client, rows: str | int | None) -> None:
    reply = await client.payments(rows)
    assert reply.status == 400
    assert "rows" in reply.json["description"]


@pytest.mark.parametrize(
    "query",
    [
        {"operation": "in"},
        {"operation": ""},
        {"sources[0]": "QW_KZT"},
        {"sources[0]": "QW_RUB", "sources[2]": "CARD"},
        {"sources[1]": "QW_RUB"},
        {"source[0]": "QW_RUB"},
        {"startDate": wire(NOW)},
        {"endDate": wire(NOW)},
        {"startDate": wire(NOW - DAY), "endDate": wire(NOW, "+03:00")},
        {"startDate": wire(NOW), "endDate": wire(NOW - DAY)},
        {"startDate": wire(NOW - 90 * DAY - timedelta(seconds=1)), "endDate": wire(NOW)},
        {"startDate": "2026-05-01T00:00:00Z", "endDate": "2026-05-02T00:00:00Z"},
        {"startDate": "2026-05-01T00:00:00.000+03:00", "endDate": "2026-05-02T00:00:00.000+03:00"},
        {"startDate": "2026-05-01T00:00:00", "endDate": "2026-05-02T00:00:00"},
        {"startDate": "2026-05-01", "endDate": "2026-05-02"},
        {"startDate": "2026-02-30T00:00:00+03:00", "endDate": "2026-03-01T00:00:00+03:00"},
        {"nextTxnId": "1"},
        {"nextTxnDate": wire(NOW)},
        {"nextTxnId": "one", "nextTxnDate": wire(NOW)},
        {"nextTxnId": "1", "nextTxnDate": "2026-05-01T00:00:00Z"},
        {"limit": "5"},
    ],
)
async def test_what_the_docs_forbid_is_refused(client: Client, query: dict[str, str]) -> None:
    reply = await client.payments(10, **query)
    assert reply.status == 400
    assert reply.json["errorCode"] == "validation.error"
    assert reply.json["description"]


async def test_an_unencoded_plus_is_refused(client: Client) -> None:
    dates = "startDate=2026-05-01T00:00:00+03:00&endDate=2026-05-02T00:00:00+03:00"
    assert (await client.ask(f"{PAYMENTS}?rows=1&{dates}")).status == 400


async def test_a_repeated_parameter_is_refused(client: Client) -> None:
    assert (await client.ask(f"{PAYMENTS}?rows=1&rows=2")).status == 400


async def test_ninety_days_are_the_longest_range(client: Client, wallet: Wallet) -> None:
    pay_daily(wallet, 3)
    assert (await client.payments(10, **window(NOW - 90 * DAY, NOW))).ids == [1, 2, 3]


async def test_rows_alone_gives_the_newest_across_days(client: Client, wallet: Wallet) -> None:
    pay_daily(wallet, 5)
    assert (await client.payments(3)).ids == [1, 2, 3]


async def test_the_documented_window_can_be_switched_on(client: Client, wallet: Wallet) -> None:
    wallet.pay(1, transaction_id=7, date=NOW - timedelta(hours=23))
    wallet.pay(1, transaction_id=8, date=NOW - timedelta(hours=25))
    assert (await client.payments(50)).ids == [7, 8]
    wallet.default_window = DAY
    assert (await client.payments(50)).ids == [7]
    assert (await client.payments(50, **window(NOW - 2 * DAY, NOW))).ids == [7, 8]


async def test_bounds_are_inclusive(client: Client, wallet: Wallet) -> None:
    pay_daily(wallet, 4)
    assert (await client.payments(50, **window(NOW - 3 * DAY, NOW - 2 * DAY))).ids == [2, 3]


@pytest.mark.parametrize("rows", [2, 3, 7, 10, 50])
async def test_pages_lead_to_the_end_and_the_last_has_no_cursor(
    client: Client, wallet: Wallet, rows: int
) -> None:
    pay_daily(wallet, 10)
    assert await read_all(client, rows) == list(range(1, 11))


async def test_a_cursor_names_the_first_row_of_the_next_page(client: Client, wallet: Wallet) -> None:
    pay_daily(wallet, 3)
    body = (await client.payments(2)).json
    assert body["nextTxnId"] == 3
    assert body["nextTxnDate"] == "2026-05-17T12:30:15+03:00"


async def test_pages_keep_their_place_when_a_payment_arrives(client: Client, wallet: Wallet) -> None:
    pay_daily(wallet, 4)
    body = (await client.payments(2)).json
    wallet.pay(1, transaction_id=99)
    page = await client.payments(2, nextTxnId=body["nextTxnId"], nextTxnDate=body["nextTxnDate"])
    assert page.ids == [3, 4]


async def test_a_cursor_whose_row_is_gone_goes_on_at_the_next_older_row(
    client: Client, wallet: Wallet
) -> None:
    pay_daily(wallet, 4)
    body = (await client.payments(2)).json
    wallet.remove(3)
    page = await client.payments(2, nextTxnId=body["nextTxnId"], nextTxnDate=body["nextTxnDate"])
    assert page.ids == [4]


async def test_a_conversion_split_by_a_page_is_lost_by_nobody(client: Client, wallet: Wallet) -> None:
    wallet.pay(1, transaction_id=1, date=NOW - DAY)
    wallet.convert("483.07", "RUB", "6.67", "USD", transaction_id=5)
    wallet.pay(1, transaction_id=9)
    assert (await client.payments(2)).ids == [9, 5]
    ids = await read_all(client, 2)
    assert ids == [9, 5, 5, 5, 1]


async def test_dates_bound_the_pages_that_follow_or_not(
    client: Client, simulator: Simulator, wallet: Wallet
) -> None:
    pay_daily(wallet, 6)
    dates = window(NOW - 4 * DAY, NOW)
    assert await read_all(client, 2, **dates) == [1, 2, 3, 4]
    simulator.honours_dates = False
    assert await read_all(client, 2, **dates) == [1, 2, 3, 4, 5, 6]


async def test_a_cursor_without_dates_is_unbounded(client: Client, wallet: Wallet) -> None:
    wallet.default_window = DAY
    pay_daily(wallet, 4)
    page = await client.payments(2, nextTxnId=2, nextTxnDate=wire(NOW - 2 * DAY))
    assert page.ids == [2, 3]


async def test_rows_come_newest_first_whenever_they_were_written(client: Client, wallet: Wallet) -> None:
    wallet.pay(1, transaction_id=10)
    wallet.pay(1, transaction_id=11, date=NOW - timedelta(minutes=5))
    wallet.pay(1, transaction_id=3)
    wallet.pay(1, transaction_id=12, behind=True)
    assert (await client.payments()).ids == [3, 10, 12, 11]


async def test_dates_are_moscow_time_in_whole_seconds(client: Client, wallet: Wallet) -> None:
    wallet.pay(1, date=NOW.replace(hour=22, microsecond=123456))
    body = (await client.payments(1, **window(NOW, NOW + DAY))).json
    assert body["data"][0]["date"] == "2026-05-21T01:30:15+03:00"


async def test_operations_and_sources_choose_rows(client: Client, wallet: Wallet) -> None:
    wallet.pay(1, transaction_id=1)
    wallet.pay(2, transaction_id=2, kind="bill", currency="USD")
    wallet.pay(3, transaction_id=3, kind="purchase", type="QIWI_CARD")
    wallet.pay(4, transaction_id=4, kind="bill", source=26222)
    assert (await client.payments(operation="IN")).ids == [1]
    assert (await client.payments(operation="OUT")).ids == [4, 2]
    assert (await client.payments(operation="QIWI_CARD")).ids == [3]
    assert (await client.payments(operation="ALL")).ids == [4, 3, 2, 1]
    assert (await client.payments(**{"sources[0]": "QW_RUB"})).ids == [3, 1]
    assert (await client.payments(**{"sources[0]": "QW_USD", "sources[1]": "CARD"})).ids == [4, 2]
    assert (await client.payments(**{"sources[0]": "MK"})).ids == []


async def test_an_empty_history_is_an_empty_page_or_404(
    client: Client, simulator: Simulator, wallet: Wallet
) -> None:
    assert (await client.payments()).json == {"data": [], "nextTxnId": None, "nextTxnDate": None}
    simulator.empty_history_404 = True
    reply = await client.payments()
    assert (reply.status, reply.json["errorCode"]) == (404, "payment.history.not.found")
    wallet.pay(1)
    assert (await client.payments()).status == 200


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


async def test_totals_add_up_what_succeeded(client: Client, wallet: Wallet) -> None:
    wallet.pay("100.50", date=NOW - DAY)
    wallet.pay("200", date=NOW - DAY)
    wallet.pay("3.33", "USD", date=NOW - DAY)
    wallet.pay("70", kind="bill", commission="5", date=NOW - DAY)
    wallet.pay("9", status="WAITING", date=NOW - DAY)
    wallet.pay("1000", date=NOW - 10 * DAY)
    assert (await client.ask(TOTAL, **window(NOW - 2 * DAY, NOW))).json == {
        "incomingTotal": [{"amount": 3.33, "currency": 840}, {"amount": 300.5, "currency": 643}],
        "outgoingTotal": [{"amount": 70, "currency": 643}],
    }
    assert (await client.ask(TOTAL, operation="OUT", **window(NOW - 2 * DAY, NOW))).json[
        "incomingTotal"
    ] == []


@pytest.mark.parametrize(
    "query",
    [{}, {"rows": "5", **window(NOW - DAY, NOW)}, window(NOW - 91 * DAY, NOW), window(NOW, NOW - DAY)],
)
async def test_totals_need_their_dates_and_nothing_strange(client: Client, query: dict[str, str]) -> None:
    assert (await client.ask(TOTAL, **query)).status == 400


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
