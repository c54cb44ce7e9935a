"""A person who uses a blueprint, and what comes of it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from tests.home import Home

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "blueprints" / "automation" / "qiwi"
AUTOMATION = "automation.blueprint"

HOSTILE = (
    "{{ 7 * 7 }} {% set x %}{# y #} **bold** _it_ `code` # head\n\n- [here](https://example.com) ![](//example.com/x.png)"
    " <b>b</b><script>alert(1)</script> &lt; www.example.com @everyone ~~no~~ | \\ me_too@example.com"
)
HARMLESS = (
    "«｛｛ 7 ＊ 7 ｝｝ ｛% set x %｝｛＃ y ＃｝ ＊＊bold＊＊ ＿it＿ ｀code｀ ＃ head"
    " - ［here］(https:／／example.com) !［］(／／example.com/x.png)"
    " ＜b＞b＜/b＞＜script＞alert(1)＜/script＞ ＆lt; www．example.com ＠everyone ～～no～～ ｜ ＼ me＿too@example.com»"
)


@dataclass(slots=True)
class User:
    """Who makes an automation of a blueprint, and what comes of it."""

    home: Home
    # The title and the message of every notification, as the user sees them.
    told: list[tuple[str | None, str]]
    # What a voice was told to say.
    spoken: list[ServiceCall]
    # The data of every event `ran`: what the user's own actions were given.
    ran: list[dict[str, Any]]

    async def use(self, name: str, **inputs: Any) -> None:
        """Make an automation of a blueprint with these inputs, for a wallet that is set up."""
        hass = self.home.hass
        shutil.copytree(FOLDER, Path(hass.config.config_dir) / "blueprints" / "automation" / "qiwi")
        if self.home.entry.state is ConfigEntryState.NOT_LOADED:
            await self.home.add()
        automation = {
            "alias": "Blueprint",
            "use_blueprint": {"path": f"qiwi/{name}.yaml", "input": inputs},
        }
        assert await async_setup_component(hass, "automation", {"automation": automation})
        await self.home.rest()
        state = self.home.state(AUTOMATION)
        assert state.state == "on"
        assert (state.attributes["mode"], state.attributes["max"]) == ("queued", 10000)


@pytest.fixture
async def user(home: Home, long_known: None) -> AsyncIterator[User]:
    """Return a user who has a wallet since long and no automation yet."""
    assert await async_setup_component(home.hass, "persistent_notification", {})
    user = User(home, told=[], spoken=async_mock_service(home.hass, "tts", "speak"), ran=[])

    @callback
    def hear(update: Any, notifications: dict[str, Any]) -> None:
        if update is not persistent_notification.UpdateType.REMOVED:
            user.told.extend((each["title"], each["message"]) for each in notifications.values())

    persistent_notification.async_register_callback(home.hass, hear)
    home.hass.bus.async_listen("ran", callback(lambda event: user.ran.append(event.data)))
    yield user
    await home.hass.services.async_call("automation", "turn_off", {"entity_id": AUTOMATION}, blocking=True)


def own(**data: str) -> list[dict[str, Any]]:
    """Return the user's own actions: they tell what they were given."""
    return [{"event": "ran", "event_data": data}]


VOICE = {"voice": "tts.voice", "speakers": ["media_player.kitchen", "media_player.hall"], "pause": 0}


async def make_script(hass: HomeAssistant, **settings: Any) -> None:
    """Make a script that tells what it was given."""
    given = {key: f"{{{{ {key} }}}}" for key in ("payment", "code", "money", "quote", "test")}
    script = {"sequence": [{"event": "ran", "event_data": given}], **settings}
    assert await async_setup_component(hass, "script", {"script": {"lamp": script}})
