"""Announcements on request: a payment once more, and one that nobody made."""

from collections.abc import Awaitable

from homeassistant.exceptions import HomeAssistantError

from .api import Transaction
from .const import DOMAIN
from .coordinator import QiwiCoordinator
from .journal import JournalClosedError
from .ledger import News
from .payments import Announcement, Payment, PaymentStatus
from .problem import Problem


async def async_replay(coordinator: QiwiCoordinator, row: Transaction) -> None:
    """Announce a payment again, flagged; one that nobody announced yet is announced as usual.

    Raises:
        HomeAssistantError: it has no outcome yet, nothing is announced now, or the disk can't be written.
    """
    payment = Payment.from_transaction(row)
    if payment.status is PaymentStatus.PENDING:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="payment_pending")
    if not coordinator.journal.is_open:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_announcing")
    ledger = coordinator.journal.ledger
    if ledger.news(row) is News.FINAL:
        await _announced(coordinator.feed.settle([row]))
    else:
        again = ledger.announcement(payment, coordinator.now()).again()
        await _announced(coordinator.journal.repeat(again))


async def async_announce_test(coordinator: QiwiCoordinator, payment: Payment) -> None:
    """Announce a payment that nobody made; nothing counts it.

    Raises:
        HomeAssistantError: nothing is announced now.
    """
    await _announced(coordinator.journal.repeat(Announcement(payment=payment, test=True)))


async def _announced(announcing: Awaitable[None]) -> None:
    """Wait for an announcement, and say what kept it from being made."""
    try:
        await announcing
    except JournalClosedError:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_announcing") from None
    except (HomeAssistantError, OSError) as error:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key=Problem.STORAGE) from error
