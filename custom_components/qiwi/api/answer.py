"""One answer of the server as it came, and the dates in its headers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whole or cut off at the most that is read; only its status is fit to be shown."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    is_whole: bool


def http_date(value: str | None) -> datetime | None:
    """Read a date of a header (RFC 9110) in UTC; None for what is none."""
    try:
        date = parsedate_to_datetime(value) if value else None
        # An offset of -0000 is UTC by somebody who does not know where they are.
        return date and (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except ValueError, OverflowError:
        return None
