"""Every documented or observed shape is read as it is meant; nothing else is ever guessed at."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from custom_components.qiwi.api import Balance, CommissionRange, Cursor, QiwiResponseError, parsing
from custom_components.qiwi.api.parsing import ProfileAnswer

from . import bodies

# Pages


def test_the_last_page_has_no_cursor() -> None:
    assert parsing.payments_page(bodies.over_the_wire(bodies.page())).cursor is None
    assert parsing.payments_page({"data": []}).cursor is None


def test_a_cursor_goes_back_as_it_came() -> None:
    document = bodies.over_the_wire(
        bodies.page(bodies.row(), cursor=(26110000020, "2026-11-20T10:00:00+03:00"))
    )
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
        parsing.payments_page(bodies.over_the_wire(bodies.page(cursor=cursor)))


@pytest.mark.parametrize("document", [None, [], "data", {}, {"data": None}, {"data": {}}])
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
    assert parsing.balances(bodies.over_the_wire(document)) == (
        Balance(alias="qw_wallet_rub", currency="RUB", amount=Decimal("8.74"), is_default=True),
        Balance(alias="qw_wallet_kzt", currency="KZT", amount=Decimal(0)),
        Balance(alias="qw_wallet_eur", currency="EUR", amount=None),
        Balance(alias="qw_wallet_usd", currency="USD", amount=None),
    )


def test_a_balance_has_its_own_currency_and_without_one_the_accounts() -> None:
    document = bodies.accounts(
        bodies.account("a", bodies.money(1, 840), currency=None),
        bodies.account("b", bodies.money(1, 840), currency=643),
        bodies.account("c", None, currency=978),
    )
    found = parsing.balances(bodies.over_the_wire(document))
    assert [balance.currency for balance in found] == ["USD", "USD", "EUR"]


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
        parsing.balances(bodies.over_the_wire(document))


# Profile


def test_a_full_profile_is_read() -> None:
    assert parsing.profile(bodies.over_the_wire(bodies.full_profile())) == ProfileAnswer(
        wallet="79000000000", blocked=False, identification="FULL"
    )


def test_the_contract_alone_names_the_wallet() -> None:
    document = {"contractInfo": bodies.contract(contractId="79000000001", blocked=True)}
    assert parsing.profile(bodies.over_the_wire(document)) == ProfileAnswer(
        wallet="79000000001", blocked=True, identification="FULL"
    )


def test_the_login_names_the_wallet_where_the_contract_does_not() -> None:
    assert parsing.profile({"authInfo": {"personId": 79000000002}}) == ProfileAnswer(
        wallet="79000000002", blocked=None, identification=None
    )
    assert parsing.profile({"authInfo": None, "contractInfo": None}) == ProfileAnswer(
        wallet=None, blocked=None, identification=None
    )


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
    terms = parsing.commission_terms(bodies.over_the_wire(document))
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
    terms = parsing.commission_terms(bodies.over_the_wire(bodies.form({}, limits=limits)))
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
        parsing.commission_terms(bodies.over_the_wire(document))


@pytest.mark.parametrize(
    ("read", "document"),
    [(parsing.transaction, bodies.row()), (parsing.profile, bodies.full_profile())],
)
def test_unknown_fields_are_ignored(read: Callable[[Any], Any], document: dict[str, Any]) -> None:
    assert read({**document, "new": {"in": [2027]}}) == read(document)
