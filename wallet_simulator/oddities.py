"""Rows that no wallet should send and a client must survive, by what is odd about them."""

from collections.abc import Mapping
from typing import Final

# For `Wallet.pay(overrides=…)`: fields that differ from a sound row. The first ones stalled a client once.
ODD_FIELDS: Final[Mapping[str, Mapping[str, object]]] = {
    "float artefact": {"total": {"amount": 1508.5800000000002, "currency": 643}},
    "provider id as text": {"provider": {"id": "seven", "shortName": "QIWI"}},
    "negative id": {"txnId": -5},
    "status null": {"status": None},
    "account as number": {"account": 79000000001},
    "commission currency 0": {"commission": {"amount": 0, "currency": 0}},
    "unknown status": {"status": "CHARGEBACK"},
    "unknown type": {"type": "GIFT"},
    "type null": {"type": None},
    "id null": {"txnId": None},
    "id a fraction": {"txnId": 5.5},
    "date null": {"date": None},
    "date without offset": {"date": "2026-05-06T12:00:00"},
    "date in words": {"date": "yesterday"},
    "date in milliseconds": {"date": 1778058000000},
    "sum null": {"sum": None},
    "sum a number": {"sum": 100},
    "amount as text": {"sum": {"amount": "a hundred", "currency": 643}},
    "amount null": {"sum": {"amount": None, "currency": 643}},
    "amount beyond measure": {"sum": {"amount": 10**400, "currency": 643}},
    "amount negative": {"sum": {"amount": -100, "currency": 643}},
    "amount of half a kopeck": {"sum": {"amount": 100.005, "currency": 643}},
    "currency null": {"sum": {"amount": 100, "currency": None}},
    "currency in words": {"sum": {"amount": 100, "currency": "roubles"}},
    "currency unknown": {"sum": {"amount": 100, "currency": 999}},
    "comment a list": {"comment": ["a", "b"]},
    "comment a number": {"comment": 5},
    "provider a number": {"provider": 7},
    "provider null": {"provider": None},
    "source a list": {"source": []},
    "error code as text": {"errorCode": "none"},
    "wallet of another": {"personId": 79000000009},
}

# For `Wallet.pay(raw=…)` and for the `body` of the fault `odd_row`: JSON in the place of a row.
ODD_JSON: Final[Mapping[str, str]] = {
    "null": "null",
    "a truth": "true",
    "a number": "5",
    "a text": '"row"',
    "a list": "[]",
    "an empty object": "{}",
    "a nested list": "[" * 50 + "]" * 50,
    "a lone surrogate": '{"txnId": 5, "comment": "\\ud800"}',
    "a key twice": '{"txnId": 5, "txnId": 6}',
}
