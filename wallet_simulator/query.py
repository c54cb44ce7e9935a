"""The queries of the wallet API, read as strictly as its documentation is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
import re

from .answers import RefusedError
from .rows import Type

OPERATIONS = frozenset({"ALL", *Type})
SOURCES = frozenset({"QW_RUB", "QW_USD", "QW_EUR", "CARD", "MK"})
PARAMETERS = frozenset(
    {
        "rows",
        "operation",
        "startDate",
        "endDate",
        "nextTxnDate",
        "nextTxnId",
        "type",
        "timeout",
        "alias",
        "authInfoEnabled",
        "contractInfoEnabled",
        "userInfoEnabled",
    }
)
LONGEST_RANGE = timedelta(days=90)
MOST_ROWS = 50

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d([+-]\d\d:\d\d)", re.ASCII)
_SOURCE = re.compile(r"sources\[(\d{1,2})\]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsQuery:
    """What the payments list or its totals are asked for."""

    rows: int = MOST_ROWS
    operation: str = "ALL"
    sources: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None
    cursor: tuple[str, datetime] | None = None


def refuse(message: str) -> RefusedError:
    """Build the refusal of a request that breaks the documented form."""
    return RefusedError(400, "validation.error", message)


def list_query(query: Mapping[str, str]) -> PaymentsQuery:
    """Read the payments list's query. RefusedError for what the docs forbid."""
    _only(query, {"rows", "operation", "startDate", "endDate", "nextTxnDate", "nextTxnId"})
    start, end = _range(query)
    return PaymentsQuery(
        rows=_rows(query),
        operation=_operation(query),
        sources=_sources(query),
        start=start,
        end=end,
        cursor=_cursor(query),
    )


def total_query(query: Mapping[str, str]) -> PaymentsQuery:
    """Read the query of the totals, which must name its dates. RefusedError for what the docs forbid."""
    _only(query, {"operation", "startDate", "endDate"})
    start, end = _range(query)
    if start is None:
        raise refuse("startDate and endDate are required")
    return PaymentsQuery(operation=_operation(query), sources=_sources(query), start=start, end=end)


def transaction_type(query: Mapping[str, str]) -> str | None:
    """Read the optional type of one transaction. RefusedError for an unknown one."""
    _only(query, {"type"})
    given = query.get("type")
    if given is not None and given not in set(Type):
        raise refuse("type must be IN, OUT or QIWI_CARD")
    return given


def profile_query(query: Mapping[str, str]) -> dict[str, bool]:
    """Read the three booleans of the profile, true unless given. RefusedError for other words."""
    names = {"authInfoEnabled": "auth", "contractInfoEnabled": "contract", "userInfoEnabled": "user"}
    _only(query, set(names))
    wanted = {}
    for parameter, block in names.items():
        value = query.get(parameter, "true")
        if value not in {"true", "false"}:
            raise refuse(f"{parameter} must be true or false")
        wanted[block] = value == "true"
    return wanted


def balances_query(query: Mapping[str, str]) -> tuple[str | None, bool]:
    """Read alias and whether this is the documented retry. RefusedError for a timeout that is no number."""
    _only(query, {"timeout", "alias"})
    timeout, alias = query.get("timeout"), query.get("alias")
    if timeout is not None and not (timeout.isascii() and timeout.isdigit()):
        raise refuse("timeout must be a number of milliseconds")
    return alias, timeout is not None and alias is not None


def _only(query: Mapping[str, str], known: set[str]) -> None:
    if len(query) != len(set(query)):
        raise refuse("a parameter is given more than once")
    for name in query:
        if name not in known and not (_SOURCE.fullmatch(name) and "operation" in known):
            raise refuse(f"unknown parameter {name}")


def _rows(query: Mapping[str, str]) -> int:
    given = query.get("rows")
    if given is None:
        raise refuse("rows is required")
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given) <= MOST_ROWS:
        raise refuse(f"rows must be a number from 1 to {MOST_ROWS}")
    return int(given)


def _operation(query: Mapping[str, str]) -> str:
    operation = query.get("operation", "ALL")
    if operation not in OPERATIONS:
        raise refuse("operation must be ALL, IN, OUT or QIWI_CARD")
    return operation


def _sources(query: Mapping[str, str]) -> tuple[str, ...]:
    given = {int(match[1]): value for name, value in query.items() if (match := _SOURCE.fullmatch(name))}
    if sorted(given) != list(range(len(given))):
        raise refuse("sources are counted from 0, without gaps")
    for source in given.values():
        if source not in SOURCES:
            raise refuse(f"a source must be one of {', '.join(sorted(SOURCES))}")
    return tuple(given[index] for index in sorted(given))


def _date(query: Mapping[str, str], name: str) -> tuple[datetime, str]:
    match = _DATE.fullmatch(query[name])
    if match is None:
        raise refuse(f"{name} must look like 2017-01-21T11:41:07+03:00 (an unencoded + is read as a blank)")
    try:
        return datetime.fromisoformat(match[0]), match[1]
    except ValueError:
        raise refuse(f"{name} is no date") from None


def _together(query: Mapping[str, str], first: str, second: str) -> bool:
    if (first in query) != (second in query):
        raise refuse(f"{first} and {second} go only together")
    return first in query


def _range(query: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    if not _together(query, "startDate", "endDate"):
        return None, None
    start, start_zone = _date(query, "startDate")
    end, end_zone = _date(query, "endDate")
    if start_zone != end_zone:
        raise refuse("startDate and endDate must have the same offset")
    if start > end:
        raise refuse("startDate is behind endDate")
    if end - start > LONGEST_RANGE:
        raise refuse("the longest range is 90 days")
    return start, end


def _cursor(query: Mapping[str, str]) -> tuple[str, datetime] | None:
    if not _together(query, "nextTxnDate", "nextTxnId"):
        return None
    transaction_id = query["nextTxnId"]
    if not (transaction_id.isascii() and transaction_id.isdigit()):
        raise refuse("nextTxnId must be a number")
    return transaction_id, _date(query, "nextTxnDate")[0]
