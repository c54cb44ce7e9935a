"""The wallet's JSON read into models: the one place that knows its field names."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
import json
from typing import Final, NamedTuple, NoReturn

from .currency import ALPHABETIC
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
)

type Json = object

# Beyond any sum a wallet holds; what is longer would only cost time and memory downstream.
_INTEGER_DIGITS: Final = 15
_SCALE: Final = 8
_TOO_MUCH: Final = 10**_INTEGER_DIGITS
_LONGEST_ID: Final = 30
_LARGEST_ID: Final = 10**_LONGEST_ID
_ZERO: Final = Decimal(0)
_NOBODY: Final = Party()
_STATUSES: Final = {status.value: status for status in Status}
# Moving a date of the first or the last year to another zone would leave what a datetime can hold.
_FIRST_YEAR: Final = 2
_LAST_YEAR: Final = 9998


class ProfileAnswer(NamedTuple):
    """A profile as far as one answer tells it: the blocks it was asked without are missing."""

    wallet: str | None
    blocked: bool | None
    identification: str | None

    def profile(self, wallet: str) -> Profile:
        """Return the profile of a wallet whose number may come from another answer."""
        return Profile(wallet=wallet, blocked=self.blocked, identification=self.identification)


def decode(body: bytes) -> Json:
    """Read JSON with exact numbers.

    Raises:
        QiwiResponseError: it is not JSON in UTF-8, or holds numbers or a depth no wallet sends.
    """
    try:
        text = body.decode().removeprefix("\ufeff")
        document: Json = _DECODER.decode(text)
        # A surrogate can only have come as an escape: a comment cut in the middle of an emoji.
        return _mended(document) if b"\\ud" in body or b"\\uD" in body else document
    except ValueError, ArithmeticError, RecursionError:
        pass
    # Raised here, so that the decoder's error, which carries the whole text, does not travel along.
    raise QiwiResponseError("The wallet's answer is not JSON")


def error_code(document: Json) -> str | None:
    """Return the `errorCode` of an error body, None for anything else."""
    code = document.get("errorCode") if isinstance(document, dict) else None
    return code if isinstance(code, str) else None


def profile(document: Json) -> ProfileAnswer:
    """Read `person-profile/v1/profile/current`."""
    answer = _object(document, "profile")
    contract = _optional_object(answer.get("contractInfo"), "contractInfo")
    auth = _optional_object(answer.get("authInfo"), "authInfo")
    blocked = contract.get("blocked")
    if blocked is not None and not isinstance(blocked, bool):
        _refuse("contractInfo.blocked")
    return ProfileAnswer(
        _optional_id(contract.get("contractId"), "contractInfo.contractId")
        or _optional_id(auth.get("personId"), "authInfo.personId"),
        blocked,
        _identification(contract.get("identificationInfo")),
    )


def balances(document: Json) -> tuple[Balance, ...]:
    """Read `funding-sources/v2/persons/…/accounts`: the wallet's own accounts, not phones or cards."""
    accounts = _list(_object(document, "accounts").get("accounts"), "accounts")
    return tuple(_balance(account) for entry in accounts if _is_own(account := _object(entry, "accounts[]")))


def payments_page(document: Json) -> PaymentsPage:
    """Read one page of `payment-history/v2/persons/…/payments`."""
    answer = _object(document, "payments")
    rows = _list(answer.get("data"), "data")
    return PaymentsPage(rows=tuple(map(transaction, rows)), cursor=_cursor(answer))


def transaction(row: Json) -> Transaction:
    """Read one row of the history."""
    get = _object(row, "data[]").get
    return Transaction(
        transaction_id=_id(get("txnId"), "txnId"),
        type=_name(get("type"), "type"),
        wallet=_optional_id(get("personId"), "personId"),
        date=_date(get("date"), "date"),
        status=_STATUSES.get(_name(get("status"), "status"), Status.WAITING),
        error_code=_error_number(get("errorCode")),
        sum=_money(get("sum"), "sum"),
        commission=_money(get("commission"), "commission"),
        total=_money(get("total"), "total"),
        account=_optional_text(get("account"), "account") or None,
        comment=_optional_text(get("comment"), "comment"),
        provider=_party(get("provider"), "provider"),
        source=_party(get("source"), "source"),
    )


def commission_terms(document: Json) -> CommissionTerms:
    """Read the tariff within `sinap/providers/…/form`."""
    commission = _object(document, "form")
    for name in ("content", "terms", "commission"):
        commission = _object(commission.get(name), name)
    ranges = sorted(
        (_range(entry) for entry in _list(commission.get("ranges"), "ranges")), key=lambda entry: entry.bound
    )
    limits = _list(commission.get("limits") or [], "limits")
    limit = _object(limits[0], "limits[]") if limits else {}
    return CommissionTerms(
        ranges=tuple(ranges),
        minimum=_optional_amount(limit.get("min"), "limits.min"),
        maximum=_optional_amount(limit.get("max"), "limits.max"),
        currency=_currency(limit.get("currency"), "limits.currency") if limit else None,
    )


def _refuse(name: str) -> NoReturn:
    raise QiwiResponseError(f"The wallet's answer has an unexpected shape: {name}")


def _constant(_: str) -> NoReturn:
    raise ValueError


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_constant)


def _mended(value: Json) -> Json:
    """Replace lone surrogates, which no file or connection can carry."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_mended(entry) for entry in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(entry) for name, entry in value.items()}
    return value


def _object(value: Json, name: str) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else _refuse(name)


def _optional_object(value: Json, name: str) -> Mapping[str, Json]:
    return {} if value is None else _object(value, name)


def _list(value: Json, name: str) -> list[Json]:
    return value if isinstance(value, list) else _refuse(name)


def _optional_text(value: Json, name: str) -> str | None:
    return value if value is None or isinstance(value, str) else _refuse(name)


def _name(value: Json, name: str) -> str:
    return value if isinstance(value, str) and value else _refuse(name)


def _id(value: Json, name: str) -> str:
    """Read an id or a wallet number: the wallet writes them as numbers, its webhooks as texts."""
    if type(value) is int and 0 <= value < _LARGEST_ID:
        return str(value)
    if isinstance(value, str) and len(value) <= _LONGEST_ID and value.isascii() and value.isdigit():
        return value
    _refuse(name)


def _optional_id(value: Json, name: str) -> str | None:
    return None if value is None else _id(value, name)


def _error_number(value: Json) -> int:
    if type(value) is int and abs(value) < _LARGEST_ID:
        return value
    return 0 if value is None else int(_id(value, "errorCode"))


def _date(value: Json, name: str) -> datetime:
    """Read a date with its offset: a naive one could be anybody's time."""
    try:
        date = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        date = None
    if date is None or date.tzinfo is None or not _FIRST_YEAR <= date.year <= _LAST_YEAR:
        _refuse(name)
    return date


def _amount(value: Json, name: str) -> Decimal:
    if type(value) is int and -_TOO_MUCH < value < _TOO_MUCH:
        return Decimal(value)
    if isinstance(value, Decimal) and value.adjusted() < _INTEGER_DIGITS:
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and exponent >= -_SCALE:
            # 1E+3 is 1000: nobody downstream has to know the other spelling.
            return value if exponent <= 0 else Decimal(int(value))
    _refuse(name)


def _optional_amount(value: Json, name: str) -> Decimal | None:
    return None if value is None else _amount(value, name)


def _currency(value: Json, name: str) -> str:
    """Read 643, "643" or "RUB"."""
    if type(value) is int and 0 < value < 1000:
        return ALPHABETIC.get(value) or f"{value:03d}"
    if isinstance(value, str) and value.isascii() and 0 < len(value) <= 3:
        if value.isdigit():
            return _currency(int(value), name)
        if value.isalpha() and len(value) == 3:
            return value.upper()
    _refuse(name)


def _money(value: Json, name: str) -> Money | None:
    if value is None:
        return None
    money = _object(value, name)
    amount = money.get("amount")
    if amount is None:
        return None
    return Money(amount=_amount(amount, name), currency=_currency(money.get("currency"), name))


def _party(value: Json, name: str) -> Party:
    if not value and (value is None or isinstance(value, dict)):
        return _NOBODY
    get = _object(value, name).get
    number = get("id")
    if number is not None and (type(number) is not int or abs(number) >= _LARGEST_ID):
        _refuse(name)
    return _known_party(
        number, _optional_text(get("shortName"), name) or None, _optional_text(get("longName"), name) or None
    )


@lru_cache(maxsize=256)
def _known_party(number: int | None, short_name: str | None, long_name: str | None) -> Party:
    """Return one object for all rows of a provider: a history names few, and thousands of rows are held."""
    return Party(id=number, short_name=short_name, long_name=long_name)


def _cursor(answer: Mapping[str, Json]) -> Cursor | None:
    number, date = answer.get("nextTxnId"), answer.get("nextTxnDate")
    if number is None and date is None:
        return None
    _date(date, "nextTxnDate")
    return Cursor(transaction_id=_id(number, "nextTxnId"), date=str(date))


def _identification(value: Json) -> str | None:
    """Read the level QIWI's own bank gives; another bank's stands in where there is none."""
    entries = [] if value is None else _list(value, "identificationInfo")
    levels: dict[str | None, str | None] = {}
    for item in entries:
        entry = _object(item, "identificationInfo[]")
        bank = _optional_text(entry.get("bankAlias"), "bankAlias")
        levels.setdefault(bank, _optional_text(entry.get("identificationLevel"), "identificationLevel"))
    return levels.get("QIWI") or next(iter(levels.values()), None)


def _is_own(account: Mapping[str, Json]) -> bool:
    """Tell whether an account is the wallet's: a phone's may claim to have a balance and never shows one."""
    has_balance = account.get("hasBalance")
    if has_balance is not None and not isinstance(has_balance, bool):
        _refuse("hasBalance")
    return bool(has_balance) and _optional_object(account.get("type"), "type").get("id") == "WALLET"


def _balance(account: Mapping[str, Json]) -> Balance:
    money = _money(account.get("balance"), "balance")
    return Balance(
        alias=_name(account.get("alias"), "alias"),
        currency=money.currency if money else _currency(account.get("currency"), "currency"),
        amount=money.amount if money else None,
        # Undocumented: whatever else it may be says nothing.
        is_default=account.get("defaultAccount") is True,
    )


def _range(value: Json) -> CommissionRange:
    get = _object(value, "ranges[]").get
    return CommissionRange(
        bound=_optional_amount(get("bound"), "bound") or _ZERO,
        rate=_optional_amount(get("rate"), "rate") or _ZERO,
        fixed=_optional_amount(get("fixed"), "fixed") or _ZERO,
        minimum=_optional_amount(get("min"), "min"),
        maximum=_optional_amount(get("max"), "max"),
    )
