"""The bus event: the public record without what is personal, for the recorder keeps it whole."""

from typing import Any

from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.qiwi.payments import PRIVATE_KEYS
from tests.home import Home


async def test_the_bus_event_is_the_public_record_without_what_is_personal(home: Home) -> None:
    events = async_capture_events(home.hass, "qiwi_new_payment")
    coordinator = await home.add()
    personal: dict[str, Any] = {"comment": "For Mallory, mallory@example.com", "account": "+79000004321"}
    home.wallet.pay(1, **personal)
    home.wallet.pay(2, kind="bill", **personal)
    home.wallet.pay(3, status="ERROR", **personal)
    home.wallet.pay(4, kind="refund")
    home.wallet.convert(480, "RUB", 6, "USD")
    await home.poll()
    await home.act("send_test_payment", amount=7, comment="For Mallory, mallory@example.com")
    received = [record for record in home.heard if record["event_type"] == "payment_received"]
    assert [event.data["amount"] for event in events] == [record["amount"] for record in received] == [1, 7]
    ids = {
        "entry_id": home.entry.entry_id,
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
