"""Answers that fail, and none: what was paid meanwhile is announced once, in order, when they are well again."""

import socket
from typing import override

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from homeassistant.helpers.aiohttp_client import DATA_CONNECTOR, DATA_RESOLVER
import pytest

from tests.conftest import OTHER_TOKEN
from tests.home import Home
from tests.story import Till
from wallet_simulator import Fault
from wallet_simulator.trouble import Trouble, answers, refused

from .conftest import flagged, restart


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (refused, "cannot_connect"),
        (answers("reset"), "cannot_connect"),
        (answers("close"), "cannot_connect"),
        (answers("timeout"), "cannot_connect"),
        (answers("slow", seconds=60), "cannot_connect"),
        (answers("slow", seconds=0.1), None),
        (answers("cut_off"), "cannot_connect"),
        (answers("truncated"), "invalid_response"),
        (answers("html"), "invalid_response"),
        (answers("not_json"), "invalid_response"),
        (answers("empty"), "invalid_response"),
        (answers("wrong_types"), "invalid_response"),
        (answers("huge"), "invalid_response"),
        (answers("redirect"), "invalid_response"),
        (answers("redirect", location="https://example.com/"), "invalid_response"),
        (answers("status", status=400), "invalid_response"),
        (answers("status", status=403), "missing_permission"),
        (answers("status", status=404), "invalid_response"),
        (answers("status", status=500), "cannot_connect"),
        (answers("status", status=502, body="<html>Bad gateway</html>"), "cannot_connect"),
        (answers("status", status=503, body=""), "cannot_connect"),
        (answers("status", status=500, endpoint="payments"), "cannot_connect"),
        (answers("duplicate_rows"), None),
        (answers("reordered_rows"), None),
        (answers("no_date"), None),
    ],
)
async def test_payments_around_a_fault_are_announced_once_and_in_order(
    home: Home, till: Till, trouble: Trouble, told: str | None
) -> None:
    coordinator = await home.add()
    coordinator.client.timeout = 0.5
    till.take()
    await home.poll()
    till.take(15)
    async with trouble(home.simulator):
        for _ in range(2):
            till.take(15)
            await home.poll()
            assert home.reason == told
    till.take(15)
    for _ in range(3):
        await home.poll()
        assert home.reason is None
        assert home.announced == till.taken
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_pages_that_lead_in_a_circle_hold_back_the_rest_until_they_end(home: Home, till: Till) -> None:
    await home.add()
    till.take(30)
    async with answers("paging_loop")(home.simulator):
        for _ in range(2):
            await home.poll()
            assert home.reason == "invalid_response"
            assert home.heard == []
    # What is paid once all is well again does not wait for what was held.
    till.take()
    await home.poll()
    assert home.announced == [31.0, *till.taken[:30]]
    await home.poll()
    assert len(home.heard) == 31
    assert home.reason is None
    assert flagged(home.heard) == []


class Names(AbstractResolver):
    """Knows one host, while it knows any."""

    def __init__(self, host: str) -> None:
        self.host: str | None = host

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host != self.host:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    @override
    async def close(self) -> None:
        """Hold nothing."""

    async def real_close(self) -> None:
        """Hold nothing, as Home Assistant asks when it ends."""


async def test_payments_are_announced_once_the_servers_name_is_known_again(home: Home, till: Till) -> None:
    names = Names("wallet.example")
    home.hass.data[str(DATA_RESOLVER)] = names
    address = home.simulator.url.replace("127.0.0.1", "wallet.example")
    home.hass.config_entries.async_update_entry(home.entry, data={**home.entry.data, "api_url": address})
    await home.add()
    till.take()
    names.host = None
    # A connection that is open needs no name.
    async with refused(home.simulator):
        pass
    for connector in home.hass.data[DATA_CONNECTOR].values():
        assert isinstance(connector, TCPConnector)
        connector.clear_dns_cache()
    till.take()
    await home.poll()
    assert home.reason == "cannot_connect"
    till.take()
    names.host = "wallet.example"
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []
    assert home.reason is None


async def test_payments_of_a_token_that_ran_out_are_announced_with_the_next(
    home: Home, till: Till, expected_errors: list[str]
) -> None:
    expected_errors.append("Authentication failed while fetching wallet •••• 0000 data")
    await home.add()
    till.take()
    home.wallet.revoke(next(iter(home.wallet.tokens)))
    await home.poll()
    assert home.reason == "invalid_auth"
    till.take()
    (flow,) = home.hass.config_entries.flow.async_progress()
    answer = {"api_token": home.wallet.add_token(OTHER_TOKEN)}
    await home.hass.config_entries.flow.async_configure(flow["flow_id"], answer)
    await home.rest()
    assert home.entry.data["api_token"] == OTHER_TOKEN
    assert home.reason is None
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []


@pytest.mark.usefixtures("profile_at_every_poll")
async def test_payments_come_without_the_permission_for_anything_else(home: Home, till: Till) -> None:
    await home.add()
    for endpoint in ("balances", "profile"):
        home.simulator.fault(Fault(kind="status", status=403, endpoint=endpoint))
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert home.reason is None


# A wallet that wants to be left alone


def let_pass(home: Home, seconds: float) -> None:
    """Let time pass for the wallet's limiter."""
    limiter = home.coordinator.client._shared.transport.limiter
    clock = limiter._clock
    limiter._clock = lambda: clock() + seconds


@pytest.mark.parametrize(
    ("fault", "pause"),
    [
        (Fault(kind="status", status=423, times=1), 300),
        (Fault(kind="status", status=429, times=1), 60),
        (Fault(kind="status", status=429, times=1, endpoint="payments", headers={"Retry-After": "7"}), 7),
        (Fault(kind="status", status=403, times=1, body='{"errorCode": "request.blocked"}'), 300),
        (Fault(kind="status", status=200, times=1, body='{"errorCode": "request.blocked"}'), 300),
    ],
)
@pytest.mark.parametrize("restarts", [False, True])
async def test_a_block_is_sat_out_and_its_payments_are_announced_after_it(
    home: Home, till: Till, fault: Fault, pause: float, restarts: bool
) -> None:
    await home.add()
    till.take()
    home.simulator.fault(fault)
    await home.poll()
    asked = home.simulator.count()
    if restarts:
        await restart(home, till.take)
    else:
        till.take()
    let_pass(home, pause - 2)
    await home.poll()
    assert home.simulator.count() == asked
    assert home.reason == "rate_limited"
    assert home.heard == []
    let_pass(home, 3)
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []
    assert home.reason is None
