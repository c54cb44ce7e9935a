"""Actions that refuse do so in a sentence, and find the wallet that is meant."""

import json
from pathlib import Path
import re
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi.action import subentry_of
from custom_components.qiwi.services import ACTIONS
from tests.home import Home
from tests.story import amounts
from wallet_simulator import Fault, Simulator, Wallet

TEXTS = Path(__file__).parents[2] / "custom_components" / "qiwi" / "translations"


def text(language: str, *path: str) -> str:
    node = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    for key in path:
        node = node[key]
    return str(node)


@pytest.mark.parametrize(
    ("action", "data", "key", "field"),
    [
        ("get_payments", {"direction": "sideways"}, "invalid_direction", "direction"),
        ("get_payments", {"direction": ["in"]}, "invalid_direction", "direction"),
        ("get_payments", {"kind": "gift"}, "invalid_kind", "kind"),
        ("get_payments", {"since": "yesterday"}, "invalid_since", "since"),
        ("get_payments", {"until": 7}, "invalid_until", "until"),
        ("get_payments", {"since": "2026-05-02T00:00:00", "until": "2026-05-01T00:00:00"}, "since_after_until", "since"),
        ("get_payments", {"min_amount": "much"}, "invalid_min_amount", "min_amount"),
        ("get_payments", {"min_amount": -1}, "invalid_min_amount", "min_amount"),
        ("get_payments", {"max_amount": "inf"}, "invalid_max_amount", "max_amount"),
        ("get_payments", {"min_amount": 2, "max_amount": 1}, "min_above_max", "min_amount"),
        ("get_payments", {"currency": "roubles"}, "invalid_currency", "currency"),
        ("get_payments", {"comment": {}}, "invalid_comment", "comment"),
        ("get_payments", {"email": "nobody"}, "invalid_email", "email"),
        ("get_payments", {"limit": 0}, "invalid_limit", "limit"),
        ("get_payments", {"limit": 1.5}, "invalid_limit", "limit"),
        ("get_payments", {"device_id": "nothing"}, "unknown_device", "device_id"),
        ("get_payments", {"device_id": ["x"]}, "unknown_device", "device_id"),
        ("get_statistics", {"since": "x"}, "invalid_since", "since"),
        ("get_commission", {"amount": 1}, "invalid_provider_id", "provider_id"),
        ("get_commission", {"provider_id": 99}, "invalid_amount", "amount"),
        ("get_commission", {"provider_id": "wallet", "amount": 1}, "invalid_provider_id", "provider_id"),
        ("get_commission", {"provider_id": 99, "amount": "1e30"}, "invalid_amount", "amount"),
        ("replay_payment", {"direction": "in"}, "invalid_transaction_id", "transaction_id"),
        ("replay_payment", {"transaction_id": 1}, "invalid_direction", "direction"),
        ("replay_payment", {"transaction_id": 1, "direction": "in"}, "unknown_payment", "transaction_id"),
        ("replay_payment", {"transaction_id": "a", "direction": "in"}, "invalid_transaction_id", "transaction_id"),
        ("send_test_payment", {"amount": -1}, "invalid_amount", "amount"),
        ("send_test_payment", {"currency": "x"}, "invalid_currency", "currency"),
    ],
)  # fmt: skip
async def test_bad_input_is_refused_in_a_sentence_that_names_the_field_as_the_form_does(
    home: Home, action: str, data: dict[str, Any], key: str, field: str
) -> None:
    await home.add()
    with pytest.raises(ServiceValidationError) as refusal:
        await home.act(action, **data)
    assert refusal.value.translation_key == key
    assert (refusal.value.translation_placeholders or {})["field"] == field
    assert str(refusal.value) == text("en", "exceptions", key, "message").removesuffix(".")
    for language in ("en", "ru"):
        label = text(language, "exceptions", key, "message").partition(":")[0]
        assert text(language, "services", action, "fields", field, "name").startswith(label)


@pytest.mark.parametrize(
    ("status", "key"),
    [(401, "invalid_auth"), (403, "missing_permission"), (423, "asked_too_often"), (500, "cannot_connect"), (400, "invalid_response")],
)  # fmt: skip
@pytest.mark.parametrize(
    ("action", "data", "endpoint"),
    [
        ("get_payments", {}, "payments"),
        ("get_statistics", {}, "payments"),
        ("get_commission", {"provider_id": 99, "amount": 100}, "commission"),
        ("replay_payment", {"transaction_id": 1, "direction": "in"}, "payments"),
    ],
)
async def test_a_failure_of_the_wallet_is_told_in_a_sentence(
    home: Home, action: str, data: dict[str, Any], endpoint: str, status: int, key: str
) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=status, endpoint=endpoint))
    with pytest.raises(HomeAssistantError) as failure:
        await home.act(action, **data)
    if endpoint == "payments" or status in (423, 500):
        assert failure.value.translation_key == key
    assert re.fullmatch(r"[A-Z][^{}]* [^{}]*", str(failure.value))


async def test_a_provider_nobody_knows_is_refused(home: Home) -> None:
    await home.add()
    home.simulator.fault(Fault(kind="status", status=404, endpoint="commission"))
    with pytest.raises(ServiceValidationError) as refusal:
        await home.act("get_commission", provider_id=12345, amount=100)
    assert refusal.value.translation_key == "unknown_provider"


async def test_the_wallet_is_found_by_its_device_or_by_being_the_only_one(home: Home) -> None:
    await async_setup_component(home.hass, "qiwi", {})

    async def refusal_of(**data: Any) -> str | None:
        with pytest.raises(ServiceValidationError) as refusal:
            await home.act("get_payments", **data)
        return refusal.value.translation_key

    await home.unload()
    assert await refusal_of() == "no_wallet"
    coordinator = await home.add()
    device = coordinator.device_id
    home.wallet.pay(150)
    assert amounts((await home.act("get_payments", device_id=device))["payments"]) == [150]
    other_wallet = Wallet("79000000001")
    other_wallet.add_token("f" * 32)
    async with Simulator(other_wallet) as simulator:
        data = {**home.entry.data, "api_token": "f" * 32, "api_url": simulator.url}
        other = MockConfigEntry(domain="qiwi", unique_id="79000000001", title="QIWI •••• 0001", data=data)
        other.add_to_hass(home.hass)
        await home.hass.config_entries.async_setup(other.entry_id)
        await home.rest()
        assert await refusal_of() == "several_wallets"
        assert (
            amounts((await home.act("get_payments", device_id=other.runtime_data.device_id))["payments"])
            == []
        )
        await home.unload()
        assert await refusal_of(device_id=device) == "wallet_not_loaded"
        await home.hass.config_entries.async_unload(other.entry_id)


async def test_a_part_of_a_wallet_is_found_by_its_device_by_its_wallets_or_by_being_the_only_one(
    home: Home,
) -> None:
    parts = [
        ConfigSubentry(data=MappingProxyType({}), subentry_type="part", title=title, unique_id=None)
        for title in ("first", "second")
    ]
    other = ConfigSubentry(data=MappingProxyType({}), subentry_type="other", title="other", unique_id=None)
    for subentry in (*parts, other):
        home.hass.config_entries.async_add_subentry(home.entry, subentry)
    wallet_device = (await home.add()).device_id
    devices = [
        dr.async_get(home.hass)
        .async_get_or_create(
            config_entry_id=home.entry.entry_id,
            config_subentry_id=subentry.subentry_id,
            identifiers={("qiwi", subentry.subentry_id)},
        )
        .id
        for subentry in (*parts, other)
    ]

    def found(subentry_type: str, device_id: str | None = None) -> str | None:
        call = ServiceCall(home.hass, "qiwi", "act", {} if device_id is None else {"device_id": device_id})
        try:
            coordinator, subentry = subentry_of(call, subentry_type)
        except ServiceValidationError as refusal:
            return refusal.translation_key
        assert coordinator is home.coordinator
        return subentry.title

    assert [found("part", device) for device in devices] == ["first", "second", "no_part"]
    assert found("part") == found("part", wallet_device) == "several_parts"
    assert found("other") == found("other", wallet_device) == "other"
    assert found("part", "no such device") == "no_part"
    # The device of a part is not the wallet's.
    with pytest.raises(ServiceValidationError) as refusal:
        await home.act("get_payments", device_id=devices[0])
    assert refusal.value.translation_key == "unknown_device"


async def test_every_action_and_field_is_described_in_both_languages(hass: HomeAssistant) -> None:
    await async_setup_component(hass, "qiwi", {})
    described = (await async_get_all_descriptions(hass))["qiwi"]
    icons = json.loads((TEXTS.parent / "icons.json").read_text())["services"]
    sources = (TEXTS.parent / "action.py", *TEXTS.parent.glob("*_actions.py"))
    refusals = {key for source in sources for key in re.findall(r'refused\(\s*"(\w+)"', source.read_text())}
    refusals |= {f"invalid_{field}" for action in ACTIONS for field in action.fields}
    registered = hass.services.async_services_for_domain("qiwi")
    assert described.keys() == registered.keys() == icons.keys()
    for language in ("en", "ru"):
        texts = json.loads((TEXTS / f"{language}.json").read_text())
        assert texts["services"].keys() == registered.keys()
        assert refusals <= texts["exceptions"].keys()
        for name, service in registered.items():
            schema: Any = service.schema
            fields = {str(field) for field in schema.schema}
            assert described[name]["fields"].keys() == fields == texts["services"][name]["fields"].keys()
