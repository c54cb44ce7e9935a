"""The wallet's JSON read into models: the one place that knows its field names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
import logging
from typing import Final

from . import fields
from .document import Json
from .exceptions import QiwiResponseError
from .models import (
    Balance,
    CommissionRange,
    CommissionTerms,
    Cursor,
    Money,
    Party,
    PaymentsPage,
    Profile,
    Status,
    Transaction,
    UnreadableRow,
)

_LOGGER: Final = logging.getLogger(__name__)

# Twenty times what may be asked for; rows beyond reason would only hold the loop.
_MOST_ROWS: Final = 1000
_ZERO: Final = Decimal(0)
_STATUSES: Final = {status.value: status for status in Status}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileAnswer:
    """A profile as far as one answer tells it: the blocks it was asked without are missing."""

    wallet: str | None = field(repr=False)
    blocked: bool | None
    identification: str | None

    def profile(self, wallet: str) -> Profile:
        """Return the profile of a wallet whose number may come from another answer."""
        return Profile(wallet=wallet, blocked=self.blocked, identification=self.identification)


def profile(document: Json) -> ProfileAnswer:
    """Read `person-profile/v1/profile/current`."""
    answer = fields.mapping(document, "profile")
    contract = fields.optional_mapping(answer.get("contractInfo"), "contractInfo")
    auth = fields.optional_mapping(answer.get("authInfo"), "authInfo")
    blocked = contract.get("blocked")
    if blocked is not None and not isinstance(blocked, bool):
        fields.refuse("contractInfo.blocked")
    return ProfileAnswer(
        wallet=fields.optional_identifier(contract.get("contractId"), "contractInfo.contractId")
        or fields.optional_identifier(auth.get("personId"), "authInfo.personId"),
        blocked=blocked,
        identification=_identification(contract.get("identificationInfo")),
    )


def balances(document: Json) -> tuple[Balance, ...]:
    """Read `funding-sources/v2/persons/…/accounts`: the wallet's own accounts, not phones or cards."""
    accounts = fields.items(fields.mapping(document, "accounts").get("accounts"), "accounts")
    return tuple(
        _balance(account) for entry in accounts if _is_own(account := fields.mapping(entry, "accounts[]"))
    )


def payments_page(document: Json) -> PaymentsPage:
    """Read one page of `payment-history/v2/persons/…/payments`; an odd row costs itself alone."""
    answer = fields.mapping(document, "payments")
    data = fields.items(answer.get("data"), "data")
    if len(data) > _MOST_ROWS:
        fields.refuse("more rows than a page has")
    rows: list[Transaction] = []
    unreadable: list[UnreadableRow] = []
    for row in data:
        try:
            rows.append(transaction(row))
        except QiwiResponseError as error:
            _LOGGER.debug("A row of the history can't be read. %s", error)
            unreadable.append(_unreadable(row))
    return PaymentsPage(rows=tuple(rows), cursor=_cursor(answer), unreadable=tuple(unreadable))


def transaction(row: Json) -> Transaction:
    """Read one row of the history.

    Raises:
        QiwiResponseError: what it says, or how far it has come, could only be guessed at.
    """
    get = fields.mapping(row, "data[]").get
    return Transaction(
        transaction_id=fields.identifier(get("txnId"), "txnId"),
        type=fields.row_type(get("type"), "type"),
        wallet=fields.optional_identifier(get("personId"), "personId"),
        date=fields.date(get("date"), "date"),
        status=_STATUSES.get(fields.name(get("status"), "status")) or fields.refuse("status"),
        error_code=fields.optional_integer(get("errorCode"), "errorCode") or 0,
        sum=_paid(get("sum"), "sum"),
        commission=fields.money(get("commission"), "commission"),
        total=_paid(get("total"), "total"),
        account=fields.text(get("account"), "account") or None,
        comment=fields.text(get("comment"), "comment"),
        provider=_party(get("provider"), "provider"),
        source=_party(get("source"), "source"),
    )


def commission_terms(document: Json) -> CommissionTerms:
    """Read the tariff within `sinap/providers/…/form`."""
    commission = fields.mapping(document, "form")
    for name in ("content", "terms", "commission"):
        commission = fields.mapping(commission.get(name), name)
    ranges = map(_range, fields.items(commission.get("ranges"), "ranges"))
    limits = fields.items(commission.get("limits") or [], "limits")
    limit = fields.mapping(limits[0], "limits[]") if limits else {}
    return CommissionTerms(
        ranges=tuple(sorted(ranges, key=lambda entry: entry.bound)),
        minimum=fields.optional_amount(limit.get("min"), "limits.min"),
        maximum=fields.optional_amount(limit.get("max"), "limits.max"),
        currency=fields.currency(limit.get("currency"), "limits.currency") if limit else None,
    )


def _unreadable(row: Json) -> UnreadableRow:
    """Read what can be read of the identity of a row that is not as documented."""
    get = row.get if isinstance(row, dict) else {}.get
    return UnreadableRow(
        transaction_id=_if_readable(fields.identifier, get("txnId")),
        type=_if_readable(fields.row_type, get("type")),
        date=_if_readable(fields.date, get("date")),
    )


def _if_readable[T](read: Callable[[Json, str], T], value: Json) -> T | None:
    try:
        return read(value, "")
    except QiwiResponseError:
        return None


def _paid(value: Json, name: str) -> Money | None:
    """Read a sum that was paid: the type of its row is its sign, and a second one would be a riddle."""
    money = fields.money(value, name)
    return fields.refuse(name) if money and money.amount < 0 else money


def _party(value: Json, name: str) -> Party:
    get = fields.optional_mapping(value, name).get
    return _known_party(
        fields.optional_integer(get("id"), name),
        fields.strict_text(get("shortName"), name) or None,
        fields.strict_text(get("longName"), name) or None,
    )


@lru_cache(maxsize=256)
def _known_party(number: int | None, short_name: str | None, long_name: str | None) -> Party:
    """Return one object for all rows of a provider: a history names few, and thousands of rows are held."""
    return Party(id=number, short_name=short_name, long_name=long_name)


def _cursor(answer: Mapping[str, Json]) -> Cursor | None:
    number, date = answer.get("nextTxnId"), answer.get("nextTxnDate")
    if number is None and date is None:
        return None
    fields.date(date, "nextTxnDate")
    return Cursor(transaction_id=fields.identifier(number, "nextTxnId"), date=str(date))


def _identification(value: Json) -> str | None:
    """Read the level QIWI's own bank gives; another bank's stands in where there is none."""
    levels: dict[str | None, str | None] = {}
    for item in [] if value is None else fields.items(value, "identificationInfo"):
        entry = fields.mapping(item, "identificationInfo[]")
        bank = fields.strict_text(entry.get("bankAlias"), "bankAlias")
        level = fields.strict_text(entry.get("identificationLevel"), "identificationLevel")
        levels.setdefault(bank, level)
    return levels.get("QIWI") or next(iter(levels.values()), None)


def _is_own(account: Mapping[str, Json]) -> bool:
    """Tell whether an account is the wallet's: a phone's may claim to have a balance and never shows one."""
    has_balance = account.get("hasBalance")
    if has_balance is not None and not isinstance(has_balance, bool):
        fields.refuse("hasBalance")
    return bool(has_balance) and fields.optional_mapping(account.get("type"), "type").get("id") == "WALLET"


def _balance(account: Mapping[str, Json]) -> Balance:
    money = fields.money(account.get("balance"), "balance")
    return Balance(
        alias=fields.name(account.get("alias"), "alias"),
        currency=money.currency if money else fields.currency(account.get("currency"), "currency"),
        amount=money.amount if money else None,
        # Undocumented: whatever else it may be says nothing.
        is_default=account.get("defaultAccount") is True,
    )


def _range(value: Json) -> CommissionRange:
    get = fields.mapping(value, "ranges[]").get
    return CommissionRange(
        bound=fields.optional_amount(get("bound"), "bound") or _ZERO,
        rate=fields.optional_amount(get("rate"), "rate") or _ZERO,
        fixed=fields.optional_amount(get("fixed"), "fixed") or _ZERO,
        minimum=fields.optional_amount(get("min"), "min"),
        maximum=fields.optional_amount(get("max"), "max"),
    )
