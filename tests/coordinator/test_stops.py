"""An orderly stop and a crash behind it: what may be out already is flagged."""

from typing import Any

from homeassistant.core import Event, callback
from homeassistant.setup import async_setup_component

from tests.home import Home
from tests.story import until


async def test_a_crash_while_what_a_stop_left_is_announced_flags_what_may_be_out(home: Home) -> None:
    coordinator = await home.add()

    @callback
    def stop(event: Event[Any]) -> None:
        coordinator.journal._is_open = False

    unsubscribe = home.hass.bus.async_listen("qiwi_new_payment", stop)
    home.wallet.pay(1)
    home.wallet.pay(2)
    await home.poll()
    unsubscribe()
    await home.unload()
    # What stands on the disk when the second is out is what a crash in that moment leaves.
    left: list[bytes] = []

    @callback
    def crash(event: Event[Any]) -> None:
        left.append(coordinator.file.path.read_bytes())

    unsubscribe = home.hass.bus.async_listen("qiwi_new_payment", crash)
    await home.add()
    unsubscribe()
    await home.unload()
    coordinator.file.path.write_bytes(left[0])
    await home.add()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (1.0, False),
        (2.0, False),
        (2.0, True),
    ]


async def test_a_stop_brings_payments_again_whose_automation_it_cut_off_and_no_others(home: Home) -> None:
    automation = {
        "mode": "queued",
        "max": 10,
        "triggers": {"trigger": "qiwi.payment_received"},
        "actions": [
            {"condition": "template", "value_template": "{{ trigger.payment.amount > 1 }}"},
            {"wait_template": "{{ false }}"},
        ],
    }
    assert await async_setup_component(home.hass, "automation", {"automation": automation})
    coordinator = await home.add()
    for amount in (1, 2, 3):
        home.wallet.pay(amount)
    await coordinator.async_refresh()
    await home.hass.services.async_call("qiwi", "send_test_payment", {"amount": 7}, blocking=True)
    await until(lambda: len(home.heard) == 4)
    # The first one's run is over, the second's waits, and the others are queued behind it.
    home.hass.bus.async_fire("homeassistant_stop")
    await home.rest()
    home.heard.clear()
    await home.unload()
    await home.hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)
    await home.add()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (2.0, True),
        (3.0, True),
    ]
    await home.reload()
    assert len(home.heard) == 2
