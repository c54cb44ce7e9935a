"""Ranges of the wallet's history: the dates it is asked for, and what of its pages lies within them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Final

from .models import PaymentsPage

LONGEST_RANGE: Final = timedelta(days=90)

# Dates are the wallet's to the second, in Moscow time, with one offset for both (the documentation).
_MOSCOW: Final = timezone(timedelta(hours=3))
_SECOND: Final = timedelta(seconds=1)
# What was paid this moment carries the clock of another machine than the Date header does.
_CLOCK_MARGIN: Final = timedelta(minutes=1)

type Range = tuple[datetime | None, datetime | None]


def ranges(start: datetime | None, end: datetime | None, now: datetime) -> Iterator[Range]:
    """Split a range into ranges the wallet accepts, the newest first; neighbours share their last second.

    Raises:
        ValueError: an end without a start, or a date without an offset.
    """
    if start is None:
        if end is not None:
            raise ValueError("An end needs a start")
        yield None, None
        return
    first, last = _second(start), _second_after(end or now + _CLOCK_MARGIN)
    while last - first > LONGEST_RANGE:
        yield last - LONGEST_RANGE, last
        last -= LONGEST_RANGE
    if first <= last:
        yield first, last


def query_dates(start: datetime | None, end: datetime | None) -> dict[str, str]:
    """Return the dates of a request as the wallet wants them.

    Raises:
        ValueError: one without the other, a range over 90 days or backwards, a date without an offset.
    """
    if start is None and end is None:
        return {}
    if start is None or end is None:
        raise ValueError("A start and an end go only together")
    first, last = _second(start), _second_after(end)
    if not timedelta() <= last - first <= LONGEST_RANGE:
        raise ValueError("A range has at most 90 days and ends after its start")
    return {"startDate": first.isoformat(), "endDate": last.isoformat()}


def within(page: PaymentsPage, start: datetime | None, end: datetime | None) -> PaymentsPage:
    """Return a page without the rows that lie outside a range; an unreadable row without a date may lie inside."""
    if start is None or end is None:
        return page
    return replace(
        page,
        rows=tuple(row for row in page.rows if start <= row.date <= end),
        unreadable=tuple(row for row in page.unreadable if row.date is None or start <= row.date <= end),
    )


def lies_before(page: PaymentsPage, start: datetime | None) -> bool:
    """Tell whether a page lies before a range as a whole: one stray old row does not end the reading."""
    dates = [row.date for row in page.rows] + [row.date for row in page.unreadable]
    return start is not None and bool(dates) and all(date is not None and date < start for date in dates)


def later(first: datetime | None, second: datetime | None) -> datetime | None:
    """Return the later of two starts, the first when one is missing."""
    return max(first, second) if first and second else first


def earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    """Return the earlier of two ends, the first when one is missing."""
    return min(first, second) if first and second else first


def _second(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("A date needs an offset")
    try:
        return moment.astimezone(_MOSCOW).replace(microsecond=0)
    except OverflowError:
        raise ValueError("A date lies outside the calendar") from None


def _second_after(moment: datetime) -> datetime:
    second = _second(moment)
    return second if second == moment else second + _SECOND
