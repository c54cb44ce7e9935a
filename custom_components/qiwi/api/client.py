"""The wallet as an object: what an information token may read, and nothing that moves money."""

from collections.abc import AsyncIterator, Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Final, Self, cast
from urllib.parse import urlencode

import aiohttp

from . import parsing
from .document import Json, decode, error_code
from .exceptions import (
    QiwiConnectionError,
    QiwiNotFoundError,
    QiwiResponseError,
    QiwiTooLargeError,
)
from .limiter import Priority, WalletLimiter
from .models import (
    Balance,
    CommissionTerms,
    Cursor,
    Operation,
    PaymentsPage,
    Profile,
    Scope,
    Transaction,
)
from .ranges import earlier, later, lies_before, query_dates, ranges, within
from .transport import Transport

API_URL: Final = "https://edge.qiwi.com"
MOST_ROWS: Final = 50
# Of one range; a wallet would have to be paid every 8 seconds around the clock to fill them.
PAGE_CAP: Final = 20_000

_PROFILE: Final = "/person-profile/v1/profile/current"
_CACHED: Final = 8


class QiwiClient:
    """Reads one wallet; GET requests only.

    Every method raises QiwiConnectionError, QiwiAuthError, QiwiPermissionError, QiwiRateLimitError,
    QiwiNotFoundError or QiwiResponseError (all below QiwiError) when the wallet does not give what was
    asked for, and ValueError for what must not be asked.

    Args:
        session: Where requests leave; it stays the caller's.
        token: An information token, as `clean_token` returns it.
        wallet: The number, digits without a plus; `profile` finds it out otherwise.
        api_url: The server, as `clean_api_url` returns it.
        limiter: The wallet's own, shared by all who ask it.
        priority: Whose turn the requests wait for.

    Attributes:
        priority: Whose turn the requests wait for.
        page_cap: How many pages of one range are read before it counts as endless.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        token: str,
        *,
        wallet: str | None = None,
        api_url: str = API_URL,
        limiter: WalletLimiter | None = None,
        priority: Priority = Priority.POLL,
    ) -> None:
        self.page_cap = PAGE_CAP
        self.priority = priority
        self._shared = _Shared(Transport(session, token, api_url, limiter or WalletLimiter()), wallet)

    @property
    def wallet(self) -> str | None:
        """The wallet's number, digits without a plus; None until it is known."""
        return self._shared.wallet

    @wallet.setter
    def wallet(self, wallet: str | None) -> None:
        self._shared.wallet = wallet

    @property
    def wallet_time(self) -> datetime | None:
        """The wallet's clock when it last answered, in UTC; None before an answer told it."""
        told = self._shared.transport.server_time
        return told[0] if told else None

    def now(self) -> datetime:
        """Return the wallet's clock by now, in UTC; the host's before an answer told it."""
        told = self._shared.transport.server_time
        if told is None:
            return datetime.now(UTC)
        time, at = told
        return time + timedelta(seconds=monotonic() - at)

    @property
    def timeout(self) -> float:
        """Seconds for one request, from its beginning to the end of its body; waiting for its turn is not in it."""
        return self._shared.transport.timeout

    @timeout.setter
    def timeout(self, seconds: float) -> None:
        self._shared.transport.timeout = seconds

    def with_priority(self, priority: Priority) -> Self:
        """Return the same client, with all it knows, whose requests wait for another turn."""
        other = copy(self)
        other.priority = priority
        return other

    async def profile(self) -> Profile:
        """Return whose wallet the token opens; its e-mail, addresses and PINs are not asked for."""
        answer = await self._profile("authInfoEnabled=false&userInfoEnabled=false")
        # The number stands in two blocks, and the documentation lets either be absent.
        wallet = answer.wallet or (await self._profile("userInfoEnabled=false")).wallet
        if wallet is None:
            raise QiwiResponseError("The wallet's answer has an unexpected shape: no wallet number")
        if self.wallet is None:
            self.wallet = wallet
        return answer.profile(wallet)

    async def balances(self) -> tuple[Balance, ...]:
        """Return the wallet's own accounts; a balance that is missing is asked for once more, as documented."""
        path = f"/funding-sources/v2/persons/{self._number()}/accounts"
        found = await self._read(path, parsing.balances, scope=Scope.BALANCES, keep=True)
        if all(balance.amount is not None for balance in found):
            return found
        return tuple(
            [
                balance if balance.amount is not None else await self._retried(path, balance)
                for balance in found
            ]
        )

    async def payments(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        operation: Operation = Operation.ALL,
        rows: int = MOST_ROWS,
    ) -> AsyncIterator[Transaction]:
        """Yield the payments from start to end, both included, newest first and each once; see `pages`."""
        seen: set[tuple[str, str]] = set()
        async for page in self.pages(start, end, operation=operation, rows=rows):
            for row in page.rows:
                if row.key not in seen:
                    seen.add(row.key)
                    yield row

    async def pages(
        self,
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: Cursor | None = None,
        *,
        operation: Operation = Operation.ALL,
        rows: int = MOST_ROWS,
    ) -> AsyncIterator[PaymentsPage]:
        """Yield the pages of a range of any length, newest first, without the rows that lie outside it.

        Two pages may share rows where ranges of 90 days meet. Without dates it reads on as far as the
        wallet leads; `end` is the wallet's present unless given. The dates are sent with every page and
        the rows are looked at all the same: whether the wallet minds dates while paging is not documented.

        Args:
            start: From when on.
            end: Until when.
            cursor: That of a page of the same range, to read on behind it; only within 90 days.
            operation: Which rows.
            rows: How many to ask for at once, 1 to 50.

        Raises:
            QiwiResponseError: also for pages that lead in a circle or nowhere.
            ValueError: an end without a start, or a date without an offset.
        """
        for first, last in ranges(start, end, self.now()):
            turned: set[Cursor] = {cursor} if cursor else set()
            while True:
                page = await self.payments_page(
                    rows=rows, cursor=cursor, start=first, end=last, operation=operation
                )
                yield within(page, later(first, start), earlier(last, end))
                cursor = page.cursor
                if cursor is None or lies_before(page, first):
                    break
                if cursor in turned:
                    raise QiwiResponseError("The wallet's pages lead in a circle")
                turned.add(cursor)
                if len(turned) >= self.page_cap:
                    raise QiwiResponseError(f"The wallet's history does not end after {self.page_cap} pages")
            cursor = None

    async def payments_page(
        self,
        *,
        rows: int,
        cursor: Cursor | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        operation: Operation = Operation.ALL,
    ) -> PaymentsPage:
        """Return one page of the history, newest first; no payments are an empty page.

        One request, unless the page is larger than what is read of an answer: then the page is asked for again
        with half the rows, down to one. And a page that is empty because its cursor names a row outside the range
        is asked for twice.

        Args:
            rows: How many at most, 1 to 50.
            cursor: The previous page's.
            start: From when on; only together with `end`, at most 90 days before it.
            end: Until when.
            operation: Which rows.

        Raises:
            QiwiResponseError: also when there is nothing behind a cursor, which promised more of the range.
            QiwiTooLargeError: a single row is larger than an answer may be.
            ValueError: what the documentation forbids.
        """
        if not 1 <= rows <= MOST_ROWS:
            raise ValueError(f"A page has 1 to {MOST_ROWS} rows")
        query = {} if operation is Operation.ALL else {"operation": operation.value}
        query |= query_dates(start, end)
        if cursor:
            query |= {"nextTxnId": cursor.transaction_id, "nextTxnDate": cursor.date}
        page = await self._fitting_page(rows, query)
        if not cursor:
            return page
        # "The next transaction in the full list", says the documentation of the cursor: it may be none of the range.
        if page.is_empty and start and end and not start <= cursor.moment <= end:
            # Rows of the range may stand behind it all the same, and an empty answer may be a mistake.
            page = await self._fitting_page(rows, query)
            if page.is_empty:
                return page
        if page.is_empty:
            raise QiwiResponseError("The wallet has nothing where it promised more payments")
        return page if page.holds(cursor) else replace(page, is_torn=True)

    async def commission(self, provider_id: int) -> CommissionTerms:
        """Return what paying a provider costs; the method is open, and the token is not sent."""
        return await self._read(
            f"/sinap/providers/{provider_id:d}/form", parsing.commission_terms, scope=None
        )

    async def _fitting_page(self, rows: int, query: Mapping[str, str]) -> PaymentsPage:
        path = f"/payment-history/v2/persons/{self._number()}/payments"
        while True:
            try:
                return await self._read(
                    path,
                    parsing.payments_page,
                    query=urlencode({"rows": str(rows), **query}),
                    scope=Scope.PAYMENTS,
                    # Only the newest page is asked for again and again.
                    keep=not query,
                )
            except QiwiNotFoundError:
                # The wallet's word for no payments.
                return PaymentsPage(rows=(), cursor=None)
            except QiwiTooLargeError:
                if rows == 1:
                    raise
                rows //= 2

    async def _profile(self, query: str) -> parsing.ProfileAnswer:
        return await self._read(_PROFILE, parsing.profile, query=query, scope=Scope.PROFILE, keep=True)

    async def _retried(self, path: str, balance: Balance) -> Balance:
        query = urlencode({"timeout": "1000", "alias": balance.alias})
        try:
            found = await self._read(path, parsing.balances, query=query, scope=Scope.BALANCES)
        except QiwiConnectionError, QiwiNotFoundError, QiwiResponseError:
            # One missing balance does not take the others away.
            return balance
        return next((other for other in found if other.alias == balance.alias), balance)

    async def _read[T](
        self,
        path: str,
        parse: Callable[[Json], T],
        *,
        query: str = "",
        scope: Scope | None,
        keep: bool = False,
    ) -> T:
        """Ask and parse; with `keep` an answer of the same bytes as last time is the same object as last time."""
        target = f"{path}?{query}" if query else path
        answer = await self._shared.transport.get(
            target, shown=self._masked(path), scope=scope, priority=self.priority
        )
        known = self._shared.answers.pop(target, None) if keep else None
        if known and known[0] == answer.body:
            self._shared.answers[target] = known
            return cast("T", known[1])
        document = decode(answer.body)
        if error_code(document) is not None:
            self._shared.transport.refuse(answer, scope)
        parsed = parse(document)
        if keep:
            self._shared.keep(target, answer.body, parsed)
        return parsed

    def _number(self) -> str:
        if self.wallet is None:
            raise ValueError("The wallet's number is not known yet: the profile tells it")
        return self.wallet

    def _masked(self, path: str) -> str:
        number = self.wallet
        return path.replace(number, "*" * len(number[:-4]) + number[-4:]) if number else path


class _Shared:
    """What all priorities of a client have in common."""

    def __init__(self, transport: Transport, wallet: str | None) -> None:
        self.transport = transport
        self.wallet = wallet
        self.answers: dict[str, tuple[bytes, object]] = {}

    def keep(self, target: str, body: bytes, parsed: object) -> None:
        """Remember the latest few answers."""
        self.answers[target] = body, parsed
        if len(self.answers) > _CACHED:
            del self.answers[next(iter(self.answers))]
