"""Each fault does to a client what it says, as long as it says, where it says."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
import json

import aiohttp
import pytest

from wallet_simulator import Endpoint, Fault, FaultKind, Simulator, Wallet

from .conftest import BALANCES, COMMISSION, PAYMENTS, PROFILE, TOTAL, TRANSACTION, Client

PATHS = {
    Endpoint.PROFILE: PROFILE,
    Endpoint.BALANCES: BALANCES,
    Endpoint.PAYMENTS: f"{PAYMENTS}?rows=1",
    Endpoint.TOTAL: f"{TOTAL}?startDate=2026-05-01T00:00:00%2B03:00&endDate=2026-05-02T00:00:00%2B03:00",
    Endpoint.TRANSACTION: f"{TRANSACTION}/1",
    Endpoint.COMMISSION: COMMISSION,
}


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while True:
            if condition():
                return
            await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def three_payments(wallet: Wallet) -> None:
    for number in (1, 2, 3):
        wallet.pay(number, transaction_id=number)


@pytest.mark.parametrize("endpoint", PATHS)
async def test_a_fault_strikes_its_endpoint_only(
    client: Client, simulator: Simulator, endpoint: Endpoint
) -> None:
    simulator.fault(Fault(kind="status", status=503, endpoint=endpoint))
    struck = {each: (await client.ask(path)).status for each, path in PATHS.items()}
    assert struck == {each: 503 if each is endpoint else 200 for each in PATHS}


async def test_a_fault_for_all_strikes_everything(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="status", status=502))
    assert {(await client.ask(path)).status for path in (*PATHS.values(), "/elsewhere")} == {502}


async def test_a_counted_fault_ends_by_itself(client: Client, simulator: Simulator) -> None:
    active = simulator.fault(Fault(kind="status", status=500, times=2))
    assert [(await client.ask(PROFILE)).status for _ in range(4)] == [500, 500, 200, 200]
    assert (active.struck, active.remaining, simulator.faults) == (2, 0, [])


async def test_an_uncounted_fault_lasts_until_cleared(client: Client, simulator: Simulator) -> None:
    active = simulator.fault(Fault(kind="status", status=500))
    assert [(await client.ask(PROFILE)).status for _ in range(3)] == [500, 500, 500]
    assert (active.struck, active.remaining) == (3, None)
    simulator.clear_faults()
    assert (await client.ask(PROFILE)).status == 200


async def test_faults_are_cleared_by_endpoint(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="status", status=500, endpoint="profile"))
    simulator.fault(Fault(kind="status", status=500, endpoint="balances"))
    simulator.clear_faults("profile")
    assert [(await client.ask(path)).status for path in (PROFILE, BALANCES)] == [200, 500]


async def test_the_newest_fault_that_fits_strikes_alone(client: Client, simulator: Simulator) -> None:
    old = simulator.fault(Fault(kind="status", status=500))
    simulator.fault(Fault(kind="status", status=503, times=1))
    assert [(await client.ask(PROFILE)).status for _ in range(2)] == [503, 500]
    assert old.struck == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "validation.error"),
        (403, "auth.forbidden"),
        (404, "payment.history.not.found"),
        (423, "request.blocked"),
        (429, "request.blocked"),
        (500, "internal.error"),
        (502, "internal.error"),
        (503, "internal.error"),
    ],
)
async def test_a_status_comes_with_the_wallets_error_body(
    client: Client, simulator: Simulator, status: int, code: str
) -> None:
    simulator.fault(Fault(kind="status", status=status))
    reply = await client.payments(1)
    assert (reply.status, reply.json["errorCode"]) == (status, code)
    assert reply.headers.get("Retry-After") == ("60" if status == 429 else None)


async def test_a_status_may_have_no_body_or_one_of_its_own(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="status", status=401, times=1))
    assert (await client.ask(PROFILE)).body == b""
    simulator.fault(
        Fault(
            kind="status",
            status=200,
            body='{"data": 5}',
            headers={"Content-Type": "text/plain", "X-Own": "1"},
        )
    )
    reply = await client.ask(PROFILE)
    assert (reply.status, reply.json, reply.headers["X-Own"]) == (200, {"data": 5}, "1")
    assert reply.headers["Content-Type"].startswith("text/plain")


async def test_retry_after_can_be_given(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="status", status=429, headers={"Retry-After": "7"}))
    assert (await client.ask(PROFILE)).headers["Retry-After"] == "7"


async def test_a_web_page_comes_with_200(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="html"))
    reply = await client.ask(PROFILE)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!doctype html>")


async def test_bodies_that_are_no_json(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="not_json", times=1))
    reply = await client.ask(PROFILE)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(json.JSONDecodeError):
        assert reply.json
    simulator.fault(Fault(kind="empty", times=1))
    reply = await client.ask(PROFILE)
    assert (reply.status, reply.body) == (200, b"")
    simulator.fault(Fault(kind="truncated", times=1))
    reply = await client.ask(PROFILE)
    assert reply.body.startswith(b'{"authInfo"')
    with pytest.raises(json.JSONDecodeError):
        assert reply.json


@pytest.mark.parametrize("kind", ["close", "reset", "timeout"])
async def test_a_broken_connection_is_no_answer(client: Client, simulator: Simulator, kind: str) -> None:
    active = simulator.fault(Fault(kind=kind, seconds=0.01))
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.ask(PROFILE)
    assert {request.status for request in simulator.requests} == {0}
    assert active.struck == len(simulator.requests)
    simulator.clear_faults()
    assert (await client.ask(PROFILE)).status == 200


async def test_a_reset_is_seen_as_one(simulator: Simulator) -> None:
    simulator.fault(Fault(kind="reset"))
    host, port = simulator.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /elsewhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_silence_lasts_until_it_is_cleared(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="timeout"))
    asking = asyncio.create_task(client.ask(PROFILE))
    await until(lambda: len(simulator.requests) == 1)
    assert not asking.done()
    simulator.clear_faults()
    # The dropped connection makes aiohttp ask again, and now it is answered.
    assert (await asking).status == 200


async def test_a_client_may_give_up_on_a_silent_server(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="timeout"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await client.ask(PROFILE)


async def test_a_silent_server_can_be_closed(wallet: Wallet) -> None:
    async with aiohttp.ClientSession() as session:
        async with Simulator(wallet) as simulator:
            simulator.fault(Fault(kind="timeout"))
            asking = asyncio.create_task(Client(session, simulator).ask(PROFILE))
            await until(lambda: len(simulator.requests) == 1)
        with pytest.raises(aiohttp.ClientConnectionError):
            await asking


async def test_a_slow_body_is_whole_in_the_end(client: Client, simulator: Simulator) -> None:
    expected = (await client.payments()).body
    simulator.fault(Fault(kind="slow", seconds=0.05))
    url = f"{simulator.url}{PAYMENTS}?rows=50"
    headers = {"Authorization": f"Bearer {next(iter(simulator.wallet.tokens))}", "Accept": "application/json"}
    async with client.session.get(url, headers=headers) as response:
        chunks = [chunk async for chunk in response.content.iter_any()]
    assert b"".join(chunks) == expected
    assert len(chunks) > 5


async def test_clearing_lets_a_slow_body_go_on_at_once(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="slow", seconds=3600))
    asking = asyncio.create_task(client.ask(PROFILE))
    await until(lambda: len(simulator.requests) == 1)
    simulator.clear_faults()
    assert (await asking).json["contractInfo"]


async def test_a_body_is_cut_off(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="cut_off"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.payments()


async def test_types_are_wrong_but_keys_are_right(client: Client, simulator: Simulator) -> None:
    right = (await client.payments()).json
    simulator.fault(Fault(kind="wrong_types"))
    wrong = (await client.payments()).json
    assert set(wrong) == set(right)
    row = wrong["data"][0]
    assert set(row) == set(right["data"][0])
    assert (row["txnId"], row["status"], row["sum"]["amount"]) == ([3], {"text": "SUCCESS"}, [3])
    assert row["features"]["chatAvailable"] == "yes"
    assert (row["error"], row["paymentExtras"], row["serviceExtras"]) == (None, {}, [])


async def test_a_huge_body_is_true_json_of_more_than_a_mebibyte(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="huge", times=1))
    reply = await client.payments()
    assert len(reply.body) > 2 * 1024 * 1024
    assert reply.ids == [3, 2, 1]
    simulator.fault(Fault(kind="huge", size=10))
    assert (await client.payments()).body.endswith(b"}" + b" " * 10)


async def test_a_redirect_leads_elsewhere(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="redirect", times=1))
    reply = await client.ask(PROFILE)
    assert (reply.status, reply.headers["Location"]) == (302, f"{simulator.url}/elsewhere")
    simulator.fault(Fault(kind="redirect", location="https://example.com/"))
    assert (await client.ask(PROFILE)).headers["Location"] == "https://example.com/"


@pytest.mark.parametrize("rows", [2, 50])
async def test_a_paging_loop_never_ends(client: Client, simulator: Simulator, rows: int) -> None:
    simulator.fault(Fault(kind="paging_loop"))
    first = (await client.payments(rows)).json
    cursor = {name: first[name] for name in ("nextTxnId", "nextTxnDate")}
    for _ in range(3):
        page = (await client.payments(rows, **cursor)).json
        assert page["data"]
        assert {name: page[name] for name in cursor} == cursor


async def test_an_empty_page_cannot_loop(client: Client, simulator: Simulator, wallet: Wallet) -> None:
    for number in (1, 2, 3):
        wallet.remove(number)
    simulator.fault(Fault(kind="paging_loop"))
    assert (await client.payments()).json == {"data": [], "nextTxnId": None, "nextTxnDate": None}


async def test_rows_are_doubled_or_turned_round(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="duplicate_rows", times=1))
    assert (await client.payments()).ids == [3, 3, 2, 2, 1, 1]
    simulator.fault(Fault(kind="reordered_rows", times=1))
    assert (await client.payments()).ids == [1, 2, 3]


async def test_faults_of_rows_wait_for_a_page(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="reordered_rows", times=1))
    assert (await client.ask(PROFILE)).status == 200
    assert (await client.payments()).ids == [1, 2, 3]


async def test_the_date_may_be_missing_or_wrong(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="no_date", times=1))
    reply = await client.payments()
    assert "Date" not in reply.headers
    assert reply.ids == [3, 2, 1]
    simulator.fault(Fault(kind="wrong_date", offset=timedelta(days=-1)))
    assert (await client.payments()).headers["Date"] == "Tue, 19 May 2026 09:30:15 GMT"


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind is not FaultKind.TIMEOUT])
async def test_a_struck_request_without_a_token_is_refused_or_broken_all_the_same(
    client: Client, simulator: Simulator, kind: FaultKind
) -> None:
    simulator.fault(Fault(kind=kind, seconds=0, times=2))
    try:
        reply = await client.ask(PROFILE, token=None)
    except aiohttp.ClientError:
        reply = None
    assert reply is None or b"authInfo" not in reply.body


async def test_connections_are_refused_and_accepted_again_on_the_same_port(
    client: Client, simulator: Simulator
) -> None:
    url = simulator.url
    await client.ask(PROFILE)
    await simulator.refuse()
    await simulator.refuse()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.ask(PROFILE)
    await simulator.listen()
    await simulator.listen()
    assert simulator.url == url
    assert (await client.ask(PROFILE)).status == 200


async def test_an_outage_ends_by_itself(client: Client, simulator: Simulator) -> None:
    await client.ask(PROFILE)
    simulator.outage(3600)
    simulator.outage(0.05)

    seen: list[bool] = []
    async with asyncio.timeout(5):
        while seen[-2:] != [True, False]:
            try:
                await client.ask(PROFILE)
            except aiohttp.ClientConnectionError:
                seen.append(True)
            else:
                seen.append(False)
            await asyncio.sleep(0.01)


async def test_a_taken_port_is_an_os_error(simulator: Simulator) -> None:
    port = int(simulator.url.rsplit(":", 1)[1])
    with pytest.raises(OSError, match="in use"):
        await Simulator(port=port).start()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "earthquake"},
        {"kind": "close", "endpoint": "everything"},
        {"kind": "close", "times": 0},
        {"kind": "slow", "seconds": -1},
        {"kind": "status", "status": 99},
    ],
)
def test_a_fault_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Fault(**wrong)  # type: ignore[arg-type]
