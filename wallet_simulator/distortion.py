"""Answers gone wrong: true bodies made false in the way a fault asks for."""

import json

from .answers import Answer, encode
from .faults import Fault, FaultKind
from .query import PaymentsQuery
from .rows import Row
from .wallet import Page

WEB_PAGE = (
    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"
)


def distort(answer: Answer, fault: Fault, url: str) -> Answer:
    """Return the answer as the fault leaves it; faults of another nature leave it as it is."""
    match fault.kind:
        case FaultKind.HTML:
            return Answer(body=WEB_PAGE.encode(), content_type="text/html")
        case FaultKind.NOT_JSON:
            return Answer(body=b"this is not JSON")
        case FaultKind.EMPTY:
            return Answer()
        case FaultKind.REDIRECT:
            return Answer(status=302, headers={"Location": fault.location or f"{url}/elsewhere"})
        case FaultKind.TRUNCATED:
            answer.body = answer.body[: len(answer.body) // 2]
        case FaultKind.HUGE:
            answer.body += b" " * fault.size
        case FaultKind.WRONG_TYPES if answer.body:
            whole: dict[str, object] = json.loads(answer.body)
            answer.body = encode({key: mistype(value) for key, value in whole.items()})
        case _:
            pass
    return answer


def mistype(value: object) -> object:
    """Return a value of another type in the place of each value; null stays null."""
    match value:
        case bool():
            return "yes"
        case int() | float():
            return [value]
        case str():
            return {"text": value}
        case list():
            return [mistype(entry) for entry in value] or {}
        case dict():
            return {key: mistype(entry) for key, entry in value.items()} or []
        case _:
            return value


def disturb(page: Page, query: PaymentsQuery, kind: FaultKind | str) -> Page:
    """Return the page as a fault of its rows leaves it."""
    match kind:
        case FaultKind.DUPLICATE_ROWS:
            return Page(rows=tuple(row for row in page.rows for _ in range(2)), next_row=page.next_row)
        case FaultKind.REORDERED_ROWS:
            return Page(rows=page.rows[::-1], next_row=page.next_row)
        case FaultKind.PAGING_LOOP:
            return Page(rows=page.rows, next_row=_looping_cursor(page, query))
        case _:
            return page


def _looping_cursor(page: Page, query: PaymentsQuery) -> Row | None:
    if not page.rows:
        return None
    if query.cursor:
        return page.rows[0]
    return page.next_row or page.rows[-1]
