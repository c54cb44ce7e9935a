"""The subentry of a goal, read into the settings that the book of goals counts by."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_NAME
from homeassistant.util import dt as dt_util

from .const import CONF_KINDS, DEFAULT_CURRENCY, DEFAULT_KINDS, SUBENTRY_GOAL
from .ledger.goal import GoalSettings
from .ledger.goals import GoalsBook
from .payments import Kind, PaymentFilter
from .schema import CONF_COMMENT, CONF_CURRENCY, CONF_MIN_AMOUNT

CONF_CREATED: Final = "created"
CONF_MILESTONES: Final = "milestones"
CONF_START_AMOUNT: Final = "start_amount"
CONF_TARGET: Final = "target"


def goal_subentries(entry: ConfigEntry[Any]) -> Iterable[ConfigSubentry]:
    """Return the goals of a wallet, as they were added."""
    return [each for each in entry.subentries.values() if each.subentry_type == SUBENTRY_GOAL]


def goals_book(entry: ConfigEntry[Any]) -> GoalsBook:
    """Return the book of a wallet's goals, as their settings say."""
    return GoalsBook(goal_settings(entry, subentry) for subentry in goal_subentries(entry))


def goal_settings(entry: ConfigEntry[Any], subentry: ConfigSubentry) -> GoalSettings:
    """Read a subentry; amounts are kept in it as texts, so that they are exact."""
    data = subentry.data
    created = dt_util.parse_datetime(str(data.get(CONF_CREATED))) or entry.created_at
    return GoalSettings(
        goal_id=subentry.subentry_id,
        name=str(data.get(CONF_NAME, subentry.title)),
        currency=str(data.get(CONF_CURRENCY, DEFAULT_CURRENCY)),
        created=created.replace(microsecond=0),
        target=Decimal(str(data[CONF_TARGET])),
        start_amount=_amount(data.get(CONF_START_AMOUNT)),
        milestones=tuple(sorted(set(map(_amount, data.get(CONF_MILESTONES, ()))))),
        wanted=PaymentFilter(
            min_amount=_amount(data.get(CONF_MIN_AMOUNT)),
            kinds=frozenset(map(Kind, data.get(CONF_KINDS, DEFAULT_KINDS))),
            comment=data.get(CONF_COMMENT),
        ),
    )


def _amount(value: object) -> Decimal:
    return Decimal(str(value or 0))
