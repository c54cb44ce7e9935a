"""The actions of wallets: look payments up, add them up, ask for a commission, announce again, send a test."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import uuid4

from homeassistant.core import ServiceCall, ServiceResponse
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType

from .action import Action, address, failed, moment, refused, wallet_of, whole
from .api import Operation, QiwiError, QiwiNotFoundError, Status
from .const import DEFAULT_CURRENCY, DOMAIN
from .coordinator import QiwiCoordinator
from .payments import Direction, Kind, Payment, PaymentStatus, public_record, read_comment
from .repetition import async_announce_test, async_replay
from .schema import (
    CONF_COMMENT,
    CONF_CURRENCY,
    CONF_KIND,
    CONF_MAX_AMOUNT,
    CONF_MIN_AMOUNT,
    amount,
    currencies,
    is_contradictory,
    kinds,
    payment_filter,
)

ATTR_AMOUNT: Final = "amount"
ATTR_DIRECTION: Final = "direction"
ATTR_EMAIL: Final = "email"
ATTR_LIMIT: Final = "limit"
ATTR_PROVIDER_ID: Final = "provider_id"
ATTR_SINCE: Final = "since"
ATTR_TRANSACTION_ID: Final = "transaction_id"
ATTR_UNTIL: Final = "until"

# An action reads no more: a wallet is asked 60 times a minute at most, and polls go first.
MOST_PAGES: Final = 40
HISTORY: Final = timedelta(days=90)
# What was paid this moment carries the clock of another machine.
_MARGIN: Final = timedelta(minutes=1)


async def _get_payments(call: ServiceCall, options: dict[str, Any]) -> ServiceResponse:
    """Return the payments that fit, newest first."""
    coordinator = wallet_of(call)
    if is_contradictory(options):
        raise refused("min_above_max", CONF_MIN_AMOUNT)
    start, end = _range(options, coordinator)
    wanted = payment_filter(options, email=options.get(ATTR_EMAIL))
    direction = options.get(ATTR_DIRECTION)
    # Payments by card have an operation of their own: only everything holds all that went out.
    operation = Operation.IN if direction is Direction.IN else Operation.ALL
    found: list[JsonValueType] = []
    async for payment in _history(coordinator, start, end, operation):
        if direction in (None, payment.direction) and wanted.fits(payment):
            found.append(public_record(payment))
            if len(found) == options.get(ATTR_LIMIT):
                break
    return {"payments": found}


async def _get_statistics(call: ServiceCall, options: dict[str, Any]) -> ServiceResponse:
    """Return what the successful payments add up to; what was sent includes its commission."""
    coordinator = wallet_of(call)
    month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
    start, end = _range({ATTR_SINCE: month} | options, coordinator)
    sums: dict[tuple[str, Direction, Kind], list[Decimal]] = {}
    async for payment in _history(coordinator, start, end, Operation.ALL):
        if payment.status is PaymentStatus.SUCCESS:
            key = (payment.currency, payment.direction, payment.kind)
            sums.setdefault(key, []).append(payment.moved)
    return {
        "statistics": [
            {
                "currency": key[0],
                "direction": key[1].value,
                "kind": key[2].value,
                "count": len(moved),
                "sum": float(sum(moved)),
            }
            for key, moved in sorted(sums.items())
        ]
    }


async def _get_commission(call: ServiceCall, options: dict[str, Any]) -> ServiceResponse:
    """Return what paying a provider costs."""
    coordinator = wallet_of(call)
    try:
        terms = await coordinator.action_client.commission(options[ATTR_PROVIDER_ID])
    except QiwiNotFoundError:
        raise refused("unknown_provider", ATTR_PROVIDER_ID) from None
    except QiwiError as error:
        raise failed(error) from error
    code = terms.currency or DEFAULT_CURRENCY
    commission = terms.commission_for(options[ATTR_AMOUNT])
    total = options[ATTR_AMOUNT] + commission
    if total < (terms.minimum or 0) or (terms.maximum is not None and total > terms.maximum):
        raise refused(
            "amount_out_of_limits",
            ATTR_AMOUNT,
            minimum=str(terms.minimum or 0),
            maximum="∞" if terms.maximum is None else str(terms.maximum),
            currency=code,
        )
    return {"commission": float(commission), "total": float(total), "currency": code}


async def _replay_payment(call: ServiceCall, options: dict[str, Any]) -> None:
    """Look a payment up and announce it again."""
    coordinator = wallet_of(call)
    end = _end(coordinator)
    found = []
    operations = (
        (Operation.IN,) if options[ATTR_DIRECTION] is Direction.IN else (Operation.OUT, Operation.QIWI_CARD)
    )
    try:
        for operation in operations:
            # An id comes once in each type.
            async for page in coordinator.action_client.pages(end - HISTORY, end, operation=operation):
                rows = [row for row in page.rows if row.transaction_id == options[ATTR_TRANSACTION_ID]]
                if rows:
                    found.append(rows[0])
                    break
    except QiwiError as error:
        raise failed(error) from error
    if not found:
        raise refused("unknown_payment", ATTR_TRANSACTION_ID)
    # One without an outcome is refused, and must not keep the others back.
    for row in sorted(found, key=lambda row: row.status is Status.WAITING):
        await async_replay(coordinator, row)


async def _send_test_payment(call: ServiceCall, options: dict[str, Any]) -> None:
    """Announce a payment that nobody made."""
    coordinator = wallet_of(call)
    comment, email = read_comment(options.get(CONF_COMMENT))
    money = options.get(ATTR_AMOUNT, Decimal(100))
    await async_announce_test(
        coordinator,
        Payment(
            transaction_id=f"test-{uuid4().hex[:12]}",
            type="IN",
            date=dt_util.as_local(coordinator.action_client.now()).replace(microsecond=0),
            direction=Direction.IN,
            kind=Kind.TRANSFER,
            status=PaymentStatus.SUCCESS,
            amount=money,
            commission=Decimal(0),
            total=money,
            currency=(options.get(CONF_CURRENCY) or [coordinator.currency])[0],
            comment=comment,
            email=email,
            provider=None,
            counterparty=None,
        ),
    )


def _range(options: Mapping[str, Any], coordinator: QiwiCoordinator) -> tuple[datetime, datetime]:
    end = options.get(ATTR_UNTIL) or _end(coordinator)
    start = options.get(ATTR_SINCE) or end - HISTORY
    if start > end:
        raise refused("since_after_until", ATTR_SINCE)
    return start, end


def _end(coordinator: QiwiCoordinator) -> datetime:
    # Whole seconds: a range a fraction longer than 90 days would be asked for in two.
    return coordinator.action_client.now().replace(microsecond=0) + _MARGIN


async def _history(
    coordinator: QiwiCoordinator, start: datetime, end: datetime, operation: Operation
) -> AsyncIterator[Payment]:
    """Yield the payments of a range, newest first, from at most 40 pages."""
    seen = set()
    pages = 0
    try:
        async for page in coordinator.action_client.pages(start, end, operation=operation):
            pages += 1
            for row in page.rows:
                if row.key not in seen:
                    seen.add(row.key)
                    yield Payment.from_transaction(row)
            # Of years without payments each quarter is a page.
            if pages > MOST_PAGES or (pages == MOST_PAGES and page.cursor is not None):
                raise ServiceValidationError(
                    translation_domain=DOMAIN,
                    translation_key="too_many_pages",
                    translation_placeholders={"pages": str(MOST_PAGES), "payments": str(len(seen))},
                )
    except QiwiError as error:
        raise failed(error) from error


WALLET_ACTIONS: Final = (
    Action(
        name="get_payments",
        run=_get_payments,
        fields={
            ATTR_DIRECTION: Direction,
            CONF_KIND: kinds,
            ATTR_SINCE: moment,
            ATTR_UNTIL: moment,
            CONF_MIN_AMOUNT: amount,
            CONF_MAX_AMOUNT: amount,
            CONF_CURRENCY: currencies,
            CONF_COMMENT: cv.string,
            ATTR_EMAIL: address,
            ATTR_LIMIT: whole,
        },
        responds=True,
    ),
    Action(
        name="get_statistics",
        run=_get_statistics,
        fields={ATTR_SINCE: moment, ATTR_UNTIL: moment},
        responds=True,
    ),
    Action(
        name="get_commission",
        run=_get_commission,
        fields={ATTR_PROVIDER_ID: whole, ATTR_AMOUNT: amount},
        required=frozenset({ATTR_PROVIDER_ID, ATTR_AMOUNT}),
        responds=True,
    ),
    Action(
        name="replay_payment",
        run=_replay_payment,
        fields={ATTR_TRANSACTION_ID: lambda value: str(whole(value)), ATTR_DIRECTION: Direction},
        required=frozenset({ATTR_TRANSACTION_ID, ATTR_DIRECTION}),
        is_for_administrators=True,
    ),
    Action(
        name="send_test_payment",
        run=_send_test_payment,
        fields={ATTR_AMOUNT: amount, CONF_CURRENCY: currencies, CONF_COMMENT: cv.string},
        is_for_administrators=True,
    ),
)
