"""Answers gone wrong: true bodies made false in the way a fault asks for."""

import json

from .answers import Answer, encode, page_body
from .faults import Fault, FaultKind
from .query import PaymentsQuery
from .rows import Row
from .store import Page

WEB_PAGE = (
    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>"
)
HUGE = 2 * 1024 * 1024
LONG_COMMENT = 3600


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
            answer.body += b" " * (HUGE if fault.size is None else fault.size)
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


def disturb(page: Page, query: PaymentsQuery, fault: Fault | None) -> Page:
    """Return the page with other rows or another cursor, if the fault is of that nature."""
    match fault.kind if fault else None:
        case FaultKind.DUPLICATE_ROWS:
            return Page(rows=tuple(row for row in page.rows for _ in range(2)), next_row=page.next_row)
        case FaultKind.REORDERED_ROWS:
            return Page(rows=page.rows[::-1], next_row=page.next_row)
        case FaultKind.PAGING_LOOP:
            return Page(rows=page.rows, next_row=_looping_cursor(page, query))
        case FaultKind.NO_ROWS:
            return Page(rows=(), next_row=None)
        case FaultKind.MISSING_ROWS if fault:
            return Page(rows=page.rows[fault.rows :], next_row=page.next_row)
        case FaultKind.NO_CURSOR:
            return Page(rows=page.rows, next_row=None)
        case _:
            return page


def written(page: Page, fault: Fault | None) -> bytes:
    """Write the page's body, with rows that the wallet doesn't hold if the fault asks for them."""
    rows = [row.wire() for row in page.rows]
    match fault.kind if fault else None:
        case FaultKind.ODD_ROW if fault:
            rows.insert(1, (fault.body or "null").encode())
        case FaultKind.LONG_COMMENTS if fault:
            comment = "ж" * (LONG_COMMENT if fault.size is None else fault.size)
            rows = [
                row.wire() if row.raw else json.dumps(row.body() | {"comment": comment}).encode()
                for row in page.rows
            ]
    return page_body(rows, page.next_row)


def _looping_cursor(page: Page, query: PaymentsQuery) -> Row | None:
    if not page.rows:
        return None
    if query.cursor:
        return page.rows[0]
    return page.next_row or page.rows[-1]
