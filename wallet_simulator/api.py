"""The wallet API's answers: routes, tokens, limits and each method, refusing what the docs forbid."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
import re

from aiohttp import hdrs, web

from .answers import (
    ERROR_BODIES,
    Answer,
    RefusedError,
    accounts_body,
    commission_body,
    error_body,
    profile_body,
    total_body,
)
from .distortion import disturb, written
from .faults import Asked, Endpoint, Fault
from .limit import RateLimit
from .query import PaymentsQuery, balances_query, list_query, profile_query, total_query, transaction_type
from .store import Page
from .wallet import Scope, Token, Wallet

_ROUTES = (
    (Endpoint.PROFILE, re.compile(r"/person-profile/v1/profile/current")),
    (Endpoint.BALANCES, re.compile(r"/funding-sources/v2/persons/([^/]+)/accounts")),
    (Endpoint.PAYMENTS, re.compile(r"/payment-history/v2/persons/([^/]+)/payments")),
    (Endpoint.TOTAL, re.compile(r"/payment-history/v2/persons/([^/]+)/payments/total")),
    (Endpoint.TRANSACTION, re.compile(r"/payment-history/v2/transactions/([^/]+)")),
    (Endpoint.COMMISSION, re.compile(r"/sinap/providers/([^/]+)/form")),
)
_SERVICES = {
    Endpoint.PROFILE: "person-profile",
    Endpoint.BALANCES: "funding-sources",
    Endpoint.COMMISSION: "sinap",
}
_SCOPES = {
    Endpoint.PROFILE: Scope.PROFILE,
    Endpoint.BALANCES: Scope.BALANCES,
    Endpoint.PAYMENTS: Scope.PAYMENTS,
    Endpoint.TOTAL: Scope.PAYMENTS,
    Endpoint.TRANSACTION: Scope.PAYMENTS,
}

# The dates and the cursor that lead to a page.
type _Cursor = tuple[datetime | None, datetime | None, tuple[str, datetime]]


def route(path: str) -> tuple[Endpoint | None, str]:
    """Return the method a path names, and the number within the path."""
    for endpoint, pattern in _ROUTES:
        if match := pattern.fullmatch(path):
            return endpoint, match[1] if pattern.groups else ""
    return None, ""


def service(endpoint: Endpoint | None) -> str:
    """Return the name an error body gives the service behind a method."""
    return _SERVICES.get(endpoint, "payment-history") if endpoint else "edge"


class WalletApi:
    """Answers requests for one or more wallets.

    What the documentation leaves open can be set at any time:
    `honours_dates`: whether dates given together with a cursor still bound the page;
    `empty_history_404`: whether an empty list is 404 `payment.history.not.found`;
    `checks_number`: whether a number of another wallet in a path is 404, or is ignored.
    """

    def __init__(
        self,
        *wallets: Wallet,
        rate_limit: int | None = 100,
        block: timedelta = timedelta(minutes=5),
        honours_dates: bool = True,
        empty_history_404: bool = False,
        checks_number: bool = True,
    ) -> None:
        self.wallets = wallets or (Wallet(),)
        self.limits = {wallet.number: RateLimit(rate_limit, block) for wallet in self.wallets}
        self.honours_dates = honours_dates
        self.empty_history_404 = empty_history_404
        self.checks_number = checks_number
        self._page_numbers: dict[_Cursor, int] = {}

    @property
    def wallet(self) -> Wallet:
        """The first wallet, the only one of most tests."""
        return self.wallets[0]

    @property
    def clock(self) -> Callable[[], datetime]:
        """The clock that Date headers, new rows and settlements come from."""
        return self.wallet.clock

    @clock.setter
    def clock(self, clock: Callable[[], datetime]) -> None:
        for wallet in self.wallets:
            wallet.clock = clock

    def asked(self, endpoint: Endpoint | None, parameters: Mapping[str, str]) -> Asked:
        """Tell what a request asks for; of a query that breaks the documented form, the method only."""
        if endpoint is not Endpoint.PAYMENTS:
            return Asked(endpoint=endpoint)
        try:
            query = list_query(parameters)
        except RefusedError:
            return Asked(endpoint=endpoint)
        return Asked(
            endpoint=endpoint,
            page=self._page_number(query),
            has_cursor=query.cursor is not None,
            range=query.end - query.start if query.start and query.end else None,
        )

    def answer(
        self, request: web.Request, endpoint: Endpoint | None, argument: str, fault: Fault | None
    ) -> Answer:
        """Answer a request; of a fault only what it does to the rows of a page happens here."""
        for wallet in self.wallets:
            wallet.settle_due()
        try:
            return self._answer(request, endpoint, argument, fault)
        except RefusedError as refused:
            return self.refusal(endpoint, refused)

    def refusal(self, endpoint: Endpoint | None, refused: RefusedError) -> Answer:
        """Build the answer of a refused request."""
        body = error_body(self.wallet, service(endpoint), refused.code, str(refused))
        return Answer(status=refused.status, body=body, headers=refused.headers)

    def _answer(
        self, request: web.Request, endpoint: Endpoint | None, argument: str, fault: Fault | None
    ) -> Answer:
        if endpoint is None:
            raise RefusedError(404, "not.found", "There is no such method")
        if request.method != hdrs.METH_GET:
            raise RefusedError(405, *ERROR_BODIES[405], headers={"Allow": "GET"})
        if endpoint is Endpoint.COMMISSION:
            return Answer(body=commission_body(int(argument) if argument.isdecimal() else 0))
        found = self._authorize(request)
        if found is None:
            return Answer(status=401)
        wallet, token = found
        self._admit(request, wallet, token, endpoint)
        if endpoint is Endpoint.PROFILE:
            return Answer(body=profile_body(wallet, **profile_query(request.query)))
        if endpoint is Endpoint.TRANSACTION:
            return self._transaction(wallet, argument, transaction_type(request.query))
        self._check_number(wallet, argument, endpoint)
        if endpoint is Endpoint.BALANCES:
            alias, retry = balances_query(request.query)
            return Answer(body=accounts_body(wallet, alias, retry=retry))
        return self._history(wallet, endpoint, request.query, fault)

    def _admit(self, request: web.Request, wallet: Wallet, token: Token, endpoint: Endpoint) -> None:
        if not self.limits[wallet.number].admits():
            raise RefusedError(423, *ERROR_BODIES[423])
        if request.headers.get(hdrs.ACCEPT, "").split(";")[0].strip() != "application/json":
            raise RefusedError(400, "validation.error", "Accept must be application/json")
        if _SCOPES[endpoint] not in token.scopes:
            raise RefusedError(403, *ERROR_BODIES[403])

    def _authorize(self, request: web.Request) -> tuple[Wallet, Token] | None:
        scheme, _, value = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        for wallet in self.wallets:
            token = wallet.tokens.get(value)
            if token and not token.revoked:
                return wallet, token
        return None

    def _check_number(self, wallet: Wallet, number: str, endpoint: Endpoint) -> None:
        if not (number.isascii() and number.isdigit()):
            raise RefusedError(400, "validation.error", "The wallet number is written in digits, without +")
        if not self.checks_number or number == wallet.number:
            return
        if endpoint is Endpoint.BALANCES:
            raise RefusedError(404, "wallet.not.found", "Wallet not found")
        raise RefusedError(404, *ERROR_BODIES[404])

    def _transaction(self, wallet: Wallet, transaction_id: str, row_type: str | None) -> Answer:
        try:
            row = wallet.find(transaction_id, row_type)
        except KeyError:
            raise RefusedError(404, *ERROR_BODIES[404]) from None
        return Answer(body=row.wire())

    def _history(
        self, wallet: Wallet, endpoint: Endpoint, parameters: Mapping[str, str], fault: Fault | None
    ) -> Answer:
        if endpoint is Endpoint.TOTAL:
            return Answer(body=total_body(self._page(wallet, total_query(parameters), rows=len(wallet))))
        query = list_query(parameters)
        page = self._page(wallet, query, rows=query.rows)
        if self.empty_history_404 and not page.rows:
            raise RefusedError(404, *ERROR_BODIES[404])
        page = disturb(page, query, fault)
        if page.next_row:
            cursor = page.next_row.transaction_id, page.next_row.date
            self._page_numbers[query.start, query.end, cursor] = self._page_number(query) + 1
        return Answer(body=written(page, fault))

    def _page_number(self, query: PaymentsQuery) -> int:
        if query.cursor is None:
            return 1
        # A cursor that nobody gave is behind the first page all the same.
        return self._page_numbers.get((query.start, query.end, query.cursor), 2)

    def _page(self, wallet: Wallet, query: PaymentsQuery, *, rows: int) -> Page:
        start, end = query.start, query.end
        if query.cursor:
            if not self.honours_dates:
                start = end = None
        elif start is None and wallet.default_window:
            end = wallet.clock()
            start = end - wallet.default_window
        return wallet.page(
            rows=rows,
            operation=query.operation,
            sources=query.sources,
            start=start,
            end=end,
            cursor=query.cursor,
        )
