"""The overlay for a stream: a page that shows a goal to whoever holds its secret, on the local network."""

from datetime import timedelta

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..const import OVERLAY_PATH, STUDIO_PATH
from ..payments import Announcement
from ..publication import SIGNAL_ANNOUNCEMENT
from .files import Files
from .memory import Memory
from .overlays import overlays
from .views import DataView, FileView, PageView

__all__ = ["async_setup_overlay"]


async def async_setup_overlay(hass: HomeAssistant) -> None:
    """Register the pages and their data, whether or not a wallet is loaded."""
    files = await hass.async_add_executor_job(Files.load)
    memory = Memory(version=files.version)
    for view in (
        PageView(hass, files, memory, OVERLAY_PATH, "overlay.html"),
        PageView(hass, files, memory, STUDIO_PATH, "studio.html"),
        DataView(hass, files, memory),
        FileView(hass, files, memory),
    ):
        hass.http.register_view(view)

    @callback
    def keep_test(device_id: str, announcement: Announcement, age: timedelta) -> None:
        if announcement.test:
            for overlay in overlays(hass):
                if (goal := overlay.goal) and overlay.entry.runtime_data.device_id == device_id:
                    memory.add_test(goal.settings, announcement.payment)

    async_dispatcher_connect(hass, SIGNAL_ANNOUNCEMENT, keep_test)
