"""The books of a wallet, made from its entry: every payment is shown to each of them once."""

from typing import Any, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.util import dt as dt_util

from .const import CONF_KINDS, DEFAULT_KINDS, SUBENTRY_OFFER
from .goal_settings import goals_book
from .ledger import OrdersBook, TotalsBook
from .ledger.goals import GoalsBook
from .offer_settings import offer_settings
from .payments import Kind


class WalletBooks(NamedTuple):
    """All books, in the order in which what follows from a payment is told."""

    totals: TotalsBook
    goals: GoalsBook
    orders: OrdersBook


def wallet_books(entry: ConfigEntry[Any]) -> WalletBooks:
    """Return the books, as the options and the subentries of a wallet say."""
    kinds = entry.options.get(CONF_KINDS, DEFAULT_KINDS)
    return WalletBooks(
        totals=TotalsBook(received=map(Kind, kinds), zone=dt_util.get_default_time_zone),
        goals=goals_book(entry),
        orders=OrdersBook(
            [
                offer_settings(subentry)
                for subentry in entry.subentries.values()
                if subentry.subentry_type == SUBENTRY_OFFER
            ]
        ),
    )
