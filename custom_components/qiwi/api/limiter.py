"""One wallet's share of the server: so many requests a minute, and none while the wallet wants to be left alone."""

import asyncio
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from heapq import heapify, heappop, heappush
from itertools import count
import time
from typing import Final, NamedTuple

from .exceptions import QiwiRateLimitError

WINDOW: Final = 60.0
# The documentation allows 100 a minute; in 2018 a client was blocked at 60 in unlucky minutes.
REQUESTS: Final = 60
CATCH_UP_REQUESTS: Final = 30
# What a server asks for beyond this is taken for a mistake of its own.
LONGEST_PAUSE: Final = 3600.0
# Timers may fire a hair early; a shorter sleep than this would spin.
_SHORTEST_SLEEP: Final = 0.001


class Priority(IntEnum):
    """Who goes first when requests have to wait."""

    POLL = 0
    ACTION = 1
    CATCH_UP = 2


class _Waiter(NamedTuple):
    priority: Priority
    ticket: int
    turn: asyncio.Future[bool]


class WalletLimiter:
    """The limit and the pause of one wallet, shared by everybody who asks it; it belongs to the event loop.

    Attributes:
        requests: How many requests may leave in any `window`.
        catch_up_requests: How many of them may be catch-up.
        window: Its length in seconds.
        on_pause: Called when a pause begins or grows, so that its owner can keep it over a restart.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall_clock: Callable[[], float] = time.time
    ) -> None:
        self.requests = REQUESTS
        self.catch_up_requests = CATCH_UP_REQUESTS
        self.window = WINDOW
        self.on_pause: Callable[[], None] | None = None
        self._clock = clock
        self._wall_clock = wall_clock
        self._resume_at: float | None = None
        self._sent: deque[float] = deque()
        self._sent_by_catch_up: deque[float] = deque()
        self._waiting: list[_Waiter] = []
        self._tickets = count()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def remaining(self) -> float:
        """Return the seconds left of the pause, 0 when there is none."""
        return 0.0 if self._resume_at is None else max(0.0, self._resume_at - self._clock())

    @property
    def paused_until(self) -> float | None:
        """Return the end of the pause in seconds of the Unix epoch, None when there is none."""
        remaining = self.remaining
        return self._wall_clock() + remaining if remaining else None

    def pause(self, seconds: float) -> None:
        """Let nothing through for so many seconds, an hour at most; a pause never ends a longer one."""
        if self._hold(seconds) and self.on_pause:
            self.on_pause()

    def restore(self, paused_until: float | None) -> None:
        """Take up a pause kept as `paused_until`, in seconds of the Unix epoch; None is no pause.

        A host clock that was set back meanwhile lengthens it to an hour at most.
        """
        if paused_until is not None:
            self._hold(paused_until - self._wall_clock())

    def absorb(self, other: WalletLimiter) -> None:
        """Count what another limiter let through, and take over its pause: both were the same wallet's."""
        self._sent = deque(sorted((*self._sent, *other._sent)))
        self._sent_by_catch_up = deque(sorted((*self._sent_by_catch_up, *other._sent_by_catch_up)))
        self.pause(other.remaining)

    async def acquire(self, priority: Priority) -> None:
        """Wait for a turn and take it.

        Raises:
            QiwiRateLimitError: the wallet is paused, or was while this waited.
        """
        if remaining := self.remaining:
            raise QiwiRateLimitError(remaining)
        waiter = _Waiter(priority, next(self._tickets), asyncio.get_running_loop().create_future())
        heappush(self._waiting, waiter)
        self._serve()
        try:
            admitted = await waiter.turn
        except asyncio.CancelledError:
            self._leave(waiter)
            raise
        if not admitted:
            raise QiwiRateLimitError(self.remaining)

    def _hold(self, seconds: float) -> bool:
        # Written so that a NaN is no pause.
        if not seconds > self.remaining:
            return False
        self._resume_at = self._clock() + min(seconds, LONGEST_PAUSE)
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.turn.done():
                waiter.turn.set_result(False)
        self._sleep(None)
        return True

    def _leave(self, waiter: _Waiter) -> None:
        if waiter in self._waiting:
            self._waiting.remove(waiter)
            heapify(self._waiting)
            self._serve()

    def _serve(self) -> None:
        """Let everybody through whose turn it is, and sleep until the next one's."""
        now = self._clock()
        while self._waiting:
            # When the first has to wait so have all behind it: none of them is allowed more.
            first = self._waiting[0]
            if (delay := self._delay(first.priority, now)) > 0:
                self._sleep(delay)
                return
            heappop(self._waiting)
            if not first.turn.done():
                self._note(first.priority, now)
                first.turn.set_result(True)
        self._sleep(None)

    def _delay(self, priority: Priority, now: float) -> float:
        delay = _until_free(self._sent, self.requests, now - self.window)
        if priority is Priority.CATCH_UP:
            delay = max(delay, _until_free(self._sent_by_catch_up, self.catch_up_requests, now - self.window))
        return delay

    def _note(self, priority: Priority, now: float) -> None:
        self._sent.append(now)
        if priority is Priority.CATCH_UP:
            self._sent_by_catch_up.append(now)

    def _sleep(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(seconds, _SHORTEST_SLEEP), self._serve)


def _until_free(sent: deque[float], allowed: int, window_start: float) -> float:
    """Return the seconds until fewer than `allowed` requests lie within the window."""
    while sent and sent[0] <= window_start:
        sent.popleft()
    return sent[-allowed] - window_start if len(sent) >= allowed else 0.0
