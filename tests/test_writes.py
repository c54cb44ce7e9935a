"""What is announced is on the disk: what could not be written down is neither published nor believed."""

from collections.abc import Iterator
from contextlib import contextmanager
import logging
from pathlib import Path
import resource
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from wallet_simulator import Wallet

from .conftest import SetUp
from .story import FEED, amounts, poll, state


@contextmanager
def room_for_little_more(file: Path) -> Iterator[None]:
    """Let the system refuse files that are much larger than this one."""
    size = file.stat().st_size + 100
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_disk_with_room_for_all_but_the_announcement_holds_it_back_until_there_is_more(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    wallet: Wallet,
    set_up: SetUp,
    heard: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is logged meanwhile goes to a file of the test runner.
    monkeypatch.setattr(logging, "raiseExceptions", False)
    coordinator = await set_up()
    wallet.pay(1)
    await poll(hass, entry)
    wallet.pay(2)
    # What is known of the newest row fits; the payment in the outbox does not.
    with room_for_little_more(coordinator._file.path):
        await poll(hass, entry)
        assert amounts(heard) == [1.0]
        assert state(hass, FEED).attributes["reason"] == "storage"
    await poll(hass, entry)
    await poll(hass, entry)
    assert amounts(heard) == [1.0, 2.0]
    assert not heard[1]["possible_duplicate"]
