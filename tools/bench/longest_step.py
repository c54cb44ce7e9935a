"""How long the event loop is held up."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import gc
from time import perf_counter, thread_time
from unittest.mock import patch


@dataclass(slots=True)
class LongestStep:
    """The longest time the event loop was held up for, in seconds, and by whom."""

    seconds: float = 0.0
    wall: float = 0.0
    who: str = ""

    def note(self, handle: asyncio.Handle, seconds: float, wall: float) -> None:
        """Compare with the longest so far."""
        if seconds > self.seconds:
            owner = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]  # noqa: SLF001
            task = owner.get_name() if isinstance(owner, asyncio.Task) else repr(handle)
            self.seconds, self.wall, self.who = seconds, wall, task


@contextmanager
def longest_step() -> Iterator[LongestStep]:
    """Watch every step of the event loop: nothing but Home Assistant with the integration runs in it."""
    longest = LongestStep()
    run = asyncio.Handle._run  # noqa: SLF001

    def watched(handle: asyncio.Handle) -> None:
        wall, begun = perf_counter(), thread_time()
        run(handle)
        # The step that ends the watch does other things as well.
        if asyncio.Handle._run is watched:  # noqa: SLF001
            longest.note(handle, thread_time() - begun, perf_counter() - wall)

    # What earlier measures left would be collected within a step of ours.
    gc.collect()
    gc.freeze()
    with patch.object(asyncio.Handle, "_run", watched):
        yield longest
