"""The goals of a loaded wallet: how they stand now, and what a person may change of them."""

from decimal import Decimal
import logging
from typing import Final

from homeassistant.exceptions import HomeAssistantError

from .commit import async_commit
from .coordinator import QiwiCoordinator
from .ledger.goal import Goal

_LOGGER: Final = logging.getLogger(__package__)


def shown_goal(coordinator: QiwiCoordinator, goal_id: str) -> Goal:
    """Return a goal as it stands."""
    return coordinator.goals.goal(coordinator.journal.ledger.state(coordinator.goals), goal_id)


async def async_set_target(coordinator: QiwiCoordinator, goal_id: str, target: Decimal) -> None:
    """Give a goal another target; when that much is raised already, it is reached.

    Raises:
        HomeAssistantError: it could not be written down; nothing has changed.
    """
    await async_commit(
        coordinator, coordinator.goals, lambda state: coordinator.goals.with_target(state, goal_id, target)
    )


async def async_start_session(coordinator: QiwiCoordinator, goal_id: str) -> None:
    """Begin a new session with what is paid from now on.

    Raises:
        HomeAssistantError: it could not be written down; nothing has changed.
    """
    now = coordinator.now()
    await async_commit(
        coordinator,
        coordinator.goals,
        lambda state: (coordinator.goals.session_started(state, goal_id, now), ()),
    )


async def async_hide_words(coordinator: QiwiCoordinator, goal_id: str) -> None:
    """Take the words of the donations so far off the screen.

    Raises:
        HomeAssistantError: it could not be written down; nothing has changed.
    """
    await async_commit(
        coordinator,
        coordinator.goals,
        lambda state: (coordinator.goals.with_words_hidden(state, goal_id), ()),
    )


async def async_forget_removed(coordinator: QiwiCoordinator) -> None:
    """Forget what was counted for goals that are there no more; when the disk refuses, the next setup tries again."""
    try:
        await async_commit(
            coordinator, coordinator.goals, lambda state: (coordinator.goals.without_removed(state), ())
        )
    except HomeAssistantError:
        _LOGGER.warning("What was counted for a removed goal could not be taken off the disk yet")
