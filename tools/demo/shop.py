"""What the wallet's owner in the demo collects and sells: a donation goal, and an offer that is answered with a mail."""

from typing import Any, Final

from real_home_assistant.api import HomeAssistant
from wallet_simulator import Row, Wallet
from wallet_simulator.history import arrive

from .terminal import Words

PRICE: Final = 500
# One in so many payments buys the offer.
BUYS: Final = 4
BUYER: Final = "viewer1@example.com"


class Shop:
    """Sets the goal and the offer up, and lets people pay."""

    def __init__(self, wallet: Wallet, words: Words) -> None:
        self._wallet = wallet
        self._words = words
        self._paid = 0

    async def open(self, home: HomeAssistant, entry_id: str, mail_port: int) -> str:
        """Add everything as a user would; returns the address of the goal's overlay."""
        goal = await home.add_subentry(entry_id, "goal", self._goal())
        await home.add_subentry(
            entry_id,
            "mail_server",
            {
                "host": "127.0.0.1",
                "port": mail_port,
                "security": "none",
                "sender": "demo@example.com",
                "test_mail": False,
            },
        )
        await home.add_subentry(entry_id, "offer", self._offer(), self._mail(), {"next_step_id": "save"})
        return str(goal["address"])

    def _goal(self) -> dict[str, Any]:
        return {
            "name": self._words.text("goal"),
            "target": "25000",
            "currency": "RUB",
            "kinds": ["transfer"],
            "milestones": ["5000", "10000"],
        }

    def _offer(self) -> dict[str, Any]:
        return {
            "name": self._words.text("offer"),
            "price": str(PRICE),
            "currency": "RUB",
            "quantity": "exact",
            "comment": self._words.text("offer"),
            "delivery": "email",
        }

    def _mail(self) -> dict[str, Any]:
        return {"subject": self._words.text("subject"), "body": self._words.text("body")}

    def sell(self) -> Row:
        """Let a payment arrive: a donation mostly, or somebody buys."""
        self._paid += 1
        if self._paid % BUYS:
            return arrive(self._wallet, language=self._words.language)
        return self._wallet.pay(PRICE, comment=f"{self._words.text('offer')}, {BUYER}")
