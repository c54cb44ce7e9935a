"""The wallet's clock: the real one, shifted on command."""

from datetime import UTC, datetime, timedelta, timezone

MOSCOW = timezone(timedelta(hours=3))


class Clock:
    """Tells the time in UTC; `offset` makes it wrong or lets it jump."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def __call__(self) -> datetime:
        """Tell the time."""
        return datetime.now(UTC) + self.offset


def wire_date(moment: datetime) -> str:
    """Write a moment as the wallet does: Moscow time, whole seconds, an offset of +03:00."""
    return moment.astimezone(MOSCOW).replace(microsecond=0).isoformat()
