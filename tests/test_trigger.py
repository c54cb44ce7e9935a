"""The triggers, through real automations: the right payments of the right wallet, once each."""

from collections.abc import Callable
from datetime import timedelta
import json
from pathlib import Path
import re
from typing import Any, ClassVar, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import label_registry as lr
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.trigger import (
    TriggerConfig,
    async_get_all_descriptions,
    async_validate_trigger_config,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import voluptuous as vol

from custom_components.qiwi.payments import PaymentEvent
from custom_components.qiwi.targeted_trigger import Target, TargetedTrigger, Tell, device_of
from custom_components.qiwi.trigger import TRIGGERS

from .conftest import NUMBER
from .home import Home
from .story import amounts

EVENT = "event.qiwi_0000_payment"


async def test_a_payment_runs_an_automation_once_with_the_whole_public_record(home: Home) -> None:
    runs = await home.automate()
    await home.add()
    home.wallet.pay(150, comment="Course me@example.com", account="+79000000001")
    await home.poll()
    await home.poll()
    record = {key: value for key, value in home.heard[0].items() if key in runs[0]}
    assert runs == [record]
    assert runs[0]["email"] == "me@example.com"
    assert runs[0]["account"] == "•••• 0001"
    assert len(record) == 16


async def test_each_kind_of_news_has_its_trigger(home: Home) -> None:
    runs: list[dict[str, Any]] = []
    home.hass.bus.async_listen("ran", callback(lambda event: runs.append(event.data)))
    assert await async_setup_component(
        home.hass,
        "automation",
        {
            "automation": [
                {
                    "triggers": {"trigger": f"qiwi.{name}"},
                    "actions": {
                        "event": "ran",
                        "event_data": {"name": name, "amount": "{{ trigger.payment.amount }}"},
                    },
                    "mode": "queued",
                }
                for name in ("payment_received", "payment_sent", "payment_failed")
            ]
        },
    )
    await home.add()
    home.wallet.pay(1)
    home.wallet.pay(2, kind="bill")
    home.wallet.pay(3, status="ERROR")
    home.wallet.pay(4, kind="refund")
    home.wallet.convert(480, "RUB", 6, "USD")
    home.wallet.pay(5, status="WAITING")
    await home.poll()
    assert runs == [
        {"name": "payment_received", "amount": 1.0},
        {"name": "payment_sent", "amount": 2.0},
        {"name": "payment_failed", "amount": 3.0},
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"min_amount": 100}, [100, 100.5, 1000]),
        ({"min_amount": "100.5"}, [100.5, 1000]),
        ({"max_amount": 99.99}, [99.99, 5]),
        ({"min_amount": 100, "max_amount": 100}, [100]),
        ({"currency": "rub "}, [99.99, 100, 100.5]),
        ({"currency": ["USD", "KZT"]}, [1000, 5]),
        ({"kind": "top_up"}, [100.5]),
        ({"kind": ["transfer", "other"]}, [99.99, 100, 1000, 5]),
        ({"comment": "УРОК  3"}, [99.99, 100]),
        ({"comment": " "}, [99.99, 100, 100.5, 1000, 5]),
        ({"has_email": True}, [100]),
        ({"has_email": False}, [99.99, 100.5, 1000, 5]),
        ({"payer": "8 (900) 000-00-05"}, [1000]),
        ({"payer": 79000000004}, [100]),
        ({"max_age": {"minutes": 30}}, [99.99, 100, 100.5, 1000]),
        ({"max_age": "02:00:00"}, [99.99, 100, 100.5, 1000, 5]),
        ({"min_amount": 100, "currency": "RUB", "comment": "урок", "has_email": True}, [100]),
        ({"min_amount": 10_000}, []),
    ],
)
async def test_an_option_chooses(
    home: Home, freezer: FrozenDateTimeFactory, options: dict[str, Any], expected: list[float]
) -> None:
    runs = await home.automate(**options)
    await home.add()
    later = home.simulator.clock() + timedelta(hours=2)
    freezer.move_to(later)
    home.simulator.clock = lambda: later
    home.wallet.pay("99.99", account="+79000000003", comment="урок3")
    home.wallet.pay(100, account="79000000004", comment="Спасибо за Урок 3! me@example.com")
    home.wallet.pay("100.5", kind="top_up")
    home.wallet.pay(1000, "KZT", account="+79000000005", comment="a@example.com b@example.com")
    home.wallet.pay(5, "USD", date=home.simulator.clock() - timedelta(hours=1, minutes=30))
    await home.poll()
    assert sorted(amounts(runs)) == sorted(expected)


@pytest.mark.parametrize(
    "options",
    [
        {"min_amount": -1},
        {"min_amount": "much"},
        {"min_amount": True},
        {"max_amount": "NaN"},
        {"max_amount": ".inf"},
        {"min_amount": 2, "max_amount": 1},
        {"currency": "roubles"},
        {"currency": [""]},
        {"kind": "gift"},
        {"has_email": "perhaps"},
        {"payer": "900"},
        {"payer": "a friend"},
        {"max_age": {"minutes": -1}},
        {"min_ammount": 1},
    ],
)
async def test_an_option_that_nothing_could_fit_is_refused(
    hass: HomeAssistant, options: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_received", "options": options}])


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"min_amount": -1}, "min_amount"),
        ({"max_amount": "much"}, "max_amount"),
        ({"min_amount": 2, "max_amount": 1}, "min_amount"),
        ({"currency": ["roubles"]}, "currency"),
        ({"kind": ["transfer", "gift"]}, "kind"),
        ({"comment": {}}, "comment"),
        ({"has_email": "perhaps"}, "has_email"),
        ({"payer": "900"}, "payer"),
        ({"max_age": "soon"}, "max_age"),
    ],
)
async def test_a_refusal_names_the_option_by_its_label_in_home_assistants_language(
    hass: HomeAssistant, language: str, options: dict[str, Any], field: str
) -> None:
    await hass.config.async_update(language=language)
    texts = await async_get_translations(hass, language, "triggers", {"qiwi"})
    label = texts[f"component.qiwi.triggers.payment_received.fields.{field}.name"]
    with pytest.raises(vol.Invalid) as refusal:
        await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_received", "options": options}])
    named = str(refusal.value).partition(":")[0]
    assert label.startswith(named) or named.startswith(label)


@pytest.mark.parametrize("config", [{"options": {"min_ammount": 1}}, {"target": {"device": 1}}])
async def test_what_is_no_option_is_refused_as_home_assistant_does(
    hass: HomeAssistant, config: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid, match=r"min_ammount|target"):
        await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_received", **config}])


async def test_a_kind_that_the_trigger_never_announces_is_refused(hass: HomeAssistant) -> None:
    config = {"platform": "qiwi.payment_sent", "options": {"kind": ["refund", "top_up"]}}
    with pytest.raises(
        vol.Invalid, match=r"^Kind: this trigger runs for these kinds only: bill, other, purchase, transfer\."
    ):
        await async_validate_trigger_config(hass, [config])


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


async def test_an_automation_turned_off_hears_nothing(home: Home) -> None:
    await home.add()
    runs = await home.automate()
    await home.hass.services.async_call(
        "automation", "turn_off", {"entity_id": "automation.listener"}, blocking=True
    )
    home.wallet.pay(1)
    await home.poll()
    assert runs == []


async def test_a_burst_runs_a_queued_automation_for_each_payment_in_paid_order(home: Home) -> None:
    await home.add()
    runs = await home.automate()
    for amount in range(1, 121):
        home.wallet.pay(amount)
    await home.poll()
    assert amounts(runs) == list(range(1, 121))


async def test_the_editor_offers_every_option_and_names_it_in_both_languages(hass: HomeAssistant) -> None:
    await async_setup_component(hass, "automation", {})
    await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_received"}])
    descriptions = await async_get_all_descriptions(hass)
    folder = Path(__file__).parent.parent / "custom_components" / "qiwi"
    icons = json.loads((folder / "icons.json").read_text())["triggers"]
    names = {PaymentEvent.RECEIVED, PaymentEvent.SENT, PaymentEvent.FAILED}
    assert icons.keys() == TRIGGERS.keys()
    options = {
        "min_amount", "max_amount", "currency", "kind", "comment", "has_email", "payer", "max_age",
    }  # fmt: skip
    for language in ("en", "ru"):
        texts = json.loads((folder / "translations" / f"{language}.json").read_text())
        assert texts["triggers"].keys() == TRIGGERS.keys()
        # The editor's search looks at names and descriptions, not at the integration.
        assert all("QIWI" in trigger["name"] for trigger in texts["triggers"].values())
        for name in names:
            described = descriptions[f"qiwi.{name}"]
            assert described is not None
            assert described["fields"].keys() == options == texts["triggers"][name]["fields"].keys()
            kinds = described["fields"]["kind"]["selector"]["select"]["options"]
            assert set(kinds) <= texts["selector"]["kind"]["options"].keys()
            assert re.search("wallet|кошел", texts["triggers"][name]["description"])
