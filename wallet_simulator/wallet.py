"""A scripted wallet: balances, tokens and a payment history that tests, people and the demo write."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
import random
from typing import override

from .clock import MOSCOW, Clock
from .rows import (
    CONVERSION_PROVIDER,
    SHAPES,
    WALLET_PROVIDER,
    Amount,
    Kind,
    Row,
    Status,
    Type,
    currency_code,
    exact,
    find_party,
    span,
)
from .store import Page, RowStore


class Scope(StrEnum):
    """What a token may read."""

    PROFILE = "profile"
    BALANCES = "balances"
    PAYMENTS = "payments"


ALL_SCOPES = frozenset(Scope)


@dataclass(slots=True)
class Token:
    """An information token of the wallet."""

    value: str
    scopes: frozenset[Scope]
    revoked: bool = False

    @override
    def __repr__(self) -> str:
        return f"Token(scopes={sorted(self.scopes)}, revoked={self.revoked})"


class Wallet:
    """A wallet that does what it is told, the same way every time for the same seed.

    Balances are keyed by currency ("RUB") and may be set; settled payments move them.
    `default_window` is the documented 24 hours that a list without dates is limited to; it is
    off, because in real captures `rows` alone gave the last N rows across several days.
    """

    def __init__(
        self,
        number: str = "79000000000",
        *,
        seed: int = 0,
        balances: Mapping[str, Amount] | None = None,
        clock: Callable[[], datetime] | None = None,
        default_window: timedelta | None = None,
    ) -> None:
        self.number = number
        self.clock: Callable[[], datetime] = clock or Clock()
        self.balances = {currency: exact(amount) for currency, amount in (balances or {"RUB": 0}).items()}
        self.mobile_accounts: dict[str, bool] = {"mc_beeline_rub": False}
        """Alias of a phone account: whether it claims to have a balance (it never shows one)."""
        self.hidden_balances: dict[str, bool] = {}
        """Alias of an account whose balance is null: whether the documented retry shows it."""
        self.tokens: dict[str, Token] = {}
        self.blocked = False
        self.identification: str | None = "VERIFIED"
        self.default_window = default_window
        self.random = random.Random(seed)  # noqa: S311 - deterministic on purpose
        # Tokens have a source of their own: they stay the same whatever the history is.
        self._token_random = random.Random(f"{number} {seed}")  # noqa: S311
        self._last_id = 25_050_000_000 + self.random.randrange(1_000_000)
        self._store = RowStore()
        self._settling: list[Row] = []

    # Tokens

    def add_token(self, token: str | None = None, scopes: Iterable[Scope | str] = ALL_SCOPES) -> str:
        """Make a token valid; one is made up when none is given. Returns its text."""
        value = token or f"{self._token_random.getrandbits(128):032x}"
        self.tokens[value] = Token(value, frozenset(Scope(scope) for scope in scopes))
        return value

    def revoke(self, token: str) -> None:
        """Make a token answer 401, as a blocked or expired one does. KeyError for an unknown one."""
        self.tokens[token].revoked = True

    # Balances

    def hide_balance(self, alias: str, *, until_retry: bool = True) -> None:
        """Answer null for an account ("qw_wallet_rub"), to the documented retry too if not `until_retry`."""
        self.hidden_balances[alias] = until_retry

    def show_balance(self, alias: str) -> None:
        """Answer the account's balance again."""
        self.hidden_balances.pop(alias, None)

    # Payments

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, newest first."""
        return self._store.newest_first

    def __len__(self) -> int:
        return len(self._store)

    def find(self, transaction_id: str | int, type: str | None = None) -> Row:  # noqa: A002 - the wallet's word
        """Return the newest row of an id (and type). KeyError when there is none."""
        return max(self._named(transaction_id, type), key=lambda row: row.position)

    def pay(
        self,
        amount: Amount,
        currency: str = "RUB",
        *,
        kind: Kind | str = Kind.TRANSFER,
        type: Type | str | None = None,  # noqa: A002 - the wallet's word
        status: Status | str = Status.SUCCESS,
        comment: str | None = None,
        date: datetime | None = None,
        behind: bool = False,
        account: str | None = None,
        commission: Amount = 0,
        transaction_id: str | int | None = None,
        provider: Mapping[str, object] | int | None = None,
        source: Mapping[str, object] | int | None = None,
        error_code: int | None = None,
        rate: Amount = 1,
        settles_after: timedelta | float | None = None,
        settles_to: Status | str = Status.SUCCESS,
        overrides: Mapping[str, object] | None = None,
        raw: str | None = None,
    ) -> Row:
        """Write a payment into the history, incoming or outgoing by `kind` (or `type`).

        A `date` in the past puts it behind newer rows, `behind` puts it behind the rows of its
        own second; a `date` to come puts it before all others. `settles_after` (a timedelta or
        seconds) makes it WAITING until then. `overrides` replaces fields of the row on the wire,
        `raw` is the JSON on the wire instead of the whole row. ValueError for what cannot be.
        """
        shape = SHAPES[Kind(kind)]
        moment = _moment(date or self.clock())
        settles_at = None if settles_after is None else self.clock() + span(settles_after)
        state = Status.WAITING if settles_at else Status(status)
        direction = Type(type or shape.type)
        currency_code(currency)
        row = Row(
            transaction_id=self._claim_id(transaction_id, direction),
            type=direction,
            kind=Kind(kind),
            wallet=self.number,
            date=moment,
            status=state,
            amount=exact(amount),
            currency=currency,
            commission=exact(commission),
            account=self._account(shape.account) if account is None else account,
            comment=shape.comment if comment is None else comment,
            provider=find_party(shape.provider if provider is None else provider),
            source=find_party(shape.source if source is None else source),
            error_code=_error_code(state, direction, error_code),
            rate=exact(rate),
            settles_at=settles_at,
            settles_to=Status(settles_to),
            overrides=overrides or {},
            raw=raw or "",
        )
        self._store.add(row, behind=behind)
        if row.settles_at:
            self._settling.append(row)
        self._move_money(row)
        return row

    def convert(
        self,
        from_amount: Amount,
        from_currency: str,
        to_amount: Amount,
        to_currency: str,
        *,
        date: datetime | None = None,
        status: Status | str = Status.SUCCESS,
        transaction_id: str | int | None = None,
    ) -> str:
        """Change money between own currencies: two rows of one id, IN and OUT. Returns the id."""
        given, taken = exact(from_amount), exact(to_amount)
        if not taken:
            raise ValueError("a conversion gives more than nothing")
        transaction = self._free_id(transaction_id)
        moment = date or self.clock()
        rate = round(given / taken, 4)
        comment = f"Конвертация для проведения платежа {transaction}"
        received = self.pay(
            taken,
            to_currency,
            kind=Kind.CONVERSION,
            type=Type.IN,
            status=status,
            comment=comment,
            date=moment,
            transaction_id=transaction,
            provider=WALLET_PROVIDER,
            source=CONVERSION_PROVIDER,
            rate=rate,
        )
        self.pay(
            given,
            from_currency,
            kind=Kind.CONVERSION,
            status=status,
            comment=comment,
            date=moment,
            transaction_id=received.transaction_id,
            rate=rate,
        )
        return received.transaction_id

    def settle(
        self,
        transaction_id: str | int,
        status: Status | str = Status.SUCCESS,
        type: Type | str | None = None,  # noqa: A002 - the wallet's word
        error_code: int | None = None,
    ) -> tuple[Row, ...]:
        """Make the waiting rows of an id final. KeyError for an unknown id, ValueError when none waits."""
        waiting = tuple(row for row in self._named(transaction_id, type) if row.status is Status.WAITING)
        if not waiting:
            raise ValueError(f"payment {transaction_id} is final already")
        for row in waiting:
            self._finish(row, Status(status), error_code)
        return waiting

    def settle_due(self) -> None:
        """Make rows final whose time has come; the simulator calls this before each answer."""
        if not self._settling:
            return
        now = self.clock()
        due = [row for row in self._settling if row.settles_at and row.settles_at <= now]
        for row in due:
            self._finish(row, row.settles_to, None)

    def change(
        self,
        transaction_id: str | int,
        type: Type | str | None = None,  # noqa: A002 - the wallet's word
        *,
        status: Status | str | None = None,
        date: datetime | None = None,
        overrides: Mapping[str, object] | None = None,
        raw: str | None = None,
    ) -> tuple[Row, ...]:
        """Change rows that are in the history already, as a wallet should not. KeyError for an unknown id.

        `status` turns them, final ones too (SUCCESS into ERROR and back; balances follow), `date`
        moves them to the newest place of that second. `overrides` and `raw` take the place of
        those that `pay` was given; {} and "" take them away.
        """
        rows = tuple(self._named(transaction_id, type))
        for row in rows:
            if status is not None and row.status != status:
                self._finish(row, Status(status), None)
            if date is not None:
                self._store.take_out(row)
                row.date = _moment(date)
                self._store.add(row, behind=False)
            row.rewrite(overrides=overrides, raw=raw)
        return rows

    def remove(
        self,
        transaction_id: str | int,
        type: Type | str | None = None,  # noqa: A002 - the wallet's word
    ) -> tuple[Row, ...]:
        """Take rows out of the history as if they had never been; balances stay. KeyError for unknown ones.

        Returns them, for `put_back`.
        """
        rows = tuple(self._named(transaction_id, type))
        for row in rows:
            self._store.take_out(row)
            if row in self._settling:
                self._settling.remove(row)
        return rows

    def put_back(self, rows: Iterable[Row]) -> None:
        """Let removed rows be in the history again, where they were."""
        for row in rows:
            self._store.put_back(row)
            if row.settles_at:
                self._settling.append(row)

    def page(
        self,
        *,
        rows: int,
        operation: str = "ALL",
        sources: Iterable[str] = (),
        start: datetime | None = None,
        end: datetime | None = None,
        cursor: tuple[str, datetime] | None = None,
    ) -> Page:
        """Return rows newest first, from the cursor's row (its id and date) or the newest on.

        Both bounds are inclusive. A cursor whose row is gone begins at the next older one.
        """
        return self._store.page(
            rows=rows, operation=operation, sources=sources, start=start, end=end, cursor=cursor
        )

    # Within

    def _named(self, transaction_id: str | int, type: str | None) -> list[Row]:  # noqa: A002
        rows = self._store.named(str(transaction_id), type)
        if not rows:
            raise KeyError(f"no payment {transaction_id}")
        return rows

    def _account(self, shape: str | None) -> str:
        if shape is None:
            return f"+7900000000{self.random.randrange(1, 10)}"
        return f"+{self.number}" if shape == "own" else shape

    def _free_id(self, wanted: str | int | None) -> str:
        if wanted is not None:
            return str(int(wanted))
        self._last_id += self.random.randrange(1, 90)
        while self._store.named(str(self._last_id)):
            self._last_id += 1
        return str(self._last_id)

    def _claim_id(self, wanted: str | int | None, direction: Type) -> str:
        transaction_id = self._free_id(wanted)
        if self._store.named(transaction_id, direction):
            raise ValueError(f"there is a payment {transaction_id} {direction} already")
        return transaction_id

    def _finish(self, row: Row, status: Status, error_code: int | None) -> None:
        if row in self._settling:
            self._settling.remove(row)
        self._move_money(row, back=True)
        row.become(status, _error_code(status, row.type, error_code))
        self._move_money(row)

    def _move_money(self, row: Row, *, back: bool = False) -> None:
        if row.status is not Status.SUCCESS:
            return
        change = row.amount if row.type is Type.IN else -row.total
        before = self.balances.get(row.currency, Decimal(0))
        self.balances[row.currency] = before - change if back else before + change


def _moment(date: datetime) -> datetime:
    return date.astimezone(MOSCOW).replace(microsecond=0)


def _error_code(status: Status, direction: Type, given: int | None) -> int:
    if status is not Status.ERROR:
        return 0
    return given or (300 if direction is Type.IN else 220)
