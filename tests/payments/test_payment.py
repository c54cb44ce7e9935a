"""What a row of the history is, and what of it the outside sees."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from custom_components.qiwi.api import Money, Party, Status
from custom_components.qiwi.payments import (
    Announcement,
    Direction,
    Kind,
    Payment,
    PaymentEvent,
    PaymentStatus,
    masked,
    public_record,
)
from custom_components.qiwi.payments.kinds import kind_of
from custom_components.qiwi.payments.payment import has_failed, is_final

from .rows import row

WALLET = Party(id=7, short_name="QIWI Кошелек", long_name=None)
TRANSFER = Party(id=99, short_name="Перевод на QIWI Кошелек", long_name=None)
NOBODY = Party()


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
    assert kind_of(row(**changes)) is kind


def test_an_unknown_type_is_no_income() -> None:
    assert Payment.from_transaction(row(type="SOMETHING")).direction is Direction.OUT


def test_a_row_without_a_sum_takes_it_from_the_total() -> None:
    total, commission = Money(amount=Decimal(102), currency="RUB"), Money(amount=Decimal(2), currency="RUB")
    payment = Payment.from_transaction(row(sum=None, total=total, commission=commission))
    assert [payment.amount, payment.commission, payment.total] == [Decimal(100), Decimal(2), Decimal(102)]
    assert Payment.from_transaction(row(sum=None, total=total, commission=None)).amount == 102


def test_a_row_without_any_amount_is_pending() -> None:
    payment = Payment.from_transaction(row(sum=None, total=None, commission=None))
    assert payment.status is PaymentStatus.PENDING
    assert (payment.amount, payment.currency, payment.total) == (0, "", None)


def test_the_address_in_a_comment_goes_with_the_payment() -> None:
    assert Payment.from_transaction(row(comment="for me@example.com")).email == "me@example.com"


@pytest.mark.parametrize(
    ("parties", "provider"),
    [
        ((Party(id=1, short_name="Short", long_name="Long"), NOBODY), "Short"),
        ((Party(id=1, long_name="L\u200bong"), TRANSFER), "Long"),
        ((NOBODY, TRANSFER), "Перевод на QIWI Кошелек"),
        ((NOBODY, NOBODY), None),
    ],
)
def test_a_payment_names_who_was_paid_as_far_as_the_wallet_does(
    parties: tuple[Party, Party], provider: str | None
) -> None:
    assert Payment.from_transaction(row(provider=parties[0], source=parties[1])).provider == provider


@pytest.mark.parametrize(
    ("changes", "event"),
    [
        ({}, PaymentEvent.RECEIVED),
        ({"type": "OUT"}, PaymentEvent.SENT),
        ({"source": Party(id=1099)}, PaymentEvent.CURRENCY_CONVERTED),
        ({"type": "OUT", "provider": Party(id=1099)}, PaymentEvent.CURRENCY_CONVERTED),
        ({"account": None, "comment": "Возврат"}, PaymentEvent.REFUND_RECEIVED),
        ({"status": Status.ERROR}, PaymentEvent.FAILED),
        ({"status": Status.ERROR, "source": Party(id=1099)}, PaymentEvent.FAILED),
    ],
)
def test_a_final_payment_is_announced_as_what_it_is(changes: dict[str, Any], event: PaymentEvent) -> None:
    payment = Payment.from_transaction(row(**changes))
    assert payment.event is event
    assert payment.key == ("25050000001", changes.get("type", "IN"))


def test_a_commission_in_another_currency_is_not_told() -> None:
    assert (
        Payment.from_transaction(row(commission=Money(amount=Decimal(1), currency="USD"))).commission is None
    )


def test_what_was_sent_includes_the_commission() -> None:
    total = Money(amount=Decimal(3), currency="RUB")
    assert Payment.from_transaction(row(type="OUT", total=total)).moved == 3
    assert Payment.from_transaction(row(type="OUT", total=None)).moved == 1
    assert Payment.from_transaction(row(total=total)).moved == 1


def test_the_public_record_holds_no_whole_account() -> None:
    payment = Payment.from_transaction(row(comment=" a\nb ", account="+79000000001"))
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
    bare = Announcement(payment=replace(payment, commission=None, total=None), test=True).record()
    assert bare["commission"] is bare["total"] is None
    flags = ("late", "possible_duplicate", "test")
    assert [bare[flag] for flag in flags] == [False, False, True]
    assert [public_record(payment)[flag] for flag in flags] == [False, False, False]


@pytest.mark.parametrize(
    ("account", "shown"), [(None, None), ("user", None), ("T 123", None), ("карта ****1234", "•••• 1234")]
)
def test_an_account_shows_its_last_four_digits(account: str | None, shown: str | None) -> None:
    assert masked(account) == shown


@pytest.mark.parametrize("status", list(Status))
def test_the_stored_form_comes_back(status: Status) -> None:
    payment = Payment.from_transaction(row(status=status, comment="me@example.com"))
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
    stored = Payment.from_transaction(row()).as_json()
    with pytest.raises(ValueError, match=r"."):
        Payment.from_json({**stored, **change})
    with pytest.raises(ValueError, match="Not a stored payment"):
        Payment.from_json({})


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("possible_duplicate", [True, False])
def test_a_stored_announcement_comes_back(late: bool, possible_duplicate: bool) -> None:
    announcement = Announcement(
        payment=Payment.from_transaction(row()), late=late, possible_duplicate=possible_duplicate
    )
    assert Announcement.from_json(announcement.to_json()) == announcement


@pytest.mark.parametrize("change", [{"late": 1}, {"possible_duplicate": None}, {"payment": {}}])
def test_a_wrong_stored_announcement_is_refused(change: dict[str, Any]) -> None:
    stored = Announcement(payment=Payment.from_transaction(row())).to_json()
    with pytest.raises((TypeError, ValueError)):
        Announcement.from_json({**stored, **change})
    with pytest.raises(KeyError):
        Announcement.from_json({})


@pytest.mark.parametrize(
    ("changes", "final", "failed"),
    [
        ({}, True, False),
        ({"status": Status.WAITING}, False, False),
        ({"status": Status.ERROR}, True, True),
        ({"sum": None}, True, False),
        ({"total": None}, True, False),
        ({"sum": None, "total": None}, False, False),
        ({"sum": None, "total": None, "status": Status.ERROR}, False, True),
    ],
)
def test_a_row_is_final_when_its_outcome_and_a_sum_are_known(
    changes: dict[str, Any], final: bool, failed: bool
) -> None:
    assert (is_final(row(**changes)), has_failed(row(**changes))) == (final, failed)
