"""A disk that takes nothing: payments are held back, and what may have been announced is flagged."""

from collections.abc import Callable
from contextlib import (
    AbstractContextManager,
)
from pathlib import Path

import pytest

from tests.home import Home
from tests.story import Till, largest_file

from .conftest import at, flagged, restart, unwritable_disk


def full_disk(folder: Path) -> AbstractContextManager[None]:
    """Let the system refuse whatever makes a file larger."""
    return largest_file(0)


type Disk = Callable[[Path], AbstractContextManager[None]]


@pytest.mark.parametrize("disk", [full_disk, unwritable_disk])
async def test_a_disk_that_takes_nothing_holds_payments_back_until_it_does(
    home: Home, till: Till, expected_errors: list[str], disk: Disk
) -> None:
    # Home Assistant's own word.
    expected_errors.append("Saving file failed")
    path = (await home.add()).file.path
    till.take()
    await home.poll()
    written, files = path.read_bytes(), sorted(path.parent.iterdir())
    with disk(path.parent):
        for _ in range(2):
            till.take()
            await home.poll()
            assert home.reason == "storage"
            assert len(home.heard) == 1
    assert path.read_bytes() == written
    assert sorted(path.parent.iterdir()) == files
    till.take()
    await home.poll()
    assert home.announced == till.taken
    assert home.reason is None
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


@pytest.mark.parametrize("disk", [full_disk, unwritable_disk])
async def test_a_disk_that_fails_behind_an_announcement_costs_nothing_once_it_is_well(
    home: Home, till: Till, expected_errors: list[str], disk: Disk
) -> None:
    # Home Assistant's own word.
    expected_errors.append("Saving file failed")
    coordinator = await home.add()
    failing = disk(coordinator.file.path.parent)
    at(home, 2, failing.__enter__)
    till.take(3)
    await home.poll()
    failing.__exit__(None, None, None)
    assert home.announced == till.taken
    await home.poll()
    await restart(home, till.take)
    assert home.announced == till.taken
    assert flagged(home.heard) == []


async def test_what_a_disk_could_not_be_told_before_a_restart_is_announced_again_with_a_flag(
    home: Home, till: Till, expected_errors: list[str]
) -> None:
    expected_errors.append("Saving file failed")
    coordinator = await home.add()
    failing = full_disk(coordinator.file.path.parent)
    at(home, 1, failing.__enter__)
    till.take()
    await home.poll()
    await restart(home, till.take)
    assert home.reason == "storage"
    failing.__exit__(None, None, None)
    await home.poll()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (1.0, False),
        (1.0, True),
        (2.0, False),
    ]
    assert home.reason is None
