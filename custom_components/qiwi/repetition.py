"""Announcements on request: a payment once more, and one that nobody made."""

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
    if ledger.news(row) is not News.FINAL:
        await _async_repeat(coordinator, ledger.announcement(payment, coordinator.now()).again())
        return
    try:
        await coordinator.feed.settle([row])
    except (HomeAssistantError, OSError) as error:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key=Problem.STORAGE) from error


async def async_announce_test(coordinator: QiwiCoordinator, payment: Payment) -> None:
    """Announce a payment that nobody made; nothing counts it.

    Raises:
        HomeAssistantError: nothing is announced now.
    """
    await _async_repeat(coordinator, Announcement(payment=payment, test=True))


async def _async_repeat(coordinator: QiwiCoordinator, announcement: Announcement) -> None:
    try:
        await coordinator.journal.repeat(announcement)
    except JournalClosedError:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_announcing") from None
