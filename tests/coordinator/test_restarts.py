"""Restarts and crashes: what was paid meanwhile is announced after them, and what may be out already is flagged."""

from typing import Any

from homeassistant.core import CoreState, Event, callback

from tests.home import Home


async def test_payments_made_while_it_was_down_come_after_a_restart(home: Home) -> None:
    await home.add()
    await home.unload()
    home.wallet.pay(150)
    await home.add()
    assert home.announced == [150.0]
    assert not home.heard[0]["possible_duplicate"]


async def test_nothing_is_announced_before_home_assistant_has_started(home: Home) -> None:
    await home.add()
    await home.unload()
    home.wallet.pay(150)
    home.hass.set_state(CoreState.starting)
    await home.add()
    await home.poll()
    assert home.heard == []
    home.hass.set_state(CoreState.running)
    home.hass.bus.async_fire("homeassistant_started")
    await home.rest()
    assert home.announced == [150.0]


async def test_what_a_crash_left_in_the_outbox_comes_again_with_a_flag(home: Home) -> None:
    coordinator = await home.add()
    written: list[Any] = []

    @callback
    def keep(event: Event[Any]) -> None:
        # Written down and not yet taken out: the moment of the crash.
        written.append(coordinator.file.path.read_bytes())

    home.hass.bus.async_listen_once("qiwi_new_payment", keep)
    home.wallet.pay(150)
    await home.poll()
    await home.unload()
    coordinator.file.path.write_bytes(written[0])
    await home.add()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (150.0, False),
        (150.0, True),
    ]


async def test_a_stop_in_the_middle_of_a_batch_flags_nothing(home: Home) -> None:
    coordinator = await home.add()

    @callback
    def stop(event: Event[Any]) -> None:
        coordinator.journal._is_open = False

    home.hass.bus.async_listen("qiwi_new_payment", stop)
    home.wallet.pay(1)
    home.wallet.pay(2)
    await home.poll()
    assert home.announced == [1.0]
    await home.unload()
    await home.add()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (1.0, False),
        (2.0, False),
    ]


async def test_home_assistant_stopping_keeps_what_is_not_out(home: Home) -> None:
    coordinator = await home.add()
    home.hass.bus.async_fire("homeassistant_stop")
    await home.rest()
    home.wallet.pay(1)
    await home.poll()
    assert home.heard == []
    assert not coordinator.journal.is_open
