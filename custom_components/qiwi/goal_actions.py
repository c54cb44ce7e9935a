"""The actions of donation goals: begin a new session, and tell what the sessions raised."""

from typing import Any, Final

from homeassistant.core import ServiceCall, ServiceResponse

from .action import Action, subentry_of
from .const import SUBENTRY_GOAL
from .goals import async_start_session, shown_goal


async def _start_session(call: ServiceCall, options: dict[str, Any]) -> None:
    """Begin a new session."""
    coordinator, subentry = subentry_of(call, SUBENTRY_GOAL)
    await async_start_session(coordinator, subentry.subentry_id)


async def _get_sessions(call: ServiceCall, options: dict[str, Any]) -> ServiceResponse:
    """Return the sessions that are over, newest first; the sensors tell of the one under way."""
    coordinator, subentry = subentry_of(call, SUBENTRY_GOAL)
    past = shown_goal(coordinator, subentry.subentry_id).state.past
    return {"sessions": [session.record() for session in reversed(past)]}


GOAL_ACTIONS: Final = (
    Action(name="start_session", run=_start_session, fields={}),
    Action(name="get_sessions", run=_get_sessions, fields={}, responds=True),
)
