"""Time that passes on command, for Home Assistant's host and for the wallet alike."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
import sys
import time
from unittest.mock import patch

from homeassistant.util import dt as dt_util

from custom_components.qiwi.api import WalletLimiter


class SimulatedTime:
    """The real time, and what was let pass on top of it."""

    def __init__(self) -> None:
        self.passed = timedelta()

    def now(self) -> datetime:
        """Tell the time, in UTC."""
        return datetime.now(UTC) + self.passed

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic() + self.passed.total_seconds()

    def wait(self, duration: timedelta) -> None:
        """Let time pass; timers of the event loop don't notice."""
        self.passed += duration


@contextmanager
def simulated_time() -> Iterator[SimulatedTime]:
    """Give the integration a time of our own; what is set up meanwhile keeps it."""
    simulated = SimulatedTime()
    with ExitStack() as patches:
        patches.enter_context(patch.object(dt_util, "utcnow", simulated.now))
        clocks = (simulated.monotonic, lambda: simulated.now().timestamp())
        patches.enter_context(patch.object(WalletLimiter.__init__, "__defaults__", clocks))
        for name, module in list(sys.modules.items()):
            if name.startswith("custom_components.qiwi") and hasattr(module, "monotonic"):
                patches.enter_context(patch.object(module, "monotonic", simulated.monotonic))
        yield simulated
