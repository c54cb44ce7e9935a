"""Whether a wallet's payments arrive, and why not."""

from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.util import dt as dt_util

from .api import QiwiRateLimitError
from .problem import Problem, problem_of

_LOGGER: Final = logging.getLogger(__package__)

# Each refusal tells a little differently when its pause ends.
_SAME_PAUSE: Final = timedelta(seconds=5)


class Health:
    """How polls and the reading in the background went; the log says once when polls begin to fail or work again.

    Args:
        name: What the log calls the wallet.

    Attributes:
        poll_problem: Why the last poll failed.
        work_problem: Why the reading in the background failed the last time; None once it succeeded.
        last_success: When a poll last succeeded.
        paused_until: Until when the wallet wants to be left alone.
    """

    def __init__(self, name: str) -> None:
        self.poll_problem: Problem | None = None
        self.work_problem: Problem | None = None
        self.last_success: datetime | None = None
        self.paused_until: datetime | None = None
        self._name = name

    @property
    def problem(self) -> Problem | None:
        """Why payments are not arriving."""
        return self.poll_problem or self.work_problem

    @property
    def is_refused(self) -> bool:
        """Whether the token was refused."""
        return self.poll_problem is Problem.INVALID_AUTH

    def succeeded(self) -> None:
        """Note a poll that read what is newest."""
        self.last_success = dt_util.utcnow()
        self.paused_until = None
        if self.poll_problem is not None:
            _LOGGER.info("Payments of %s are arriving again", self._name)
        self.poll_problem = None

    def failed(self, error: Exception) -> None:
        """Note a poll that failed."""
        problem = problem_of(error)
        if problem is not self.poll_problem:
            _LOGGER.warning("Payments of %s are not arriving: %s", self._name, problem)
        self.poll_problem = problem
        if not isinstance(error, QiwiRateLimitError):
            self.paused_until = None
            return
        until = dt_util.utcnow() + timedelta(seconds=error.retry_after)
        if self.paused_until is None or abs(until - self.paused_until) > _SAME_PAUSE:
            self.paused_until = until
