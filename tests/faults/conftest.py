"""Every error in the log that a test does not expect fails it; what can be done to a home in a bad moment."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import logging
from pathlib import Path
from typing import Any

from homeassistant.core import Event, callback
import pytest

from custom_components.qiwi.ledger_file import BACKUP
from custom_components.qiwi.limiters import _LIMITERS
from tests.home import Home
from tests.real_storage import hass_config_dir, hass_storage  # noqa: F401 - fixtures, found by name

type Heard = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def expected_errors(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Return what a test expects in the log as an error; any other error, and any traceback, fails it."""
    expected: list[str] = []
    yield expected
    errors = [
        record.getMessage()
        for record in caplog.get_records("call")
        # The simulator's own server is told off by clients that hang up, and asyncio debugs.
        if (record.levelno >= logging.ERROR or (record.exc_info and record.levelno > logging.DEBUG))
        and record.name != "aiohttp.server"
    ]
    assert [error for error in errors if not any(part in error for part in expected)] == []


def flagged(heard: Heard) -> Heard:
    return [record for record in heard if record["possible_duplicate"] or record["late"] or record["test"]]


async def restart(home: Home, between: Callable[[], object]) -> None:
    """Stop the entry and start it again, as a new process would: with what is on the disk."""
    await home.unload()
    del home.hass.data[_LIMITERS], home.hass.data[BACKUP]
    between()
    await home.add()


def at(home: Home, amount: float, do: Callable[[], object]) -> None:
    """Do something in the very moment a payment of this amount is announced for the first time."""

    @callback
    def listen(event: Event[Any]) -> None:
        if event.data["amount"] == amount:
            unsubscribe()
            do()

    unsubscribe = home.hass.bus.async_listen("qiwi_new_payment", listen)


@contextmanager
def unwritable_disk(folder: Path) -> Iterator[None]:
    """Let nothing be written into a folder, not by the superuser either."""
    aside = folder.rename(folder.with_name("aside"))
    folder.touch()
    yield
    folder.unlink()
    aside.rename(folder)
