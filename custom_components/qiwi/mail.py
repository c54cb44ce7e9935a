"""The mail that answers an order: the seller's text with its named fields filled in, as a message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from html import escape
import re
from typing import Final

from .ledger import Order
from .payments import email_in

FIELDS: Final = ("email", "amount", "currency", "quantity", "offer", "order_id", "date")
_FIELD: Final = re.compile(r"\{(" + "|".join(FIELDS) + r")\}")
# Every server takes it: no line is longer than 78 characters and none holds anything but ASCII.
_POLICY: Final = SMTP.clone(cte_type="7bit")
# RFC 5322 2.1.1 lets a line hold 998, and nobody reads as much.
SUBJECT_LENGTH: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MailTemplate:
    """What the seller writes to a buyer; `html` may be the same once more, for those whose mail shows it.

    `{email}`, `{amount}`, `{currency}`, `{quantity}`, `{offer}`, `{order_id}` and `{date}` stand for the order's own.
    """

    subject: str
    body: str
    html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who a mail is from, and where answers to it go: addresses, the first with or without a name before it."""

    address: str
    reply_to: str | None = None

    @property
    def mailbox(self) -> Address:
        """The name and the address.

        Raises:
            ValueError: it is no address.
        """
        return mailbox(self.address)


def mailbox(text: str) -> Address:
    """Read `name <address>` or an address.

    Raises:
        ValueError: it is neither.
    """
    name, address = parseaddr(text) if text.rstrip().endswith(">") else ("", text)
    return Address(name, addr_spec=deliverable(address))


def deliverable(text: str) -> str:
    """Return an address as a header and a server take it: a domain in letters of its own has an ASCII form.

    Raises:
        ValueError: it is no address, or not it alone.
    """
    address = email_in(text)
    if address is None or address.casefold() != text.strip().casefold():
        raise ValueError("Not an address")
    local_part, _, domain = address.rpartition("@")
    return f"{local_part}@{domain.encode('idna').decode('ascii')}"


def unknown_braces(text: str) -> str | None:
    """Return what stands in a text between braces and is no field, or a brace without its other; None if nothing."""
    found = re.search(r"\{[^{}]*\}|[{}]", _FIELD.sub("", text))
    return found.group() if found else None


def fields_of(order: Order, zone: tzinfo | None) -> Mapping[str, str]:
    """Return what the fields of a template stand for; no stranger's comment is among them."""
    payment = order.payment
    return {
        "email": order.email or "",
        "amount": plain_amount(payment.amount),
        "currency": payment.currency,
        "quantity": str(order.quantity),
        "offer": order.name,
        "order_id": order.order_id,
        "date": payment.date.astimezone(zone).strftime("%d.%m.%Y %H:%M"),
    }


def message_id_of(order: Order, sender: Sender) -> str:
    """Return the id of an order's mail: what shows a buyer's mailbox that a second copy is the same mail."""
    domain = sender.mailbox.domain
    # An order's own size is bounded.
    return f"<qiwi-order-{order.order_id}@{domain if len(domain) <= 64 else 'invalid'}>"


def compose(order: Order, template: MailTemplate, sender: Sender, now: datetime) -> EmailMessage:
    """Return the mail to an order's buyer, dated now in the seller's time zone.

    Raises:
        ValueError: an address can't stand in a header.
    """
    fields = fields_of(order, now.tzinfo)
    mail = plain_mail(
        subject=_filled(template.subject, fields),
        body=_filled(template.body, fields),
        sender=sender,
        recipient=order.email or "",
    )
    mail["Message-ID"] = order.message_id or message_id_of(order, sender)
    mail["Date"] = format_datetime(now)
    if template.html:
        escaped = {name: escape(value) for name, value in fields.items()}
        mail.add_alternative(_filled(template.html, escaped), subtype="html", charset="utf-8")
    return mail


def plain_mail(*, subject: str, body: str, sender: Sender, recipient: str) -> EmailMessage:
    """Return a mail of plain text to one recipient, sent by a machine.

    Raises:
        ValueError: an address can't stand in a header.
    """
    mail = EmailMessage(policy=_POLICY)
    # On one line: a header must not be opened from within.
    mail["Subject"] = " ".join(subject.split())[:SUBJECT_LENGTH]
    mail["From"] = sender.mailbox
    mail["To"] = Address(addr_spec=deliverable(recipient))
    mail["Reply-To"] = mailbox(sender.reply_to or sender.address)
    # RFC 3834: nobody's holiday answers it.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(body, charset="utf-8")
    return mail


def _filled(text: str, fields: Mapping[str, str]) -> str:
    """Fill in the fields in one go: what stands in a value is never read as a field."""
    return _FIELD.sub(lambda found: fields[found[1]], text)


def plain_amount(amount: Decimal) -> str:
    """Return an amount as people write it: no kopecks where there are none, else two digits at least."""
    return f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}"
