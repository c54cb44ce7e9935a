"""The wallet's rate limit: so many requests a minute for one wallet number, then nothing for a while."""

from collections import deque
from datetime import UTC, datetime, timedelta

MINUTE = timedelta(minutes=1)


class RateLimit:
    """Counts one wallet's requests by the host's clock, whatever the wallet's own clock says."""

    def __init__(self, requests: int | None, block: timedelta) -> None:
        self.requests = requests
        self.block = block
        self._seen: deque[datetime] = deque()
        self._blocked_until: datetime | None = None

    def admits(self) -> bool:
        """Count a request and tell whether it may be answered."""
        if self.requests is None:
            return True
        now = datetime.now(UTC)
        if self._blocked_until:
            if now < self._blocked_until:
                return False
            self.lift()
        while self._seen and self._seen[0] <= now - MINUTE:
            self._seen.popleft()
        self._seen.append(now)
        if len(self._seen) > self.requests:
            self._blocked_until = now + self.block
            return False
        return True

    @property
    def blocked(self) -> bool:
        """Whether requests are refused now."""
        return self._blocked_until is not None and datetime.now(UTC) < self._blocked_until

    def lift(self) -> None:
        """End a block and forget what was counted."""
        self._blocked_until = None
        self._seen.clear()
