"""Rows of a wallet's history, as the tests of what is known of it make them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from custom_components.qiwi.api import Money, Party, Status, Transaction
from custom_components.qiwi.ledger import Ledger, TotalsBook
from custom_components.qiwi.payments import Kind, Payment

NUMBER = "79000000000"
NOON = datetime(2026, 5, 6, 12, 0, tzinfo=UTC)
TOTALS = TotalsBook(received=(Kind.TRANSFER, Kind.TOP_UP), zone=lambda: UTC)
BOOKS = (TOTALS,)


def row(number: int, date: datetime, status: Status = Status.SUCCESS, **changes: object) -> Transaction:
    """Return a row of the history: a transfer of `number` roubles unless something else is said."""
    money = Money(amount=Decimal(number), currency="RUB")
    plain = Transaction(
        transaction_id=str(25_050_000_000 + number),
        type="IN",
        wallet=NUMBER,
        date=date,
        status=status,
        error_code=0,
        sum=money,
        commission=Money(amount=Decimal(0), currency="RUB"),
        total=money,
        account="+79000000001",
        comment=None,
        provider=Party(id=7, short_name="QIWI Кошелек", long_name=None),
        source=Party(id=99, short_name="Перевод на QIWI Кошелек", long_name=None),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def met(*rows: Transaction, now: datetime = NOON) -> Ledger:
    """Return the ledger after its first contact."""
    return Ledger.first_contact(rows, now=now, books=BOOKS)


def taken(ledger: Ledger, *rows: Transaction, now: datetime = NOON) -> Ledger:
    """Return the ledger after rows were found, in paid order."""
    return ledger.taken([Payment.from_transaction(each) for each in rows], now=now, books=BOOKS)
