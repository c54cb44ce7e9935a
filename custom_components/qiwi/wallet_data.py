"""What the surfaces show of a wallet, as one value."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from homeassistant.util import dt as dt_util

from .api import Balance, Profile
from .const import DEFAULT_CURRENCY
from .feed import CatchUp
from .ledger import Ledger, Totals, TotalsBook
from .payments import Payment
from .problem import Problem


def today() -> date:
    """Return the local day."""
    return dt_util.now().date()


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletData:
    """What the surfaces show of a wallet.

    Attributes:
        balances: The wallet's balances by alias; None while they cannot be read.
        profile: The profile as last read; None until it was.
        recent: The newest payments of the history, newest first.
        ledger: What is known of the payments; None until the first contact.
        problem: Why payments are not arriving; None while they are.
        catch_up: The catch-up under way, once it is long enough to be noticed.
        last_success: When the newest payments were last read.
        paused_until: Until when the wallet is left alone, because it said "too often"; None while it is not.
        today: The local day that "today" means.
    """

    balances: dict[str, Balance] | None = None
    profile: Profile | None = None
    recent: tuple[Payment, ...] = ()
    ledger: Ledger | None = None
    problem: Problem | None = None
    catch_up: CatchUp | None = None
    last_success: datetime | None = field(default=None, compare=False)
    paused_until: datetime | None = None
    today: date = field(default_factory=today)

    @property
    def totals(self) -> Totals:
        """What the payments add up to."""
        return self.ledger.books[TotalsBook.name] if self.ledger else Totals()

    @property
    def currency(self) -> str:
        """The wallet's main currency, an ISO 4217 code."""
        return (self.ledger and self.ledger.currency) or DEFAULT_CURRENCY


def main_currency(balances: Collection[Balance]) -> str:
    """Return the currency of the default account; without one it is roubles, or whatever there is."""
    currencies = {balance.currency for balance in balances}
    default = [balance.currency for balance in balances if balance.is_default]
    return default[0] if default else DEFAULT_CURRENCY if DEFAULT_CURRENCY in currencies else min(currencies)
