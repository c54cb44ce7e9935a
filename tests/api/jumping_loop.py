"""An event loop without waiting: when nobody has anything to do, its time jumps to the next timer."""

import asyncio
import selectors
from typing import Any, override


class _JumpingSelector(selectors.SelectSelector):
    now = 1000.0

    @override
    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise AssertionError("Nobody would ever wake up")
        self.now += max(timeout, 0)
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """Give its `time` to what is tested as the clock."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return self._jumping.now
