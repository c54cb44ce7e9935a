"""The triggers of donation goals: a target reached, a milestone passed."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, override

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import Trigger

from .ledger import OutboxItem
from .ledger.goal_news import GoalMilestone, GoalNews, GoalReached
from .publication import SIGNAL_ITEM
from .targeted_trigger import TargetedTrigger, Tell, device_of


class GoalTrigger(TargetedTrigger):
    """Runs once for each piece of news of a kind."""

    news: ClassVar[type[GoalNews]]

    # Only a goal's device has a number.
    entity_domains = frozenset({Platform.NUMBER})
    option_fields: ClassVar[Mapping[Any, Any]] = {}

    @override
    def listen(self, tell: Tell) -> CALLBACK_TYPE:
        """Tell of the goals' news."""

        @callback
        def hear(entry_id: str, item: OutboxItem) -> None:
            if isinstance(item, self.news) and (device_id := device_of(self._hass, entry_id, item.goal_id)):
                tell(device_id, {"goal": item.record()}, item.kind.replace("_", " "))

        return async_dispatcher_connect(self._hass, SIGNAL_ITEM, hear)


class GoalReachedTrigger(GoalTrigger):
    """What is raised has come to the target: once a session."""

    news = GoalReached


class GoalMilestoneTrigger(GoalTrigger):
    """What is raised has passed a milestone: once a session for each."""

    news = GoalMilestone


GOAL_TRIGGERS: Final[dict[str, type[Trigger]]] = {
    trigger.news.kind: trigger for trigger in (GoalReachedTrigger, GoalMilestoneTrigger)
}
