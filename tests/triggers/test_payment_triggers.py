"""The payment triggers: each payment starts an automation once, if the options let it through."""

from datetime import timedelta
import json
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.trigger import (
    async_get_all_descriptions,
    async_validate_trigger_config,
)
from homeassistant.setup import async_setup_component
import pytest
import voluptuous as vol

from custom_components.qiwi.payments import PaymentEvent
from custom_components.qiwi.trigger import TRIGGERS
from tests.home import Home
from tests.story import amounts


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
    folder = Path(__file__).parent.parent.parent / "custom_components" / "qiwi"
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
