"""What the to-do list says of an order: why it needs attention and what to do, in Home Assistant's language."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .ledger import Order
from .mail import plain_amount


def order_summary(order: Order) -> str:
    """Return the line that an order goes by."""
    payment = order.payment
    parts = (f"{plain_amount(payment.amount)} {payment.currency}", order.email, f"№ {order.order_id}")
    return " · ".join(part for part in parts if part)


def order_description(hass: HomeAssistant, order: Order) -> str:
    """Return what a person should know of an order."""
    payment = order.payment
    paid = f"{dt_util.as_local(payment.date):%d.%m.%Y %H:%M}"
    parts = (
        f"{paid} · × {order.quantity}" if order.quantity > 1 else paid,
        _sentence(hass, order),
        ", ".join(order.others),
        payment.comment and _quoted(payment.comment),
    )
    return "\n\n".join(part for part in parts if part)


def _sentence(hass: HomeAssistant, order: Order) -> str | None:
    """Return the sentence about an order's reason, outcome or state."""
    texts = async_get_cached_translations(hass, hass.config.language, "selector", DOMAIN)
    if order.reason is not None:
        return texts.get(f"component.{DOMAIN}.selector.order_reason.options.{order.reason}")
    if order.outcome is not None:
        return texts.get(f"component.{DOMAIN}.selector.outcome.options.{order.outcome}")
    key = "by_hand" if order.by_hand else order.state.value
    return texts.get(f"component.{DOMAIN}.selector.order_progress.options.{key}")


def _quoted(comment: str) -> str:
    """Return a stranger's words as code: the list is shown as Markdown, and nothing of it may act."""
    return f"`{comment.replace('`', 'ˋ')}`"
