"""What the cards are told: the latest payments and the daily sums, to those who may read them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.models import Group
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from custom_components.qiwi.const import DOMAIN
from custom_components.qiwi.frontend.watch import SHOWN
from tests.conftest import NUMBER
from tests.home import Home
from wallet_simulator import Fault

PAYMENTS = "sensor.qiwi_0000_payments_today"


class Watcher:
    """A page that watches the wallets."""

    def __init__(self, client: MockHAClientWebSocket) -> None:
        self.client = client

    @classmethod
    async def begin(cls, client: MockHAClientWebSocket) -> tuple[Watcher, list[dict[str, Any]]]:
        """Subscribe, and return what is told at once."""
        await client.send_json_auto_id({"type": "qiwi/payments"})
        assert (await client.receive_json())["success"]
        watcher = cls(client)
        return watcher, await watcher.told()

    async def told(self) -> list[dict[str, Any]]:
        """Return the wallets that are told of next."""
        message = await self.client.receive_json()
        assert message["type"] == "event"
        wallets: list[dict[str, Any]] = message["event"]["wallets"]
        return wallets

    async def is_told_nothing(self) -> bool:
        """Whether nothing waits to be read: what is asked last is answered first."""
        await self.client.send_json_auto_id({"type": "ping"})
        return bool((await self.client.receive_json())["type"] == "pong")


async def test_the_latest_payments_are_told_at_once_and_as_they_come(
    home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    home.wallet.pay(150, comment="Привет")
    home.wallet.pay(40, status="WAITING")
    await home.add()
    watcher, (told,) = await Watcher.begin(await hass_ws_client(home.hass))
    device = dr.async_get(home.hass).async_get_device_by_identifier((DOMAIN, NUMBER), home.entry.entry_id)
    assert device
    assert (told["device_id"], told["currency"], told["problem"]) == (device.id, "RUB", None)
    assert [payment["status"] for payment in told["payments"]] == ["pending", "success"]
    assert told["payments"][1]["comment"] == "Привет"
    home.wallet.pay(7)
    await home.poll()
    (told,) = await watcher.told()
    assert [payment["amount"] for payment in told["payments"]] == [7, 40, 150]
    await home.poll()
    assert await watcher.is_told_nothing()


async def test_a_problem_is_told(home: Home, hass_ws_client: WebSocketGenerator) -> None:
    await home.add()
    watcher, _ = await Watcher.begin(await hass_ws_client(home.hass))
    home.simulator.fault(Fault(kind="status", status=403, endpoint="payments"))
    await home.poll()
    (told,) = await watcher.told()
    assert told["problem"] == "missing_permission"


async def test_a_payment_announced_again_and_a_test_are_told_as_such(
    home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    await home.add()
    home.wallet.pay(5)
    row = home.wallet.pay(6)
    await home.poll()
    watcher, _ = await Watcher.begin(await hass_ws_client(home.hass))
    await home.act("replay_payment", transaction_id=row.transaction_id, direction="in")
    (told,) = await watcher.told()
    assert [payment["possible_duplicate"] for payment in told["payments"]] == [True, False]
    await home.act("send_test_payment", amount=9)
    (told,) = await watcher.told()
    assert [payment["amount"] for payment in told["payments"] if payment["test"]] == [9]
    assert told["days"] == [{"date": told["today"], "received": 11.0, "spent": 0.0}]


async def test_a_payment_that_was_announced_late_is_told_as_such(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    home.simulator.clock = lambda: datetime.now(UTC)
    await home.add()
    freezer.tick(timedelta(hours=2))
    home.wallet.pay(5, date=dt_util.now() - timedelta(hours=1, minutes=30))
    home.wallet.pay(6)
    await home.poll()
    payments = home.hass.data[SHOWN][home.entry.entry_id].as_message()["payments"]
    assert [payment["late"] for payment in payments] == [False, True]


async def test_the_newest_announcements_alone_are_kept(
    home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    await home.add()
    await home.act("send_test_payment", amount=9)
    for _ in range(50):
        home.wallet.pay(1)
    await home.poll()
    _, (told,) = await Watcher.begin(await hass_ws_client(home.hass))
    assert not [payment for payment in told["payments"] if payment["test"]]


async def test_the_sums_of_each_day_are_in_the_main_currency_and_without_conversions(
    home: Home, freezer: FrozenDateTimeFactory
) -> None:
    await home.hass.config.async_set_time_zone("Europe/Moscow")
    home.simulator.clock = lambda: datetime.now(UTC)
    for day in (datetime(2026, 5, 1, 12, tzinfo=UTC), datetime(2026, 5, 2, 12, tzinfo=UTC)):
        freezer.move_to(day)
        await (home.poll() if home.entry.state is ConfigEntryState.LOADED else home.add())
        home.wallet.pay(day.day * 100)
        home.wallet.pay(3, "USD")
        home.wallet.pay(30, kind="bill", commission=1)
        home.wallet.convert(480, "RUB", 6, "USD")
        home.wallet.pay(8, kind="refund")
        await home.poll()
    shown = home.hass.data[SHOWN][home.entry.entry_id]
    # Beside each other in the order of time, for as long as a chart shows them.
    first, second = (
        {"date": "2026-05-01", "received": 100.0, "spent": 31.0},
        {"date": "2026-05-02", "received": 200.0, "spent": 31.0},
    )
    assert shown.as_message()["days"] == [first, second]
    freezer.move_to(datetime(2026, 6, 1, 12, tzinfo=UTC))
    await home.poll()
    assert (shown.as_message()["today"], shown.as_message()["days"]) == ("2026-06-01", [second])


async def test_a_wallet_comes_when_it_is_loaded_and_goes_when_it_is_not(
    home: Home, other: Home, hass_ws_client: WebSocketGenerator
) -> None:
    await home.add()
    watcher, told = await Watcher.begin(await hass_ws_client(home.hass))
    assert {each["currency"] for each in told} == {"RUB", "KZT"}
    await home.act("send_test_payment", device_id=other.coordinator.device_id, currency="KZT")
    tests = {
        each["currency"]: [payment["test"] for payment in each["payments"]] for each in await watcher.told()
    }
    assert tests == {"RUB": [], "KZT": [True]}
    await other.unload()
    assert [each["currency"] for each in await watcher.told()] == ["RUB"]
    await home.unload()
    assert await watcher.told() == []


@pytest.mark.parametrize("may_read", [True, False])
async def test_who_may_not_read_the_payments_sensor_is_told_nothing_of_its_wallet(
    home: Home, hass_ws_client: WebSocketGenerator, hass_admin_user: MockUser, may_read: bool
) -> None:
    home.wallet.pay(1, comment="Секрет")
    await home.add()
    policy = {"entities": {"entity_ids": {PAYMENTS: {POLICY_READ: True}}}} if may_read else {}
    hass_admin_user.groups = [Group(name="Guests", policy=policy)]
    _, told = await Watcher.begin(await hass_ws_client(home.hass))
    assert [payment["comment"] for each in told for payment in each["payments"]] == (
        ["Секрет"] if may_read else []
    )


async def test_a_wallet_without_the_sensor_is_for_those_alone_who_may_read_everything(
    home: Home, hass_ws_client: WebSocketGenerator, hass_admin_user: MockUser
) -> None:
    await home.add()
    er.async_get(home.hass).async_remove(PAYMENTS)
    _, told = await Watcher.begin(await hass_ws_client(home.hass))
    assert len(told) == 1
    hass_admin_user.groups = [Group(name="Guests", policy={"entities": {"domains": {"sensor": True}}})]
    _, told = await Watcher.begin(await hass_ws_client(home.hass))
    assert told == []
