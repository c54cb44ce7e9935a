"""What time it is, told by the wallet's clock and the host's; and how long answers have agreed."""

from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from ..api import QiwiResponseError
from .wallet import Wallet

# So long answers must agree on what should not be before they are believed: a row left out, an empty history.
GONE_AFTER: Final = timedelta(hours=1)
# And so often: two wrong answers may come an hour apart with nothing asked between them.
GONE_ANSWERS: Final = 3
# A clock that shows an earlier time was never set.
_PLAUSIBLE: Final = datetime(2026, 1, 1, tzinfo=UTC)
# The clocks may differ by so much before the window ends where the slower one stands.
_SKEW: Final = timedelta(days=1)


class Clocks:
    """The two clocks, of which either may be wrong.

    Args:
        wallet: Tells the wallet's.
        host_time: Tells the host's, aware.
        monotonic: Tells seconds that never jump.
    """

    def __init__(
        self, wallet: Wallet, host_time: Callable[[], datetime], monotonic: Callable[[], float]
    ) -> None:
        self.monotonic = monotonic
        self._wallet = wallet
        self._host_time = host_time

    def now(self) -> datetime:
        """Return the time by the clock that is behind; one that was never set is not asked.

        Raises:
            QiwiResponseError: neither was ever set.
        """
        return min(self._plausible())

    def latest(self) -> datetime:
        """Return a time that whatever was paid by now lies before, unless a clock is far ahead.

        Raises:
            QiwiResponseError: neither clock was ever set.
        """
        return min(max(self._plausible()), self.now() + _SKEW)

    def _plausible(self) -> list[datetime]:
        clocks = [self._host_time()]
        if self._wallet.wallet_time is not None:
            clocks.append(self._wallet.now())
        plausible = [clock for clock in clocks if clock >= _PLAUSIBLE]
        if not plausible:
            raise QiwiResponseError("Neither the wallet's clock nor this machine's shows the time")
        return plausible


class Agreement:
    """How long answers have agreed on things that should not be."""

    def __init__(self) -> None:
        # Since when, and how many answers.
        self._on: dict[Hashable, tuple[float, int]] = {}

    @property
    def is_sought(self) -> bool:
        """Whether the last answer had something to be agreed on."""
        return bool(self._on)

    def lasts(self, things: Iterable[Hashable], moment: float) -> bool:
        """Tell whether answers up to this moment have agreed on each of these for long enough to be believed."""
        known = {thing: self._on.get(thing, (moment, 0)) for thing in things}
        self._on = {thing: (since, answers + 1) for thing, (since, answers) in known.items()}
        return all(
            answers >= GONE_ANSWERS and moment - since >= GONE_AFTER.total_seconds()
            for since, answers in self._on.values()
        )
