"""What a payment is: decided in one place, from the wallet's ids and texts."""

from enum import StrEnum
import re
from typing import Final

from ..api import Party, Transaction
from .comment import LONGEST_READ

# Who is who among the wallet's providers. Ids as seen in real histories of 2018-2022 (public clients' fixtures);
# the official documentation names 7, 99 and 1099 only in examples.
WALLET: Final = 7
WALLET_TRANSFER: Final = 99
CONVERSION: Final = 1099
CARD_PURCHASE: Final = 20194
# A provider's cabinet, Rapida, card transfers, YooMoney, a bank card.
TOP_UP: Final = frozenset({1057, 26444, 21013, 24800, 26476, 26222})
# «Пополнение или возврат платежа по QVC\QVP» and the like, in the wallet's own texts.
_REFUND: Final = re.compile(r"возврат|refund", re.IGNORECASE)
_CARD_TYPE: Final = "QIWI_CARD"
# A phone in international form; the wallet writes it with or without a plus.
_PHONE: Final = re.compile(r"\+?[1-9]\d{10,14}")


class Kind(StrEnum):
    """What a payment is."""

    TRANSFER = "transfer"
    TOP_UP = "top_up"
    REFUND = "refund"
    CONVERSION = "conversion"
    PURCHASE = "purchase"
    BILL = "bill"
    OTHER = "other"


def kind_of(row: Transaction) -> Kind:
    """Tell what a row is: by the ids of provider and source, the wallet's own texts and the account."""
    ids = {row.provider.id, row.source.id}
    if CONVERSION in ids:
        return Kind.CONVERSION
    if row.type == "IN":
        return _incoming_kind(row, ids)
    if row.type == _CARD_TYPE or CARD_PURCHASE in ids:
        return Kind.PURCHASE
    if row.type != "OUT":
        return Kind.OTHER
    if row.provider.id == WALLET_TRANSFER:
        # To the wallet's own number: an own move, nobody was paid.
        return Kind.OTHER if _is_own(row) else Kind.TRANSFER
    return Kind.BILL


def _incoming_kind(row: Transaction, ids: set[int | None]) -> Kind:
    has_payer = row.account is not None and _PHONE.fullmatch(row.account) is not None
    texts = [name for party in (row.provider, row.source) for name in names_of(party)]
    if row.comment and not has_payer:
        # Without a payer the comment is the wallet's own.
        texts.append(row.comment[:LONGEST_READ])
    if any(map(_REFUND.search, texts)):
        return Kind.REFUND
    if ids & TOP_UP or _is_own(row):
        return Kind.TOP_UP
    if ids & {WALLET, WALLET_TRANSFER} and has_payer:
        return Kind.TRANSFER
    # An agent or a terminal, named as the provider or the source.
    if ids - {None, WALLET}:
        return Kind.TOP_UP
    return Kind.OTHER


def _is_own(row: Transaction) -> bool:
    return row.account is not None and row.wallet is not None and row.account.lstrip("+") == row.wallet


def names_of(party: Party) -> tuple[str, ...]:
    """Return the names the wallet gives a party."""
    return tuple(name for name in (party.short_name, party.long_name) if name)
