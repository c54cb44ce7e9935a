"""What Home Assistant says of the payments: told line by line, and counted."""

import asyncio
from typing import Any, Final

from .terminal import Terminal, Words

RAN: Final = "qiwi_demo_automation_ran"
EVENTS: Final = ("state_changed", RAN)
# Seconds until a payment is told without its automation.
PATIENCE: Final = 5.0


class Witness:
    """Hears announcements, automations and problems of the feed."""

    def __init__(self, terminal: Terminal, words: Words) -> None:
        self.sent: set[str] = set()
        self.announced: set[str] = set()
        self.automated: set[str] = set()
        self._terminal = terminal
        self._words = words
        self._untold: dict[str, tuple[str, asyncio.TimerHandle]] = {}

    @property
    def is_complete(self) -> bool:
        """Whether every payment sent was announced and reached the automation."""
        return self.sent <= self.announced and self.sent <= self.automated

    @property
    def summary(self) -> str:
        """What became of the payments sent."""
        return self._words.text(
            "summary",
            sent=len(self.sent),
            announced=len(self.sent & self.announced),
            automated=len(self.sent & self.automated),
        )

    def hear(self, event: dict[str, Any]) -> None:
        """Take an event of Home Assistant's websocket."""
        data = event["data"]
        if event["event_type"] == RAN:
            # A template that looks like a number gives one.
            self._automation_ran(str(data["transaction_id"]))
        elif new := data.get("new_state"):
            self._state_changed(data.get("old_state"), new)

    def _state_changed(self, old: dict[str, Any] | None, new: dict[str, Any]) -> None:
        attributes = new["attributes"]
        if new["entity_id"].startswith("event.") and "transaction_id" in attributes:
            if attributes["transaction_id"] not in self.announced:
                self._announced(attributes)
        elif new["entity_id"].startswith("binary_sensor.qiwi"):
            before = old["attributes"].get("reason") if old else None
            reason = attributes.get("reason")
            if reason and reason != before:
                self._terminal.tell(self._words.text("problem", reason=self._words.reason(reason)))
            elif before and not reason:
                self._terminal.tell(self._words.text("problem_over"))

    def _announced(self, payment: dict[str, Any]) -> None:
        transaction_id = str(payment["transaction_id"])
        self.announced.add(transaction_id)
        text = payment["comment"]
        line = self._words.text(
            "paid",
            what=self._words.event(payment["event_type"]),
            amount=self._words.amount(payment["amount"]),
            currency=payment["currency"],
            comment=self._words.text("comment", text=text) if text else "",
        )
        if payment["event_type"] != "payment_received":
            self._terminal.tell(line)
        elif transaction_id in self.automated:
            self._tell(line, "automation_ran")
        else:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(PATIENCE, self._give_up, transaction_id)
            self._untold[transaction_id] = line, timer

    def _automation_ran(self, transaction_id: str) -> None:
        self.automated.add(transaction_id)
        if transaction_id in self._untold:
            line, timer = self._untold.pop(transaction_id)
            timer.cancel()
            self._tell(line, "automation_ran")

    def _give_up(self, transaction_id: str) -> None:
        line, _ = self._untold.pop(transaction_id)
        self._tell(line, "automation_silent")

    def _tell(self, line: str, what: str) -> None:
        self._terminal.tell(f"{line}  → {self._words.text(what)}")
