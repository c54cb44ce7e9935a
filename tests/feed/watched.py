"""A wallet whose requests are counted, and a process whose writes are, for tests that say how much of each there is."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import json
from typing import Any, override

import aiohttp
from yarl import URL

from custom_components.qiwi.ledger import Ledger, OutboxItem

from .world import Process, Row, World, local


@dataclass
class Watched(World):
    """A wallet that remembers what it was asked.

    Attributes:
        queries: The queries of the requests that it answered, in order.
        leaves_out: Numbers of rows that it does not tell when it is asked for a range.
        fails_look_ups: How many of the next look-ups it answers as nothing documented.
        names_rows_outside: Whether a page of a range names the next row of the whole list, in the range or not.
        minds_ids_alone: Whether a cursor's date means nothing to it.
        breaks_at: The cursor of the row of this number is answered by nothing but failures.
    """

    queries: list[dict[str, str]] = field(default_factory=list)
    leaves_out: frozenset[int] = frozenset()
    names_rows_outside: bool = False
    fails_look_ups: int = 0
    minds_ids_alone: bool = False
    breaks_at: int | None = None

    @override
    def answer(self, url: URL, *, is_torn: bool = False) -> bytes:
        self.queries.append(dict(url.query))
        named = next((row for row in self.rows if row.key[0] == url.query.get("nextTxnId")), None)
        if named and self.minds_ids_alone:
            url = url.update_query(nextTxnDate=local(named.date))
        if self.breaks_at and url.query.get("nextTxnId") == Row(self.breaks_at, self.now).key[0]:
            raise aiohttp.ClientConnectionError
        if "startDate" not in url.query:
            return super().answer(url, is_torn=is_torn)
        start, end = (datetime.fromisoformat(url.query[name]) for name in ("startDate", "endDate"))
        if self.fails_look_ups and end - start == timedelta(seconds=59):
            self.fails_look_ups -= 1
            return b"<html></html>"
        whole = self.rows
        self.rows = [row for row in whole if row.number not in self.leaves_out]
        answer = super().answer(url, is_torn=is_torn)
        self.rows = whole
        page = json.loads(answer)
        if self.names_rows_outside and page["data"]:
            last = next(i for i, row in enumerate(whole) if row.key[0] == str(page["data"][-1]["txnId"]))
            for row in whole[last + 1 : last + 2]:
                page |= {"nextTxnId": int(row.key[0]), "nextTxnDate": local(row.date)}
        return json.dumps(page).encode()

    def paid(self, *numbers: int, apart: timedelta = timedelta(seconds=1)) -> None:
        """Let rows be paid one after the other, the last of them so long ago as they are apart."""
        for number in numbers:
            self.insert(Row(number, self.now.replace(microsecond=0)))
            self.loop.jump(apart)

    def do(self, doing: Awaitable[Any]) -> Any:
        """Do something to its end."""
        return self.loop.run_until_complete(doing)

    def amounts(self) -> list[int]:
        """Return how much was announced, in order."""
        return [int(item.payment.amount) for item in self.heard]

    def ranges(self) -> list[tuple[datetime, datetime]]:
        """Return the ranges that the wallet was asked for, in order."""
        return [
            (datetime.fromisoformat(query["startDate"]), datetime.fromisoformat(query["endDate"]))
            for query in self.queries
            if "startDate" in query
        ]


class Counting(Process):
    """A process that counts its writes.

    Attributes:
        writes: How many there were.
        after_telling: Called whenever something was told.
    """

    def __init__(self, world: Watched) -> None:
        self.writes = 0
        self.after_telling: Callable[[], object] = lambda: None
        super().__init__(world)

    @override
    async def _write(self, ledger: Ledger) -> None:
        self.writes += 1
        await super()._write(ledger)

    @override
    def _publish(self, item: OutboxItem) -> None:
        super()._publish(item)
        self.after_telling()


def met(world: Watched) -> Counting:
    """Return a process that has met the wallet a second ago, and read all that was due."""
    process = Counting(world)
    world.do(process.poll())
    # The first month is believed to be empty when answers say so for an hour.
    world.loop.jump(timedelta(minutes=61))
    world.do(process.poll())
    world.loop.jump(timedelta(seconds=1))
    world.queries.clear()
    process.writes = 0
    return process


def back_after(world: Watched, gap: timedelta, *numbers: int) -> Counting:
    """Return the process after a gap in which payments came one after the other, once it has polled."""
    met(world)
    world.paid(*numbers, apart=gap / max(len(numbers), 1))
    world.queries.clear()
    process = Counting(world)
    world.do(process.feed.poll())
    return process
