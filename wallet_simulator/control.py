"""The control page and the JSON endpoints behind it: make, settle and remove payments, inject faults."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from .clock import wire_date
from .faults import ActiveFault, Endpoint, FaultKind
from .faulty_api import FaultyApi
from .fields import LARGEST_BODY, LONGEST_COMMENT, LONGEST_WAIT, ControlError, Fields, read_body
from .history import DONATION_AMOUNTS, DONATION_COMMENTS
from .listener import Listener
from .rows import CURRENCIES, Kind, Row, Status, Type

PAGE = Path(__file__).parent / "page"
LATEST_PAYMENTS = 30
LATEST_REQUESTS = 8

_FILES = {"/": "index.html"} | {
    f"/control/{name}": name
    for name in (
        "page.css",
        "page.js",
        "forms.js",
        "words.js",
        "translations/en.json",
        "translations/ru.json",
    )
}
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".json": "application/json",
}
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


class Control:
    """Serves the page and its endpoints for one simulator: its API and its socket."""

    def __init__(self, api: FaultyApi, listener: Listener) -> None:
        self._api = api
        self._listener = listener

    def add_routes(self, application: web.Application) -> None:
        """Put page and endpoints in front of the API."""
        router = application.router
        for path in _FILES:
            router.add_get(path, self._guarded(self._file))
        router.add_get("/control/state", self._guarded(self._state))
        router.add_post("/control/payments", self._guarded(self._pay))
        router.add_delete("/control/payments/{id}", self._guarded(self._remove))
        router.add_post("/control/payments/{id}/settle", self._guarded(self._settle))
        router.add_post("/control/payments/{id}/change", self._guarded(self._change))
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
                told = {
                    "error": str(error),
                    "problem": error.problem,
                    "field": error.field,
                    "values": error.values,
                }
                response = web.json_response(told, status=error.status)
            response.headers.update(_HEADERS)
            if request.method != hdrs.METH_GET:
                self._api.note(f"{request.method} {request.path} {response.status}")
            return response

        return guarded

    async def _file(self, request: web.Request) -> web.Response:
        path = PAGE / _FILES[request.path]
        return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix])

    async def _unknown(self, request: web.Request) -> web.Response:
        if request.path in {"/control/payments", "/control/faults", "/control/state", "/control/outage"}:
            raise ControlError("method", f"{request.method} is not understood here", status=405)
        raise ControlError("no_endpoint", "there is no such control endpoint", status=404)

    async def _state(self, _request: web.Request) -> web.Response:
        api, wallet = self._api, self._api.wallet
        wallet.settle_due()
        requests = api.requests
        return web.json_response(
            {
                "url": self._listener.url,
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
                "faults": [_active(active) for active in api.faults],
                "rate_limited": api.limits[wallet.number].blocked,
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
                    "comments": {
                        language: [comment for comment in comments if comment]
                        for language, comments in DONATION_COMMENTS.items()
                    },
                },
            }
        )

    async def _pay(self, request: web.Request) -> web.Response:
        fields = Fields(await read_body(request))
        kind = fields.choice("kind", Kind, Kind.TRANSFER)
        amount = fields.amount("amount")
        currency = fields.currency("currency", "RUB")
        comment = fields.text("comment", LONGEST_COMMENT)
        status = fields.choice("status", Status, Status.SUCCESS)
        date = fields.date("date")
        settles_after = fields.number("settles_after", 0, LONGEST_WAIT)
        wallet = self._api.wallet
        if kind is Kind.CONVERSION:
            to_amount, to_currency = fields.amount("to_amount"), fields.currency("to_currency", None)
            fields.end()
            if to_currency == currency:
                raise ControlError("two_currencies", "a conversion needs two currencies", field="to_currency")
            transaction = wallet.convert(amount, currency, to_amount, to_currency, date=date, status=status)
            return web.json_response(_payment(wallet.find(transaction, Type.OUT)), status=201)
        account = fields.text("account", 100)
        commission = fields.amount("commission", 0)
        overrides, raw = fields.mapping("overrides"), fields.text("raw", LARGEST_BODY)
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
            overrides=overrides,
            raw=raw,
        )
        return web.json_response(_payment(row), status=201)

    async def _settle(self, request: web.Request) -> web.Response:
        fields = Fields(await read_body(request))
        status = fields.choice("status", Status, Status.SUCCESS)
        row_type = fields.choice("type", Type, None)
        fields.end()
        if status is Status.WAITING:
            raise ControlError("settle_status", "a payment settles to SUCCESS or ERROR", field="status")
        try:
            rows = self._api.wallet.settle(request.match_info["id"], status, row_type)
        except KeyError:
            raise _no_payment(request) from None
        except ValueError as error:
            raise ControlError("final", str(error), status=409) from None
        return web.json_response({"settled": [_payment(row) for row in rows]})

    async def _change(self, request: web.Request) -> web.Response:
        fields = Fields(await read_body(request))
        row_type = fields.choice("type", Type, None)
        status = fields.choice("status", Status, None)
        date = fields.date("date")
        overrides, raw = fields.mapping("overrides"), fields.text("raw", LARGEST_BODY)
        fields.end()
        try:
            rows = self._api.wallet.change(
                request.match_info["id"], row_type, status=status, date=date, overrides=overrides, raw=raw
            )
        except KeyError:
            raise _no_payment(request) from None
        return web.json_response({"changed": [_payment(row) for row in rows]})

    async def _remove(self, request: web.Request) -> web.Response:
        try:
            self._api.wallet.remove(request.match_info["id"], request.query.get("type"))
        except KeyError:
            raise _no_payment(request) from None
        return web.json_response({"removed": request.match_info["id"]})

    async def _fault(self, request: web.Request) -> web.Response:
        fields = Fields(await read_body(request))
        fault = fields.fault()
        return web.json_response(_active(self._api.fault(fault)), status=201)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        endpoint = request.query.get("endpoint")
        if endpoint is not None and endpoint not in set(Endpoint):
            known = ", ".join(Endpoint)
            raise ControlError("choice", f"endpoint must be one of {known}", field="endpoint", choices=known)
        before = len(self._api.faults)
        self._api.clear_faults(endpoint)
        return web.json_response({"cleared": before - len(self._api.faults)})

    async def _outage(self, request: web.Request) -> web.Response:
        fields = Fields(await read_body(request))
        seconds = fields.number("seconds", 1, LONGEST_WAIT) or 10.0
        fields.end()
        self._listener.outage(seconds)
        return web.json_response({"seconds": seconds}, status=202)


def _refuse_strangers(request: web.Request) -> None:
    """Answer only pages of our own: other sites could reach a server on loopback through the browser."""
    host = urlsplit(f"http://{request.host}").hostname
    if host not in _LOOPBACK_NAMES:
        raise ControlError(
            "stranger", "the simulator is used from this machine only, as 127.0.0.1 or localhost", status=403
        )
    if not request.path.startswith("/control/"):
        return
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin != f"http://{request.host}":
        raise ControlError("stranger", "requests of other sites are refused", status=403)
    if request.headers.get("Sec-Fetch-Site", "none") not in {"same-origin", "none"}:
        raise ControlError("stranger", "requests of other sites are refused", status=403)


def _no_payment(request: web.Request) -> ControlError:
    transaction_id = request.match_info["id"]
    return ControlError("no_payment", f"there is no payment {transaction_id}", status=404, id=transaction_id)


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
