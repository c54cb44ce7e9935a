"""What is known of a wallet: pure state machines, told the time and the wallet's rows.

The ledger decides what is news; a window is one complete read of a part of the history; books are what payments
add up to; `stored` is the one codec. The rule: knows `payments` and `api`; asks neither the clock nor the disk nor
Home Assistant, and every step returns the next state.
"""

from .book import Book, OutboxItem, Sighting
from .ledger import ALLOWED_LATENESS, Books, Ledger, News
from .offers import OfferSettings, Quantity
from .order_book import OrderError, Orders, OrdersBook
from .order_news import OrderNeedsAttention, OrderPaid
from .order_states import Delivered, OrderOutcome, OrderReason, OrderState
from .orders import Order
from .stored import LedgerError
from .totals import Past, Total, TotalKey, Totals, TotalsBook, spent
from .window import BATCH, Window, paid_order

__all__ = [
    "ALLOWED_LATENESS",
    "BATCH",
    "Book",
    "Books",
    "Delivered",
    "Ledger",
    "LedgerError",
    "News",
    "OfferSettings",
    "Order",
    "OrderError",
    "OrderNeedsAttention",
    "OrderOutcome",
    "OrderPaid",
    "OrderReason",
    "OrderState",
    "Orders",
    "OrdersBook",
    "OutboxItem",
    "Past",
    "Quantity",
    "Sighting",
    "Total",
    "TotalKey",
    "Totals",
    "TotalsBook",
    "Window",
    "paid_order",
    "spent",
]
