"""What the server says with statuses, codes, headers and silence, and what the client makes of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import json
from typing import Any

import aiohttp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.api import (
    PaymentsPage,
    QiwiAuthError,
    QiwiClient,
    QiwiConnectionError,
    QiwiError,
    QiwiRateLimitError,
    QiwiResponseError,
    UnreadableRow,
    WalletLimiter,
)
from custom_components.qiwi.api.transport import MAXIMUM_BODY
from wallet_simulator import Fault, Simulator, Wallet

from . import bodies
from .conftest import NUMBER, TOKEN, Said, ScriptedServer, raw_server

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


async def test_a_request_is_a_get_with_the_documented_headers(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    scripted.says_json(bodies.accounts())
    await told.balances()
    request = scripted.asked[0]
    assert request.method == "GET"
    assert request.headers["Accept"] == "application/json"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Content-Type" not in request.headers


async def test_a_session_that_raises_by_itself_changes_nothing(
    scripted: ScriptedServer, limiter: WalletLimiter
) -> None:
    scripted.says(Said(status=401))
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        client = QiwiClient(session, TOKEN, wallet=NUMBER, api_url=scripted.url, limiter=limiter)
        with pytest.raises(QiwiAuthError):
            await client.balances()


# The wallet's clock


async def test_the_clock_is_the_servers_date_in_utc(client: QiwiClient, wallet: Wallet) -> None:
    wallet.clock = lambda: NOON
    await client.balances()
    time = client.wallet_time
    assert time == NOON
    assert time is not None
    assert time.tzinfo is UTC


async def test_the_wallets_present_goes_on_from_its_last_answer(client: QiwiClient, wallet: Wallet) -> None:
    wallet.clock = lambda: NOON
    await client.balances()
    first, second = client.now(), client.now()
    assert NOON < first < second < NOON + timedelta(minutes=1)


@pytest.mark.parametrize("status", [401, 403, 404, 423, 500])
async def test_an_error_tells_the_time_too(
    client: QiwiClient, simulator: Simulator, wallet: Wallet, status: int
) -> None:
    wallet.clock = lambda: NOON
    simulator.fault(Fault(kind="status", status=status))
    with pytest.raises(QiwiError):
        await client.balances()
    assert client.wallet_time == NOON


async def test_an_answer_without_a_date_leaves_the_clock(
    client: QiwiClient, simulator: Simulator, wallet: Wallet
) -> None:
    simulator.fault(Fault(kind="no_date", times=1))
    await client.balances()
    assert client.wallet_time is None
    wallet.clock = lambda: NOON
    await client.balances()
    simulator.fault(Fault(kind="no_date"))
    await client.balances()
    assert client.wallet_time == NOON


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("Fri, 20 Nov 2026 12:00:00 GMT", NOON),
        ("Fri, 20 Nov 2026 12:00:00 -0000", NOON),
        ("Fri, 20 Nov 2026 15:00:00 +0300", NOON),
        ("Friday, 20-Nov-26 12:00:00 GMT", NOON),
        ("now", None),
        ("Fri, 20 Nov 99999 12:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -0300", None),
        ("Fri, 31 Dec 9999 12:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("Fri, 31 Feb 2026 12:00:00 GMT", None),
    ],
)
async def test_dates_are_read_leniently_and_never_trusted_to_be_dates(
    told: QiwiClient, scripted: ScriptedServer, date: str, time: datetime | None
) -> None:
    scripted.says(Said(body=b'{"accounts":[]}', headers={"Date": date}))
    await told.balances()
    assert told.wallet_time == time


# Size, silence and noise


async def test_a_body_of_a_mebibyte_is_read(told: QiwiClient, scripted: ScriptedServer) -> None:
    body = b'{"accounts":[]}'
    scripted.says(Said(body=body.ljust(MAXIMUM_BODY)))
    assert await told.balances() == ()


@pytest.mark.parametrize("encoding", [None, "gzip"])
async def test_a_larger_body_is_not(told: QiwiClient, scripted: ScriptedServer, encoding: str | None) -> None:
    scripted.compressed = encoding is not None
    scripted.says(Said(body=b'{"accounts":[]}'.ljust(MAXIMUM_BODY * 20)))
    with pytest.raises(QiwiResponseError, match="1 MiB"):
        await told.balances()


@pytest.mark.parametrize(("length", "error"), [(65_536, QiwiRateLimitError), (65_537, QiwiAuthError)])
async def test_the_code_of_an_endless_error_is_not_looked_for(
    told: QiwiClient, scripted: ScriptedServer, length: int, error: type[QiwiError]
) -> None:
    body = json.dumps(bodies.error("request.blocked")).encode()
    scripted.says(Said(status=401, body=body.ljust(length)))
    with pytest.raises(error):
        await told.balances()


async def test_a_large_refusal_is_a_refusal_all_the_same(told: QiwiClient, scripted: ScriptedServer) -> None:
    scripted.says(Said(status=401, body=b"<html>".ljust(MAXIMUM_BODY + 1)))
    with pytest.raises(QiwiAuthError):
        await told.balances()


async def test_an_endless_body_is_left(session: aiohttp.ClientSession, limiter: WalletLimiter) -> None:
    async with raw_server(b"HTTP/1.1 200 OK\r\n\r\n", endless=b" " * 65536) as url:
        client = QiwiClient(session, TOKEN, wallet=NUMBER, api_url=url, limiter=limiter)
        with pytest.raises(QiwiResponseError):
            await client.balances()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(kind="close"), QiwiConnectionError),
        (Fault(kind="reset"), QiwiConnectionError),
        (Fault(kind="cut_off"), QiwiConnectionError),
        (Fault(kind="status", status=500), QiwiConnectionError),
        (Fault(kind="html"), QiwiResponseError),
        (Fault(kind="not_json"), QiwiResponseError),
        (Fault(kind="empty"), QiwiResponseError),
        (Fault(kind="truncated"), QiwiResponseError),
        (Fault(kind="huge"), QiwiResponseError),
        (Fault(kind="redirect"), QiwiResponseError),
    ],
    ids=lambda given: str(given.kind) if isinstance(given, Fault) else "",
)
async def test_every_fault_is_one_of_our_errors_and_passes(
    client: QiwiClient, simulator: Simulator, wallet: Wallet, fault: Fault, error: type[QiwiError]
) -> None:
    wallet.pay(1)
    simulator.fault(fault)
    for ask in (
        client.profile,
        client.balances,
        lambda: client.payments_page(rows=1),
        lambda: client.commission(1),
    ):
        with pytest.raises(error):
            await ask()
    simulator.clear_faults()
    assert (await client.payments_page(rows=1)).rows


@pytest.mark.parametrize("kind", ["timeout", "slow"])
async def test_a_request_ends_with_its_time(client: QiwiClient, simulator: Simulator, kind: str) -> None:
    assert client.timeout == 10
    client.timeout = 0.05
    simulator.fault(Fault(kind=kind, seconds=60))
    with pytest.raises(QiwiConnectionError, match="Timeout"):
        await client.balances()


async def test_a_server_that_is_not_there_cannot_be_reached(client: QiwiClient, simulator: Simulator) -> None:
    await simulator.refuse()
    with pytest.raises(QiwiConnectionError):
        await client.balances()
    await simulator.listen()
    assert await client.balances()


async def test_wrong_types_are_errors_and_of_a_page_unreadable_rows(
    client: QiwiClient, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.pay(1)
    simulator.fault(Fault(kind="wrong_types"))
    for ask in (client.profile, client.balances, lambda: client.commission(1)):
        with pytest.raises(QiwiResponseError):
            await ask()
    assert await client.payments_page(rows=1) == PaymentsPage(
        rows=(), cursor=None, unreadable=(UnreadableRow(),)
    )


async def test_a_name_that_does_not_resolve_cannot_be_reached(
    session: aiohttp.ClientSession, limiter: WalletLimiter
) -> None:
    client = QiwiClient(session, TOKEN, wallet=NUMBER, api_url="https://wallet.invalid", limiter=limiter)
    with pytest.raises(QiwiConnectionError):
        await client.balances()


async def test_a_closed_session_cannot_reach_anything(
    client: QiwiClient, session: aiohttp.ClientSession
) -> None:
    await session.close()
    with pytest.raises(QiwiConnectionError, match="closed"):
        await client.balances()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n\r\n",
        b"hello\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 9\r\n\r\nnot zlib!",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"HTTP/1.1 200 OK\r\nA: %b\r\n\r\n{}" % (b"a" * 100_000),
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n{}",
        b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=x-unknown\r\nContent-Length: 2\r\n\r\n[]",
        b"\xff\xfe\x00\x01" * 50,
    ],
    ids=range(16),
)
async def test_what_is_hardly_http_is_one_of_our_errors(
    session: aiohttp.ClientSession, limiter: WalletLimiter, answer: bytes
) -> None:
    async with raw_server(answer) as url:
        client = QiwiClient(session, TOKEN, wallet=NUMBER, api_url=url, limiter=limiter)
        with pytest.raises(QiwiError):
            await client.balances()


# Whatever comes

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text()
    | st.sampled_from(
        [643, "643", "RUB", "2026-11-20T10:15:30+03:00", "SUCCESS", "IN", 10**400, "QIWI", "WALLET"]
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)

WHOLE = [
    bodies.full_profile(),
    bodies.accounts(
        bodies.account("qw_wallet_rub", bodies.money(8.74)), bodies.phone_account(), bodies.account("b", None)
    ),
    bodies.page(
        bodies.row(),
        bodies.documented_row(),
        bodies.waiting_row(),
        bodies.failed_row(),
        *bodies.conversion_rows(),
        cursor=(26110000020, "2026-11-20T10:00:00+03:00"),
    ),
    bodies.form(
        {"bound": 0, "rate": 0.02, "fixed": 5, "min": 1, "max": 9}, limits=[{"currency": "643", "min": 1}]
    ),
    bodies.error("request.blocked"),
]


def places(document: Any) -> list[tuple[Any, Any]]:
    """List every value of a document by its container and its name."""
    items = document.items() if isinstance(document, dict) else enumerate(document)
    found = [(document, name) for name, _ in items]
    for container, name in list(found):
        if isinstance(container[name], (dict, list)):
            found += places(container[name])
    return found


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a body of the documented shape with some values gone or replaced."""
    document = json.loads(json.dumps(draw(st.sampled_from(WHOLE))))
    for _ in range(draw(st.integers(0, 3))):
        if not (found := places(document)):
            break
        container, name = draw(st.sampled_from(found))
        if draw(st.booleans()):
            container[name] = draw(values)
        else:
            del container[name]
    body = json.dumps(document, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    return body[: draw(st.integers(0, len(body)))] if draw(st.booleans()) else body


def numbered(body: bytes, number: bytes) -> bytes:
    return body.replace(b"8.74", number).replace(b"26110000020", number).replace(b"0.02", number)


any_body = st.one_of(
    damaged(),
    st.binary(max_size=200),
    values.map(lambda value: json.dumps(value).encode()),
    st.builds(
        numbered,
        st.sampled_from(WHOLE).map(lambda document: json.dumps(document).encode()),
        st.from_regex(rb"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,25})?", fullmatch=True),
    ),
)
any_headers = st.fixed_dictionaries(
    {},
    optional={
        name: st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=40)
        for name in ("Date", "Retry-After", "Content-Type", "Location")
    },
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=any_body,
    status=st.one_of(st.just(200), st.sampled_from([201, 302, 400, 401, 403, 404, 423, 429, 500, 503])),
    headers=any_headers,
)
async def test_no_answer_is_anything_but_a_value_or_one_of_our_errors(
    session: aiohttp.ClientSession,
    scripted: ScriptedServer,
    body: bytes,
    status: int,
    headers: Mapping[str, str],
) -> None:
    scripted.says(Said(body=body, status=status, headers=headers))
    for method in ("profile", "balances", "payments_page", "commission"):
        limiter = WalletLimiter()
        client = QiwiClient(session, TOKEN, wallet=NUMBER, api_url=scripted.url, limiter=limiter)
        argument: dict[str, Any] = {"payments_page": {"rows": 5}, "commission": {"provider_id": 9}}.get(
            method, {}
        )
        try:
            value = await getattr(client, method)(**argument)
        except QiwiError as error:
            assert error.__cause__ is None  # noqa: PT017 - either outcome is right
            assert error.__context__ is None  # noqa: PT017
        else:
            # Whatever was let in can be written down and sent on.
            str(value).encode()
