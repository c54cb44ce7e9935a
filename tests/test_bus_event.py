"""The bus event: the public record without what is personal, for the recorder keeps it whole."""

from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.qiwi.payments import PRIVATE_KEYS
from wallet_simulator import Wallet

from .conftest import Act, SetUp
from .story import poll


async def test_the_bus_event_is_the_public_record_without_what_is_personal(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    set_up: SetUp,
    heard: list[dict[str, Any]],
    act: Act,
) -> None:
    events = async_capture_events(hass, "qiwi_new_payment")
    coordinator = await set_up()
    personal: dict[str, Any] = {"comment": "For Mallory, mallory@example.com", "account": "+79000004321"}
    wallet.pay(1, **personal)
    wallet.pay(2, kind="bill", **personal)
    wallet.pay(3, status="ERROR", **personal)
    wallet.pay(4, kind="refund")
    wallet.convert(480, "RUB", 6, "USD")
    await poll(hass, entry)
    await act("send_test_payment", amount=7, comment="For Mallory, mallory@example.com")
    received = [record for record in heard if record["event_type"] == "payment_received"]
    assert [event.data["amount"] for event in events] == [record["amount"] for record in received] == [1, 7]
    ids = {
        "entry_id": entry.entry_id,
        "device_id": coordinator.device_id,
        "entity_id": "event.qiwi_0000_payment",
    }
    assert {"comment", "email", "account", "provider"} == PRIVATE_KEYS
    for event, record in zip(events, received, strict=True):
        public = {key: value for key, value in record.items() if key in event.data}
        assert event.data == public | ids
        assert len(public) == 12
        assert record.keys() - event.data.keys() >= PRIVATE_KEYS
        assert not any(word in str(event.data).lower() for word in ("mallory", "example.com", "4321"))
