"""The sensors: what they show of the wallet, its payments and its token."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest

from tests.home import Home
from tests.story import FEED
from wallet_simulator import Fault


async def test_the_latest_payments_show_with_their_own_currency(home: Home) -> None:
    await home.add()
    assert home.sensor("last_received").state == home.sensor("last_sent").state == "unknown"
    assert home.sensor("last_received").attributes["unit_of_measurement"] == "RUB"
    home.wallet.pay("7.50", "USD", comment="Hello", account="+79000000001")
    home.wallet.pay(100, kind="bill", commission=2)
    home.wallet.pay(1, status="ERROR")
    home.wallet.pay(2, kind="refund")
    home.wallet.convert(480, "RUB", 6, "USD")
    await home.poll()
    received = home.sensor("last_received")
    assert (received.state, received.attributes["unit_of_measurement"]) == ("7.5", "USD")
    assert (received.attributes["comment"], received.attributes["account"]) == ("Hello", "•••• 0001")
    assert received.attributes["transaction_id"].isdigit()
    sent = home.sensor("last_sent")
    assert (sent.state, sent.attributes["commission"], sent.attributes["total"]) == ("100.0", 2.0, 102.0)


async def test_a_plot_of_the_latest_payments_draws_no_line_from_one_currency_to_another(home: Home) -> None:
    shown: list[tuple[str, str | None]] = []

    @callback
    def listen(event: Any) -> None:
        new = event.data["new_state"]
        if new.entity_id == "sensor.qiwi_0000_last_received":
            shown.append((new.state, new.attributes.get("unit_of_measurement")))

    await home.add()
    home.hass.bus.async_listen("state_changed", listen)
    for amount, currency in ((150, "RUB"), (200, "RUB"), (2500, "KZT")):
        home.wallet.pay(amount, currency)
        await home.poll()
    assert shown == [("150.0", "RUB"), ("200.0", "RUB"), ("unknown", "KZT"), ("2500.0", "KZT")]
    # Statistics have one unit for good.
    assert "state_class" not in home.sensor("last_received").attributes


async def test_sums_are_the_main_currencys_and_leave_out_what_was_only_moved(home: Home) -> None:
    await home.add()
    home.wallet.pay("0.10")
    home.wallet.pay("0.20", kind="top_up")
    home.wallet.pay(5, "USD")
    home.wallet.pay(3, kind="refund")
    home.wallet.pay(100, kind="bill", commission="2.50")
    home.wallet.pay(40, kind="purchase")
    home.wallet.pay(1000, kind="bill", status="ERROR")
    home.wallet.pay(2000, status="WAITING")
    home.wallet.convert(480, "RUB", 6, "USD")
    await home.poll()
    assert home.sensor("received_today").state == home.sensor("received_this_month").state == "0.3"
    assert home.sensor("spent_today").state == home.sensor("spent_this_month").state == "142.5"
    assert home.sensor("payments_today").state == "6"
    for name in ("received_today", "spent_this_month"):
        attributes = home.sensor(name).attributes
        assert (attributes["unit_of_measurement"], attributes["device_class"]) == ("RUB", "monetary")
        assert attributes["state_class"] == "total"


async def test_the_newest_ten_final_payments_are_listed_newest_first(home: Home) -> None:
    await home.add()
    for amount in range(1, 15):
        home.wallet.pay(amount)
    home.wallet.pay(15, status="WAITING")
    await home.poll()
    payments = home.sensor("payments_today").attributes["payments"]
    assert [payment["amount"] for payment in payments] == list(range(14, 5, -1))
    assert payments[0].keys() > {"transaction_id", "comment", "kind", "date"}


async def test_what_counts_as_received_can_be_chosen_from_then_on(home: Home) -> None:
    await home.add()
    home.wallet.pay(10, kind="top_up")
    await home.poll()
    home.hass.config_entries.async_update_entry(home.entry, options={"kinds": ["transfer"]})
    await home.hass.config_entries.async_reload(home.entry.entry_id)
    home.wallet.pay(20, kind="top_up")
    home.wallet.pay(3)
    await home.poll()
    assert home.sensor("received_today").state == "13.0"


async def test_the_wallets_default_account_decides_the_main_currency(home: Home) -> None:
    home.wallet.balances = {"KZT": Decimal(1), "RUB": Decimal(1)}
    await home.add()
    assert home.sensor("received_today").attributes["unit_of_measurement"] == "KZT"


async def test_the_main_currency_stays_while_the_balances_cannot_be_read(home: Home) -> None:
    home.wallet.balances = {"KZT": Decimal(1)}
    await home.add()
    home.simulator.fault(Fault(kind="status", status=403, endpoint="balances"))
    await home.reload()
    assert home.sensor("spent_today").attributes["unit_of_measurement"] == "KZT"


async def test_what_the_ledger_knows_stays_while_the_wallet_is_down(home: Home) -> None:
    await home.add()
    home.wallet.pay(150)
    await home.poll()
    await home.simulator.refuse()
    await home.reload()
    assert home.sensor("balance_rub").state == "unavailable"
    assert home.sensor("received_today").state == home.sensor("last_received").state == "150.0"
    assert home.sensor("payments_today").state == "1"


@pytest.mark.parametrize("fault", [{"status": 401}, {"status": 500}, {"status": 403, "endpoint": "balances"}])
async def test_a_balance_is_known_as_long_as_its_request_succeeds(home: Home, fault: dict[str, Any]) -> None:
    await home.add()
    assert home.sensor("balance_rub").state == "1000.0"
    home.simulator.fault(Fault(kind="status", **fault))
    await home.poll()
    assert home.sensor("balance_rub").state == "unavailable"


async def test_a_deleted_balance_comes_back_with_its_currency_and_not_before(home: Home) -> None:
    await home.add()
    dollars = home.wallet.balances.pop("USD")
    await home.poll()
    assert home.sensor("balance_usd").state == "unavailable"
    registry = er.async_get(home.hass)
    registry.async_remove("sensor.qiwi_0000_balance_usd")
    await home.poll()
    assert home.hass.states.get("sensor.qiwi_0000_balance_usd") is None
    home.wallet.balances["USD"] = dollars
    await home.poll()
    assert home.sensor("balance_usd").state == "5.0"
    # One that is only switched off, or renamed, is still there.
    registry.async_update_entity("sensor.qiwi_0000_balance_usd", new_entity_id="sensor.dollars")
    registry.async_update_entity("sensor.qiwi_0000_balance_rub", disabled_by=er.RegistryEntryDisabler.USER)
    await home.rest()
    home.wallet.pay(1)
    await home.poll()
    assert home.state("sensor.dollars").state == "5.0"
    assert home.hass.states.get("sensor.qiwi_0000_balance_rub") is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"token_issued": "2026-01-01"}, "2026-06-29T21:00:00+00:00"),
        ({}, "2026-11-01T21:00:00+00:00"),
        ({"token_entered": None}, "unknown"),
    ],
)
async def test_a_token_expires_180_days_after_its_issue_or_entry(
    home: Home, data: dict[str, Any], expected: str
) -> None:
    await home.hass.config.async_set_time_zone("Europe/Moscow")
    home.hass.config_entries.async_update_entry(home.entry, data={**home.entry.data, **data})
    await home.add()
    assert home.sensor("token_expires").state == expected


@pytest.mark.parametrize(("level", "expected"), [("FULL", "full"), ("SUPREME", "unknown"), (None, "unknown")])
async def test_the_identification_is_there_for_who_enables_it(home: Home, level: Any, expected: str) -> None:
    home.wallet.identification = level
    await home.add()
    entity_id = "sensor.qiwi_0000_identification"
    assert home.hass.states.get(entity_id) is None
    er.async_get(home.hass).async_update_entity(entity_id, disabled_by=None)
    await home.reload()
    assert home.sensor("identification").state == expected


async def test_a_profile_that_may_not_be_read_tells_no_identification(home: Home) -> None:
    await home.add()
    er.async_get(home.hass).async_update_entity("sensor.qiwi_0000_identification", disabled_by=None)
    home.simulator.fault(Fault(kind="status", status=403, endpoint="profile"))
    await home.reload()
    assert home.sensor("identification").state == "unavailable"


async def test_the_device_says_what_it_is_and_where_the_wallet_is_looked_after(home: Home) -> None:
    coordinator = await home.add()
    device = dr.async_get(home.hass).async_get(coordinator.device_id)
    assert isinstance(device, dr.DeviceEntry)
    assert (device.manufacturer, device.model, device.name) == ("QIWI", "QIWI Wallet", home.entry.title)
    assert (device.configuration_url, device.entry_type) == ("https://qiwi.com", "service")


@pytest.mark.parametrize(("blocked", "expected"), [(True, "on"), (False, "off")])
async def test_a_blocked_wallet_says_so(home: Home, *, blocked: bool, expected: str) -> None:
    home.wallet.blocked = blocked
    await home.add()
    shown = home.state("binary_sensor.qiwi_0000_blocked")
    # A problem that is "OK" would say nothing: its own words are "yes" and "no".
    assert (shown.state, "device_class" in shown.attributes) == (expected, False)


async def test_a_pause_tells_when_it_ends(home: Home) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=423, headers={"Retry-After": "1"}, times=1))
    await home.poll()
    told = home.state(FEED).attributes
    assert told["reason"] == "rate_limited"
    ends = dt_util.parse_datetime(told["paused_until"], raise_on_error=True)
    assert ends <= dt_util.utcnow() + timedelta(seconds=1)
    while home.state(FEED).state == "on":
        await home.poll()
    assert home.reason is None
    assert "paused_until" not in home.state(FEED).attributes


async def test_every_entity_has_its_contracted_name(home: Home) -> None:
    await home.add()
    registry = er.async_get(home.hass)
    found = {
        each.unique_id.removeprefix("79000000000_"): each
        for each in er.async_entries_for_config_entry(registry, home.entry.entry_id)
    }
    assert found.keys() == {
        "balance_qw_wallet_rub", "balance_qw_wallet_usd", "last_received", "last_sent", "payments_today",
        "received_today", "received_this_month", "spent_today", "spent_this_month", "token_expires",
        "identification", "feed_problem", "blocked", "payment",
    }  # fmt: skip
    assert [key for key, each in found.items() if each.disabled_by] == ["identification"]
    # A category would hide the event from triggers on a device or an area.
    assert found["payment"].entity_category is None
