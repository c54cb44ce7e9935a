"""A row of the history is read as it is meant or not at all, and never costs its neighbours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, localcontext
import json
import logging
from typing import Any

import pytest

from custom_components.qiwi.api import Money, Party, QiwiResponseError, Status, UnreadableRow, parsing
from custom_components.qiwi.api.document import decode

from . import bodies

MOSCOW = timezone(timedelta(hours=3))


def read_row(**changes: Any) -> Any:
    return parsing.transaction(bodies.over_the_wire(bodies.row(**changes)))


def test_a_transfer_is_read_whole() -> None:
    row = read_row()
    assert row.key == ("26110000031", "IN")
    assert row.wallet == "79000000000"
    assert row.date == datetime(2026, 11, 20, 10, 15, 30, tzinfo=MOSCOW)
    assert row.date.utcoffset() == timedelta(hours=3)
    assert (row.status, row.error_code) == (Status.SUCCESS, 0)
    assert row.sum == row.total == Money(amount=Decimal(250), currency="RUB")
    assert row.commission == Money(amount=Decimal(0), currency="RUB")
    assert (row.account, row.comment) == ("+79000000001", "на новый микрофон")
    assert row.provider == Party(id=7, short_name="QIWI Кошелёк", long_name="QIWI Кошелёк")
    assert row.source == Party(id=99, short_name="Перевод на кошелёк")


def test_the_documented_row_with_empty_parties_is_read() -> None:
    row = parsing.transaction(bodies.over_the_wire(bodies.documented_row()))
    assert row.provider == row.source == Party()
    assert (row.account, row.comment) == ("0007***", "")


def test_a_row_under_way_has_no_commission_yet() -> None:
    row = parsing.transaction(bodies.over_the_wire(bodies.waiting_row()))
    assert (row.transaction_id, row.status, row.error_code) == ("26110000055", Status.WAITING, 0)
    assert (row.commission, row.comment) == (None, None)
    assert row.provider == Party(id=1, short_name="Связь")


def test_a_failed_row_tells_its_error_and_exact_amounts() -> None:
    row = parsing.transaction(bodies.over_the_wire(bodies.failed_row()))
    assert (row.status, row.error_code) == (Status.ERROR, 407)
    assert row.sum
    assert row.commission
    assert row.total
    assert row.sum.amount + row.commission.amount == row.total.amount == Decimal("1508.58")


def test_both_halves_of_a_conversion_have_keys_of_their_own() -> None:
    page = parsing.payments_page(bodies.over_the_wire(bodies.page(*bodies.conversion_rows())))
    assert [row.key for row in page.rows] == [("26110000099", "IN"), ("26110000099", "OUT")]
    assert [row.sum.currency for row in page.rows if row.sum] == ["USD", "RUB"]


def test_a_card_row_and_an_unknown_type_are_kept_as_they_come() -> None:
    assert [read_row(type=kind).type for kind in ("QIWI_CARD", "SWAP")] == ["QIWI_CARD", "SWAP"]


@pytest.mark.parametrize(
    "field",
    ["personId", "errorCode", "sum", "commission", "total", "account", "comment", "provider", "source"],
)
@pytest.mark.parametrize("is_absent", [True, False])
def test_what_a_row_may_lack_may_be_null_or_absent(field: str, is_absent: bool) -> None:
    document = bodies.row(**{field: None})
    if is_absent:
        del document[field]
    row = parsing.transaction(bodies.over_the_wire(document))
    assert row.key == ("26110000031", "IN")


@pytest.mark.parametrize("field", ["txnId", "type", "date", "status"])
@pytest.mark.parametrize("is_absent", [True, False])
def test_what_a_row_must_have_is_missed(field: str, is_absent: bool) -> None:
    document = bodies.row(**{field: None})
    if is_absent:
        del document[field]
    with pytest.raises(QiwiResponseError, match=field):
        parsing.transaction(bodies.over_the_wire(document))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("txnId", True),
        ("txnId", -1),
        ("txnId", 1.5),
        ("txnId", "12x"),
        ("txnId", ""),
        ("txnId", "1" * 31),
        ("txnId", 10**30),
        ("txnId", "١٢٣"),
        ("personId", {}),
        ("type", 1),
        ("type", ""),
        ("type", "in"),
        ("type", "I" * 33),
        ("status", "HELD"),
        ("status", "success"),
        ("status", "Успешно"),
        ("status", ["SUCCESS"]),
        ("errorCode", "none"),
        ("errorCode", 10**40),
        ("errorCode", False),
        ("account", 79000000001.5),
        ("account", 10**30),
        ("comment", ["text"]),
        ("provider", []),
        ("provider", 7),
        ("provider", {"id": "seven"}),
        ("provider", {"id": True}),
        ("provider", {"id": 10**40}),
        ("source", {"id": 7, "shortName": 7}),
        ("source", {"id": 7, "longName": {}}),
        ("sum", 250),
        ("sum", {"amount": 1}),
        ("sum", {"amount": True, "currency": 643}),
        ("sum", {"amount": "1", "currency": 643}),
        ("sum", {"amount": -1, "currency": 643}),
        ("total", {"amount": -0.01, "currency": 643}),
        ("commission", {"amount": 0, "currency": 0}),
    ],
)
def test_a_wrong_type_is_an_unexpected_shape(field: str, value: Any) -> None:
    with pytest.raises(QiwiResponseError, match=field):
        read_row(**{field: value})


def test_an_id_may_be_a_number_or_a_text() -> None:
    assert [read_row(txnId=given).transaction_id for given in (31, "31")] == ["31", "31"]


def test_an_error_code_may_be_negative() -> None:
    assert read_row(errorCode=-5).error_code == -5


def test_what_can_only_mean_one_thing_is_read() -> None:
    row = read_row(account=79000000001, comment=500, provider={"id": "99"}, source={"id": -5}, errorCode="7")
    assert (row.account, row.comment, row.error_code) == ("79000000001", "500", 7)
    assert (row.provider.id, row.source.id) == (99, -5)


# Rows among others


def without(field: str) -> dict[str, Any]:
    document = bodies.row()
    del document[field]
    return document


KNOWN = UnreadableRow(
    transaction_id="26110000031", type="IN", date=datetime(2026, 11, 20, 10, 15, 30, tzinfo=MOSCOW)
)


@pytest.mark.parametrize(
    ("odd", "known"),
    [
        (bodies.row(status=None), KNOWN),
        (without("status"), KNOWN),
        (bodies.row(status="HELD"), KNOWN),
        (bodies.row(status=""), KNOWN),
        (bodies.row(sum=250), KNOWN),
        (bodies.row(sum=bodies.money("250")), KNOWN),
        (bodies.row(sum=bodies.money(10**15)), KNOWN),
        (bodies.row(sum=bodies.money(250, "рубль")), KNOWN),
        (bodies.row(commission=bodies.money(0, 0)), KNOWN),
        (bodies.row(commission=[]), KNOWN),
        (bodies.row(total=bodies.money(-250)), KNOWN),
        (bodies.row(provider=[7]), KNOWN),
        (bodies.row(provider={"id": "wallet"}), KNOWN),
        (bodies.row(source={"shortName": ["тайное"]}), KNOWN),
        (bodies.row(account={"phone": "+79000000001"}), KNOWN),
        (bodies.row(comment=["тайное"]), KNOWN),
        (bodies.row(personId="wallet"), KNOWN),
        (bodies.row(errorCode="none"), KNOWN),
        (bodies.row(txnId=-26110000031), replace(KNOWN, transaction_id=None)),
        (bodies.row(txnId=None), replace(KNOWN, transaction_id=None)),
        (bodies.row(txnId=2611.5), replace(KNOWN, transaction_id=None)),
        (bodies.row(txnId="someone@example.com"), replace(KNOWN, transaction_id=None)),
        (bodies.row(type=None), replace(KNOWN, type=None)),
        (bodies.row(type="in"), replace(KNOWN, type=None)),
        (bodies.row(type="тайное"), replace(KNOWN, type=None)),
        (bodies.row(date=None), replace(KNOWN, date=None)),
        (bodies.row(date="2026-11-20T10:15:30"), replace(KNOWN, date=None)),
        (bodies.row(date=1763622930), replace(KNOWN, date=None)),
        ({}, UnreadableRow()),
        (None, UnreadableRow()),
        ([], UnreadableRow()),
        ("row", UnreadableRow()),
    ],
)
def test_an_odd_row_costs_itself_alone_and_is_named_as_far_as_it_can_be(
    odd: Any, known: UnreadableRow, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    before, after = bodies.row(txnId=2), bodies.row(txnId=1)
    document = bodies.page(before, odd, after, cursor=(1, "2026-11-20T10:00:00+03:00"))
    page = parsing.payments_page(bodies.over_the_wire(document))
    assert [row.transaction_id for row in page.rows] == ["2", "1"]
    assert page.unreadable == (known,)
    assert page.cursor
    for personal in ("7900", "тайное", "example.com"):
        assert personal not in f"{page!r} {caplog.text}"


@pytest.mark.parametrize("empty", [{}, {"amount": None, "currency": 643}])
def test_a_sum_without_an_amount_is_none(empty: dict[str, Any]) -> None:
    assert read_row(sum=empty).sum is None


def test_a_page_has_rows_within_reason() -> None:
    assert len(parsing.payments_page({"data": [bodies.row()] * 1000}).rows) == 1000
    with pytest.raises(QiwiResponseError, match="more rows"):
        parsing.payments_page({"data": [bodies.row()] * 1001})


# Dates


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T10:15:30+03:00", datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)),
        ("2026-11-20T07:15:30Z", datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)),
        ("2026-11-20T07:15:30.250Z", datetime(2026, 11, 20, 7, 15, 30, 250_000, tzinfo=UTC)),
        ("2026-11-20T12:15:30+0500", datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)),
        ("20261120T071530-0000", datetime(2026, 11, 20, 7, 15, 30, tzinfo=UTC)),
    ],
)
def test_a_date_with_any_offset_is_that_moment(text: str, moment: datetime) -> None:
    assert read_row(date=text).date == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T10:15:30",
        "2026-11-20",
        "",
        "yesterday",
        "2026-02-30T10:15:30+03:00",
        "0001-01-01T00:00:00+03:00",
        "9999-12-31T23:59:59-03:00",
        "2026-11-20T10:15:30+99:00",
        1763622930,
        True,
    ],
)
def test_a_date_without_an_offset_or_sense_is_refused(text: Any) -> None:
    with pytest.raises(QiwiResponseError, match="date"):
        read_row(date=text)


# Amounts and currencies


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("70", "70"),
        ("8.74", "8.74"),
        ("0.00", "0.00"),
        ("0.1", "0.1"),
        ("-5.5", "-5.5"),
        ("1e3", "1000"),
        ("1.5E+2", "150"),
        ("999999999999999", "999999999999999"),
        ("999999999999999.12345678", "999999999999999.12345678"),
        ("1508.5800000000002", "1508.58"),
        ("29.579999999999998", "29.58"),
        ("0.30000000000000004e0", "0.30"),
        ("33.333333333333336", "33.33"),
        ("0.125000000000000000", "0.12"),
        ("0.135000000000000000", "0.14"),
        ("-0.30000000000000004", "-0.30"),
        ("999999999999999.000000001", "999999999999999.00"),
        ("1000000000000000.000000001", None),
        ("1000000000000000", None),
        ("-1000000000000000", None),
        ("1e15", None),
        ("1e999999", None),
        ("1e-9", "0.00"),
        ("0.123456789", "0.12"),
        ("1." + "1" * 5000, "1.11"),
    ],
)
def test_an_amount_is_exact_or_refused(written: str, amount: str | None) -> None:
    document = decode(b'{"accounts":[%b]}' % _account_with(written))
    if amount is None:
        with pytest.raises(QiwiResponseError, match="balance"):
            parsing.balances(document)
    else:
        assert [str(balance.amount) for balance in parsing.balances(document)] == [amount]


@pytest.mark.parametrize(
    ("currency", "amount"),
    [(643, "7.35"), ("KZT", "7.35"), (999, "7.35"), (392, "7"), (410, "7"), (704, "7")],
)
def test_what_binary_arithmetic_left_is_rounded_to_the_currencys_own_unit(currency: Any, amount: str) -> None:
    with localcontext(prec=1):
        assert str(read_row(sum=bodies.money(7.3500000000000005, currency)).sum.amount) == amount


def _account_with(written: str) -> bytes:
    return json.dumps(bodies.account("qw_wallet_rub", bodies.money("@"))).replace('"@"', written).encode()


@pytest.mark.parametrize(
    ("given", "currency"),
    [
        (643, "RUB"),
        (840, "USD"),
        (978, "EUR"),
        (398, "KZT"),
        (51, "AMD"),
        ("643", "RUB"),
        ("051", "AMD"),
        ("RUB", "RUB"),
        ("usd", "USD"),
        (999, "999"),
        (8, "008"),
        ("8", "008"),
        (0, None),
        (1000, None),
        (-643, None),
        (643.0, None),
        (True, None),
        ("RUBL", None),
        ("R", None),
        ("R1B", None),
        ("000", None),
        ("", None),
        ("₽₽₽", None),
        ("٦٤٣", None),
        (None, None),
    ],
)
def test_a_currency_is_read_from_number_digits_or_letters(given: Any, currency: str | None) -> None:
    if currency is None:
        with pytest.raises(QiwiResponseError, match="sum"):
            read_row(sum=bodies.money(1, given))
    else:
        assert read_row(sum=bodies.money(1, given)).sum.currency == currency
