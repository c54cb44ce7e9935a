"""Who may ask what, how often, and in which form."""

from datetime import timedelta
import json

import aiohttp
from freezegun.api import FrozenDateTimeFactory
import pytest

from wallet_simulator import ALL_SCOPES, Scope, Simulator, Wallet

from .conftest import BALANCES, COMMISSION, NOW, PAYMENTS, PROFILE, TOKEN, TOTAL, TRANSACTION, Client

METHODS = {
    PROFILE: Scope.PROFILE,
    BALANCES: Scope.BALANCES,
    f"{PAYMENTS}?rows=1": Scope.PAYMENTS,
    f"{TRANSACTION}/1": Scope.PAYMENTS,
}


@pytest.mark.parametrize("path", METHODS)
@pytest.mark.parametrize("token", [None, "wrong"])
async def test_a_missing_or_wrong_token_is_401_without_a_body(
    client: Client, path: str, token: str | None
) -> None:
    reply = await client.ask(path, token=token)
    assert (reply.status, reply.body) == (401, b"")


async def test_a_revoked_token_is_401(client: Client, wallet: Wallet) -> None:
    assert (await client.ask(PROFILE)).status == 200
    wallet.revoke(TOKEN)
    assert (await client.ask(PROFILE)).status == 401


async def test_only_the_bearer_scheme_is_understood(client: Client) -> None:
    url = client.simulator.url + PROFILE
    async with client.session.get(url, headers={"Authorization": f"Basic {TOKEN}"}) as response:
        assert response.status == 401


@pytest.mark.parametrize(("path", "scope"), METHODS.items())
async def test_a_token_without_the_scope_is_forbidden(
    client: Client, wallet: Wallet, path: str, scope: Scope
) -> None:
    wallet.pay(1, transaction_id=1)
    wallet.add_token("all but one", ALL_SCOPES - {scope})
    wallet.add_token("just one", {scope})
    reply = await client.ask(path, token="all but one")
    assert reply.status == 403
    assert reply.json["errorCode"] == "auth.forbidden"
    assert "description" not in reply.json
    assert (await client.ask(path, token="just one")).status == 200


async def test_the_commission_form_is_open_and_refuses_nothing(client: Client) -> None:
    for provider in ("99", "1973", "424242", "anything"):
        reply = await client.ask(f"/sinap/providers/{provider}/form", token=None, accept="*/*")
        assert reply.status == 200
        commission = reply.json["content"]["terms"]["commission"]
        assert all({"bound", "rate"} <= set(entry) for entry in commission["ranges"])
        assert commission["limits"][0]["currency"] == "643"


@pytest.mark.parametrize("accept", [None, "*/*", "text/html", "application/vnd.qiwi.v1+json"])
async def test_another_accept_header_is_a_format_error(client: Client, accept: str | None) -> None:
    reply = await client.ask(PROFILE, accept=accept)
    assert reply.status == 400
    assert "Accept" in reply.json["description"]


@pytest.mark.parametrize("path", [PROFILE, BALANCES, PAYMENTS, TOTAL, COMMISSION])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_anything_but_get_is_refused(client: Client, path: str, method: str) -> None:
    reply = await client.ask(path, method=method)
    assert reply.status == 405
    assert reply.headers["Allow"] == "GET"


async def test_head_is_refused_too(client: Client) -> None:
    assert (await client.ask(PROFILE, method="HEAD")).status == 405


@pytest.mark.parametrize(
    "path", ["/funding-sources/v1/accounts/current", "/payment-notifier/v1/hooks/active"]
)
async def test_an_unknown_method_is_404_with_a_body(client: Client, path: str) -> None:
    reply = await client.ask(path)
    assert reply.status == 404
    assert reply.json["errorCode"] == "not.found"


async def test_the_number_of_another_wallet_is_not_found(client: Client) -> None:
    balances = await client.ask("/funding-sources/v2/persons/79000000001/accounts")
    assert (balances.status, balances.json["errorCode"]) == (404, "wallet.not.found")
    payments = await client.ask("/payment-history/v2/persons/79000000001/payments", rows=1)
    assert (payments.status, payments.json["errorCode"]) == (404, "payment.history.not.found")


async def test_a_number_with_a_plus_is_malformed(client: Client) -> None:
    assert (await client.ask("/funding-sources/v2/persons/%2B79000000000/accounts")).status == 400


async def test_a_server_that_ignores_the_number_answers_with_the_tokens_own_wallet(
    client: Client, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.pay(1)
    simulator.checks_number = False
    reply = await client.ask("/payment-history/v2/persons/79000000001/payments", rows=1)
    assert reply.json["data"][0]["personId"] == 79000000000


async def test_each_wallet_is_served_to_its_own_token() -> None:
    first, second = Wallet("79000000001"), Wallet("79000000002")
    one, two = first.add_token(), second.add_token()
    assert one != two
    async with Simulator(first, second) as simulator, aiohttp.ClientSession() as session:
        client = Client(session, simulator)
        for token, number in ((one, 79000000001), (two, 79000000002)):
            assert (await client.ask(PROFILE, token=token)).json["contractInfo"]["contractId"] == number


async def test_the_101st_request_of_a_minute_blocks_the_wallet_for_five_minutes(
    wallet: Wallet, freezer: FrozenDateTimeFactory
) -> None:
    async with Simulator(wallet) as simulator, aiohttp.ClientSession() as session:
        client = Client(session, simulator)
        replies = [await client.ask(path) for path in (PROFILE, BALANCES) for _ in range(50)]
        assert {reply.status for reply in replies} == {200}
        blocked = await client.payments(1)
        assert (blocked.status, blocked.json["errorCode"]) == (423, "request.blocked")
        assert (await client.ask(COMMISSION, token=None)).status == 200
        freezer.tick(timedelta(minutes=4, seconds=59))
        assert (await client.ask(PROFILE)).status == 423
        freezer.tick(timedelta(seconds=2))
        assert (await client.ask(PROFILE)).status == 200


async def test_requests_older_than_a_minute_are_forgotten(
    wallet: Wallet, freezer: FrozenDateTimeFactory
) -> None:
    async with Simulator(wallet, rate_limit=2) as simulator, aiohttp.ClientSession() as session:
        client = Client(session, simulator)
        for _ in range(6):
            assert (await client.ask(PROFILE)).status == 200
            freezer.tick(timedelta(seconds=31))


async def test_a_block_can_be_lifted(wallet: Wallet) -> None:
    async with Simulator(wallet, rate_limit=1) as simulator, aiohttp.ClientSession() as session:
        client = Client(session, simulator)
        assert [(await client.ask(PROFILE)).status for _ in range(2)] == [200, 423]
        assert simulator.limits[wallet.number].blocked
        simulator.limits[wallet.number].lift()
        assert (await client.ask(PROFILE)).status == 200


async def test_refusals_carry_the_wallets_error_body(client: Client) -> None:
    body = (await client.payments(51)).json
    assert set(body) == {"serviceName", "errorCode", "description", "userMessage", "dateTime", "traceId"}
    assert body["serviceName"] == "payment-history"
    assert len(body["traceId"]) == 16


async def test_every_request_is_counted(client: Client, simulator: Simulator, wallet: Wallet) -> None:
    await client.payments(1)
    await client.ask(COMMISSION, token=None)
    await client.ask("/elsewhere")
    first, second, third = simulator.requests
    method, path, query, status = first
    assert (method, path, query, status) == ("GET", PAYMENTS, {"rows": "1"}, 200)
    assert (first.endpoint, first.authorized) == ("payments", True)
    assert (second.endpoint, second.authorized) == ("commission", False)
    assert (third.endpoint, third.status) == (None, 404)
    assert (simulator.count(), simulator.count("payments"), simulator.count("profile")) == (3, 1, 0)


async def test_the_date_header_is_the_wallets_clock(client: Client, simulator: Simulator) -> None:
    assert (await client.ask(PROFILE)).headers["Date"] == "Wed, 20 May 2026 09:30:15 GMT"
    simulator.clock = lambda: NOW + timedelta(hours=2)
    assert (await client.ask(PROFILE)).headers["Date"] == "Wed, 20 May 2026 11:30:15 GMT"


async def test_the_log_has_a_line_for_each_request_without_token_or_comment(wallet: Wallet) -> None:
    lines: list[str] = []
    wallet.pay(1, comment="secret words")
    async with Simulator(wallet, log=lines.append) as simulator, aiohttp.ClientSession() as session:
        client = Client(session, simulator)
        await client.payments(7)
        await client.ask(PROFILE, token=None, access_token=TOKEN)
        await client.control("POST", "/control/payments", {"amount": "1", "comment": "secret words"})
    assert lines == [f"GET {PAYMENTS}?rows=7 200", f"GET {PROFILE} 401", "POST /control/payments 201"]


def test_a_tokens_text_is_not_shown() -> None:
    wallet = Wallet()
    wallet.add_token(TOKEN)
    assert TOKEN not in repr(wallet.tokens[TOKEN])
    assert json.dumps(sorted(wallet.tokens[TOKEN].scopes))
