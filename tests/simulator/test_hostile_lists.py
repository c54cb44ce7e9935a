"""Faults that strike one page of one reading, and lists that are not what the wallet holds."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any

import pytest

from wallet_simulator import Endpoint, Fault, Simulator, Wallet
from wallet_simulator.oddities import ODD_FIELDS, ODD_JSON

from .conftest import NOW, PROFILE, Client

DAY = {"startDate": "2026-05-20T00:00:00+03:00", "endDate": "2026-05-20T23:59:59+03:00"}
MINUTE = {"startDate": "2026-05-20T12:30:00+03:00", "endDate": "2026-05-20T12:31:00+03:00"}


@pytest.fixture(autouse=True)
def seven_payments(wallet: Wallet) -> None:
    for number in range(1, 8):
        wallet.pay(number, transaction_id=number)


async def read(client: Client, **query: str) -> list[int]:
    """Read all pages of two rows and return their statuses."""
    statuses = []
    cursor: dict[str, Any] = {}
    while True:
        reply = await client.payments(2, **query, **cursor)
        statuses.append(reply.status)
        if reply.status == 200:
            cursor = {name: reply.json[name] for name in ("nextTxnId", "nextTxnDate")}
        if reply.status != 200 or cursor["nextTxnId"] is None:
            return statuses


@pytest.mark.parametrize("page", [1, 2, 3, 4])
async def test_a_fault_strikes_one_page_of_a_reading(client: Client, simulator: Simulator, page: int) -> None:
    simulator.fault(Fault(kind="status", status=404, page=page))
    for _ in range(2):
        assert await read(client, **DAY) == [*[200] * (page - 1), 404]
    assert (await client.ask(PROFILE)).status == 200


async def test_a_page_keeps_its_number_when_it_is_asked_for_again(
    client: Client, simulator: Simulator
) -> None:
    first = (await client.payments(2, **DAY)).json
    cursor = {name: first[name] for name in ("nextTxnId", "nextTxnDate")}
    simulator.fault(Fault(kind="status", page=2, times=2))
    again = [(await client.payments(2, **DAY, **cursor)).status for _ in range(3)]
    assert again == [500, 500, 200]


async def test_a_fault_tells_first_pages_from_those_behind_a_cursor(
    client: Client, simulator: Simulator
) -> None:
    simulator.fault(Fault(kind="status", cursor=True))
    assert await read(client) == [200, 500]
    assert (await client.payments(2, nextTxnId=1, nextTxnDate="2026-05-20T12:30:15+03:00")).status == 500
    simulator.clear_faults()
    simulator.fault(Fault(kind="status", cursor=False))
    assert await read(client) == [500]


@pytest.mark.parametrize(
    ("limits", "struck"),
    [
        ({"dated": True}, [200, 500, 500]),
        ({"dated": False}, [500, 200, 200]),
        ({"longest_range": timedelta(minutes=1)}, [200, 200, 500]),
        ({"shortest_range": timedelta(hours=1)}, [200, 500, 200]),
        ({"dated": True, "longest_range": timedelta(seconds=1)}, [200, 200, 200]),
    ],
)
async def test_a_fault_tells_windows_look_ups_and_the_newest_page_apart(
    client: Client, simulator: Simulator, limits: dict[str, Any], struck: list[int]
) -> None:
    simulator.fault(Fault(kind="status", **limits))
    assert [(await client.payments(2, **query)).status for query in ({}, DAY, MINUTE)] == struck
    assert (await client.ask(PROFILE)).status == 200


async def test_a_fault_spares_so_many_requests_that_fit(client: Client, simulator: Simulator) -> None:
    fault = simulator.fault(Fault(kind="status", endpoint="payments", dated=True, after=2, times=1))
    statuses = []
    for _ in range(4):
        assert (await client.ask(PROFILE)).status == 200
        assert (await client.payments(2)).status == 200
        statuses.append((await client.payments(2, **DAY)).status)
    assert statuses == [200, 200, 500, 200]
    assert (fault.met, fault.struck) == (3, 1)


async def test_a_request_that_a_newer_fault_strikes_is_counted_by_the_older_one(
    client: Client, simulator: Simulator
) -> None:
    simulator.fault(Fault(kind="status", status=502, after=2))
    simulator.fault(Fault(kind="status", status=503, times=1))
    assert [(await client.ask(PROFILE)).status for _ in range(4)] == [503, 200, 502, 502]


async def test_a_query_that_breaks_the_form_has_no_page(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="status", page=1))
    assert (await client.payments(None)).status == 400
    assert (await client.payments(2, endDate="today")).status == 400


@pytest.mark.parametrize("wrong", [{"page": 0}, {"after": -1}])
def test_a_limit_that_cannot_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Fault(kind="status", **wrong)  # type: ignore[arg-type]


# What an answer says


@pytest.mark.parametrize("status", [200, 404, 503, 500])
async def test_a_failure_may_carry_any_error_code(client: Client, simulator: Simulator, status: int) -> None:
    simulator.fault(Fault(kind="status", status=status, code="upstream.not.found"))
    reply = await client.payments(2)
    assert (reply.status, reply.json["errorCode"]) == (status, "upstream.not.found")


async def test_a_404_may_be_plain(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="status", status=404, body=""))
    reply = await client.payments(2)
    assert (reply.status, reply.body) == (404, b"")


async def test_a_page_may_be_empty_although_a_cursor_promised_more(
    client: Client, simulator: Simulator
) -> None:
    simulator.fault(Fault(kind="no_rows", page=2))
    first = (await client.payments(2)).json
    cursor = {name: first[name] for name in ("nextTxnId", "nextTxnDate")}
    assert len(first["data"]) == 2
    empty: dict[str, Any] = {"data": [], "nextTxnId": None, "nextTxnDate": None}
    assert (await client.payments(2, **cursor)).json == empty
    simulator.fault(Fault(kind="no_rows", cursor=False))
    assert (await client.payments(2)).json == empty


async def test_a_page_may_lack_its_newest_rows_or_the_way_on(client: Client, simulator: Simulator) -> None:
    whole = (await client.payments(4)).json
    simulator.fault(Fault(kind="missing_rows", times=1))
    assert (await client.payments(4)).ids == [6, 5, 4]
    simulator.fault(Fault(kind="missing_rows", rows=3, times=1))
    lagging = await client.payments(4)
    assert (lagging.ids, lagging.json["nextTxnId"]) == ([4], whole["nextTxnId"])
    simulator.fault(Fault(kind="no_cursor"))
    last = await client.payments(4)
    assert (last.ids, last.json["nextTxnId"], last.json["nextTxnDate"]) == ([7, 6, 5, 4], None, None)


@pytest.mark.parametrize("name", ODD_JSON)
async def test_any_json_may_be_among_good_rows(client: Client, simulator: Simulator, name: str) -> None:
    simulator.fault(Fault(kind="odd_row", body=ODD_JSON[name]))
    first, odd, *others = (await client.payments(3)).json["data"]
    assert odd == json.loads(ODD_JSON[name])
    assert [row["txnId"] for row in (first, *others)] == [7, 6, 5]


async def test_an_odd_row_is_null_unless_given_and_may_stand_alone(
    client: Client, simulator: Simulator, wallet: Wallet
) -> None:
    for row in wallet.rows:
        wallet.remove(row.transaction_id)
    simulator.fault(Fault(kind="odd_row"))
    assert (await client.payments()).json["data"] == [None]


async def test_comments_may_be_too_long_for_a_page(
    client: Client, simulator: Simulator, wallet: Wallet
) -> None:
    for _ in range(50):
        wallet.pay(1)
    wallet.pay(1, raw="null")
    simulator.fault(Fault(kind="long_comments"))
    reply = await client.payments(50)
    assert len(reply.body) > 1024 * 1024
    assert reply.json["data"][0] is None
    assert {row["comment"] for row in reply.json["data"][1:]} == {"ж" * 3600}
    simulator.fault(Fault(kind="long_comments", size=1))
    assert (await client.payments(2)).json["data"][1]["comment"] == "ж"


async def test_the_date_may_be_of_another_time_or_none(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="wrong_date", date=datetime(1970, 1, 1, tzinfo=UTC), times=1))
    assert (await client.payments()).headers["Date"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    simulator.fault(Fault(kind="wrong_date", offset=timedelta(hours=30), times=1))
    assert (await client.payments()).headers["Date"] == "Thu, 21 May 2026 15:30:15 GMT"
    simulator.fault(Fault(kind="wrong_date", body="yesterday"))
    assert (await client.payments()).headers["Date"] == "yesterday"


# What the wallet holds


@pytest.mark.parametrize("name", ODD_FIELDS)
async def test_a_row_may_have_odd_fields(client: Client, wallet: Wallet, name: str) -> None:
    wallet.pay(100, overrides=ODD_FIELDS[name], transaction_id=100)
    odd, sound = (await client.payments(2)).json["data"]
    differing = {key for key in sound if odd[key] != sound[key]} & set(ODD_FIELDS[name])
    assert differing == set(ODD_FIELDS[name])
    assert sound["txnId"] == 7


async def test_a_row_may_be_any_text_until_it_is_sound_again(client: Client, wallet: Wallet) -> None:
    wallet.pay(100, raw='{"txnId": 5e-1}', transaction_id=100)
    assert (await client.payments(1)).json["data"] == [{"txnId": 0.5}]
    wallet.change(100, raw="")
    assert (await client.payments(1)).ids == [100]
    wallet.change(100, overrides={"status": None})
    assert (await client.payments(1)).json["data"][0]["status"] is None
    wallet.change(100, overrides={})
    assert (await client.payments(1)).json["data"][0]["status"] == "SUCCESS"


async def test_a_row_of_the_future_comes_first(client: Client, wallet: Wallet) -> None:
    wallet.pay(1, date=NOW + timedelta(days=365), transaction_id=100)
    assert (await client.payments(2)).ids == [100, 7]
    assert (await client.payments(2, **DAY)).ids == [7, 6]


async def test_a_row_is_dated_anew(client: Client, wallet: Wallet) -> None:
    before = wallet.find(1).body()
    wallet.change(1, date=NOW + timedelta(seconds=5))
    reply = await client.payments(2)
    assert reply.ids == [1, 7]
    assert reply.json["data"][0] == {**before, "date": "2026-05-20T12:30:20+03:00"}
    wallet.change(1, date=NOW - timedelta(days=1))
    assert (await client.payments(7)).ids == [7, 6, 5, 4, 3, 2, 1]


async def test_a_final_row_turns_and_money_follows(client: Client, wallet: Wallet) -> None:
    balance = wallet.balances["RUB"]
    wallet.change(7, status="ERROR")
    assert wallet.balances["RUB"] == balance - 7
    row = (await client.payments(1)).json["data"][0]
    assert (row["status"], row["errorCode"]) == ("ERROR", 300)
    wallet.change(7, status="SUCCESS")
    wallet.change(7, status="SUCCESS")
    assert wallet.balances["RUB"] == balance
    row = (await client.payments(1)).json["data"][0]
    assert (row["status"], row["errorCode"]) == ("SUCCESS", 0)


async def test_rows_vanish_and_come_back_where_they_were(client: Client, wallet: Wallet) -> None:
    waiting = wallet.pay(1, transaction_id=100, settles_after=60)
    gone = wallet.remove(100) + wallet.remove(5)
    assert (await client.payments()).ids == [7, 6, 4, 3, 2, 1]
    wallet.put_back(gone)
    assert (await client.payments()).ids == [100, 7, 6, 5, 4, 3, 2, 1]
    wallet.clock = lambda: NOW + timedelta(seconds=60)
    await client.payments()
    assert waiting.status == "SUCCESS"


def test_what_is_not_there_cannot_be_changed(wallet: Wallet) -> None:
    with pytest.raises(KeyError):
        wallet.change(8, status="ERROR")
    with pytest.raises(KeyError):
        wallet.change(7, "OUT", status="ERROR")


# By hand


async def test_a_precise_fault_is_made_over_the_control_page(client: Client, simulator: Simulator) -> None:
    body = {
        "kind": "status",
        "status": 200,
        "code": "upstream.not.found",
        "endpoint": "payments",
        "page": 2,
        "cursor": True,
        "dated": True,
        "longest_range": "172800",
        "shortest_range": 60,
        "after": 1,
        "times": 3,
    }
    assert (await client.control("POST", "/control/faults", body)).status == 201
    assert simulator.faults[0].fault == Fault(
        kind="status",
        status=200,
        code="upstream.not.found",
        endpoint=Endpoint.PAYMENTS,
        page=2,
        cursor=True,
        dated=True,
        longest_range=timedelta(days=2),
        shortest_range=timedelta(minutes=1),
        after=1,
        times=3,
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "status", "page": 0}, "page"),
        ({"kind": "status", "page": 1.5}, "page"),
        ({"kind": "status", "cursor": "yes"}, "cursor"),
        ({"kind": "status", "after": -1}, "after"),
        ({"kind": "status", "longest_range": "long"}, "longest_range"),
        ({"kind": "wrong_date", "date": "today"}, "date"),
    ],
)
async def test_a_wrong_limit_is_refused_by_its_name(client: Client, body: dict[str, Any], field: str) -> None:
    reply = await client.control("POST", "/control/faults", body)
    assert (reply.status, reply.json["field"]) == (400, field)


async def test_a_payment_is_changed_over_the_control_page(client: Client, wallet: Wallet) -> None:
    path = "/control/payments/7/change"
    body = {"status": "ERROR", "date": "2026-05-19T12:00:00+03:00", "overrides": {"comment": 5}}
    reply = await client.control("POST", path, body)
    assert (reply.status, reply.json["changed"][0]["status"]) == (200, "ERROR")
    assert wallet.rows[-1].transaction_id == "7"
    assert wallet.rows[-1].body()["comment"] == 5
    assert (await client.control("POST", path, {"overrides": 5})).json["field"] == "overrides"
    assert (await client.control("POST", path, {"colour": "red"})).json["field"] == "colour"
    missing = await client.control("POST", "/control/payments/8/change", {"raw": "null"})
    assert (missing.status, missing.json["problem"]) == (404, "no_payment")


async def test_a_payment_of_any_shape_is_made_over_the_control_page(client: Client) -> None:
    for body in ({"raw": "null"}, {"overrides": {"txnId": -5}}):
        assert (await client.control("POST", "/control/payments", {"amount": 5, **body})).status == 201
    assert [row and row["txnId"] for row in (await client.payments(3)).json["data"]] == [-5, None, 7]
