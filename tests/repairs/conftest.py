"""The repairs that are raised, and a person who clicks on them."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.home import Home
from wallet_simulator import Simulator

NEW_TOKEN = "3" * 32
PAGE = "https://github.com/qiwi-home-assistant/qiwi/blob/main/docs/troubleshooting.md"


def told(home: Home) -> dict[str, ir.IssueEntry]:
    """Return our repairs that are shown, by their kind and detail."""
    return {
        issue_id: issue
        for (domain, issue_id), issue in ir.async_get(home.hass).issues.items()
        if domain == "qiwi" and issue.active
    }


def the_one(home: Home) -> ir.IssueEntry:
    (issue,) = told(home).values()
    return issue


def ends_in(home: Home, days: int) -> str:
    """Let the entry's token end in so many days, and return that day."""
    today = dt_util.now().date()
    issued = (today + timedelta(days=days - 180)).isoformat()
    home.hass.config_entries.async_update_entry(home.entry, data={**home.entry.data, "token_issued": issued})
    return (today + timedelta(days=days)).isoformat()


@pytest.fixture(autouse=True)
def _young_token(home: Home) -> None:
    ends_in(home, 100)


class Clicks:
    """A person who clicks on a repair, over HTTP as the frontend does."""

    def __init__(self, hass: HomeAssistant, client: ClientSessionGenerator) -> None:
        self._hass = hass
        self._new_client = client
        self._client: Any = None
        self._flow = ""

    async def _post(self, path: str, sent: dict[str, Any]) -> Any:
        # Not before: whoever sets something up may add a path of its own.
        self._client = self._client or await self._new_client()
        response = await self._client.post(f"/api/repairs/issues/fix{path}", json=sent)
        assert response.status == 200
        # The reload that a new token takes.
        await self._hass.async_block_till_done(wait_background_tasks=True)
        return await response.json()

    async def open(self, issue: ir.IssueEntry) -> Any:
        shown = await self._post("", {"handler": "qiwi", "issue_id": issue.issue_id})
        self._flow = shown["flow_id"]
        return shown

    async def submit(self, **typed: str) -> Any:
        return await self._post(f"/{self._flow}", typed)


@pytest.fixture
async def clicks(hass: HomeAssistant, simulator: Simulator, hass_client: ClientSessionGenerator) -> Clicks:
    assert await async_setup_component(hass, "repairs", {})
    assert await async_setup_component(hass, "http", {})
    return Clicks(hass, hass_client)
