"""An orderly stop and a crash behind it: what may be out already is flagged."""

from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from wallet_simulator import Wallet

from .conftest import SetUp
from .story import poll, until


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


async def test_a_stop_brings_payments_again_whose_automation_it_cut_off_and_no_others(
    hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, set_up: SetUp, heard: list[dict[str, Any]]
) -> None:
    automation = {
        "mode": "queued",
        "max": 10,
        "triggers": {"trigger": "qiwi.payment_received"},
        "actions": [
            {"condition": "template", "value_template": "{{ trigger.payment.amount > 1 }}"},
            {"wait_template": "{{ false }}"},
        ],
    }
    assert await async_setup_component(hass, "automation", {"automation": automation})
    coordinator = await set_up()
    for amount in (1, 2, 3):
        wallet.pay(amount)
    await coordinator.async_refresh()
    await hass.services.async_call("qiwi", "send_test_payment", {"amount": 7}, blocking=True)
    await until(lambda: len(heard) == 4)
    # The first one's run is over, the second's waits, and the others are queued behind it.
    hass.bus.async_fire("homeassistant_stop")
    await hass.async_block_till_done(wait_background_tasks=True)
    heard.clear()
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
    await set_up()
    assert [(record["amount"], record["possible_duplicate"]) for record in heard] == [
        (2.0, True),
        (3.0, True),
    ]
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(heard) == 2
