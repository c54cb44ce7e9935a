"""A blueprint in use, and what came of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, HomeAssistant, ServiceCall, callback
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from tests.conftest import SetUp

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "blueprints" / "automation" / "qiwi"
AUTOMATION = "automation.blueprint"

type Use = Callable[..., Awaitable[None]]


@pytest.fixture
async def told(hass: HomeAssistant) -> list[tuple[str | None, str]]:
    """Return the title and the message of every notification, as the user sees them."""
    assert await async_setup_component(hass, "persistent_notification", {})
    told: list[tuple[str | None, str]] = []

    @callback
    def hear(update: Any, notifications: dict[str, Any]) -> None:
        if update is not persistent_notification.UpdateType.REMOVED:
            told.extend((each["title"], each["message"]) for each in notifications.values())

    persistent_notification.async_register_callback(hass, hear)
    return told


@pytest.fixture
async def use(
    hass: HomeAssistant, entry: MockConfigEntry, long_known: None, set_up: SetUp, tmp_path: Path
) -> AsyncIterator[Use]:
    """Return a call that sets the wallet up and makes an automation of a blueprint with the given inputs."""

    async def use(name: str, **inputs: Any) -> None:
        shutil.copytree(FOLDER, tmp_path / "blueprints" / "automation" / "qiwi")
        if entry.state is ConfigEntryState.NOT_LOADED:
            await set_up()
        automation = {
            "alias": "Blueprint",
            "use_blueprint": {"path": f"qiwi/{name}.yaml", "input": inputs},
        }
        assert await async_setup_component(hass, "automation", {"automation": automation})
        await hass.async_block_till_done(wait_background_tasks=True)
        state = hass.states.get(AUTOMATION)
        assert state is not None and state.state == "on"
        assert (state.attributes["mode"], state.attributes["max"]) == ("queued", 10000)

    yield use
    await hass.services.async_call("automation", "turn_off", {"entity_id": AUTOMATION}, blocking=True)


@pytest.fixture
def poll(hass: HomeAssistant, entry: MockConfigEntry) -> Callable[[], Awaitable[None]]:
    """Return a call that polls the wallet, and lets what follows from it come to rest."""

    async def poll() -> None:
        await entry.runtime_data.async_refresh()
        await hass.async_block_till_done(wait_background_tasks=True)

    return poll


@pytest.fixture
def ran(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the data of every event `ran`: what the user's own actions were given."""
    ran: list[dict[str, Any]] = []

    @callback
    def listen(event: Event[Any]) -> None:
        ran.append(event.data)

    hass.bus.async_listen("ran", listen)
    return ran


@pytest.fixture
def spoken(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what a voice was told to say."""
    spoken: list[ServiceCall] = async_mock_service(hass, "tts", "speak")
    return spoken


def own(**data: str) -> list[dict[str, Any]]:
    """Return the user's own actions: they tell what they were given."""
    return [{"event": "ran", "event_data": data}]


VOICE = {"voice": "tts.voice", "speakers": ["media_player.kitchen", "media_player.hall"], "pause": 0}
