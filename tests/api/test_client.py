"""The client reads the simulated wallet: profile, balances, payments, commission, each with the requests it costs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest

from custom_components.qiwi.api import (
    Balance,
    Priority,
    QiwiAuthError,
    QiwiClient,
    QiwiError,
    QiwiNotFoundError,
    QiwiPermissionError,
    QiwiResponseError,
    Scope,
    WalletLimiter,
)
from wallet_simulator import Simulator, Wallet

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
    assert (client.priority, background.priority) == (Priority.POLL, Priority.CATCH_UP)
    await background.payments_page(rows=2)
    # The second has to wait a minute for the first's place; polls and actions do not.
    second = asyncio.ensure_future(background.payments_page(rows=2))
    for priority in (Priority.POLL, Priority.ACTION):
        await client.with_priority(priority).payments_page(rows=1)
    assert await asyncio.wait([second], timeout=0.5) == (set(), {second})
    second.cancel()
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
