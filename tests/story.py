"""The words that the tests tell their stories in: poll, look, and wait for what happens."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
import logging
import resource
from typing import Any
from unittest.mock import patch

import pytest

from wallet_simulator import Simulator

EVENT = "event.qiwi_0000_payment"
FEED = "binary_sensor.qiwi_0000_payments_feed"


def amounts(records: list[dict[str, Any]]) -> list[float]:
    """Return what was paid."""
    return [record["amount"] for record in records]


async def until(happened: Callable[[], object]) -> None:
    """Let everybody go on until something has happened."""
    for _ in range(100_000):
        if happened():
            return
        await asyncio.sleep(0)
    pytest.fail("It did not happen")


class Till:
    """Takes 1, 2, 3 … a second apart, by a wallet clock that only this moves."""

    def __init__(self, simulator: Simulator) -> None:
        self.wallet = simulator.wallet
        self.now = simulator.clock()
        self.taken: list[float] = []
        simulator.clock = lambda: self.now

    def take(self, count: int = 1, **details: Any) -> None:
        """Let so many payments arrive."""
        for _ in range(count):
            self.now += timedelta(seconds=1)
            self.taken.append(float(len(self.taken) + 1))
            self.wallet.pay(self.taken[-1], **details)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let the system refuse to write files larger than so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # What is logged meanwhile goes to a file of the test runner.
    with patch.object(logging, "raiseExceptions", new=False):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
