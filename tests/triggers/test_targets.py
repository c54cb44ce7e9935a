"""A trigger's target: it finds a wallet as Home Assistant itself would, and only what it finds starts the automation."""

from collections.abc import Callable
from typing import Any, ClassVar, override

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import label_registry as lr
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.helpers.trigger import (
    TriggerConfig,
    async_validate_trigger_config,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.qiwi.targeted_trigger import Target, TargetedTrigger, Tell, device_of
from tests.conftest import NUMBER
from tests.home import Home
from tests.story import EVENT, amounts


class House:
    """Two wallets in a house of two floors: each test puts one of them where a target finds it."""

    def __init__(self, hass: HomeAssistant, device_id: str) -> None:
        self.devices, self.entities = dr.async_get(hass), er.async_get(hass)
        self.device_id = device_id
        areas, floors, labels = ar.async_get(hass), fr.async_get(hass), lr.async_get(hass)
        self.floor = floors.async_create("First floor").floor_id
        self.label = labels.async_create("Money").label_id
        self.area = areas.async_create("Office", floor_id=self.floor).id
        self.other_area = areas.async_create("Kitchen").id
        self.areas = areas

    def put(self, **changes: Any) -> None:
        """Change the entry of the wallet's device in the registry."""
        self.devices.async_update_device(self.device_id, **changes)

    def put_entity(self, **changes: Any) -> None:
        """Change the entry of the wallet's event entity in the registry."""
        self.entities.async_update_entity(EVENT, **changes)


def in_the_area(house: House) -> None:
    house.put(area_id=house.area)


def only_the_entity_in_the_area(house: House) -> None:
    house.put_entity(area_id=house.area)


def the_entity_elsewhere(house: House) -> None:
    house.put(area_id=house.area)
    house.put_entity(area_id=house.other_area)


def labelled(house: House) -> None:
    house.put(labels={house.label})


def only_the_entity_labelled(house: House) -> None:
    house.put_entity(labels={house.label})


def the_area_labelled(house: House) -> None:
    house.put(area_id=house.area)
    house.areas.async_update(house.area, labels={house.label})


def nowhere(house: House) -> None:
    """Leave the wallet where it is."""


@pytest.mark.parametrize(
    ("put", "found_by"),
    [
        (nowhere, {"device_id", "entity_id"}),
        (in_the_area, {"device_id", "entity_id", "area_id", "floor_id"}),
        (only_the_entity_in_the_area, {"device_id", "entity_id", "area_id", "floor_id"}),
        (the_entity_elsewhere, {"device_id", "entity_id"}),
        (labelled, {"device_id", "entity_id", "label_id"}),
        (only_the_entity_labelled, {"device_id", "entity_id", "label_id"}),
        (the_area_labelled, {"device_id", "entity_id", "area_id", "floor_id", "label_id"}),
    ],
)
async def test_a_target_finds_a_wallet_as_home_assistant_itself_would(
    home: Home, other: Home, put: Callable[[House], None], found_by: set[str]
) -> None:
    coordinator = await home.add()
    house = House(home.hass, coordinator.device_id)
    put(house)
    targets = {
        "device_id": coordinator.device_id,
        "entity_id": EVENT,
        "area_id": house.area,
        "floor_id": house.floor,
        "label_id": house.label,
    }
    for name, value in targets.items():
        config = {name: [value]}
        target = Target(home.hass, config, frozenset({"event"}))
        entities = async_extract_referenced_entity_ids(home.hass, TargetSelection(config), expand_group=False)
        by_home_assistant = EVENT in entities.referenced | entities.indirectly_referenced
        assert target.names(coordinator.device_id) is by_home_assistant is (name in found_by), name
        assert not target.names(other.coordinator.device_id), name
        assert target.names_anything() is by_home_assistant


async def test_only_the_chosen_wallet_of_two_runs_the_automation(home: Home, other: Home) -> None:
    await home.add()
    runs = await home.automate({"device_id": other.coordinator.device_id})
    home.wallet.pay(1)
    other.wallet.pay(2)
    await home.poll()
    await other.poll()
    assert amounts(runs) == [2]


@pytest.mark.parametrize("target", [None, {}, {"device_id": [], "area_id": None}])
async def test_without_a_target_every_wallet_runs_the_automation(
    home: Home, other: Home, target: dict[str, Any] | None
) -> None:
    await home.add()
    runs = await home.automate(target)
    home.wallet.pay(1)
    other.wallet.pay(2)
    await home.poll()
    await other.poll()
    assert amounts(runs) == [1, 2]


async def test_a_wallet_moved_to_the_targets_area_counts_from_then_on_and_no_longer_when_it_leaves(
    home: Home,
) -> None:
    house = House(home.hass, (await home.add()).device_id)
    runs = await home.automate({"area_id": house.area})
    for amount, area in enumerate((None, house.area, house.other_area, house.area)):
        house.put_entity(area_id=area)
        home.wallet.pay(amount)
        await home.poll()
    assert amounts(runs) == [1, 3]


async def test_a_target_that_names_no_wallet_is_told_in_the_log(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    await home.add()
    runs = await home.automate({"device_id": "no such device"})
    assert "The target of a trigger qiwi.payment_received names nothing of QIWI now" in caplog.text
    home.wallet.pay(1)
    await home.poll()
    assert runs == []


async def test_a_wallet_whose_device_was_deleted_runs_what_names_it_and_nothing_else(home: Home) -> None:
    device_id = (await home.add()).device_id
    house = House(home.hass, device_id)
    house.put(area_id=house.area)
    house.devices.async_remove_device(device_id)
    assert Target(home.hass, {"device_id": [device_id]}, frozenset({"event"})).names(device_id)
    assert not Target(home.hass, {"area_id": [house.area]}, frozenset({"event"})).names(device_id)


async def test_a_trigger_of_something_else_than_payments_has_a_target_too(home: Home) -> None:
    class BalanceTrigger(TargetedTrigger):
        """A trigger that finds its device by what identifies it, as those of goals and orders do."""

        entity_domains = frozenset({"sensor"})
        option_fields: ClassVar = {}

        @override
        def listen(self, tell: Tell) -> CALLBACK_TYPE:
            for identifier in ("no such device", NUMBER):
                if device_id := device_of(self._hass, home.entry.entry_id, identifier):
                    tell(device_id, {"balance": 1}, "balance changed")
            return self._hass.bus.async_listen("never", runs.append)

    await home.add()
    runs: list[Any] = []

    def run(extra_trigger_payload: dict[str, Any], description: str, context: Context | None = None) -> Any:
        runs.append(extra_trigger_payload)

    for target in ({"entity_id": ["sensor.qiwi_0000_balance_rub"]}, {"entity_id": [EVENT]}):
        config = await BalanceTrigger.async_validate_config(home.hass, {"target": target})
        trigger = BalanceTrigger(home.hass, TriggerConfig("qiwi.balance", **config))
        (await trigger.async_attach_runner(run))()
    assert runs == [{"balance": 1}]


async def test_a_device_chosen_before_there_were_targets_is_the_target(home: Home, other: Home) -> None:
    await home.add()
    runs = await home.automate(device_id=other.coordinator.device_id)
    home.wallet.pay(1)
    other.wallet.pay(2)
    await home.poll()
    await other.poll()
    assert amounts(runs) == [2]
    (config,) = await async_validate_trigger_config(
        home.hass, [{"platform": "qiwi.payment_sent", "options": {"device_id": "", "min_amount": 1}}]
    )
    assert config["target"] == {"device_id": []}
    assert config["options"] == {"min_amount": 1}


@pytest.mark.parametrize("by", ["device_id", "entity_id"])
async def test_by_target_the_editor_offers_the_triggers_for_the_wallet_and_for_nothing_else(
    home: Home, hass_ws_client: WebSocketGenerator, by: str
) -> None:
    coordinator = await home.add()
    await async_setup_component(home.hass, "websocket_api", {})
    await async_setup_component(home.hass, "automation", {})
    client = await hass_ws_client(home.hass)

    async def offered(**target: Any) -> set[str]:
        await client.send_json_auto_id({"type": "get_triggers_for_target", "target": target})
        answer = await client.receive_json()
        return {name for name in answer["result"] if name.startswith("qiwi.")}

    wallet = {"device_id": coordinator.device_id, "entity_id": EVENT}[by]
    payment = {"qiwi.payment_received", "qiwi.payment_sent", "qiwi.payment_failed"}
    assert await offered(**{by: [wallet]}) == payment
    assert await offered(entity_id=["sensor.qiwi_0000_balance_rub"]) == set()


@pytest.mark.parametrize("by", ["area", "device", "entity", "floor", "label"])
async def test_neither_a_reload_nor_a_disabled_entity_takes_a_payment_from_a_trigger(
    home: Home, by: str
) -> None:
    await home.add()
    house = House(home.hass, home.coordinator.device_id)
    house.put(area_id=house.area, labels={house.label})
    targets: dict[str, dict[str, Any]] = {
        "area": {"area_id": house.area},
        "device": {"device_id": [home.coordinator.device_id]},
        "entity": {"entity_id": EVENT},
        "floor": {"floor_id": house.floor},
        "label": {"label_id": [house.label]},
    }
    runs = await home.automate(targets[by])
    house.put_entity(disabled_by=er.RegistryEntryDisabler.USER)
    home.wallet.pay(1)
    await home.reload()
    assert home.hass.states.get(EVENT) is None
    home.wallet.pay(2)
    await home.poll()
    assert amounts(runs) == [1, 2]
