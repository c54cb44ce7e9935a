"""What a killed Home Assistant collected and sold: its goal, its orders and their mails, beside what was paid."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
import json
from pathlib import Path
import re
from typing import Any, Final

from mail_simulator import Mail
from wallet_simulator import Kind, Row, Status, Type

GOAL: Final = "01KTESTGOAL000000000000000"
OFFER: Final = "01KTESTOFFER00000000000000"
MAIL_SERVER: Final = "01KTESTMAIL000000000000000"
PRICE: Final = Decimal(777)
CREATED: Final = "2026-05-06T12:00:00+00:00"
# States of an order that nobody will send any more by himself.
SETTLED: Final = frozenset({"sent", "failed", "needs_attention"})


def subentries(mail_port: int) -> list[dict[str, Any]]:
    """Return what Home Assistant stores of a goal, a mail server and an offer that a user has added."""
    data: dict[tuple[str, str], dict[str, Any]] = {
        (GOAL, "goal"): {
            "name": "Goal",
            "target": "1000000",
            "currency": "RUB",
            "kinds": ["transfer", "top_up"],
            "milestones": ["100000", "500000"],
            "created": CREATED,
            "overlay_secret": "0" * 43,
            "overlay_reach": "local",
        },
        (MAIL_SERVER, "mail_server"): {
            "host": "127.0.0.1",
            "port": mail_port,
            "security": "none",
            "sender": "seller@example.com",
        },
        (OFFER, "offer"): {
            "name": "Lesson",
            "price": str(PRICE),
            "currency": "RUB",
            "quantity": "exact",
            "delivery": "email",
            "subject": "Your lesson",
            "body": "Order {order_id}",
            "created": CREATED,
        },
    }
    return [
        {"subentry_id": subentry_id, "subentry_type": kind, "title": kind, "unique_id": None, "data": fields}
        for (subentry_id, kind), fields in data.items()
    ]


def buyer(number: int) -> str:
    """Return the address that a buyer writes into the comment."""
    return f"buyer{number}@example.com"


class KillBooks:
    """Takes the mails, and compares them and the ledger's file with what was paid."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._mails: list[Mail] = []

    @property
    def taken(self) -> int:
        """How many mails came so far."""
        return len(self._mails)

    def take(self, mail: Mail) -> None:
        """Take a mail."""
        self._mails.append(mail)

    def _books(self) -> dict[str, Any]:
        return dict(json.loads(self._ledger.read_text())["books"])

    def _orders(self) -> dict[str, dict[str, Any]]:
        return {order["id"]: order for order in self._books()["orders"]["orders"]}

    def are_settled(self, rows: Iterable[Row]) -> bool:
        """Tell whether every order was sent, or is left to a person."""
        orders = self._orders()
        return all(orders.get(row.transaction_id, {}).get("state") in SETTLED for row in _bought(rows))

    def complaints(self, rows: Sequence[Row]) -> list[str]:
        """Return what is wrong with the goal, the orders and the mails."""
        rows = list(rows)
        # What was paid before the first contact counts as well: the goal was there already.
        paid = sum((row.amount for row in rows if _is_gift(row)), Decimal(0))
        counted = Decimal(self._books()["goals"][GOAL]["session"]["counted"])
        found = [] if counted == paid else [f"the goal counted {counted} of {paid}"]
        orders = self._orders()
        bought = {row.transaction_id: row for row in _bought(rows)}
        found += [
            f"{order} is no order of {row.amount}" for order, row in bought.items() if order not in orders
        ]
        found += [f"order {order} was never paid" for order in orders.keys() - bought.keys()]
        sent = Counter(str(mail.message["Message-ID"]) for mail in self._mails)
        numbers = {name: re.sub(r"\D", "", name) for name in sent}
        for name, count in sent.items():
            # A mail whose answer a kill took away is sent once more at most, under the same name.
            if orders.get(numbers[name], {}).get("message_id") != name or count > 2:
                found.append(f"{count} mails {name}, and the order's note does not say so")
        found += [
            f"order {number} is sent, and no mail came"
            for number, order in orders.items()
            if order["state"] == "sent" and number not in numbers.values()
        ]
        return found

    @property
    def summary(self) -> str:
        """How much there was to be wrong."""
        states = Counter(order["state"] for order in self._orders().values())
        told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        return f"{len(self._mails)} mails for orders: {told or 'none'}"


def _is_gift(row: Row) -> bool:
    return row.status is Status.SUCCESS and row.type is Type.IN and row.kind in {Kind.TRANSFER, Kind.TOP_UP}


def _bought(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if _is_gift(row) and row.amount == PRICE]
