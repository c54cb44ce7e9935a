"""What the to-do list says of an order: why it needs attention and what to do, in Home Assistant's language."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .ledger import Order
from .mail import plain_amount

# Of a comment; `get_orders` tells more.
_SHOWN = 120


def order_summary(order: Order) -> str:
    """Return the line that an order goes by."""
    payment = order.payment
    parts = (f"{plain_amount(payment.amount)} {payment.currency}", order.email, f"№ {order.order_id}")
    return " · ".join(part for part in parts if part)


def order_description(hass: HomeAssistant, order: Order) -> str:
    """Return what a person should know of an order: a list shows three lines of it."""
    payment = order.payment
    facts = (
        f"{dt_util.as_local(payment.date):%d.%m.%Y %H:%M}",
        f"× {order.quantity}" if order.quantity > 1 else None,
        payment.comment and _quoted(payment.comment),
    )
    parts = (" · ".join(fact for fact in facts if fact), _sentence(hass, order), ", ".join(order.others))
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
    shown = comment if len(comment) <= _SHOWN else f"{comment[:_SHOWN]}…"
    return f"`{shown.replace('`', 'ˋ')}`"
