"""The client reads the simulated history: pages, cursors, ranges of any length, and what is wrong with them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import json
from typing import Any

import aiohttp
import pytest

from custom_components.qiwi.api import (
    Cursor,
    Operation,
    PaymentsPage,
    Priority,
    QiwiClient,
    QiwiConnectionError,
    QiwiResponseError,
    Status,
)
from wallet_simulator import Endpoint, Fault, Simulator, Wallet

from . import bodies
from .conftest import NUMBER, Said, ScriptedServer

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(wallet: Wallet) -> None:
    wallet.clock = lambda: NOW


async def ids(rows: AsyncIterator[object]) -> list[str]:
    return [getattr(row, "transaction_id") async for row in rows]  # noqa: B009 - rows are of any kind


async def test_the_newest_page_costs_one_request(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    rows = [
        wallet.pay(number, comment=f"payment {number}", date=NOW - DAY * number) for number in range(1, 16)
    ]
    page = await client.payments_page(rows=10)
    assert [row.key for row in page.rows] == [row.key for row in rows[:10]]
    assert page.rows[0].comment == "payment 1"
    assert [(request.method, request.query) for request in simulator.requests] == [("GET", {"rows": "10"})]


async def test_a_cursor_leads_to_the_next_page(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    for number in range(1, 6):
        wallet.pay(number)
    first = await client.payments_page(rows=3)
    assert first.cursor
    second = await client.payments_page(rows=3, cursor=first.cursor)
    assert second.cursor is None
    assert len({row.key for row in (*first.rows, *second.rows)}) == 5
    assert simulator.requests[1].query == {
        "rows": "3",
        "nextTxnId": first.cursor.transaction_id,
        "nextTxnDate": first.cursor.date,
    }


async def test_all_payments_are_read_to_the_end_each_once(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    rows = [wallet.pay(number, date=NOW - timedelta(hours=number)) for number in range(1, 124)]
    wallet.convert(100, "RUB", 1, "USD", date=NOW)
    found = [row.key async for row in client.payments()]
    assert found[2:] == [row.key for row in rows]
    assert {kind for _, kind in found[:2]} == {"IN", "OUT"}
    assert simulator.count() == 3


async def test_a_range_holds_both_its_ends(client: QiwiClient, wallet: Wallet) -> None:
    inside = [wallet.pay(number, date=NOW - timedelta(seconds=number)) for number in (5, 10, 15)]
    wallet.pay(1, date=NOW - timedelta(seconds=4))
    wallet.pay(1, date=NOW - timedelta(seconds=16))
    found = client.payments(NOW - timedelta(seconds=15), NOW - timedelta(seconds=5))
    assert await ids(found) == [row.transaction_id for row in inside]


async def test_a_range_between_two_seconds_holds_neither(client: QiwiClient, wallet: Wallet) -> None:
    wallet.pay(1, date=NOW)
    wallet.pay(1, date=NOW + timedelta(seconds=1))
    half = timedelta(milliseconds=500)
    assert await ids(client.payments(NOW + half / 2, NOW + half)) == []
    assert len(await ids(client.payments(NOW - half, NOW + half))) == 1


@pytest.mark.parametrize(
    ("operation", "count"),
    [(Operation.IN, 2), (Operation.OUT, 1), (Operation.QIWI_CARD, 1), (Operation.ALL, 4)],
)
async def test_an_operation_picks_its_rows(
    client: QiwiClient, wallet: Wallet, simulator: Simulator, operation: Operation, count: int
) -> None:
    wallet.pay(1)
    wallet.pay(2)
    wallet.pay(3, kind="bill")
    wallet.pay(4, kind="purchase", type="QIWI_CARD")
    assert len(await ids(client.payments(operation=operation))) == count
    assert simulator.requests[0].query.get("operation", "ALL") == operation


async def test_a_waiting_row_and_a_failed_one_are_told_apart(client: QiwiClient, wallet: Wallet) -> None:
    wallet.pay(1, status="WAITING")
    wallet.pay(2, status="ERROR", kind="bill")
    found = {row.status: row.error_code async for row in client.payments()}
    assert found[Status.WAITING] == 0
    assert found[Status.ERROR] != 0


async def test_dates_go_out_in_moscow_time_to_the_second(told: QiwiClient, scripted: ScriptedServer) -> None:
    scripted.says_json(bodies.page())
    start = datetime(2026, 11, 1, 0, 0, 0, 900_000, tzinfo=UTC)
    await told.payments_page(rows=50, start=start, end=start + timedelta(hours=1))
    path, _, query = scripted.targets[0].partition("?rows=50&")
    assert path == f"/payment-history/v2/persons/{NUMBER}/payments"
    assert query == "startDate=2026-11-01T03%3A00%3A00%2B03%3A00&endDate=2026-11-01T04%3A00%3A01%2B03%3A00"


async def test_a_cursor_goes_back_encoded_as_it_came(told: QiwiClient, scripted: ScriptedServer) -> None:
    scripted.says_json(bodies.page(bodies.row()))
    cursor = Cursor(transaction_id="31", date="2026-11-20T10:00:00+03:00")
    await told.payments_page(rows=1, cursor=cursor)
    assert scripted.targets[0].endswith("?rows=1&nextTxnId=31&nextTxnDate=2026-11-20T10%3A00%3A00%2B03%3A00")


@pytest.mark.parametrize(("days", "requests"), [(89, 1), (90, 1), (91, 2), (180, 2), (200, 3), (365, 5)])
async def test_a_long_range_is_split_every_ninety_days(
    client: QiwiClient, wallet: Wallet, simulator: Simulator, days: int, requests: int
) -> None:
    rows = [wallet.pay(1, date=NOW - DAY * age) for age in range(0, days + 1, 5)]
    rows += [wallet.pay(1, date=NOW - DAY * 90 + timedelta(seconds=second)) for second in (-1, 1)]
    found = await ids(client.payments(NOW - DAY * days, NOW))
    expected = [row for row in rows if row.date >= NOW - DAY * days]
    assert found == [row.transaction_id for row in sorted(expected, key=lambda row: row.date, reverse=True)]
    assert simulator.count() == requests


async def test_a_range_without_an_end_reaches_the_wallets_present(
    session: aiohttp.ClientSession, client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    # The host lives in another year.
    wallet.clock = lambda: NOW + DAY * 500
    await client.profile()
    wallet.pay(1)
    assert len(await ids(client.payments(NOW + DAY * 495))) == 1
    assert simulator.count(Endpoint.PAYMENTS) == 1


async def test_before_the_wallet_told_its_time_the_hosts_must_do(client: QiwiClient, wallet: Wallet) -> None:
    paid = datetime.now(UTC) - timedelta(minutes=5)
    wallet.pay(1, date=paid)
    assert len(await ids(client.payments(paid - DAY))) == 1


async def test_a_range_of_one_second_is_one(client: QiwiClient, wallet: Wallet) -> None:
    paid = wallet.pay(1, date=NOW)
    wallet.pay(1, date=NOW - timedelta(seconds=1))
    assert await ids(client.payments(NOW, NOW)) == [paid.transaction_id]


async def test_a_page_of_the_first_second_of_a_range_does_not_end_the_reading(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    first = bodies.row(txnId=2, date=NOW.isoformat())
    scripted.says_json(
        bodies.page(first, cursor=(1, NOW.isoformat())),
        bodies.page(bodies.row(txnId=1, date=NOW.isoformat())),
    )
    assert await ids(told.payments(NOW, NOW + DAY)) == ["2", "1"]


async def test_an_empty_range_asks_nothing(client: QiwiClient, simulator: Simulator) -> None:
    assert await ids(client.pages(NOW, NOW - timedelta(seconds=1))) == []
    assert simulator.count() == 0


@pytest.mark.parametrize("answers_404", [True, False])
async def test_no_payments_are_an_empty_list(
    client: QiwiClient, simulator: Simulator, answers_404: bool
) -> None:
    simulator.empty_history_404 = answers_404
    assert await client.payments_page(rows=10) == PaymentsPage(rows=(), cursor=None)
    assert await ids(client.payments(NOW - DAY * 100, NOW)) == []


@pytest.mark.parametrize("honours_dates", [True, False])
async def test_a_range_is_read_whether_or_not_paging_minds_its_dates(
    client: QiwiClient, wallet: Wallet, simulator: Simulator, honours_dates: bool
) -> None:
    simulator.honours_dates = honours_dates
    rows = [wallet.pay(1, date=NOW - timedelta(hours=age)) for age in range(400)]
    found = await ids(client.payments(NOW - timedelta(hours=120), NOW - timedelta(hours=20), rows=20))
    assert found == [row.transaction_id for row in rows[20:121]]
    assert simulator.count() <= 6 + 1


async def test_a_wallet_that_minds_no_dates_at_all_is_read_once_through(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    dated = [bodies.row(txnId=age, date=(NOW - DAY * age).isoformat()) for age in range(6)]
    cursors = [(age, (NOW - DAY * age).isoformat()) for age in (2, 4, 6)]
    scripted.says_json(*(bodies.page(*dated[at : at + 2], cursor=cursors[at // 2]) for at in (0, 2, 4)))
    assert await ids(told.payments(NOW - DAY * 3, NOW - DAY)) == ["1", "2", "3"]
    assert len(scripted.asked) == 3


async def test_one_stray_old_row_does_not_end_the_reading(told: QiwiClient, scripted: ScriptedServer) -> None:
    old = bodies.row(txnId=1, date=(NOW - DAY * 9).isoformat())
    scripted.says_json(
        bodies.page(bodies.row(txnId=3, date=NOW.isoformat()), old, cursor=(2, NOW.isoformat())),
        bodies.page(bodies.row(txnId=2, date=NOW.isoformat())),
    )
    assert await ids(told.payments(NOW - DAY, NOW)) == ["3", "2"]


@pytest.mark.parametrize("kind", ["duplicate_rows", "reordered_rows"])
async def test_repeated_and_reordered_rows_come_each_once(
    client: QiwiClient, wallet: Wallet, simulator: Simulator, kind: str
) -> None:
    rows = [wallet.pay(1, date=NOW - timedelta(hours=age)) for age in range(30)]
    simulator.fault(Fault(kind=kind))
    found = await ids(client.payments(NOW - DAY * 5, NOW, rows=10))
    assert sorted(found) == sorted(row.transaction_id for row in rows)


async def test_pages_in_a_circle_are_an_error_and_no_end(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    for _ in range(5):
        wallet.pay(1)
    simulator.fault(Fault(kind="paging_loop"))
    with pytest.raises(QiwiResponseError, match="circle"):
        await ids(client.payments(rows=2))
    assert simulator.count() <= 4


async def test_a_page_that_leads_to_the_cursor_it_was_asked_with_is_a_circle(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    scripted.says_json(bodies.page(bodies.row(), cursor=(BEHIND.transaction_id, BEHIND.date)))
    with pytest.raises(QiwiResponseError, match="circle"):
        _ = [page async for page in told.pages(cursor=BEHIND)]
    assert len(scripted.asked) == 1


async def test_pages_without_an_end_are_an_error(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    for _ in range(9):
        wallet.pay(1)
    client.page_cap = 3
    with pytest.raises(QiwiResponseError, match="3 pages"):
        await ids(client.with_priority(Priority.CATCH_UP).payments(rows=2))
    assert simulator.count() == 3
    assert len(await ids(client.payments(rows=3))) == 9


async def test_a_failure_in_the_middle_is_told_and_not_taken_for_the_end(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    for _ in range(9):
        wallet.pay(1)
    rows = aiter(client.payments(rows=5))
    for _ in range(5):
        await anext(rows)
    simulator.fault(Fault(kind="truncated"))
    with pytest.raises(QiwiResponseError):
        await anext(rows)


@pytest.mark.parametrize("rows", [0, -1, 51])
async def test_a_page_of_another_size_is_not_asked_for(
    client: QiwiClient, simulator: Simulator, rows: int
) -> None:
    with pytest.raises(ValueError, match="rows"):
        await client.payments_page(rows=rows)
    assert simulator.count() == 0


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (NOW, None),
        (None, NOW),
        (NOW, NOW - DAY),
        (NOW - DAY * 90 - timedelta(seconds=1), NOW),
        (NOW.replace(tzinfo=None), NOW),
        (NOW, NOW.replace(tzinfo=None)),
        (NOW, datetime.max.replace(tzinfo=UTC)),
    ],
)
async def test_what_the_documentation_forbids_is_not_asked(
    client: QiwiClient, simulator: Simulator, start: datetime | None, end: datetime | None
) -> None:
    with pytest.raises(ValueError, match=r"start|range|date"):
        await client.payments_page(rows=10, start=start, end=end)
    assert simulator.count() == 0


async def test_an_end_needs_a_start(client: QiwiClient) -> None:
    with pytest.raises(ValueError, match="start"):
        await ids(client.payments(None, NOW))


# What is wrong with a page


BEHIND = Cursor(transaction_id="31", date="2026-11-20T10:00:00+03:00")
NOTHING = (
    Said(status=404),
    Said(status=404, body=json.dumps(bodies.error("payment.history.not.found")).encode()),
    Said(body=json.dumps(bodies.page()).encode()),
)


@pytest.mark.parametrize("said", NOTHING)
async def test_nothing_is_an_empty_history_at_its_beginning_and_a_failure_behind_a_cursor(
    told: QiwiClient, scripted: ScriptedServer, said: Said
) -> None:
    scripted.says(said)
    assert await told.payments_page(rows=5) == PaymentsPage(rows=(), cursor=None)
    assert await told.payments_page(rows=5, start=NOW, end=NOW) == PaymentsPage(rows=(), cursor=None)
    with pytest.raises(QiwiResponseError, match="promised") as caught:
        await told.payments_page(rows=5, cursor=BEHIND)
    assert caught.value.__context__ is None


async def test_what_stands_behind_a_row_outside_the_range_is_asked_for_twice_in_the_same_words(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    scripted.says_json(bodies.page())
    page = await told.payments_page(rows=5, cursor=BEHIND, start=NOW, end=NOW, operation=Operation.IN)
    assert page == PaymentsPage(rows=(), cursor=None)
    first, second = (dict(request.query) for request in scripted.asked)
    assert first == second
    assert sorted(first) == ["endDate", "nextTxnDate", "nextTxnId", "operation", "rows", "startDate"]


@pytest.mark.parametrize("said", [*NOTHING, Said(status=500), Said(status=503, body=NOTHING[1].body)])
async def test_a_history_that_breaks_off_is_not_taken_for_read(
    told: QiwiClient, scripted: ScriptedServer, said: Said
) -> None:
    page = bodies.page(bodies.row(), cursor=(BEHIND.transaction_id, BEHIND.date))
    scripted.says(Said(body=json.dumps(page).encode()), said)
    rows = aiter(told.payments())
    await anext(rows)
    with pytest.raises((QiwiResponseError, QiwiConnectionError)):
        await anext(rows)


async def test_a_page_without_the_row_that_its_cursor_names_is_torn(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    for number in range(1, 6):
        wallet.pay(number)
    first = await client.payments_page(rows=3)
    simulator.fault(Fault(kind="missing_rows", times=1))
    torn = await client.payments_page(rows=3, cursor=first.cursor)
    whole = await client.payments_page(rows=3, cursor=first.cursor)
    assert [page.is_torn for page in (first, torn, whole)] == [False, True, False]


@pytest.mark.parametrize(("odd", "is_torn"), [("7", False), ("seven", False), ("8", True)])
async def test_a_row_that_cannot_be_read_may_be_the_one_that_a_cursor_names(
    told: QiwiClient, scripted: ScriptedServer, odd: str, is_torn: bool
) -> None:
    scripted.says_json(bodies.page(bodies.row(txnId=odd, status="HELD")))
    cursor = Cursor(transaction_id="7", date="2026-11-20T15:00:00+03:00")
    assert (await told.payments_page(rows=3, cursor=cursor)).is_torn is is_torn


@pytest.mark.parametrize(
    ("shift", "is_torn"),
    [(timedelta(), False), (timedelta(microseconds=1), False), (timedelta(seconds=1), True)],
    ids=str,
)
async def test_a_row_with_another_date_is_not_the_one_that_a_cursor_names(
    told: QiwiClient, scripted: ScriptedServer, shift: timedelta, is_torn: bool
) -> None:
    date = datetime.fromisoformat(BEHIND.date)
    scripted.says_json(bodies.page(bodies.row(txnId=31, date=(date + shift).isoformat())))
    cursor = Cursor(transaction_id="31", date=date.astimezone(UTC).isoformat())
    assert (await told.payments_page(rows=3, cursor=cursor)).is_torn is is_torn


@pytest.mark.parametrize("said", NOTHING)
@pytest.mark.parametrize("days", [-9, 9])
async def test_nothing_behind_a_cursor_that_names_a_row_outside_the_range_is_its_end_when_it_is_said_twice(
    told: QiwiClient, scripted: ScriptedServer, said: Said, days: int
) -> None:
    named = datetime.fromisoformat(BEHIND.date)
    start = named - timedelta(days=days)
    asked: dict[str, Any] = {"rows": 5, "cursor": BEHIND, "start": start, "end": start + timedelta(days=1)}
    scripted.says(said, Said(body=json.dumps(bodies.page(bodies.row())).encode()))
    page = await told.payments_page(**asked)
    assert (len(page.rows), page.is_torn) == (1, True)
    scripted.says(said, said)
    assert await told.payments_page(**asked) == PaymentsPage(rows=(), cursor=None)
    # Its first and its last second belong to a range.
    for first, last in ((named, named + timedelta(days=1)), (named - timedelta(days=1), named)):
        scripted.says(said)
        with pytest.raises(QiwiResponseError, match="promised"):
            await told.payments_page(rows=5, cursor=BEHIND, start=first, end=last)


async def test_a_page_of_odd_rows_alone_is_not_an_empty_one(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    scripted.says_json(bodies.page(bodies.row(status="HELD")))
    page = await told.payments_page(rows=5, cursor=BEHIND)
    assert [row.transaction_id for row in page.unreadable] == ["26110000031"]


async def test_a_range_carries_the_odd_rows_that_lie_in_it_or_have_no_date(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    odd = [
        bodies.row(txnId=days, status="HELD", date=(NOW - DAY * days).isoformat()) for days in (0, 1, 2, 3, 4)
    ]
    odd.append(bodies.row(txnId=9, date=None))
    scripted.says_json(bodies.page(bodies.row(txnId=5, date=(NOW - DAY * 2).isoformat()), *odd))
    pages = [page async for page in told.pages(NOW - DAY * 3, NOW - DAY)]
    assert [row.transaction_id for page in pages for row in page.unreadable] == ["1", "2", "3", "9"]
    assert await ids(told.payments(NOW - DAY * 3, NOW - DAY)) == ["5"]
    assert len([row async for page in told.pages() for row in page.unreadable]) == 6


@pytest.mark.parametrize(("date", "pages"), [((NOW - DAY * 9).isoformat(), 1), (None, 2)])
async def test_odd_rows_before_a_range_end_its_reading_only_by_their_dates(
    told: QiwiClient, scripted: ScriptedServer, date: str | None, pages: int
) -> None:
    old = bodies.row(txnId=1, date=(NOW - DAY * 9).isoformat())
    odd = bodies.row(txnId=2, date=date, status=None)
    scripted.says_json(
        bodies.page(old, odd, cursor=(BEHIND.transaction_id, BEHIND.date)),
        bodies.page(bodies.row(txnId=3, date=NOW.isoformat())),
    )
    assert len([page async for page in told.pages(NOW - DAY, NOW)]) == pages


async def test_a_page_that_is_too_large_is_asked_for_again_with_half_the_rows(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    large = "\U0001f525" * 100_000
    rows = [
        wallet.pay(1, date=NOW - timedelta(hours=age), comment=large if age in {3, 20, 21} else None)
        for age in range(60)
    ]
    assert await ids(client.payments()) == [row.transaction_id for row in rows]
    first = await client.payments_page(rows=50)
    assert first.cursor
    second = await client.payments_page(rows=50, cursor=first.cursor)
    assert second.rows[0].transaction_id == rows[len(first.rows)].transaction_id
    assert len(first.rows) == 12


async def test_a_page_that_would_hold_the_loop_is_halved_as_well(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    rows = [wallet.pay(1, date=NOW - timedelta(hours=age), comment="," * 3_000) for age in range(20)]
    assert await ids(client.payments()) == [row.transaction_id for row in rows]
    assert [request.query["rows"] for request in simulator.requests][:4] == ["50", "25", "12", "50"]


async def test_rows_are_halved_down_to_one_and_a_single_one_that_is_too_large_is_an_error(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    scripted.says(Said(body=b" " * 1_048_577))
    with pytest.raises(QiwiResponseError, match="1 MiB") as caught:
        await told.payments_page(rows=50, start=NOW, end=NOW)
    assert caught.value.__context__ is None
    asked = [request.query["rows"] for request in scripted.asked]
    assert asked == ["50", "25", "12", "6", "3", "1"]
    assert all("startDate" in request.query for request in scripted.asked)
