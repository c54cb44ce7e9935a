"""An offer as its subentry holds it, read into values."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentry
from homeassistant.util import dt as dt_util

from .const import DEFAULT_CURRENCY
from .ledger import OfferSettings, Order, Quantity
from .mail import MailTemplate
from .payments import Direction, Kind, Payment, PaymentStatus
from .schema import amount

CONF_BODY: Final = "body"
CONF_COMMENT: Final = "comment"
CONF_CREATED: Final = "created"
CONF_CURRENCY: Final = "currency"
CONF_DELIVERY: Final = "delivery"
CONF_HTML: Final = "html"
CONF_NAME: Final = "name"
CONF_PRICE: Final = "price"
CONF_QUANTITY: Final = "quantity"
CONF_SUBJECT: Final = "subject"
CONF_VALID_FROM: Final = "valid_from"
CONF_VALID_UNTIL: Final = "valid_until"

DELIVERY_EMAIL: Final = "email"
DELIVERY_MANUAL: Final = "manual"

_SAMPLE_ID: Final = "25050000001"


def offer_settings(subentry: ConfigSubentry) -> OfferSettings:
    """Return what makes a payment an order of an offer."""
    data = subentry.data
    return OfferSettings(
        offer_id=subentry.subentry_id,
        name=data[CONF_NAME],
        price=amount(data[CONF_PRICE]),
        currency=data.get(CONF_CURRENCY, DEFAULT_CURRENCY),
        quantity=Quantity(data.get(CONF_QUANTITY, Quantity.EXACT)),
        keyword=data.get(CONF_COMMENT),
        valid_from=_moment(data.get(CONF_VALID_FROM)),
        valid_until=_moment(data.get(CONF_VALID_UNTIL)),
        by_hand=data.get(CONF_DELIVERY) == DELIVERY_MANUAL,
        created=_moment(data.get(CONF_CREATED)) or datetime.min.replace(tzinfo=UTC),
    )


def template_of(data: Mapping[str, Any]) -> MailTemplate | None:
    """Return what the seller writes to a buyer; None where the seller delivers by hand."""
    if data.get(CONF_DELIVERY) == DELIVERY_MANUAL:
        return None
    return MailTemplate(subject=data[CONF_SUBJECT], body=data[CONF_BODY], html=data.get(CONF_HTML))


def sample_order(data: Mapping[str, Any], email: str, now: datetime) -> Order:
    """Return the order of somebody who pays the price of an offer now."""
    payment = Payment(
        transaction_id=_SAMPLE_ID,
        type="IN",
        date=now,
        direction=Direction.IN,
        kind=Kind.TRANSFER,
        status=PaymentStatus.SUCCESS,
        amount=amount(data[CONF_PRICE]),
        commission=None,
        total=None,
        currency=data[CONF_CURRENCY],
        comment=None,
        email=email,
        provider=None,
        counterparty=None,
    )
    return Order(
        offer="", name=data[CONF_NAME], payment=payment, quantity=1, by_hand=False, since=now, email=email
    )


def _moment(text: str | None) -> datetime | None:
    """Read a moment; a form gives it without a zone, which is Home Assistant's own then."""
    moment = dt_util.parse_datetime(text) if text else None
    if moment is None or moment.tzinfo:
        return moment
    return moment.replace(tzinfo=dt_util.get_default_time_zone())
