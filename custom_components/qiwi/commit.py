"""Changing what a book holds on a person's word: written down first, or nothing has changed."""

from collections.abc import Callable, Sequence

from homeassistant.exceptions import HomeAssistantError

from .const import DOMAIN
from .coordinator import QiwiCoordinator
from .journal import JournalClosedError
from .ledger import Book, Ledger, OutboxItem
from .problem import Problem


async def async_commit[State](
    coordinator: QiwiCoordinator,
    book: Book[State],
    change: Callable[[State], tuple[State, Sequence[OutboxItem]]],
) -> None:
    """Change a book's state, and tell what follows from it.

    Raises:
        HomeAssistantError: it could not be written down, or the wallet is not loaded any more; nothing has changed.
    """

    def changed(ledger: Ledger) -> Ledger:
        state, items = change(ledger.state(book))
        return ledger.with_state(book, state, *items)

    try:
        await coordinator.journal.commit(changed)
    except JournalClosedError:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_announcing") from None
    except (HomeAssistantError, OSError) as error:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key=Problem.STORAGE) from error
