"""The payments list and its totals: what is answered, page by page, and what is refused."""

from datetime import datetime, timedelta

import pytest

from wallet_simulator import Simulator, Wallet

from .conftest import NOW, PAYMENTS, TOTAL, Client

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
