"""What a buyer gets: the seller's words with the order's own filled in, and nothing that a stranger could slip in."""

from datetime import timedelta, timezone
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from custom_components.qiwi.ledger.offers import order_of
from custom_components.qiwi.ledger.orders import Order
from custom_components.qiwi.mail import (
    FIELDS,
    MailTemplate,
    Sender,
    compose,
    deliverable,
    mailbox,
    message_id_of,
    unknown_braces,
)
from custom_components.qiwi.payments import read_comment
from tests.ledger.selling import NOON, bought, offer, seen

MOSCOW = timezone(timedelta(hours=3))
SENDER = Sender(address="Школа йоги <shop@example.com>")
ALL = MailTemplate(
    subject="{offer}: {order_id}",
    body="{email} {amount} {currency} {quantity} {offer} {order_id} {date}",
    html="<p>{offer}</p>",
)


def order(name: str = "Вебинар", **changes: Any) -> Order:
    found = order_of(bought(**changes), [offer(name=name, price=Decimal(1), quantity="at_least")], seen())
    assert found is not None
    return found


def received(template: MailTemplate = ALL, sender: Sender = SENDER, **changes: Any) -> EmailMessage:
    """Return the mail as it comes out of the buyer's mailbox."""
    mail = compose(order(**changes), template, sender, NOON.astimezone(MOSCOW)).as_bytes()
    assert mail.isascii()
    assert all(len(line) <= 78 for line in mail.split(b"\r\n"))
    return message_from_bytes(mail, policy=policy.default)


def text(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.strip()


def test_the_fields_are_filled_in() -> None:
    mail = received()
    assert mail["Subject"] == "Вебинар: 25050000001"
    assert text(mail) == "buyer@example.com 500 RUB 1 Вебинар 25050000001 06.05.2026 15:00"
    assert text(mail, "html") == "<p>Вебинар</p>"


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("500", "500"), ("500.00", "500"), ("500.5", "500.50"), ("1E+3", "1000"), ("7.25", "7.25")],
)
def test_an_amount_is_written_as_people_write_it(amount: str, shown: str) -> None:
    template = MailTemplate(subject="x", body="{amount}")
    assert text(received(template, amount=Decimal(amount))) == shown


def test_a_mail_says_who_it_is_from_and_that_a_machine_sent_it() -> None:
    mail = received()
    assert mail["From"].addresses[0].display_name == "Школа йоги"
    assert [each.addr_spec for each in mail["To"].addresses] == ["buyer@example.com"]
    assert mail["Reply-To"].addresses[0].addr_spec == "shop@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == "<qiwi-order-25050000001@example.com>"
    assert mail["Date"].datetime == NOON
    assert not {name.lower() for name in mail} & {"cc", "bcc"}
    assert "html" not in received(MailTemplate(subject="x", body="y")).get_content_type()


def test_answers_go_where_the_seller_wants_them() -> None:
    mail = received(sender=Sender(address="robot@example.com", reply_to="Анна <anna@example.com>"))
    assert mail["Reply-To"].addresses[0].addr_spec == "anna@example.com"


def test_the_id_stays_the_same_at_each_attempt_whoever_sends() -> None:
    first = order().begun(message_id_of(order(), SENDER), NOON)
    mail = compose(first, ALL, Sender(address="other@example.org"), NOON)
    assert mail["Message-ID"] == "<qiwi-order-25050000001@example.com>"
    long = Sender(address=f"shop@{'a' * 63}.{'b' * 63}.com")
    assert message_id_of(order(), long) == "<qiwi-order-25050000001@invalid>"


HOSTILE = "{email.__class__} {0} %s $x\r\nBcc: all@example.com\r\n\r\n<script>alert(1)</script> {amount} &"


def test_a_name_opens_no_header_and_no_field() -> None:
    mail = received(name=HOSTILE)
    assert mail["Bcc"] is None
    assert set(mail.keys()) == set(received().keys())
    assert mail["Subject"].startswith("{email.__class__} {0} %s $x Bcc: all@example.com")
    assert "{amount}" in text(mail)
    assert "&lt;script&gt;" in text(mail, "html")


def test_no_mail_holds_a_strangers_comment() -> None:
    comment, email = read_comment("Sehr geheim {offer} buyer@example.com")
    assert b"geheim" not in compose(order(comment=comment, email=email), ALL, SENDER, NOON).as_bytes()


def test_a_subject_has_an_end() -> None:
    assert len(received(MailTemplate(subject="я" * 5000, body="x"))["Subject"]) == 200


def test_a_domain_in_letters_of_its_own_is_written_in_ascii() -> None:
    mail = received(comment="вася@пример.рф", email="info@пример.рф")
    assert mail["To"].addresses[0].addr_spec == "info@xn--e1afmkfd.xn--p1ai"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shop",
        "shop@example",
        "a@example.com, b@example.com",
        "a@example.com b",
        "a@example.com\r\nBcc: b@x.com",
    ],
)
def test_only_an_address_is_one(text: str) -> None:
    with pytest.raises(ValueError, match="Not an address"):
        deliverable(text)
    with pytest.raises(ValueError, match="Not an address"):
        mailbox(text)


def test_a_sender_may_have_a_name() -> None:
    assert str(mailbox("shop@example.com")) == "shop@example.com"
    assert mailbox('"Yoga, Anna" <Shop@EXAMPLE.com>').display_name == "Yoga, Anna"


@pytest.mark.parametrize(
    ("text", "braces"),
    [
        ("".join(f"{{{name}}}" for name in FIELDS), None),
        ("no braces", None),
        ("{name}", "{name}"),
        ("{}", "{}"),
        ("{{email}}", "{}"),
        ("{email.__class__}", "{email.__class__}"),
        ("{amount:>10}", "{amount:>10}"),
        ("{ email }", "{ email }"),
        ("{email", "{"),
        ("email}", "}"),
        ("p { color: red }", "{ color: red }"),
    ],
)
def test_braces_that_are_no_field_are_found(text: str, braces: str | None) -> None:
    assert unknown_braces(text) == braces
