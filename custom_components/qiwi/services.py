"""The actions: each finds its wallet, checks what it was given and answers in the public record."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any, Final, NamedTuple
from uuid import uuid4

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.service import async_register_admin_service
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType
import voluptuous as vol

from .api import Operation, QiwiError, QiwiNotFoundError, QiwiRateLimitError
from .const import DEFAULT_CURRENCY, DOMAIN
from .coordinator import QiwiConfigEntry, QiwiCoordinator, problem_of
from .payments import Direction, Kind, Payment, PaymentStatus, public_record, read_comment
from .schema import (
    CONF_COMMENT,
    CONF_CURRENCY,
    CONF_KIND,
    CONF_MAX_AMOUNT,
    CONF_MIN_AMOUNT,
    amount,
    currencies,
    is_contradictory,
    is_wallet,
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


class Field(NamedTuple):
    """A field of an action: how its value is read, and the error that says what it should be."""

    read: Callable[[Any], Any]
    error: str


def _moment(value: object) -> datetime:
    moment: datetime = cv.datetime(value)
    if not 2000 <= moment.year < 2100:
        # No wallet is older, and the calendar's ends leave no room for an offset.
        raise ValueError
    return moment if moment.tzinfo else moment.replace(tzinfo=dt_util.get_default_time_zone())


def _whole(value: object) -> int:
    number = int(str(value).removesuffix(".0"))
    if number < 1:
        raise ValueError
    return number


def _address(value: object) -> str:
    address = str(value).strip()
    if "@" not in address:
        raise ValueError
    return address


_FIELDS: Final[Mapping[str, Field]] = {
    ATTR_AMOUNT: Field(amount, "invalid_amount"),
    ATTR_DIRECTION: Field(Direction, "invalid_direction"),
    ATTR_EMAIL: Field(_address, "invalid_email"),
    ATTR_LIMIT: Field(_whole, "invalid_number"),
    ATTR_PROVIDER_ID: Field(_whole, "invalid_number"),
    ATTR_SINCE: Field(_moment, "invalid_date"),
    ATTR_TRANSACTION_ID: Field(lambda value: str(_whole(value)), "invalid_number"),
    ATTR_UNTIL: Field(_moment, "invalid_date"),
    CONF_COMMENT: Field(cv.string, "invalid_text"),
    CONF_CURRENCY: Field(currencies, "invalid_currency"),
    CONF_KIND: Field(kinds, "invalid_kind"),
    CONF_MAX_AMOUNT: Field(amount, "invalid_amount"),
    CONF_MIN_AMOUNT: Field(amount, "invalid_amount"),
}


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions; they find their wallet when they are called."""
    for name, handler, fields in (
        (
            "get_payments",
            _get_payments,
            (
                ATTR_DIRECTION, CONF_KIND, ATTR_SINCE, ATTR_UNTIL, CONF_MIN_AMOUNT, CONF_MAX_AMOUNT, CONF_CURRENCY,
                CONF_COMMENT, ATTR_EMAIL, ATTR_LIMIT,
            ),
        ),
        ("get_statistics", _get_statistics, (ATTR_SINCE, ATTR_UNTIL)),
        ("get_commission", _get_commission, (ATTR_PROVIDER_ID, ATTR_AMOUNT)),
    ):  # fmt: skip
        hass.services.async_register(
            DOMAIN, name, handler, _schema(*fields), supports_response=SupportsResponse.ONLY
        )
    hass.services.async_register(
        DOMAIN, "replay_payment", _replay_payment, _schema(ATTR_TRANSACTION_ID, ATTR_DIRECTION)
    )
    async_register_admin_service(
        hass,
        DOMAIN,
        "send_test_payment",
        _send_test_payment,
        _schema(ATTR_AMOUNT, CONF_CURRENCY, CONF_COMMENT),
    )


def _schema(*fields: str) -> vol.Schema:
    # The values are read by the action itself: its errors are translated and those of a schema are not.
    return vol.Schema({vol.Optional(field): object for field in (ATTR_DEVICE_ID, *fields)})


async def _get_payments(call: ServiceCall) -> ServiceResponse:
    """Return the payments that fit, newest first."""
    coordinator = _wallet_of(call)
    options = _read(call)
    if is_contradictory(options):
        raise _refused("min_above_max", CONF_MIN_AMOUNT)
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


async def _get_statistics(call: ServiceCall) -> ServiceResponse:
    """Return what the successful payments add up to; what was sent includes its commission."""
    coordinator = _wallet_of(call)
    month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
    start, end = _range({ATTR_SINCE: month} | _read(call), coordinator)
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


async def _get_commission(call: ServiceCall) -> ServiceResponse:
    """Return what paying a provider costs."""
    coordinator = _wallet_of(call)
    options = _read(call, ATTR_PROVIDER_ID, ATTR_AMOUNT)
    try:
        terms = await coordinator.async_commission(options[ATTR_PROVIDER_ID])
    except QiwiNotFoundError:
        raise _refused("unknown_provider", ATTR_PROVIDER_ID) from None
    except QiwiError as error:
        raise _failed(error) from error
    code = terms.currency or DEFAULT_CURRENCY
    commission = terms.commission_for(options[ATTR_AMOUNT])
    total = options[ATTR_AMOUNT] + commission
    if total < (terms.minimum or 0) or (terms.maximum is not None and total > terms.maximum):
        raise _refused(
            "amount_out_of_limits",
            ATTR_AMOUNT,
            minimum=str(terms.minimum or 0),
            maximum="∞" if terms.maximum is None else str(terms.maximum),
            currency=code,
        )
    return {"commission": float(commission), "total": float(total), "currency": code}


async def _replay_payment(call: ServiceCall) -> None:
    """Look a payment up and announce it again."""
    coordinator = _wallet_of(call)
    options = _read(call, ATTR_TRANSACTION_ID, ATTR_DIRECTION)
    end = _end(coordinator)
    found = []
    operations = (
        (Operation.IN,) if options[ATTR_DIRECTION] is Direction.IN else (Operation.OUT, Operation.QIWI_CARD)
    )
    try:
        for operation in operations:
            # An id comes once in each type.
            async for page in coordinator.pages(end - HISTORY, end, operation):
                rows = [row for row in page.rows if row.transaction_id == options[ATTR_TRANSACTION_ID]]
                if rows:
                    found.append(rows[0])
                    break
    except QiwiError as error:
        raise _failed(error) from error
    if not found:
        raise _refused("unknown_payment", ATTR_TRANSACTION_ID)
    for row in found:
        await coordinator.async_replay(row)


async def _send_test_payment(call: ServiceCall) -> None:
    """Announce a payment that nobody made."""
    coordinator = _wallet_of(call)
    options = _read(call)
    comment, email = read_comment(options.get(CONF_COMMENT))
    money = options.get(ATTR_AMOUNT, Decimal(100))
    await coordinator.async_announce_test(
        Payment(
            transaction_id=f"test-{uuid4().hex[:12]}",
            type="IN",
            date=dt_util.as_local(coordinator.now()).replace(microsecond=0),
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
        )
    )


# What was asked for


def _read(call: ServiceCall, *required: str) -> dict[str, Any]:
    """Read the fields that were filled in."""
    options = {}
    for name, value in call.data.items():
        if name == ATTR_DEVICE_ID or value is None:
            continue
        try:
            options[name] = _FIELDS[name].read(value)
        except vol.Invalid, ValueError, TypeError:
            raise _refused(_FIELDS[name].error, name) from None
    for name in required:
        if name not in options:
            raise _refused("missing_field", name)
    return options


def _wallet_of(call: ServiceCall) -> QiwiCoordinator:
    """Find the wallet that is meant: the device's, or the only one there is."""
    device_id = call.data.get(ATTR_DEVICE_ID)
    entries: list[QiwiConfigEntry] = call.hass.config_entries.async_loaded_entries(DOMAIN)
    if device_id is None:
        if len(entries) != 1:
            raise _refused("several_wallets" if entries else "no_wallet", ATTR_DEVICE_ID)
        return entries[0].runtime_data
    for entry in entries:
        if entry.runtime_data.device_id == device_id:
            return entry.runtime_data
    raise _refused(
        "wallet_not_loaded" if is_wallet(call.hass, str(device_id)) else "unknown_device", ATTR_DEVICE_ID
    )


def _range(options: Mapping[str, Any], coordinator: QiwiCoordinator) -> tuple[datetime, datetime]:
    end = options.get(ATTR_UNTIL) or _end(coordinator)
    start = options.get(ATTR_SINCE) or end - HISTORY
    if start > end:
        raise _refused("since_after_until", ATTR_SINCE)
    return start, end


def _end(coordinator: QiwiCoordinator) -> datetime:
    # Whole seconds: a range a fraction longer than 90 days would be asked for in two.
    return coordinator.now().replace(microsecond=0) + _MARGIN


async def _history(
    coordinator: QiwiCoordinator, start: datetime, end: datetime, operation: Operation
) -> AsyncIterator[Payment]:
    """Yield the payments of a range, newest first, from at most 40 pages."""
    seen = set()
    pages = 0
    try:
        async for page in coordinator.pages(start, end, operation):
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
        raise _failed(error) from error


# What went wrong


def _refused(key: str, field: str, **placeholders: str) -> ServiceValidationError:
    return ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key=key,
        translation_placeholders={"field": field, **placeholders},
    )


def _failed(error: QiwiError) -> HomeAssistantError:
    if isinstance(error, QiwiRateLimitError):
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="asked_too_often",
            translation_placeholders={"minutes": str(ceil(error.retry_after / 60))},
        )
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=problem_of(error))
