"""The client reads the simulated wallet: profile, balances, payments, commission, each with the requests it costs."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest

from custom_components.qiwi.api import (
    Balance,
    Cursor,
    Operation,
    PaymentsPage,
    Priority,
    QiwiAuthError,
    QiwiClient,
    QiwiError,
    QiwiNotFoundError,
    QiwiPermissionError,
    QiwiResponseError,
    Scope,
    Status,
    WalletLimiter,
)
from wallet_simulator import Endpoint, Fault, Simulator, Wallet

from . import bodies
from .conftest import NUMBER, TOKEN, Said, ScriptedServer

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(wallet: Wallet) -> None:
    wallet.clock = lambda: NOW


async def ids(rows: AsyncIterator[object]) -> list[str]:
    return [getattr(row, "transaction_id") async for row in rows]  # noqa: B009 - rows are of any kind


# Profile


async def test_the_profile_names_the_wallet_with_one_request(
    session: aiohttp.ClientSession, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.blocked = True
    client = QiwiClient(session, TOKEN, api_url=simulator.url + "/")
    assert client.wallet is None
    profile = await client.profile()
    assert (profile.wallet, profile.blocked, profile.identification) == (NUMBER, True, "VERIFIED")
    assert client.wallet == NUMBER
    assert [request.query for request in simulator.requests] == [
        {"authInfoEnabled": "false", "userInfoEnabled": "false"}
    ]


async def test_a_known_number_is_kept_whatever_the_profile_says(client: QiwiClient) -> None:
    client.wallet = "79000000009"
    assert (await client.profile()).wallet == NUMBER
    assert client.wallet == "79000000009"


async def test_the_login_names_the_wallet_when_the_contract_does_not(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    contract = bodies.contract(contractId=None)
    scripted.says_json({"contractInfo": contract}, bodies.full_profile())
    profile = await told.profile()
    assert (profile.wallet, profile.identification) == (NUMBER, "FULL")
    assert scripted.targets == [
        "/person-profile/v1/profile/current?authInfoEnabled=false&userInfoEnabled=false",
        "/person-profile/v1/profile/current?userInfoEnabled=false",
    ]


async def test_a_profile_without_any_number_is_refused(told: QiwiClient, scripted: ScriptedServer) -> None:
    scripted.says_json({})
    with pytest.raises(QiwiResponseError, match="no wallet number"):
        await told.profile()


# Balances


async def test_balances_are_those_of_the_wallet(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    wallet.balances |= {"USD": Decimal("6.67"), "KZT": Decimal(0)}
    wallet.mobile_accounts["mc_megafon_rub"] = True
    assert await client.balances() == (
        Balance(alias="qw_wallet_rub", currency="RUB", amount=Decimal("100.5"), is_default=True),
        Balance(alias="qw_wallet_usd", currency="USD", amount=Decimal("6.67")),
        Balance(alias="qw_wallet_kzt", currency="KZT", amount=Decimal(0)),
    )
    assert simulator.count() == 1


async def test_a_missing_balance_is_asked_for_once_more(
    client: QiwiClient, wallet: Wallet, simulator: Simulator
) -> None:
    wallet.balances |= {"USD": Decimal("6.67"), "EUR": Decimal(5)}
    wallet.hide_balance("qw_wallet_rub")
    wallet.hide_balance("qw_wallet_eur", until_retry=False)
    assert [balance.amount for balance in await client.balances()] == [
        Decimal("100.5"),
        Decimal("6.67"),
        None,
    ]
    assert [request.query for request in simulator.requests] == [
        {},
        {"timeout": "1000", "alias": "qw_wallet_rub"},
        {"timeout": "1000", "alias": "qw_wallet_eur"},
    ]


@pytest.mark.parametrize(
    "second", [Said(status=404), Said(status=500), Said(status=400), Said(body=b'{"accounts":[]}')]
)
async def test_a_balance_that_stays_missing_takes_no_other_away(
    told: QiwiClient, scripted: ScriptedServer, second: Said
) -> None:
    entries = bodies.account("a", None), bodies.account("b", bodies.money(1))
    scripted.says_json(bodies.accounts(*entries))
    scripted.says(scripted.script[0], second)
    assert [balance.amount for balance in await told.balances()] == [None, Decimal(1)]


async def test_a_token_that_ends_during_the_retry_is_told(told: QiwiClient, scripted: ScriptedServer) -> None:
    scripted.says_json(bodies.accounts(bodies.account("a", None)))
    scripted.says(scripted.script[0], Said(status=401))
    with pytest.raises(QiwiAuthError):
        await told.balances()


# Payments


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
    scripted.says_json(bodies.page())
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


async def test_without_a_number_only_the_profile_can_be_asked(
    session: aiohttp.ClientSession, simulator: Simulator
) -> None:
    client = QiwiClient(session, TOKEN, api_url=simulator.url)
    for ask in (client.balances(), client.payments_page(rows=1)):
        with pytest.raises(ValueError, match="profile"):
            await ask
    assert simulator.count() == 0


# Commission


async def test_a_tariff_is_open_and_never_sees_the_token(client: QiwiClient, simulator: Simulator) -> None:
    terms = await client.commission(26476)
    assert terms.commission_for(Decimal(200)) == 10
    assert terms.commission_for(Decimal(6000)) == 150
    assert [(request.path, request.authorized) for request in simulator.requests] == [
        ("/sinap/providers/26476/form", False)
    ]


# Tokens


@pytest.mark.parametrize("scope", Scope)
async def test_a_missing_permission_is_named_and_leaves_the_others(
    client: QiwiClient, wallet: Wallet, scope: Scope
) -> None:
    wallet.add_token(TOKEN, [other.value for other in Scope if other is not scope])
    refused = []
    for ask in (client.profile, client.balances, lambda: client.payments_page(rows=1)):
        try:
            await ask()
        except QiwiPermissionError as error:
            refused.append(error.scope)
    assert refused == [scope]


async def test_a_revoked_token_is_an_auth_error_everywhere(client: QiwiClient, wallet: Wallet) -> None:
    wallet.revoke(TOKEN)
    for ask in (client.profile(), client.balances(), client.payments_page(rows=1)):
        with pytest.raises(QiwiAuthError):
            await ask
    assert (await client.commission(99)).ranges


async def test_the_number_of_another_wallet_is_not_found(client: QiwiClient) -> None:
    client.wallet = "79000000009"
    with pytest.raises(QiwiNotFoundError):
        await client.balances()


# What priorities share


async def test_all_priorities_know_the_same_wallet(
    session: aiohttp.ClientSession, simulator: Simulator, limiter: WalletLimiter
) -> None:
    client = QiwiClient(session, TOKEN, api_url=simulator.url, limiter=limiter)
    background = client.with_priority(Priority.CATCH_UP)
    assert (background.wallet, background.wallet_time) == (None, None)
    await client.profile()
    assert (background.wallet, background.wallet_time) == (NUMBER, NOW)
    background.wallet = "79000000009"
    assert client.wallet == "79000000009"
    background.timeout = 3
    assert client.timeout == 3


async def test_each_request_takes_its_turn_in_its_priority(
    client: QiwiClient, limiter: WalletLimiter
) -> None:
    limiter.catch_up_requests = 1
    background = client.with_priority(Priority.CATCH_UP)
    await background.commission(99)
    # The second would have to wait a minute for the first's place; polls and actions do not.
    for priority in (Priority.POLL, Priority.ACTION):
        await client.with_priority(priority).payments_page(rows=1)
    limiter.pause(60)
    for other in (client, background):
        with pytest.raises(QiwiError):
            await other.payments_page(rows=1)


# Quiet polls


async def test_an_unchanged_answer_is_the_same_object(client: QiwiClient, wallet: Wallet) -> None:
    wallet.pay(1)
    page, balances = await client.payments_page(rows=10), await client.balances()
    assert await client.payments_page(rows=10) is page
    assert await client.with_priority(Priority.ACTION).balances() is balances
    wallet.pay(2)
    changed = await client.payments_page(rows=10)
    assert len(changed.rows) == 2
    assert await client.payments_page(rows=10) is changed
    assert await client.balances() is not balances


async def test_pages_of_a_range_or_behind_a_cursor_are_not_kept(client: QiwiClient, wallet: Wallet) -> None:
    for _ in range(3):
        wallet.pay(1)
    cursor = (await client.payments_page(rows=1)).cursor
    for query in ({"cursor": cursor}, {"start": NOW - DAY, "end": NOW}):
        first = await client.payments_page(rows=2, **query)
        assert await client.payments_page(rows=2, **query) is not first


async def test_only_the_latest_few_answers_are_kept(client: QiwiClient, wallet: Wallet) -> None:
    wallet.pay(1)
    pages = {rows: await client.payments_page(rows=rows) for rows in range(1, 10)}
    assert await client.payments_page(rows=9) is pages[9]
    assert await client.payments_page(rows=2) is pages[2]
    assert await client.payments_page(rows=1) is not pages[1]
    # Asking for the second again kept it; the third was the oldest.
    assert await client.payments_page(rows=2) is pages[2]
    assert await client.payments_page(rows=3) is not pages[3]
