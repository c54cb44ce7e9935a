"""What is announced is on the disk: what could not be written down is neither published nor believed."""

from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from wallet_simulator import Wallet

from .conftest import SetUp
from .story import FEED, amounts, largest_file, poll, state


async def test_a_disk_with_room_for_all_but_the_announcement_holds_it_back_until_there_is_more(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    set_up: SetUp,
    heard: list[dict[str, Any]],
) -> None:
    coordinator = await set_up()
    wallet.pay(1)
    await poll(hass, entry)
    wallet.pay(2)
    # What is known of the newest row fits; the payment in the outbox does not.
    with largest_file(coordinator.file.path.stat().st_size + 100):
        await poll(hass, entry)
        assert amounts(heard) == [1.0]
        assert state(hass, FEED).attributes["reason"] == "storage"
    await poll(hass, entry)
    await poll(hass, entry)
    assert amounts(heard) == [1.0, 2.0]
    assert not heard[1]["possible_duplicate"]
