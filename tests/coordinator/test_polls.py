"""One poll: what it asks for, and what it does when an answer fails."""

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from tests.home import Home
from wallet_simulator import Fault


async def test_a_refused_token_starts_reauthentication_once(home: Home) -> None:
    await home.add()
    home.wallet.revoke(next(iter(home.wallet.tokens)))
    await home.poll()
    await home.poll()
    flows = home.hass.config_entries.flow.async_progress()
    assert [flow["context"]["source"] for flow in flows] == ["reauth"]
    assert home.reason == "invalid_auth"


async def test_a_wallet_that_was_asked_too_often_is_left_alone(home: Home) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=423, endpoint="payments", times=1))
    await home.poll()
    asked = home.simulator.count()
    await home.poll()
    await home.reload()
    assert home.simulator.count() == asked
    assert home.reason == "rate_limited"


@pytest.mark.parametrize(
    ("endpoint", "status", "reason"),
    [
        ("payments", 403, "missing_permission"),
        ("payments", 400, "invalid_response"),
        ("balances", 403, None),
        ("balances", 500, None),
        ("profile", 403, None),
        ("profile", 500, None),
    ],
)
@pytest.mark.usefixtures("profile_at_every_poll")
async def test_a_method_that_fails_leaves_the_others_running(
    home: Home, endpoint: str, status: int, reason: str | None
) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=status, endpoint=endpoint))
    await home.poll()
    assert home.reason == reason
    balance = home.sensor("balance_rub").state
    assert balance == ("unavailable" if endpoint == "balances" else "1000.0")


@pytest.mark.parametrize("endpoint", ["balances", "profile"])
@pytest.mark.usefixtures("profile_at_every_poll")
async def test_a_token_refused_anywhere_is_refused(home: Home, endpoint: str) -> None:
    coordinator = await home.add()
    home.simulator.fault(Fault(kind="status", status=401, endpoint=endpoint))
    await home.poll()
    assert coordinator.data.problem == "invalid_auth"


async def test_a_quiet_poll_asks_for_two_things_and_writes_nothing(home: Home) -> None:
    home.wallet.pay(7)
    coordinator = await home.add()
    await home.poll()
    changes = async_capture_events(home.hass, "state_changed")
    asked, written = home.simulator.count(), coordinator.file.path.stat().st_mtime_ns
    await home.poll()
    assert home.simulator.count() - asked == 2
    assert changes == []
    assert coordinator.file.path.stat().st_mtime_ns == written


async def test_a_new_currency_gets_its_sensor(home: Home) -> None:
    await home.add()
    home.wallet.balances["KZT"] = home.wallet.balances["USD"]
    await home.poll()
    assert home.sensor("balance_kzt").state == "5.0"
    del home.wallet.balances["KZT"]
    await home.poll()
    assert home.sensor("balance_kzt").state == "unavailable"


async def test_a_blocked_wallet_shows(home: Home) -> None:
    home.wallet.blocked = True
    await home.add()
    assert home.state("binary_sensor.qiwi_0000_blocked").state == "on"


@pytest.mark.parametrize(
    "kind", ["html", "not_json", "empty", "truncated", "wrong_types", "huge", "redirect", "duplicate_rows",
             "reordered_rows", "reset", "close", "cut_off"],
)  # fmt: skip
async def test_no_fault_of_the_wallet_loses_or_doubles_a_payment(home: Home, kind: str) -> None:
    await home.add()
    home.simulator.fault(Fault(kind=kind, endpoint="payments"))
    for amount in range(1, 31):
        home.wallet.pay(amount)
    await home.poll()
    home.simulator.clear_faults()
    await home.poll()
    assert sorted(home.announced) == list(map(float, range(1, 31)))
