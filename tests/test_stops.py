"""An orderly stop and a crash behind it: what may be out already is flagged."""

from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from pytest_homeassistant_custom_component.common import MockConfigEntry

from wallet_simulator import Wallet

from .conftest import SetUp
from .story import poll


async def test_a_crash_while_what_a_stop_left_is_announced_flags_what_may_be_out(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    coordinator = await set_up()

    @callback
    def stop(event: Event[Any]) -> None:
        coordinator.journal._is_open = False

    unsubscribe = hass.bus.async_listen("qiwi_new_payment", stop)
    wallet.pay(1)
    wallet.pay(2)
    await poll(hass, entry)
    unsubscribe()
    await hass.config_entries.async_unload(entry.entry_id)
    # What stands on the disk when the second is out is what a crash in that moment leaves.
    left: list[bytes] = []

    @callback
    def crash(event: Event[Any]) -> None:
        left.append(coordinator.file.path.read_bytes())

    unsubscribe = hass.bus.async_listen("qiwi_new_payment", crash)
    await set_up()
    unsubscribe()
    await hass.config_entries.async_unload(entry.entry_id)
    coordinator.file.path.write_bytes(left[0])
    await set_up()
    assert [(record["amount"], record["possible_duplicate"]) for record in heard] == [
        (1.0, False),
        (2.0, False),
        (2.0, True),
    ]
