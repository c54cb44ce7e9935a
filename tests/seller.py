"""Who sells through a wallet at home: offers, their payments, and the mail server that answers them."""

from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigSubentry

from mail_simulator import MailSimulator

from .home import Home, an_hour_ago

BUYER = "buyer@example.com"


@dataclass(frozen=True, slots=True)
class Seller:
    """The offers of one wallet; the mail server is the wallet's as soon as there is one of them."""

    home: Home
    mail_server: MailSimulator

    async def sell(self, **fields: Any) -> ConfigSubentry:
        """Add an offer, made an hour ago, and the mail server if there is none."""
        server = {
            "host": "127.0.0.1",
            "port": self.mail_server.port,
            "security": "none",
            "sender": "School <shop@example.com>",
        }
        offer = {
            "name": "Webinar",
            "price": "500",
            "currency": "RUB",
            "quantity": "exact",
            "delivery": "email",
            "subject": "{offer}",
            "body": "Dear {email}, for {amount} {currency}: https://example.com/{order_id}",
            "created": an_hour_ago(),
            **fields,
        }
        if not any(each.subentry_type == "mail_server" for each in self.home.entry.subentries.values()):
            await self.home.add_part("mail_server", "127.0.0.1", server)
        return await self.home.add_part("offer", offer["name"], offer)

    async def paid(self, amount: float | str = 500, comment: str | None = BUYER, **details: Any) -> str:
        """Let a payment arrive, with an address in it, and have the wallet polled; return its number."""
        row = self.home.wallet.pay(amount, comment=comment, **details)
        await self.home.poll()
        return row.transaction_id
