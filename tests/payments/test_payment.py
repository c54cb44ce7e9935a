"""What a row of the history is, and what of it the outside sees."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from custom_components.qiwi.api import Money, Party, Status, Transaction
from custom_components.qiwi.payments import (
    Announcement,
    Direction,
    Kind,
    Payment,
    PaymentStatus,
    masked,
)
from custom_components.qiwi.payments.kinds import kind_of
from tests.ledger.rows import NOON, row

WALLET = Party(id=7, short_name="QIWI Кошелек", long_name=None)
TRANSFER = Party(id=99, short_name="Перевод на QIWI Кошелек", long_name=None)
NOBODY = Party()


def other(**changes: Any) -> Transaction:
    return row(1, NOON, **changes)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, Kind.TRANSFER),
        ({"source": NOBODY}, Kind.TRANSFER),
        ({"comment": "возврат долга"}, Kind.TRANSFER),
        ({"account": "79000000000"}, Kind.TOP_UP),
        ({"account": "+79000000000", "comment": "себе"}, Kind.TOP_UP),
        ({"provider": Party(id=26444, short_name="Рапида", long_name=None), "source": NOBODY}, Kind.TOP_UP),
        ({"source": Party(id=26222, short_name="Карта", long_name=None)}, Kind.TOP_UP),
        ({"provider": Party(id=555, short_name="Терминал", long_name=None), "account": "T 12"}, Kind.TOP_UP),
        ({"account": "QIWI Bank"}, Kind.TOP_UP),
        ({"account": "QIWI Bank", "comment": "Пополнение или возврат платежа по QVC\\QVP"}, Kind.REFUND),
        ({"source": Party(id=99, short_name="Возврат", long_name=None)}, Kind.REFUND),
        ({"source": Party(id=99, short_name=None, long_name="Card refund")}, Kind.REFUND),
        ({"source": Party(id=1099, short_name="Конвертация", long_name=None)}, Kind.CONVERSION),
        ({"provider": NOBODY, "source": NOBODY}, Kind.OTHER),
        ({"provider": NOBODY, "source": NOBODY, "account": None}, Kind.OTHER),
        ({"type": "OUT", "provider": TRANSFER, "source": WALLET}, Kind.TRANSFER),
        ({"type": "OUT", "provider": TRANSFER, "source": WALLET, "account": "+79000000000"}, Kind.OTHER),
        ({"type": "OUT", "provider": Party(id=1099), "source": WALLET}, Kind.CONVERSION),
        ({"type": "OUT", "provider": Party(id=20194), "source": WALLET}, Kind.PURCHASE),
        ({"type": "OUT", "provider": Party(id=1973), "source": WALLET}, Kind.BILL),
        ({"type": "OUT", "provider": NOBODY, "source": NOBODY}, Kind.BILL),
        ({"type": "QIWI_CARD", "provider": NOBODY}, Kind.PURCHASE),
        ({"type": "SOMETHING"}, Kind.OTHER),
        ({"wallet": None, "account": "+79000000000"}, Kind.TRANSFER),
    ],
)
def test_the_table_of_kinds(changes: dict[str, Any], kind: Kind) -> None:
    assert kind_of(other(**changes)) is kind


def test_an_unknown_type_is_no_income() -> None:
    assert Payment.from_transaction(other(type="SOMETHING")).direction is Direction.OUT


def test_a_row_without_a_sum_takes_it_from_the_total() -> None:
    total, commission = Money(amount=Decimal(102), currency="RUB"), Money(amount=Decimal(2), currency="RUB")
    payment = Payment.from_transaction(other(sum=None, total=total, commission=commission))
    assert [payment.amount, payment.commission, payment.total] == [Decimal(100), Decimal(2), Decimal(102)]
    assert Payment.from_transaction(other(sum=None, total=total, commission=None)).amount == 102


def test_a_row_without_any_amount_is_pending() -> None:
    payment = Payment.from_transaction(other(sum=None, total=None, commission=None))
    assert payment.status is PaymentStatus.PENDING


def test_a_commission_in_another_currency_is_not_told() -> None:
    assert (
        Payment.from_transaction(other(commission=Money(amount=Decimal(1), currency="USD"))).commission
        is None
    )


def test_what_was_sent_includes_the_commission() -> None:
    total = Money(amount=Decimal(3), currency="RUB")
    assert Payment.from_transaction(other(type="OUT", total=total)).moved == 3
    assert Payment.from_transaction(other(type="OUT", total=None)).moved == 1
    assert Payment.from_transaction(other(total=total)).moved == 1


def test_the_public_record_holds_no_whole_account() -> None:
    payment = Payment.from_transaction(other(comment=" a\nb ", account="+79000000001"))
    assert Announcement(payment=payment, late=True).again().record() == {
        "transaction_id": "25050000001",
        "direction": "in",
        "kind": "transfer",
        "status": "success",
        "amount": 1.0,
        "commission": 0.0,
        "total": 1.0,
        "currency": "RUB",
        "date": "2026-05-06T12:00:00+00:00",
        "comment": "a b",
        "email": None,
        "provider": "QIWI Кошелек",
        "account": "•••• 0001",
        "late": True,
        "possible_duplicate": True,
        "test": False,
    }
    bare = Announcement(payment=replace(payment, commission=None, total=None)).record()
    assert bare["commission"] is bare["total"] is None


@pytest.mark.parametrize(
    ("account", "shown"), [(None, None), ("user", None), ("T 123", None), ("карта ****1234", "•••• 1234")]
)
def test_an_account_shows_its_last_four_digits(account: str | None, shown: str | None) -> None:
    assert masked(account) == shown


@pytest.mark.parametrize("status", list(Status))
def test_the_stored_form_comes_back(status: Status) -> None:
    payment = Payment.from_transaction(other(status=status, comment="me@example.com"))
    assert Payment.from_json(payment.as_json()) == payment
    bare = replace(payment, commission=None, total=None, provider=None, counterparty=None)
    assert Payment.from_json(bare.as_json()) == bare


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "NaN"},
        {"amount": "x"},
        {"amount": 1},
        {"date": "2026-05-06T12:00:00"},
        {"date": "yesterday"},
        {"kind": "gift"},
        {"comment": 1},
        {"id": None},
    ],
)
def test_a_wrong_stored_form_is_refused(change: dict[str, Any]) -> None:
    stored = Payment.from_transaction(other()).as_json()
    with pytest.raises(ValueError, match=r"."):
        Payment.from_json({**stored, **change})
    with pytest.raises(ValueError, match="Not a stored payment"):
        Payment.from_json({})
