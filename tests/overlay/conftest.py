"""A wallet with goals, and Home Assistant's own HTTP server in front of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from types import MappingProxyType
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from homeassistant.config_entries import ConfigSubentry
from homeassistant.setup import async_setup_component
import pytest

from custom_components.qiwi.overlay.security import SECRET_HEADER
from tests.home import Home

PAGE = "/api/qiwi/overlay"
DATA = f"{PAGE}/data"
EVERYTHING = (PAGE, f"{PAGE}?preview", f"{PAGE}/studio", f"{PAGE}/main.js", f"{PAGE}/chime.wav")
OUTSIDER, NEIGHBOUR = "203.0.113.7", "192.168.1.20"
BEHIND_PROXY: dict[str, Any] = {"use_x_forwarded_for": True, "trusted_proxies": ["127.0.0.1"]}


async def get(client: TestClient[Any, Any], path: str = DATA, **headers: str) -> ClientResponse:
    """Ask for a path with such headers, whose names are written with `_`."""
    return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def goal_subentry(**changes: Any) -> ConfigSubentry:
    """Return a goal with a new secret, as its flow makes one."""
    data = {
        "name": "Camera",
        "target": "1000",
        "currency": "RUB",
        "kinds": ["transfer", "top_up"],
        "created": "2026-01-01T00:00:00+00:00",
        "overlay_secret": token_urlsafe(32),
        "overlay_reach": "local",
        **changes,
    }
    return ConfigSubentry(
        data=MappingProxyType(data), subentry_type="goal", title=data["name"], unique_id=None
    )


@dataclass
class Source:
    """A browser source: it asks for one goal's data with the goal's secret."""

    client: TestClient[Any, Any]
    secret: str
    shown: dict[str, Any] | None = None

    async def get(self, **options: Any) -> ClientResponse:
        """Ask once."""
        headers = {SECRET_HEADER: self.secret, **options.pop("headers", {})}
        return await self.client.get(DATA, headers=headers, **options)

    async def look(self, **query: Any) -> Any:
        """Return the picture, and remember where it stands as the page does."""
        params = {key: str(value) for key, value in {**(self.shown or {}), **query}.items()}
        answer = await self.get(params=params)
        assert answer.status == 200
        picture = await answer.json()
        self.shown = self.shown or picture["position"]
        return picture


type Serve = Callable[..., Awaitable[TestClient[Any, Any]]]


@pytest.fixture
def goal(home: Home) -> ConfigSubentry:
    """Return the wallet's goal."""
    goal = goal_subentry()
    home.hass.config_entries.async_add_subentry(home.entry, goal)
    return goal


@pytest.fixture
def serve(home: Home, goal: ConfigSubentry, hass_client_no_auth: Any) -> Serve:
    """Return a call that starts the server, with such options of its own, and the wallet behind it."""

    async def serve(**http: Any) -> TestClient[Any, Any]:
        assert await async_setup_component(home.hass, "http", {"http": http})
        await home.add()
        client: TestClient[Any, Any] = await hass_client_no_auth()
        return client

    return serve


@pytest.fixture
async def source(serve: Serve, goal: ConfigSubentry) -> Source:
    """Return a browser source of the goal."""
    return Source(await serve(), goal.data["overlay_secret"])


@pytest.fixture
def donate(home: Home) -> Callable[..., Awaitable[None]]:
    """Return a call that makes payments and has Home Assistant look."""

    async def donate(*amounts: Any, **details: Any) -> None:
        for amount in amounts:
            home.wallet.pay(amount, **details)
        await home.poll()

    return donate
