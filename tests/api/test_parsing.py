"""Every documented or observed shape is read as it is meant; nothing else is ever guessed at."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
import json
from typing import Any

import pytest

from custom_components.qiwi.api import (
    Balance,
    CommissionRange,
    Cursor,
    Money,
    Party,
    QiwiResponseError,
    Status,
    parsing,
)

from . import bodies

MOSCOW = timezone(timedelta(hours=3))


def over_the_wire(document: Any) -> Any:
    return parsing.decode(json.dumps(document, ensure_ascii=False).encode())


def read_row(**changes: Any) -> Any:
    return parsing.transaction(over_the_wire(bodies.row(**changes)))


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
    row = parsing.transaction(over_the_wire(bodies.documented_row()))
    assert row.provider == row.source == Party()
    assert (row.account, row.comment) == ("0007***", "")


def test_a_row_under_way_has_no_commission_yet() -> None:
    row = parsing.transaction(over_the_wire(bodies.waiting_row()))
    assert (row.transaction_id, row.status, row.error_code) == ("26110000055", Status.WAITING, 0)
    assert (row.commission, row.comment) == (None, None)
    assert row.provider == Party(id=1, short_name="Связь")


def test_a_failed_row_tells_its_error_and_exact_amounts() -> None:
    row = parsing.transaction(over_the_wire(bodies.failed_row()))
    assert (row.status, row.error_code) == (Status.ERROR, 407)
    assert row.sum
    assert row.commission
    assert row.total
    assert row.sum.amount + row.commission.amount == row.total.amount == Decimal("1508.58")


def test_both_halves_of_a_conversion_have_keys_of_their_own() -> None:
    page = parsing.payments_page(over_the_wire(bodies.page(*bodies.conversion_rows())))
    assert [row.key for row in page.rows] == [("26110000099", "IN"), ("26110000099", "OUT")]
    assert [row.sum.currency for row in page.rows if row.sum] == ["USD", "RUB"]


@pytest.mark.parametrize("status", ["HELD", "success", "Успешно"])
def test_an_unknown_status_is_not_final(status: str) -> None:
    assert read_row(status=status).status is Status.WAITING


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
    row = parsing.transaction(over_the_wire(document))
    assert row.key == ("26110000031", "IN")


@pytest.mark.parametrize("field", ["txnId", "type", "date", "status"])
@pytest.mark.parametrize("is_absent", [True, False])
def test_what_a_row_must_have_is_missed(field: str, is_absent: bool) -> None:
    document = bodies.row(**{field: None})
    if is_absent:
        del document[field]
    with pytest.raises(QiwiResponseError, match=field):
        parsing.transaction(over_the_wire(document))


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
        ("status", ["SUCCESS"]),
        ("errorCode", "none"),
        ("errorCode", 10**40),
        ("errorCode", False),
        ("account", 79000000001),
        ("comment", ["text"]),
        ("provider", []),
        ("provider", 7),
        ("provider", {"id": "7"}),
        ("provider", {"id": True}),
        ("provider", {"id": 10**40}),
        ("source", {"id": 7, "shortName": 7}),
        ("source", {"id": 7, "longName": {}}),
        ("sum", 250),
        ("sum", {"amount": 1}),
        ("sum", {"amount": True, "currency": 643}),
        ("sum", {"amount": "1", "currency": 643}),
    ],
)
def test_a_wrong_type_is_an_unexpected_shape(field: str, value: Any) -> None:
    with pytest.raises(QiwiResponseError, match=field):
        read_row(**{field: value})


def test_an_id_may_be_a_number_or_a_text() -> None:
    assert [read_row(txnId=given).transaction_id for given in (31, "31")] == ["31", "31"]


def test_an_error_code_may_be_negative() -> None:
    assert read_row(errorCode=-5).error_code == -5


@pytest.mark.parametrize("empty", [{}, {"amount": None, "currency": 643}])
def test_a_sum_without_an_amount_is_none(empty: dict[str, Any]) -> None:
    assert read_row(sum=empty).sum is None


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
        ("0.30000000000000004e0", None),
        ("1000000000000000", None),
        ("-1000000000000000", None),
        ("1e15", None),
        ("1e999999", None),
        ("1e-9", None),
        ("0.000000001", None),
    ],
)
def test_an_amount_is_exact_or_refused(written: str, amount: str | None) -> None:
    document = parsing.decode(b'{"accounts":[%b]}' % _account_with(written))
    if amount is None:
        with pytest.raises(QiwiResponseError, match="balance"):
            parsing.balances(document)
    else:
        assert [str(balance.amount) for balance in parsing.balances(document)] == [amount]


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


# Pages


def test_the_last_page_has_no_cursor() -> None:
    assert parsing.payments_page(over_the_wire(bodies.page())).cursor is None
    assert parsing.payments_page({"data": []}).cursor is None


def test_a_cursor_goes_back_as_it_came() -> None:
    document = over_the_wire(bodies.page(bodies.row(), cursor=(26110000020, "2026-11-20T10:00:00+03:00")))
    assert parsing.payments_page(document).cursor == Cursor(
        transaction_id="26110000020", date="2026-11-20T10:00:00+03:00"
    )


@pytest.mark.parametrize(
    "cursor",
    [
        (26110000020, None),
        (None, "2026-11-20T10:00:00+03:00"),
        (26110000020, "2026-11-20T10:00:00"),
        (26110000020, 5),
        ("next", "2026-11-20T10:00:00+03:00"),
        (False, False),
    ],
)
def test_half_a_cursor_is_refused(cursor: tuple[Any, Any]) -> None:
    with pytest.raises(QiwiResponseError, match="nextTxn"):
        parsing.payments_page(over_the_wire(bodies.page(cursor=cursor)))


@pytest.mark.parametrize("document", [None, [], "data", {}, {"data": None}, {"data": {}}, {"data": [None]}])
def test_a_page_without_rows_in_a_list_is_refused(document: Any) -> None:
    with pytest.raises(QiwiResponseError):
        parsing.payments_page(document)


# Balances


def test_only_the_wallets_own_accounts_are_balances() -> None:
    document = bodies.accounts(
        bodies.phone_account(),
        bodies.phone_account(has_balance=True),
        bodies.account("qw_wallet_rub", bodies.money(8.74), defaultAccount=True),
        bodies.account("qw_wallet_kzt", bodies.money(0, 398), currency=398),
        bodies.account("qw_wallet_eur", None, currency=978),
        bodies.account("qw_wallet_usd", {}, currency=840),
        bodies.account("closed", None, hasBalance=False),
        bodies.account("odd", None, hasBalance=None),
        bodies.account("typeless", bodies.money(1), type=None),
    )
    assert parsing.balances(over_the_wire(document)) == (
        Balance(alias="qw_wallet_rub", currency="RUB", amount=Decimal("8.74"), is_default=True),
        Balance(alias="qw_wallet_kzt", currency="KZT", amount=Decimal(0)),
        Balance(alias="qw_wallet_eur", currency="EUR", amount=None),
        Balance(alias="qw_wallet_usd", currency="USD", amount=None),
    )


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"accounts": None},
        {"accounts": {}},
        bodies.accounts(None),
        bodies.accounts(bodies.account("a", None, hasBalance="yes")),
        bodies.accounts(bodies.account("a", None, type="WALLET")),
        bodies.accounts(bodies.account("a", None, currency=None)),
        bodies.accounts(bodies.account("a", [])),
        bodies.accounts(bodies.account("", bodies.money(1))),
        bodies.accounts(bodies.account(None, bodies.money(1))),  # type: ignore[arg-type]
    ],
)
def test_balances_of_another_shape_are_refused(document: Any) -> None:
    with pytest.raises(QiwiResponseError):
        parsing.balances(over_the_wire(document))


# Profile


def test_a_full_profile_is_read() -> None:
    assert parsing.profile(over_the_wire(bodies.full_profile())) == ("79000000000", False, "FULL")


def test_the_contract_alone_names_the_wallet() -> None:
    document = {"contractInfo": bodies.contract(contractId="79000000001", blocked=True)}
    assert parsing.profile(over_the_wire(document)) == ("79000000001", True, "FULL")


def test_the_login_names_the_wallet_where_the_contract_does_not() -> None:
    assert parsing.profile({"authInfo": {"personId": 79000000002}}) == ("79000000002", None, None)
    assert parsing.profile({"authInfo": None, "contractInfo": None}) == (None, None, None)


@pytest.mark.parametrize(
    ("levels", "level"),
    [
        (None, None),
        ([], None),
        ([{}], None),
        ([{"bankAlias": "OTHER", "identificationLevel": "SIMPLE"}], "SIMPLE"),
        ([{"bankAlias": "QIWI", "identificationLevel": None}, {"identificationLevel": "SIMPLE"}], None),
        ([{"bankAlias": "QIWI", "identificationLevel": "VERIFIED"}, {"bankAlias": "QIWI"}], "VERIFIED"),
    ],
)
def test_the_identification_is_qiwis_own_or_the_first(levels: Any, level: str | None) -> None:
    assert parsing.profile({"contractInfo": {"identificationInfo": levels}}).identification == level


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"contractInfo": []},
        {"authInfo": "none"},
        {"contractInfo": {"blocked": 0}},
        {"contractInfo": {"contractId": "seven"}},
        {"contractInfo": {"identificationInfo": {}}},
        {"contractInfo": {"identificationInfo": [None]}},
        {"contractInfo": {"identificationInfo": [{"bankAlias": 1}]}},
        {"contractInfo": {"identificationInfo": [{"identificationLevel": 1}]}},
    ],
)
def test_a_profile_of_another_shape_is_refused(document: Any) -> None:
    with pytest.raises(QiwiResponseError):
        parsing.profile(document)


# Commission


def test_a_tariff_is_read_by_rising_bound() -> None:
    document = bodies.form(
        {"bound": 5000, "rate": 0.025},
        {"bound": 0, "fixed": 50.0, "rate": 0.02, "min": 10, "max": 1000},
        limits=[{"currency": "643", "min": 10, "max": 15000}, {"currency": "840"}],
    )
    terms = parsing.commission_terms(over_the_wire(document))
    assert terms.ranges == (
        CommissionRange(
            bound=Decimal(0),
            rate=Decimal("0.02"),
            fixed=Decimal(50),
            minimum=Decimal(10),
            maximum=Decimal(1000),
        ),
        CommissionRange(
            bound=Decimal(5000), rate=Decimal("0.025"), fixed=Decimal(0), minimum=None, maximum=None
        ),
    )
    assert (terms.minimum, terms.maximum, terms.currency) == (Decimal(10), Decimal(15000), "RUB")


@pytest.mark.parametrize("limits", [None, []])
def test_a_tariff_may_have_no_limits(limits: Any) -> None:
    terms = parsing.commission_terms(over_the_wire(bodies.form({}, limits=limits)))
    assert (terms.minimum, terms.maximum, terms.currency) == (None, None, None)


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"content": {"terms": None}},
        {"content": {"terms": {"commission": {}}}},
        {"content": {"terms": {"commission": {"ranges": None}}}},
        bodies.form(None),
        bodies.form({"rate": "0.02"}),
        bodies.form({}, limits={"currency": "643"}),
        bodies.form({}, limits=[None]),
        bodies.form({}, limits=[{"min": 10}]),
    ],
)
def test_a_form_without_a_tariff_is_not_free_of_charge(document: Any) -> None:
    with pytest.raises(QiwiResponseError):
        parsing.commission_terms(over_the_wire(document))


# Errors


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (bodies.error("auth.forbidden"), "auth.forbidden"),
        (bodies.error("payment.history.not.found", description="made up"), "payment.history.not.found"),
        ({"errorCode": 5}, None),
        ({"data": []}, None),
        (["errorCode"], None),
        (None, None),
    ],
)
def test_the_code_of_an_error_body_is_found(document: Any, code: str | None) -> None:
    assert parsing.error_code(document) == code


# Text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null and void",
        b"{",
        b'{"data":[',
        b"<!doctype html><html></html>",
        b'{"amount":NaN}',
        b'{"amount":Infinity}',
        b'{"amount":-Infinity}',
        b'{"amount":1e99999999999999999999}',
        b'{"amount":%b}' % (b"9" * 5000),
        b"[" * 200_000,
        b'{"a":' * 100_000,
        '{"comment":"донат"}'.encode("cp1251"),
        '{"comment":"донат"}'.encode("utf-16"),
        b'{"comment":"\xff\xfe"}',
        b'{"comment":"\xed\xa0\x80"}',
        b'{"comment":"\x01"}',
    ],
    ids=range(17),
)
def test_what_is_not_json_is_told_so_and_nothing_of_it_travels_along(body: bytes) -> None:
    with pytest.raises(QiwiResponseError) as caught:
        parsing.decode(body)
    assert caught.value.__context__ is None


def test_a_byte_order_mark_does_no_harm() -> None:
    assert parsing.decode(b'\xef\xbb\xbf{"data":[]}') == {"data": []}


def test_half_an_emoji_is_mended_and_a_whole_one_kept() -> None:
    document = parsing.decode(rb'{"a\uD83D":["\ud83d","\uDE00x","\ud83d\ude00","\u0434", 1.50, true, null]}')
    assert document == {"a�": ["�", "�x", "😀", "д", Decimal("1.50"), True, None]}


def test_an_escaped_backslash_is_no_surrogate() -> None:
    assert parsing.decode(rb'["\\ud83d"]') == [r"\ud83d"]


def test_a_deep_body_with_half_an_emoji_is_refused() -> None:
    with pytest.raises(QiwiResponseError):
        parsing.decode(b"[" * 5000 + rb'"\ud83d"' + b"]" * 5000)


@pytest.mark.parametrize(
    ("read", "document"),
    [(parsing.transaction, bodies.row()), (parsing.profile, bodies.full_profile())],
)
def test_unknown_fields_are_ignored(read: Callable[[Any], Any], document: dict[str, Any]) -> None:
    assert read({**document, "new": {"in": [2027]}}) == read(document)
