"""What the control endpoints are asked, read field by field and refused with a reason."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
import json

from aiohttp import web

from .faults import Endpoint, Fault, FaultKind
from .rows import CURRENCIES, Kind, Status, Type

LARGEST_BODY = 64 * 1024
LARGEST_AMOUNT = 1_000_000_000
LONGEST_COMMENT = 30_000
LONGEST_WAIT = 3600
LONGEST_SPAN = 1e9
MOST_REQUESTS = 1_000_000


class ControlError(Exception):
    """A control request that can't be done: what is wrong, with which field, with which status.

    `problem` names the mistake for the page, which tells it in its reader's language with `values`.
    """

    def __init__(
        self, problem: str, message: str, *, field: str | None = None, status: int = 400, **values: object
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.field = field
        self.status = status
        self.values = values


class Fields:
    """The fields of a control request, read one by one; what nobody read is refused at the end."""

    def __init__(self, body: Mapping[str, object]) -> None:
        self._left = {name: value for name, value in body.items() if value is not None}

    def end(self) -> None:
        """Refuse what was not read."""
        for name in self._left:
            raise ControlError("unknown_field", f"unknown field {name}", field=name, name=name)

    def text(self, name: str, longest: int) -> str | None:
        """Read a text."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > longest:
            message = f"{name} must be a text of at most {longest} characters"
            raise ControlError("text", message, field=name, longest=longest)
        return value

    def mapping(self, name: str) -> dict[str, object] | None:
        """Read a JSON object."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, dict):
            return value
        raise ControlError("mapping", f"{name} must be a JSON object", field=name)

    def truth(self, name: str) -> bool | None:
        """Read yes or no."""
        value = self._left.pop(name, None)
        if value is None or isinstance(value, bool):
            return value
        raise ControlError("truth", f"{name} must be true or false", field=name)

    def choice[E: (Kind, Status, Type, Endpoint, FaultKind), D](
        self, name: str, choices: type[E], default: D
    ) -> E | D:
        """Read one of several words."""
        value = self._left.pop(name, None)
        if value is None:
            return default
        try:
            return choices(str(value))
        except ValueError:
            known = ", ".join(choices)
            raise ControlError(
                "choice", f"{name} must be one of {known}", field=name, choices=known
            ) from None

    def number(self, name: str, least: float, most: float) -> float | None:
        """Read a number."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        number = _decimal(value)
        if number is None or not least <= number <= most:
            message = f"{name} must be a number from {least:g} to {most:g}"
            raise ControlError("number", message, field=name, least=least, most=most)
        return float(number)

    def whole(self, name: str, least: int, most: int) -> int | None:
        """Read a whole number."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        number = _decimal(value)
        if number is None or number != round(number) or not least <= number <= most:
            message = f"{name} must be a whole number from {least} to {most}"
            raise ControlError("whole", message, field=name, least=least, most=most)
        return int(number)

    def span(self, name: str) -> timedelta | None:
        """Read a time in seconds, which may be negative."""
        seconds = self.number(name, -LONGEST_SPAN, LONGEST_SPAN)
        return None if seconds is None else timedelta(seconds=seconds)

    def amount(self, name: str, default: int | None = None) -> Decimal:
        """Read an amount of money, with a point or a comma."""
        value = self._left.pop(name, default)
        number = _decimal(value)
        least = 0 if default == 0 else Decimal("0.01")
        if number is None or not least <= number <= LARGEST_AMOUNT or number != round(number, 2):
            raise ControlError("amount", f"{name} must be a number like 100 or 99.90", field=name)
        return number

    def currency(self, name: str, default: str | None) -> str:
        """Read a currency's letters."""
        value = self._left.pop(name, default)
        if not isinstance(value, str) or value not in CURRENCIES:
            known = ", ".join(CURRENCIES)
            raise ControlError("choice", f"{name} must be one of {known}", field=name, choices=known)
        return value

    def date(self, name: str) -> datetime | None:
        """Read a moment."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        try:
            date = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            date = None
        if date is None or date.tzinfo is None:
            message = f"{name} must be a date with an offset, like 2026-01-31T12:00:00+03:00"
            raise ControlError("date", message, field=name)
        return date

    def fault(self) -> Fault:
        """Read a fault; its fields are those of `Fault`, times being seconds."""
        kind = self.choice("kind", FaultKind, None)
        if kind is None:
            raise ControlError("missing", "kind is missing", field="kind")
        fault = Fault(
            kind=kind,
            endpoint=self.choice("endpoint", Endpoint, Endpoint.ALL),
            page=self.whole("page", 1, MOST_REQUESTS),
            cursor=self.truth("cursor"),
            dated=self.truth("dated"),
            longest_range=self.span("longest_range"),
            shortest_range=self.span("shortest_range"),
            after=self.whole("after", 0, MOST_REQUESTS) or 0,
            times=self.whole("times", 1, MOST_REQUESTS),
            status=self.whole("status", 200, 599) or 500,
            body=self.text("body", LARGEST_BODY),
            code=self.text("code", 100),
            seconds=self.number("seconds", 0, LONGEST_WAIT),
            offset=self.span("offset") or timedelta(),
            date=self.date("date"),
            location=self.text("location", 2000),
            size=self.whole("size", 0, 16 * 1024 * 1024),
            rows=self.whole("rows", 1, 50) or 1,
        )
        self.end()
        return fault


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    if isinstance(value, str):
        # As people write them: 1 234,50 as well as 1234.50.
        value = "".join(value.split()).replace(",", ".")
    try:
        number = Decimal(value)
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


async def read_body(request: web.Request) -> Mapping[str, object]:
    """Read a request's JSON object."""
    if request.content_type != "application/json":
        raise ControlError(
            "not_json", "the body must be JSON, with Content-Type application/json", status=415
        )
    try:
        text = await request.text()
    except web.HTTPRequestEntityTooLarge:
        message = f"the body must not be larger than {LARGEST_BODY} bytes"
        raise ControlError("too_large", message, status=413) from None
    except ValueError:
        raise ControlError("not_json", "the body is not JSON") from None
    return read_object(text)


def read_object(text: str) -> Mapping[str, object]:
    """Read a JSON object. ControlError for what is none."""
    try:
        body = json.loads(text, parse_float=Decimal)
    except ValueError, RecursionError:
        raise ControlError("not_json", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise ControlError("not_json", "the body must be a JSON object")
    return body
