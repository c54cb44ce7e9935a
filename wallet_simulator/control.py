"""The control page and the JSON endpoints behind it: make, settle and remove payments, inject faults."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from .clock import wire_date
from .faults import ActiveFault, Endpoint, Fault, FaultKind
from .history import DONATION_AMOUNTS, DONATION_COMMENTS
from .rows import CURRENCIES, Kind, Row, Status, Type

if TYPE_CHECKING:
    from .server import Simulator

PAGE = Path(__file__).parent / "page"
LATEST_PAYMENTS = 30
LATEST_REQUESTS = 8
LARGEST_BODY = 64 * 1024
LARGEST_AMOUNT = 1_000_000_000
LONGEST_COMMENT = 1000
LONGEST_WAIT = 3600

_FILES = {"/": "index.html", "/control/page.css": "page.css", "/control/page.js": "page.js"}
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})


class ControlError(Exception):
    """A control request that cannot be done: what is wrong, with which field, with which status."""

    def __init__(self, message: str, *, field: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.field = field
        self.status = status


class Control:
    """Serves the page and its endpoints for one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def add_routes(self, application: web.Application) -> None:
        """Put page and endpoints in front of the API."""
        router = application.router
        for path in _FILES:
            router.add_get(path, self._guarded(self._file))
        router.add_get("/control/state", self._guarded(self._state))
        router.add_post("/control/payments", self._guarded(self._pay))
        router.add_delete("/control/payments/{id}", self._guarded(self._remove))
        router.add_post("/control/payments/{id}/settle", self._guarded(self._settle))
        router.add_post("/control/faults", self._guarded(self._fault))
        router.add_delete("/control/faults", self._guarded(self._clear_faults))
        router.add_post("/control/outage", self._guarded(self._outage))
        router.add_route("*", "/control/{path:.*}", self._guarded(self._unknown))

    def _guarded(
        self, serve: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def guarded(request: web.Request) -> web.Response:
            try:
                _refuse_strangers(request)
                response = await serve(request)
            except ControlError as error:
                response = web.json_response({"error": str(error), "field": error.field}, status=error.status)
            response.headers.update(_HEADERS)
            if request.method != hdrs.METH_GET:
                self._simulator.note(f"{request.method} {request.path} {response.status}")
            return response

        return guarded

    async def _file(self, request: web.Request) -> web.Response:
        path = PAGE / _FILES[request.path]
        return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix])

    async def _unknown(self, request: web.Request) -> web.Response:
        if request.path in {"/control/payments", "/control/faults", "/control/state", "/control/outage"}:
            raise ControlError(f"{request.method} is not understood here", status=405)
        raise ControlError("there is no such control endpoint", status=404)

    async def _state(self, _request: web.Request) -> web.Response:
        simulator, wallet = self._simulator, self._simulator.wallet
        wallet.settle_due()
        requests = simulator.requests
        return web.json_response(
            {
                "url": simulator.url,
                "wallet": wallet.number,
                "blocked": wallet.blocked,
                "now": wire_date(wallet.clock()),
                "tokens": [
                    {"token": token.value, "scopes": sorted(token.scopes)}
                    for token in wallet.tokens.values()
                    if not token.revoked
                ],
                "balances": [
                    {"currency": currency, "amount": str(amount)}
                    for currency, amount in wallet.balances.items()
                ],
                "payments": [_payment(row) for row in wallet.page(rows=LATEST_PAYMENTS).rows],
                "payment_count": len(wallet),
                "faults": [_active(active) for active in simulator.faults],
                "rate_limited": simulator.limits[wallet.number].blocked,
                "requests": len(requests),
                "requests_by_endpoint": Counter(record.endpoint or "unknown" for record in requests),
                "last_requests": [
                    {"endpoint": record.endpoint or "unknown", "status": record.status}
                    for record in reversed(requests[-LATEST_REQUESTS:])
                ],
                "choices": {
                    "currencies": list(dict.fromkeys([*wallet.balances, *CURRENCIES])),
                    "kinds": list(Kind),
                    "statuses": list(Status),
                    "endpoints": list(Endpoint),
                    "faults": list(FaultKind),
                    "amounts": [str(amount) for amount in DONATION_AMOUNTS],
                    "comments": [comment for comment in DONATION_COMMENTS if comment],
                },
            }
        )

    async def _pay(self, request: web.Request) -> web.Response:
        fields = _Fields(await _body(request))
        kind = fields.choice("kind", Kind, Kind.TRANSFER)
        amount = fields.amount("amount")
        currency = fields.currency("currency", "RUB")
        comment = fields.text("comment", LONGEST_COMMENT)
        status = fields.choice("status", Status, Status.SUCCESS)
        date = fields.date("date")
        settles_after = fields.number("settles_after", 0, LONGEST_WAIT)
        wallet = self._simulator.wallet
        if kind is Kind.CONVERSION:
            to_amount, to_currency = fields.amount("to_amount"), fields.currency("to_currency", None)
            fields.end()
            if to_currency == currency:
                raise ControlError("a conversion needs two currencies", field="to_currency")
            transaction = wallet.convert(amount, currency, to_amount, to_currency, date=date, status=status)
            return web.json_response(_payment(wallet.find(transaction, Type.OUT)), status=201)
        account = fields.text("account", 100)
        commission = fields.amount("commission", 0)
        fields.end()
        row = wallet.pay(
            amount,
            currency,
            kind=kind,
            comment=comment,
            status=status,
            date=date,
            account=account,
            commission=commission,
            settles_after=settles_after,
        )
        return web.json_response(_payment(row), status=201)

    async def _settle(self, request: web.Request) -> web.Response:
        fields = _Fields(await _body(request))
        status = fields.choice("status", Status, Status.SUCCESS)
        row_type = fields.choice("type", Type, None)
        fields.end()
        if status is Status.WAITING:
            raise ControlError("a payment settles to SUCCESS or ERROR", field="status")
        try:
            rows = self._simulator.wallet.settle(request.match_info["id"], status, row_type)
        except KeyError:
            raise ControlError(f"there is no payment {request.match_info['id']}", status=404) from None
        except ValueError as error:
            raise ControlError(str(error), status=409) from None
        return web.json_response({"settled": [_payment(row) for row in rows]})

    async def _remove(self, request: web.Request) -> web.Response:
        try:
            self._simulator.wallet.remove(request.match_info["id"], request.query.get("type"))
        except KeyError:
            raise ControlError(f"there is no payment {request.match_info['id']}", status=404) from None
        return web.json_response({"removed": request.match_info["id"]})

    async def _fault(self, request: web.Request) -> web.Response:
        fields = _Fields(await _body(request))
        kind = fields.choice("kind", FaultKind, None)
        if kind is None:
            raise ControlError("kind is missing", field="kind")
        times = fields.number("times", 1, 1_000_000)
        fault = Fault(
            kind=kind,
            endpoint=fields.choice("endpoint", Endpoint, Endpoint.ALL),
            times=None if times is None else int(times),
            status=int(fields.number("status", 200, 599) or 500),
            body=fields.text("body", LARGEST_BODY),
            seconds=fields.number("seconds", 0, LONGEST_WAIT),
            offset=timedelta(seconds=fields.number("offset", -1e9, 1e9) or 0),
            location=fields.text("location", 2000),
        )
        fields.end()
        return web.json_response(_active(self._simulator.fault(fault)), status=201)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        endpoint = request.query.get("endpoint")
        if endpoint is not None and endpoint not in set(Endpoint):
            raise ControlError(f"endpoint must be one of {', '.join(Endpoint)}", field="endpoint")
        before = len(self._simulator.faults)
        self._simulator.clear_faults(endpoint)
        return web.json_response({"cleared": before - len(self._simulator.faults)})

    async def _outage(self, request: web.Request) -> web.Response:
        fields = _Fields(await _body(request))
        seconds = fields.number("seconds", 1, LONGEST_WAIT) or 10.0
        fields.end()
        self._simulator.outage(seconds)
        return web.json_response({"seconds": seconds}, status=202)


class _Fields:
    """The fields of a control request, read one by one; what nobody read is refused at the end."""

    def __init__(self, body: Mapping[str, object]) -> None:
        self._left = {name: value for name, value in body.items() if value is not None}

    def end(self) -> None:
        for name in self._left:
            raise ControlError(f"unknown field {name}", field=name)

    def text(self, name: str, longest: int) -> str | None:
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str) or len(value) > longest:
            raise ControlError(f"{name} must be a text of at most {longest} characters", field=name)
        return value

    def choice[E: (Kind, Status, Type, Endpoint, FaultKind), D](
        self, name: str, choices: type[E], default: D
    ) -> E | D:
        value = self._left.pop(name, None)
        if value is None:
            return default
        try:
            return choices(str(value))
        except ValueError:
            raise ControlError(f"{name} must be one of {', '.join(choices)}", field=name) from None

    def number(self, name: str, least: float, most: float) -> float | None:
        value = self._left.pop(name, None)
        if value is None:
            return None
        number = _decimal(value)
        if number is None or not least <= number <= most:
            raise ControlError(f"{name} must be a number from {least:g} to {most:g}", field=name)
        return float(number)

    def amount(self, name: str, default: int | None = None) -> Decimal:
        value = self._left.pop(name, default)
        number = _decimal(value)
        least = 0 if default == 0 else Decimal("0.01")
        if number is None or not least <= number <= LARGEST_AMOUNT or number != round(number, 2):
            raise ControlError(f"{name} must be a number like 100 or 99.90", field=name)
        return number

    def currency(self, name: str, default: str | None) -> str:
        value = self._left.pop(name, default)
        if not isinstance(value, str) or value not in CURRENCIES:
            raise ControlError(f"{name} must be one of {', '.join(CURRENCIES)}", field=name)
        return value

    def date(self, name: str) -> datetime | None:
        value = self._left.pop(name, None)
        if value is None:
            return None
        try:
            date = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            date = None
        if date is None or date.tzinfo is None:
            raise ControlError(
                f"{name} must be a date with an offset, like 2026-01-31T12:00:00+03:00", field=name
            )
        return date


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        number = Decimal(value)
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _refuse_strangers(request: web.Request) -> None:
    """Answer only pages of our own: other sites could reach a server on loopback through the browser."""
    host = urlsplit(f"http://{request.host}").hostname
    if host not in _LOOPBACK_NAMES:
        raise ControlError(
            "the simulator is used from this machine only, as 127.0.0.1 or localhost", status=403
        )
    if not request.path.startswith("/control/"):
        return
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin != f"http://{request.host}":
        raise ControlError("requests of other sites are refused", status=403)
    if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        raise ControlError("requests of other sites are refused", status=403)


async def _body(request: web.Request) -> Mapping[str, object]:
    if request.content_type != "application/json":
        raise ControlError("the body must be JSON, with Content-Type application/json", status=415)
    try:
        body = json.loads(await request.text(), parse_float=Decimal)
    except web.HTTPRequestEntityTooLarge:
        raise ControlError(f"the body must not be larger than {LARGEST_BODY} bytes", status=413) from None
    except ValueError, RecursionError:
        raise ControlError("the body is not JSON") from None
    if not isinstance(body, dict):
        raise ControlError("the body must be a JSON object")
    return body


def _payment(row: Row) -> dict[str, object]:
    return {
        "transaction_id": row.transaction_id,
        "type": row.type,
        "kind": row.kind,
        "status": row.status,
        "date": wire_date(row.date),
        "amount": str(row.amount),
        "commission": str(row.commission),
        "currency": row.currency,
        "account": row.account,
        "comment": row.comment,
    }


def _active(active: ActiveFault) -> dict[str, object]:
    fault = active.fault
    return {
        "kind": fault.kind,
        "endpoint": fault.endpoint,
        "status": fault.status if fault.kind is FaultKind.STATUS else None,
        "remaining": active.remaining,
        "struck": active.struck,
    }
