"""What the server refuses with statuses, codes and headers, and what the client makes of it."""

from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import json
from typing import Any

import aiohttp
import pytest

from custom_components.qiwi.api import (
    LONGEST_PAUSE,
    Priority,
    QiwiAuthError,
    QiwiClient,
    QiwiConnectionError,
    QiwiError,
    QiwiNotFoundError,
    QiwiPermissionError,
    QiwiRateLimitError,
    QiwiResponseError,
    Scope,
    WalletLimiter,
)
from custom_components.qiwi.api.refusals import PAUSE
from wallet_simulator import Simulator

from . import bodies
from .conftest import NUMBER, TOKEN, Said, ScriptedServer, raw_server

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def coded(code: Any, status: int = 200, **headers: str) -> Said:
    return Said(body=json.dumps(bodies.error(code)).encode(), status=status, headers=headers)


# Statuses and codes


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (Said(status=401), QiwiAuthError),
        (Said(status=401, body=b"<html>"), QiwiAuthError),
        (Said(status=403), QiwiPermissionError),
        (Said(status=404), QiwiNotFoundError),
        (Said(status=423), QiwiRateLimitError),
        (Said(status=429), QiwiRateLimitError),
        (Said(status=500), QiwiConnectionError),
        (Said(status=502, body=b"<html>bad gateway"), QiwiConnectionError),
        (Said(status=503), QiwiConnectionError),
        (Said(status=504), QiwiConnectionError),
        (Said(status=599), QiwiConnectionError),
        (Said(status=400), QiwiResponseError),
        (Said(status=405), QiwiResponseError),
        (Said(status=422, body=b"[]"), QiwiResponseError),
        (Said(status=201, body=b'{"accounts":[]}'), QiwiResponseError),
        (Said(status=204), QiwiResponseError),
        (Said(status=304), QiwiResponseError),
        (coded("auth.forbidden", 403), QiwiPermissionError),
        (coded("auth.forbidden", 401), QiwiPermissionError),
        (coded("auth.forbidden", 400), QiwiPermissionError),
        (coded("auth.forbidden", 423), QiwiRateLimitError),
        (coded("auth.forbidden", 500), QiwiConnectionError),
        (coded("auth.forbidden", 302), QiwiResponseError),
        (coded("auth.forbidden.later", 400), QiwiResponseError),
        (coded("auth.forbidden"), QiwiPermissionError),
        (coded("request.blocked", 423), QiwiRateLimitError),
        (coded("request.blocked", 403), QiwiRateLimitError),
        (coded("request.blocked"), QiwiRateLimitError),
        (coded("request.blocked", 404), QiwiRateLimitError),
        (coded("request.blocked", 503), QiwiConnectionError),
        (coded("wallet.not.found", 404), QiwiNotFoundError),
        (coded("payment.history.not.found", 400), QiwiNotFoundError),
        (coded("upstream.not.found", 404), QiwiNotFoundError),
        (coded("not.found", 404), QiwiNotFoundError),
        (coded("upstream.not.found"), QiwiResponseError),
        (coded("upstream.not.found", 500), QiwiConnectionError),
        (coded("upstream.not.found", 503), QiwiConnectionError),
        (coded("wallet.not.found", 401), QiwiAuthError),
        (coded("wallet.not.found", 403), QiwiPermissionError),
        (coded("wallet.not.found", 423), QiwiRateLimitError),
        (coded("internal.error", 400), QiwiConnectionError),
        (coded("internal.error", 404), QiwiConnectionError),
        (coded("internal.error", 401), QiwiAuthError),
        (coded("internal.error", 423), QiwiRateLimitError),
        (coded("internal.error", 500), QiwiConnectionError),
        (coded("internal.error"), QiwiConnectionError),
        (coded("validation.error", 400), QiwiResponseError),
        (coded("something.new", 401), QiwiAuthError),
        (coded("something.new", 503), QiwiConnectionError),
        (coded("something.new"), QiwiResponseError),
        (coded(7, 404), QiwiNotFoundError),
    ],
)
async def test_the_code_in_the_body_decides_where_its_status_fits(
    told: QiwiClient, scripted: ScriptedServer, said: Said, error: type[QiwiError]
) -> None:
    scripted.says(said)
    with pytest.raises(error) as caught:
        await told.balances()
    assert type(caught.value) is error
    assert len(scripted.asked) == 1


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (Said(status=401), QiwiResponseError),
        (Said(status=403), QiwiResponseError),
        (coded("auth.forbidden", 403), QiwiResponseError),
        (Said(status=404), QiwiNotFoundError),
        (Said(status=500), QiwiConnectionError),
    ],
)
async def test_a_refused_open_method_says_nothing_of_the_token(
    told: QiwiClient, scripted: ScriptedServer, said: Said, error: type[QiwiError]
) -> None:
    scripted.says(said)
    with pytest.raises(error):
        await told.commission(99)
    assert "Authorization" not in scripted.asked[0].headers


@pytest.mark.parametrize("scope", Scope)
async def test_a_permission_error_names_its_scope(
    told: QiwiClient, scripted: ScriptedServer, scope: Scope
) -> None:
    scripted.says(Said(status=403))
    ask: dict[Scope, Coroutine[Any, Any, object]] = {
        Scope.PROFILE: told.profile(),
        Scope.BALANCES: told.balances(),
        Scope.PAYMENTS: told.payments_page(rows=1),
    }
    asked = ask.pop(scope)
    for other in ask.values():
        other.close()
    with pytest.raises(QiwiPermissionError, match=scope) as caught:
        await asked
    assert caught.value.scope is scope


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed_and_its_goal_not_named(
    told: QiwiClient, scripted: ScriptedServer, status: int
) -> None:
    scripted.says(Said(status=status, headers={"Location": f"{scripted.url}/elsewhere?{TOKEN}"}))
    with pytest.raises(QiwiResponseError, match="redirect") as caught:
        await told.balances()
    assert "elsewhere" not in str(caught.value)
    assert len(scripted.asked) == 1


# The rate limit


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, PAUSE),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "86400"}, LONGEST_PAUSE),
        ({"Retry-After": "9" * 5000}, LONGEST_PAUSE),
        ({"Retry-After": "soon"}, PAUSE),
        ({"Retry-After": "-5"}, PAUSE),
        ({"Retry-After": "1e3"}, PAUSE),
        ({"Retry-After": "nan"}, PAUSE),
        ({"Retry-After": "²"}, PAUSE),
        ({"Retry-After": "99 Foo 99999999 99:99:99"}, PAUSE),
        ({"Retry-After": format_datetime(NOON + timedelta(seconds=90))}, 90),
        ({"Retry-After": format_datetime(NOON - timedelta(days=1))}, 1),
        ({"Retry-After": format_datetime(NOON + timedelta(days=9))}, LONGEST_PAUSE),
    ],
)
@pytest.mark.parametrize("status", [423, 429])
async def test_a_rate_limit_lasts_as_long_as_the_wallet_says(
    told: QiwiClient,
    scripted: ScriptedServer,
    limiter: WalletLimiter,
    headers: dict[str, str],
    seconds: float,
    status: int,
) -> None:
    scripted.says(Said(status=status, headers={"Date": format_datetime(NOON, usegmt=True), **headers}))
    with pytest.raises(QiwiRateLimitError) as caught:
        await told.balances()
    assert caught.value.retry_after == seconds
    assert limiter.remaining == pytest.approx(seconds, abs=0.5)


async def test_a_date_to_come_back_is_told_by_the_host_where_the_wallet_has_no_clock(
    told: QiwiClient, scripted: ScriptedServer
) -> None:
    back = format_datetime(datetime.now(UTC) + timedelta(seconds=600), usegmt=True)
    scripted.says(Said(status=423, headers={"Date": "", "Retry-After": back}))
    with pytest.raises(QiwiRateLimitError) as caught:
        await told.balances()
    assert caught.value.retry_after == pytest.approx(600, abs=5)


async def test_a_blocked_wallet_is_left_alone_by_everybody_who_asks_it(
    session: aiohttp.ClientSession, simulator: Simulator, client: QiwiClient, limiter: WalletLimiter
) -> None:
    simulator.limits[NUMBER].requests = 1
    await client.balances()
    with pytest.raises(QiwiRateLimitError) as caught:
        await client.payments_page(rows=1)
    assert caught.value.retry_after == PAUSE
    other = QiwiClient(session, TOKEN, wallet=NUMBER, api_url=simulator.url, limiter=limiter)
    for ask in (client.profile, client.with_priority(Priority.ACTION).balances, other.balances):
        with pytest.raises(QiwiRateLimitError) as caught:
            await ask()
        assert 0 < caught.value.retry_after <= PAUSE
    with pytest.raises(QiwiRateLimitError):
        await client.commission(99)
    assert simulator.count() == 2


async def test_a_rate_limit_counts_even_when_its_body_never_arrives(
    told: QiwiClient, limiter: WalletLimiter, session: aiohttp.ClientSession
) -> None:
    async with raw_server(b"HTTP/1.1 423 Locked\r\nContent-Length: 500\r\n\r\n{") as url:
        client = QiwiClient(session, TOKEN, wallet=NUMBER, api_url=url, limiter=limiter)
        with pytest.raises(QiwiRateLimitError):
            await client.balances()
    assert limiter.remaining > 0
