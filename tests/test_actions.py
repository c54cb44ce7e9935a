"""The actions: each answers in the public record, and refuses in a sentence that names the field."""

from datetime import timedelta
import json
from pathlib import Path
import re
from types import MappingProxyType
from typing import Any

from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.service import async_get_all_descriptions
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.qiwi.action import subentry_of
from custom_components.qiwi.services import ACTIONS
from wallet_simulator import Fault, Simulator, Wallet

from .home import Home

TEXTS = Path(__file__).parent.parent / "custom_components" / "qiwi" / "translations"


def text(language: str, *path: str) -> str:
    node = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    for key in path:
        node = node[key]
    return str(node)


def amounts(found: dict[str, Any]) -> list[float]:
    return [payment["amount"] for payment in found["payments"]]


async def test_payments_are_returned_newest_first_in_the_public_record(home: Home) -> None:
    await home.add()
    home.wallet.pay(1)
    home.wallet.pay(2, status="WAITING", comment="me@Example.com", account="+79000000001")
    home.wallet.pay(3, status="ERROR")
    found = await home.act("get_payments")
    assert amounts(found) == [3, 2, 1]
    assert [payment["status"] for payment in found["payments"]] == ["failed", "pending", "success"]
    record = found["payments"][1]
    assert (record["email"], record["account"]) == ("me@example.com", "•••• 0001")
    assert record.keys() == {
        "transaction_id", "direction", "kind", "status", "amount", "commission", "total", "currency", "date",
        "comment", "email", "provider", "account", "late", "possible_duplicate", "test",
    }  # fmt: skip
    assert json.loads(json.dumps(found)) == found


async def test_a_payment_that_the_wallet_lists_twice_is_returned_once(home: Home) -> None:
    await home.add()
    for amount in (1, 2, 3):
        home.wallet.pay(amount)
    home.simulator.fault(Fault(kind="duplicate_rows", endpoint="payments"))
    assert amounts(await home.act("get_payments")) == [3, 2, 1]
    assert (await home.act("get_statistics"))["statistics"][0]["count"] == 3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"direction": "in"}, [1000, 100.5, 100]),
        ({"direction": "out"}, [30, 20]),
        ({"kind": "top_up"}, [100.5]),
        ({"kind": ["purchase", "bill"]}, [30, 20]),
        ({"min_amount": 100}, [1000, 100.5, 100]),
        ({"max_amount": "100"}, [100, 30, 20]),
        ({"currency": "kzt"}, [1000]),
        ({"comment": "урок 3"}, [100]),
        ({"email": "ME@example.com"}, [100]),
        ({"limit": 2.0}, [1000, 100.5]),
        ({"limit": 1, "direction": "out"}, [30]),
        ({"min_amount": None}, [1000, 100.5, 100, 30, 20]),
    ],
)
async def test_a_field_chooses(home: Home, data: dict[str, Any], expected: list[float]) -> None:
    await home.add()
    home.wallet.pay(20, kind="bill")
    home.wallet.pay(30, kind="purchase")
    home.wallet.pay(100, comment="Урок  3, me@example.com")
    home.wallet.pay("100.5", kind="top_up")
    home.wallet.pay(1000, "KZT")
    assert amounts(await home.act("get_payments", **data)) == expected


async def test_dates_without_a_zone_are_home_assistants_own(home: Home) -> None:
    await home.hass.config.async_set_time_zone("Asia/Almaty")
    await home.add()
    noon = home.simulator.clock().replace(microsecond=0) - timedelta(days=5)
    for hours in range(4):
        home.wallet.pay(hours + 1, date=noon + timedelta(hours=hours))
    naive = dt_util.as_local(noon + timedelta(hours=1)).replace(tzinfo=None)
    found = await home.act("get_payments", since=naive.isoformat(sep=" "), until=noon + timedelta(hours=2))
    assert amounts(found) == [3, 2]


async def test_without_dates_the_last_90_days_are_read(home: Home) -> None:
    await home.add()
    for days in (1, 89, 91, 200):
        home.wallet.pay(days, date=home.simulator.clock() - timedelta(days=days))
    assert amounts(await home.act("get_payments")) == [1, 89]
    since = home.simulator.clock() - timedelta(days=365)
    assert amounts(await home.act("get_payments", since=since)) == [1, 89, 91, 200]
    until = home.simulator.clock() - timedelta(days=90)
    assert amounts(await home.act("get_payments", until=until)) == [91]


async def test_more_than_40_pages_are_refused_and_a_limit_helps(home: Home) -> None:
    coordinator = await home.add()
    coordinator.client._shared.transport.limiter.requests = 1000
    for _ in range(2000):
        home.wallet.pay(1)
    assert len(amounts(await home.act("get_payments"))) == 2000
    home.wallet.pay(2)
    asked = home.simulator.count("payments")
    with pytest.raises(ServiceValidationError) as refusal:
        await home.act("get_payments")
    assert home.simulator.count("payments") - asked == 40
    assert refusal.value.translation_key == "too_many_pages"
    assert refusal.value.translation_placeholders == {"pages": "40", "payments": "2000"}
    assert amounts(await home.act("get_payments", limit=1)) == [2]


async def test_statistics_add_up_what_succeeded(home: Home) -> None:
    await home.add()
    home.wallet.pay("0.1")
    home.wallet.pay("0.2")
    home.wallet.pay(5, "USD")
    home.wallet.pay(100, kind="bill", commission="2.50")
    home.wallet.pay(7, status="ERROR")
    home.wallet.pay(8, status="WAITING")
    home.wallet.pay(1000, date=home.simulator.clock() - timedelta(days=40))
    expected = [
        {"currency": "RUB", "direction": "in", "kind": "transfer", "count": 2, "sum": 0.3},
        {"currency": "RUB", "direction": "out", "kind": "bill", "count": 1, "sum": 102.5},
        {"currency": "USD", "direction": "in", "kind": "transfer", "count": 1, "sum": 5.0},
    ]
    month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
    assert await home.act("get_statistics") == {"statistics": expected}
    assert await home.act("get_statistics", since=month.isoformat()) == {"statistics": expected}
    everything = await home.act("get_statistics", since=home.simulator.clock() - timedelta(days=50))
    assert everything["statistics"][0]["sum"] == 1000.3
    assert await home.act("get_statistics", until=month) == {"statistics": []}


async def test_a_commission_is_the_tariffs(home: Home) -> None:
    await home.add()
    assert await home.act("get_commission", provider_id=271859, amount="1000.00") == {
        "commission": 70.0,
        "total": 1070.0,
        "currency": "RUB",
    }


async def test_a_sum_the_provider_does_not_take_is_refused_with_its_limits(home: Home) -> None:
    await home.add()
    for money in (0, 1_000_000):
        with pytest.raises(ServiceValidationError) as refusal:
            await home.act("get_commission", provider_id=99, amount=money)
        assert refusal.value.translation_key == "amount_out_of_limits"
        placeholders = refusal.value.translation_placeholders or {}
        assert placeholders["field"] == "amount"
        assert placeholders["currency"] == "RUB"


async def test_a_payment_is_announced_again_flagged_and_counted_once(home: Home) -> None:
    coordinator = await home.add()
    paid = home.wallet.pay(150)
    await home.poll()
    before = coordinator.journal.ledger
    await home.act("replay_payment", transaction_id=paid.transaction_id, direction="in")
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (150, False),
        (150, True),
    ]
    assert {**home.heard[0], "possible_duplicate": True} == home.heard[1]
    assert coordinator.journal.ledger is before


async def test_a_payment_from_before_the_first_contact_can_be_announced(home: Home) -> None:
    paid = home.wallet.pay(150, date=home.simulator.clock() - timedelta(days=89))
    await home.add()
    await home.act("replay_payment", transaction_id=int(paid.transaction_id), direction="in")
    assert [(record["amount"], record["possible_duplicate"], record["late"]) for record in home.heard] == [
        (150, True, True)
    ]


async def test_only_the_row_of_the_named_direction_is_announced_again(home: Home) -> None:
    await home.add()
    number = home.wallet.convert(480, "RUB", 6, "USD")
    card = home.wallet.pay(20, kind="purchase")
    await home.poll()
    del home.heard[:]
    await home.act("replay_payment", transaction_id=number, direction="out")
    await home.act("replay_payment", transaction_id=number, direction="in")
    await home.act("replay_payment", transaction_id=card.transaction_id, direction="out")
    assert [record["amount"] for record in home.heard] == [480, 6, 20]
    assert all(record["possible_duplicate"] for record in home.heard)


async def test_a_payment_nobody_announced_yet_is_announced_once_and_not_flagged(home: Home) -> None:
    await home.add()
    paid = home.wallet.pay(150)
    await home.act("replay_payment", transaction_id=paid.transaction_id, direction="in")
    await home.poll()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [(150, False)]


async def test_a_payment_without_an_outcome_is_not_announced(home: Home) -> None:
    await home.add()
    paid = home.wallet.pay(150, status="WAITING")
    with pytest.raises(HomeAssistantError) as failure:
        await home.act("replay_payment", transaction_id=paid.transaction_id, direction="in")
    assert failure.value.translation_key == "payment_pending"
    assert home.heard == []


async def test_of_rows_with_one_number_those_with_an_outcome_are_announced_and_the_other_is_told_of(
    home: Home,
) -> None:
    await home.add()
    number = home.wallet.pay(1, kind="bill", status="WAITING").transaction_id
    home.wallet.pay(2, kind="purchase", type="QIWI_CARD", transaction_id=number)
    await home.poll()
    del home.heard[:]
    with pytest.raises(HomeAssistantError) as failure:
        await home.act("replay_payment", transaction_id=number, direction="out")
    assert failure.value.translation_key == "payment_pending"
    assert amounts({"payments": home.heard}) == [2]


async def test_a_full_disk_keeps_a_payment_from_being_announced_on_request(
    home: Home, tmp_path: Path
) -> None:
    coordinator = await home.add()
    paid = home.wallet.pay(150)
    coordinator.file.path = tmp_path / "a file" / "below"
    (tmp_path / "a file").write_text("")
    with pytest.raises(HomeAssistantError) as failure:
        await home.act("replay_payment", transaction_id=paid.transaction_id, direction="in")
    assert failure.value.translation_key == "storage"
    assert home.heard == []


async def test_a_test_payment_is_announced_and_counted_by_nothing(home: Home) -> None:
    coordinator = await home.add()
    before = coordinator.journal.ledger
    events: list[Any] = []
    home.hass.bus.async_listen("qiwi_new_payment", lambda event: events.append(event.data))
    await home.act("send_test_payment")
    await home.act("send_test_payment", amount=5, currency="usd", comment="Course\nme@example.com")
    assert [(record["amount"], record["currency"]) for record in home.heard] == [(100, "RUB"), (5, "USD")]
    assert all(record["test"] and not record["possible_duplicate"] for record in home.heard)
    assert (home.heard[1]["comment"], home.heard[1]["email"]) == ("Course me@example.com", "me@example.com")
    assert len({record["transaction_id"] for record in home.heard}) == 2
    assert [event["test"] for event in events] == [True, True]
    assert coordinator.journal.ledger is before


@pytest.mark.parametrize("action", ["send_test_payment", "replay_payment"])
async def test_only_an_administrator_announces_anything(
    home: Home, hass_read_only_user: User, action: str
) -> None:
    await home.add()
    with pytest.raises(Unauthorized):
        await home.hass.services.async_call(
            "qiwi", action, {}, blocking=True, context=Context(user_id=hass_read_only_user.id)
        )


@pytest.mark.parametrize("action", ["send_test_payment", "replay_payment"])
async def test_nothing_is_announced_while_home_assistant_stops(home: Home, action: str) -> None:
    coordinator = await home.add()
    paid = home.wallet.pay(1)
    await coordinator.async_stop()
    data = {"transaction_id": paid.transaction_id, "direction": "in"} if action == "replay_payment" else {}
    with pytest.raises(HomeAssistantError) as failure:
        await home.act(action, **data)
    assert failure.value.translation_key == "not_announcing"
    assert home.heard == []


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
    assert amounts(await home.act("get_payments", device_id=device)) == [150]
    other_wallet = Wallet("79000000001")
    other_wallet.add_token("f" * 32)
    async with Simulator(other_wallet) as simulator:
        data = {**home.entry.data, "api_token": "f" * 32, "api_url": simulator.url}
        other = MockConfigEntry(domain="qiwi", unique_id="79000000001", title="QIWI •••• 0001", data=data)
        other.add_to_hass(home.hass)
        await home.hass.config_entries.async_setup(other.entry_id)
        await home.rest()
        assert await refusal_of() == "several_wallets"
        assert amounts(await home.act("get_payments", device_id=other.runtime_data.device_id)) == []
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
