"""The triggers, through real automations: the right payments of the right wallet, once each."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.trigger import async_get_all_descriptions, async_validate_trigger_config
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.qiwi.payments import PaymentEvent
from wallet_simulator import Simulator, Wallet

from .conftest import OTHER_NUMBER, OTHER_TOKEN, Automate, SetUp
from .story import amounts, poll


async def test_a_payment_runs_an_automation_once_with_the_whole_public_record(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    set_up: SetUp,
    heard: list[dict[str, Any]],
    automate: Automate,
) -> None:
    runs = await automate()
    await set_up()
    wallet.pay(150, comment="Course me@example.com", account="+79000000001")
    await poll(hass, entry)
    await poll(hass, entry)
    record = {key: value for key, value in heard[0].items() if key in runs[0]}
    assert runs == [record]
    assert runs[0]["email"] == "me@example.com"
    assert runs[0]["account"] == "•••• 0001"
    assert len(record) == 16


async def test_each_kind_of_news_has_its_trigger(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, automate: Automate
) -> None:
    runs: list[dict[str, Any]] = []
    hass.bus.async_listen("ran", callback(lambda event: runs.append(event.data)))
    assert await async_setup_component(
        hass,
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
    await set_up()
    wallet.pay(1)
    wallet.pay(2, kind="bill")
    wallet.pay(3, status="ERROR")
    wallet.pay(4, kind="refund")
    wallet.convert(480, "RUB", 6, "USD")
    wallet.pay(5, status="WAITING")
    await poll(hass, entry)
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
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    simulator: Simulator,
    set_up: SetUp,
    automate: Automate,
    options: dict[str, Any],
    expected: list[float],
) -> None:
    runs = await automate(**options)
    await set_up()
    wallet.pay("99.99", account="+79000000003", comment="урок3")
    wallet.pay(100, account="79000000004", comment="Спасибо за Урок 3! me@example.com")
    wallet.pay("100.5", kind="top_up")
    wallet.pay(1000, "KZT", account="+79000000005", comment="a@example.com b@example.com")
    wallet.pay(5, "USD", date=simulator.clock() - timedelta(hours=1, minutes=30))
    await poll(hass, entry)
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
        {"device_id": "no such device"},
        {"min_ammount": 1},
    ],
)
async def test_an_option_that_nothing_could_fit_is_refused(
    hass: HomeAssistant, options: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_received", "options": options}])


async def test_the_device_of_another_integration_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, device_registry: Any
) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    device = device_registry.async_get_or_create(config_entry_id=other.entry_id, identifiers={("other", "1")})
    with pytest.raises(vol.Invalid, match="is not the device of a QIWI Wallet"):
        await async_validate_trigger_config(
            hass, [{"platform": "qiwi.payment_sent", "options": {"device_id": device.id}}]
        )


async def test_only_the_chosen_wallet_of_two_runs_the_automation(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, automate: Automate
) -> None:
    other_wallet = Wallet(OTHER_NUMBER)
    other_wallet.add_token(OTHER_TOKEN)
    async with Simulator(other_wallet) as simulator:
        other = MockConfigEntry(
            domain="qiwi",
            unique_id=OTHER_NUMBER,
            title="QIWI •••• 0001",
            data={**entry.data, "api_token": OTHER_TOKEN, "api_url": simulator.url, "wallet": OTHER_NUMBER},
        )
        other.add_to_hass(hass)
        await set_up()
        runs = await automate(device_id=other.runtime_data.device_id)
        wallet.pay(1)
        other_wallet.pay(2)
        await poll(hass, entry, other)
        assert amounts(runs) == [2]
        await hass.config_entries.async_unload(other.entry_id)


async def test_neither_a_reload_nor_a_disabled_entity_takes_a_payment_from_a_trigger(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, automate: Automate
) -> None:
    await set_up()
    runs = await automate(device_id=[entry.runtime_data.device_id])
    er.async_get(hass).async_update_entity(
        "event.qiwi_0000_payment", disabled_by=er.RegistryEntryDisabler.USER
    )
    wallet.pay(1)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert hass.states.get("event.qiwi_0000_payment") is None
    wallet.pay(2)
    await poll(hass, entry)
    assert amounts(runs) == [1, 2]


async def test_an_automation_turned_off_hears_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, automate: Automate
) -> None:
    await set_up()
    runs = await automate()
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": "automation.listener"}, blocking=True
    )
    wallet.pay(1)
    await poll(hass, entry)
    assert runs == []


async def test_a_burst_runs_a_queued_automation_for_each_payment_in_paid_order(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, automate: Automate
) -> None:
    await set_up()
    runs = await automate()
    for amount in range(1, 121):
        wallet.pay(amount)
    await poll(hass, entry)
    assert amounts(runs) == list(range(1, 121))


async def test_the_editor_offers_every_option_and_names_it_in_both_languages(hass: HomeAssistant) -> None:
    await async_setup_component(hass, "automation", {})
    await async_validate_trigger_config(hass, [{"platform": "qiwi.payment_received"}])
    descriptions = await async_get_all_descriptions(hass)
    folder = Path(__file__).parent.parent / "custom_components" / "qiwi"
    icons = json.loads((folder / "icons.json").read_text())["triggers"]
    names = {PaymentEvent.RECEIVED, PaymentEvent.SENT, PaymentEvent.FAILED}
    assert icons.keys() == names
    options = {
        "device_id", "min_amount", "max_amount", "currency", "kind", "comment", "has_email", "payer", "max_age",
    }  # fmt: skip
    for language in ("en", "ru"):
        texts = json.loads((folder / "translations" / f"{language}.json").read_text())
        assert texts["triggers"].keys() == names
        for name in names:
            described = descriptions[f"qiwi.{name}"]
            assert described is not None
            assert described["fields"].keys() == options == texts["triggers"][name]["fields"].keys()
            kinds = described["fields"]["kind"]["selector"]["select"]["options"]
            assert set(kinds) <= texts["selector"]["kind"]["options"].keys()
