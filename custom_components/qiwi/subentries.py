"""Reload a wallet when a goal, an offer or its mail server comes or goes: Home Assistant leaves that to us."""

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntry, ConfigEntryChange
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect


@callback
def async_reload_with_subentries(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Reload an entry once when its set of subentries differs from the one it is set up with.

    An update listener would run beside the reloads that flows ask for, which Home Assistant refuses.
    """
    known = frozenset(entry.subentries)
    is_scheduled = False

    @callback
    def reload_when_they_differ(change: ConfigEntryChange, changed: ConfigEntry) -> None:
        nonlocal is_scheduled
        if changed is not entry or is_scheduled or known == frozenset(entry.subentries):
            return
        # The setup that follows finds whatever else comes until then.
        is_scheduled = True
        hass.config_entries.async_schedule_reload(entry.entry_id)

    entry.async_on_unload(
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, reload_when_they_differ)
    )
