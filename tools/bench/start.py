"""What a start costs beside `monzo`, Home Assistant's nearest relative of this integration: its import and a set-up."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from statistics import median
import subprocess
import sys
from time import process_time, time
from typing import Any, Final
from unittest.mock import patch

from aiohttp import web
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CoreState
from homeassistant.setup import async_setup_component
from monzopy import AbstractMonzoApi
from pytest_homeassistant_custom_component.common import MockConfigEntry

from real_home_assistant.process import ROOT, free_port

from .figures import Figure, at_most
from .remote_wallet import RemoteWallet
from .stage import Stage, stage

ROUNDS: Final = 5
# What Home Assistant has imported before it comes to an integration.
SHARED: Final = """
import aiohttp, importlib, time, voluptuous
import homeassistant.bootstrap, homeassistant.config_entries
for name in ("application_credentials", "backup", "binary_sensor", "button", "cloud", "diagnostics", "event",
             "frontend", "http", "number", "recorder.statistics", "repairs", "sensor", "system_health", "todo",
             "webhook"):
    try:
        importlib.import_module(f"homeassistant.components.{name}")
    except ModuleNotFoundError:
        pass
"""
IMPORT: Final = """
begun = time.process_time()
for name in {names!r}:
    importlib.import_module({package!r} + name)
print(time.process_time() - begun)
"""
OURS: Final = "custom_components.qiwi"
THEIRS: Final = "homeassistant.components.monzo"
# Both with what a set-up of an entry imports: the platforms, and what they need.
PLATFORMS: Final = {
    OURS: ("", ".binary_sensor", ".button", ".event", ".number", ".sensor", ".todo"),
    THEIRS: ("", ".application_credentials", ".event", ".sensor"),
}
ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "/accounts": {
        "accounts": [{"id": "acc", "type": "uk_retail", "closed": False, "owners": [], "created": ""}]
    },
    "/balance": {"balance": 5000, "total_balance": 5000, "currency": "GBP", "spend_today": 0},
    "/pots": {"pots": [{"id": "pot", "name": "Savings", "deleted": False, "balance": 100, "style": ""}]},
}


def _serve(pipe: Connection) -> None:
    async def serve() -> None:
        asked = 0

        async def answer(request: web.Request) -> web.Response:
            nonlocal asked
            asked += 1
            return web.json_response(ANSWERS[request.path])

        application = web.Application()
        application.router.add_get("/{path:.*}", answer)
        runner = web.AppRunner(application)
        await runner.setup()
        port = free_port()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        pipe.send(port)
        while await asyncio.to_thread(pipe.recv):
            pipe.send(asked)

    asyncio.run(serve())


@contextmanager
def _monzo() -> Iterator[Callable[[], int]]:
    """Serve what Monzo would, from a process of its own; yields a count of the requests."""
    spawn = get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    url = f"http://127.0.0.1:{here.recv()}"

    def asked() -> int:
        here.send(True)
        return int(here.recv())

    defaults = {"base_url": url}
    with patch.object(AbstractMonzoApi._request, "__kwdefaults__", defaults):  # noqa: SLF001 - as it lets nobody choose
        yield asked
    here.send(False)
    process.join()


def _import_cost(package: str) -> float:
    """Return the CPU seconds that importing an integration takes a Home Assistant that runs."""
    code = SHARED + IMPORT.format(names=PLATFORMS[package], package=package)
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return float(result.stdout)


async def start(wallet: RemoteWallet) -> list[Figure]:
    """Compare imports, and set-ups of entries that have been there before."""
    # The first import compiles.
    _import_cost(OURS)
    imports = [_import_cost(OURS) / _import_cost(THEIRS) for _ in range(ROUNDS)]
    wallet.pay(100)
    with _monzo() as monzo_asked:
        async with stage(wallet.url) as made:
            await async_setup_component(made.hass, "http", {"http": {"server_port": free_port()}})
            await async_setup_component(made.hass, "application_credentials", {})
            await async_import_client_credential(
                made.hass, "monzo", ClientCredential("id", "secret"), "monzo"
            )
            monzo = _monzo_entry()
            monzo.add_to_hass(made.hass)
            await made.set_up()
            await made.hass.config_entries.async_setup(monzo.entry_id)
            await made.rest()
            made.hass.set_state(CoreState.starting)
            ratios = []
            for _ in range(ROUNDS):
                ours, ours_asked = await _set_up(made, made.entry, lambda: wallet.asked)
                theirs, theirs_asked = await _set_up(made, monzo, monzo_asked)
                ratios.append(ours / theirs)
            made.hass.set_state(CoreState.running)
    return [
        at_most("import: CPU to monzo's", median(imports), 1, " ×", is_time=True),
        at_most("set-up: CPU to monzo's", median(ratios), 1, " ×", is_time=True),
        at_most(f"set-up: requests, monzo has {theirs_asked}", ours_asked, theirs_asked),
    ]


async def _set_up(made: Stage, entry: ConfigEntry[Any], asked: Callable[[], int]) -> tuple[float, int]:
    """Set an entry up again; returns the CPU seconds and the requests that it took."""
    await made.hass.config_entries.async_unload(entry.entry_id)
    await made.rest()
    before, begun = asked(), process_time()
    await made.hass.config_entries.async_setup(entry.entry_id)
    return process_time() - begun, asked() - before


def _monzo_entry() -> MockConfigEntry:
    token = {
        "access_token": "a",
        "refresh_token": "r",
        "expires_at": time() + 1e6,
        "expires_in": 1e6,
        "type": "x",
    }
    return MockConfigEntry(
        domain="monzo",
        unique_id="user",
        title="Monzo",
        minor_version=3,
        data={"auth_implementation": "monzo", "token": token, "webhook_id": "webhook"},
    )
