"""The only one that asks the wallet for payments: it polls, catches up and looks up.

The rule: knows the client and the journal; the time comes in as a port, and nothing here knows Home Assistant.
"""

from .feed import FULL_ROWS, QUIET_ROWS, Feed
from .gap import RECONCILE_INTERVAL, CatchUp

__all__ = ["FULL_ROWS", "QUIET_ROWS", "RECONCILE_INTERVAL", "CatchUp", "Feed"]
