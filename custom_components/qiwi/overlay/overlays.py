"""Which overlays there are: the goals of all wallets with their secrets and where each may be shown."""

from collections.abc import Iterator
from dataclasses import dataclass

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant

from ..const import CONF_OVERLAY_REACH, CONF_OVERLAY_SECRET, DOMAIN, REACH_ANYWHERE, SUBENTRY_GOAL
from ..coordinator import QiwiConfigEntry
from ..goals import shown_goal
from ..ledger.goal import Goal


@dataclass(frozen=True, slots=True)
class Overlay:
    """A goal's overlay; read anew for each request, so that a rotated secret counts at once."""

    entry: QiwiConfigEntry
    subentry: ConfigSubentry

    @property
    def secret(self) -> str:
        """The secret of 256 bits that the page's address holds."""
        return str(self.subentry.data[CONF_OVERLAY_SECRET])

    @property
    def is_for_anywhere(self) -> bool:
        """Whether it may be shown outside the local network and through a cloud connection."""
        return self.subentry.data.get(CONF_OVERLAY_REACH) == REACH_ANYWHERE

    @property
    def goal(self) -> Goal | None:
        """The goal as it is to be shown; None while its wallet is not loaded, or not with this goal yet."""
        if self.entry.state is not ConfigEntryState.LOADED:
            return None
        try:
            return shown_goal(self.entry.runtime_data, self.subentry.subentry_id)
        except KeyError:
            return None


def overlays(hass: HomeAssistant) -> Iterator[Overlay]:
    """Yield the overlays of all goals, whether or not their wallets are loaded now."""
    for entry in hass.config_entries.async_entries(DOMAIN):
        for subentry in entry.subentries.values():
            if subentry.subentry_type == SUBENTRY_GOAL:
                yield Overlay(entry, subentry)
