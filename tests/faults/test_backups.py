"""Backups, made and restored: only what one forgot is in doubt."""

import json

import pytest

from custom_components.qiwi import backup
from tests.home import Home
from tests.story import Till

from .conftest import flagged, restart, unwritable_disk


def is_marked(home: Home) -> bool:
    """Tell whether the ledger on the disk says that it is a backup's."""
    return bool(json.loads(home.coordinator.file.path.read_bytes())["in_backup"])


async def test_a_reload_during_a_backup_restores_nothing(home: Home, till: Till) -> None:
    await home.add()
    await backup.async_pre_backup(home.hass)
    till.take()
    await home.reload()
    till.take()
    await home.poll()
    assert is_marked(home)
    await backup.async_post_backup(home.hass)
    assert not is_marked(home)
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_backup_that_ends_while_an_entry_is_unloaded_restores_nothing(home: Home, till: Till) -> None:
    await home.add()
    await backup.async_pre_backup(home.hass)
    await home.unload()
    await backup.async_post_backup(home.hass)
    await home.add()
    assert not is_marked(home)
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_mark_that_could_not_be_taken_off_is_taken_off_later(home: Home, till: Till) -> None:
    coordinator = await home.add()
    await backup.async_pre_backup(home.hass)
    with unwritable_disk(coordinator.file.path.parent), pytest.raises(OSError, match="storage"):
        await backup.async_post_backup(home.hass)
    assert is_marked(home)
    await home.poll()
    assert not is_marked(home)
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_a_restart_in_the_middle_of_a_backup_casts_doubt_once(home: Home, till: Till) -> None:
    await home.add()
    await backup.async_pre_backup(home.hass)
    await restart(home, till.take)
    assert not is_marked(home)
    till.take()
    await home.poll()
    await restart(home, till.take)
    assert home.announced == till.taken
    # It looks like a restored backup, in which what was paid meanwhile may have been announced.
    assert flagged(home.heard) == home.heard[:1]


async def test_a_restored_backup_is_known_as_such_even_while_the_next_one_is_made(
    home: Home, till: Till
) -> None:
    path = (await home.add()).file.path
    await backup.async_pre_backup(home.hass)
    copy = path.read_bytes()
    await backup.async_post_backup(home.hass)
    till.take()
    await home.poll()
    await home.simulator.refuse()
    await restart(home, lambda: path.write_bytes(copy))
    await backup.async_pre_backup(home.hass)
    await home.reload()
    await home.simulator.listen()
    await home.poll()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (1.0, False),
        (1.0, True),
    ]
    await backup.async_post_backup(home.hass)
    assert not is_marked(home)
