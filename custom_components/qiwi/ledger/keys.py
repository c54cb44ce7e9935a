"""Sets of payment keys with the date of each, compact and never changed: type, then id, then whole epoch seconds."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from heapq import nlargest

from ..payments import Key

type Dates = Mapping[str, Mapping[str, int]]


def epoch(moment: datetime) -> int:
    """Return whole seconds of the Unix epoch."""
    return int(moment.timestamp())


def items(dates: Dates) -> Iterator[tuple[Key, int]]:
    """Yield every key and its date."""
    for row_type, moments in dates.items():
        for transaction_id, moment in moments.items():
            yield (transaction_id, row_type), moment


def holds(dates: Dates, key: Key) -> bool:
    """Tell whether a key is in the set."""
    transaction_id, row_type = key
    return transaction_id in dates.get(row_type, ())


def added(dates: Dates, new: Iterable[tuple[Key, int]]) -> Dates:
    """Return the set with more keys."""
    by_type: dict[str, dict[str, int]] = {}
    for (transaction_id, row_type), moment in new:
        by_type.setdefault(row_type, {})[transaction_id] = moment
    if not by_type:
        return dates
    return {
        **dates,
        **{row_type: {**dates.get(row_type, {}), **moments} for row_type, moments in by_type.items()},
    }


def without(dates: Dates, keys: Iterable[Key]) -> Dates:
    """Return the set without some keys, whether or not it held them."""
    found = [key for key in keys if holds(dates, key)]
    if not found:
        return dates
    left = {row_type: dict(moments) for row_type, moments in dates.items()}
    for transaction_id, row_type in found:
        del left[row_type][transaction_id]
    return left


def since(dates: Dates, limit: int, *, spare: int = 0) -> Dates:
    """Return the keys dated at or after a limit, and up to `spare` of the newest before it."""
    before = [
        (moment, (transaction_id, row_type))
        for row_type, moments in dates.items()
        for transaction_id, moment in moments.items()
        if moment < limit
    ]
    if len(before) <= spare:
        return dates
    if spare:
        before.sort()
    return without(dates, (key for _, key in before[: len(before) - spare]))


def newest(dates: Dates, start: int, end: int) -> Key | None:
    """Return the key with the newest date between two, both included."""
    found = nlargest(1, ((moment, key) for key, moment in items(dates) if start <= moment <= end))
    return found[0][1] if found else None
