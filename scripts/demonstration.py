"""A simulated wallet, a real Home Assistant that reads it, and payments that arrive every few seconds."""

import argparse
import asyncio
from contextlib import suppress
import os
from pathlib import Path
import shutil
import signal
import sys
import tempfile
from time import monotonic
from typing import Any, Final

import aiohttp

from scripts.real_home_assistant import free_port, furnish, running
from wallet_simulator import Simulator, Wallet
from wallet_simulator.history import arrive, lived_in_wallet

USER: Final = "demo"
PASSWORD: Final = "demo-wallet"  # noqa: S105 - a throw-away user on loopback
DASHBOARD: Final = "qiwi-wallet"
RAN: Final = "qiwi_demo_automation_ran"
PAUSE: Final = 4.0
STARTING: Final = 120.0
# Seconds until the last payment must have arrived, longer than Home Assistant's own poll takes.
ARRIVING: Final = 75

CONFIGURATION: Final = """
homeassistant:
  name: QIWI demo
  time_zone: Europe/Moscow
  currency: RUB
  country: RU
http:
  server_host: 127.0.0.1
  server_port: {port}
frontend:
config:
api:
history:
logbook:
recorder:
script:
automation: !include automations.yaml
logger:
  default: warning
  logs:
    custom_components.qiwi: {level}
"""

AUTOMATIONS: Final = f"""
- id: qiwi_demo
  alias: Thank for every payment received
  mode: queued
  max: 10000
  triggers:
    - trigger: event
      event_type: qiwi_new_payment
  actions:
    - event: {RAN}
      event_data:
        transaction_id: "{{{{ trigger.event.data.transaction_id }}}}"
        amount: "{{{{ trigger.event.data.amount }}}}"
        currency: "{{{{ trigger.event.data.currency }}}}"
"""


class FailedError(Exception):
    """The demo could not go on; the text says why and what to do."""


class Demo:
    """What was paid, announced and automated, and the sentences about it."""

    def __init__(self) -> None:
        self.sent: set[str] = set()
        self.announced: set[str] = set()
        self.automated: set[str] = set()

    def say(self, text: str) -> None:
        """Print at once, so that a pipe shows it as well."""
        print(text, flush=True)

    def hear(self, event: dict[str, Any]) -> None:
        """Tell in plain words what Home Assistant said."""
        data = event["data"]
        if event["event_type"] == RAN:
            # A template that looks like a number gives one.
            self.automated.add(str(data["transaction_id"]))
            self.say(f"  automation ran for {data['amount']} {data['currency']}")
            return
        new = data.get("new_state")
        if not new:
            return
        attributes = new["attributes"]
        if new["entity_id"].startswith("event.") and "transaction_id" in attributes:
            if attributes["transaction_id"] not in self.announced:
                self.announced.add(attributes["transaction_id"])
                words = str(attributes["event_type"]).replace("_", " ")
                comment = f": “{attributes['comment']}”" if attributes["comment"] else ""
                self.say(f"  {words} {attributes['amount']:g} {attributes['currency']}{comment}")
        elif new["entity_id"].startswith("sensor.qiwi") and "balance" in new["entity_id"]:
            self.say(
                f"  {attributes.get('friendly_name')}: {new['state']} {attributes.get('unit_of_measurement')}"
            )

    @property
    def is_complete(self) -> bool:
        """Whether every payment sent was announced and reached the automation."""
        return self.sent <= self.announced and self.sent <= self.automated


class HomeAssistant:
    """The API of a running Home Assistant."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.token = ""
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._number = 0
        self._answers: dict[int, asyncio.Future[None]] = {}

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call the HTTP API."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.session.post(self.url + path, json=body, headers=headers) as answer:
            if answer.status >= 400:
                raise FailedError(f"Home Assistant refused {path}: {answer.status} {await answer.text()}")
            return dict(await answer.json())

    async def onboard(self, language: str) -> None:
        """Make the user and skip the questions."""
        client = {"client_id": f"{self.url}/"}
        user = {"name": "Demo", "username": USER, "password": PASSWORD, "language": language}
        code = (await self.post("/api/onboarding/users", {**client, **user}))["auth_code"]
        form = {**client, "grant_type": "authorization_code", "code": code}
        async with self.session.post(f"{self.url}/auth/token", data=form) as answer:
            self.token = (await answer.json())["access_token"]
        for step in ("core_config", "analytics"):
            await self.post(f"/api/onboarding/{step}", {})
        await self.post("/api/onboarding/integration", {**client, "redirect_uri": f"{self.url}/"})

    async def add_wallet(self, token: str, api_url: str) -> None:
        """Add the wallet as a user would: through the config flow."""
        flow = await self.post("/api/config/config_entries/flow", {"handler": "qiwi"})
        result = await self.post(
            f"/api/config/config_entries/flow/{flow['flow_id']}",
            {"api_token": token, "advanced": {"api_url": api_url}},
        )
        if result["type"] != "create_entry":
            raise FailedError(
                f"The wallet could not be added: {result.get('errors') or result.get('reason')}"
            )

    async def listen(self) -> aiohttp.ClientWebSocketResponse:
        """Open the websocket and subscribe to what the demo tells of."""
        self._socket = await self.session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0)
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": self.token})
        await self._socket.receive_json()
        # From 2026.11 on a port that nobody confirms is taken back after five minutes; older ones don't know this.
        await self.command({"type": "http/config/promote"})
        for event in ("state_changed", RAN):
            await self.command({"type": "subscribe_events", "event_type": event})
        return self._socket

    async def command(self, message: dict[str, Any]) -> None:
        """Send a websocket command; its answer is not waited for."""
        assert self._socket is not None
        self._number += 1
        await self._socket.send_json({"id": self._number, **message})

    def answered(self, number: int) -> None:
        """Let whoever waits for an answer go on."""
        if waiting := self._answers.pop(number, None):
            waiting.set_result(None)

    async def show(self, cards: dict[str, Any]) -> None:
        """Make a dashboard of its own in the sidebar."""
        await self.command(
            {
                "type": "lovelace/dashboards/create",
                "url_path": DASHBOARD,
                "title": "QIWI Wallet",
                "icon": "mdi:wallet",
            }
        )
        # Commands run beside one another: the cards need their dashboard.
        self._answers[self._number] = asyncio.get_running_loop().create_future()
        await asyncio.wait_for(self._answers[self._number], 10)
        await self.command({"type": "lovelace/config/save", "url_path": DASHBOARD, "config": cards})

    async def states(self) -> list[dict[str, Any]]:
        """Return all states."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.get(f"{self.url}/api/states", headers=headers) as answer:
            return list(await answer.json())


async def wait_until_it_answers(home: HomeAssistant, process: asyncio.subprocess.Process) -> None:
    deadline = monotonic() + STARTING
    while monotonic() < deadline:
        if process.returncode is not None:
            raise FailedError("Home Assistant ended while it started; its log is printed above.")
        with suppress(aiohttp.ClientError):
            async with home.session.get(f"{home.url}/api/onboarding") as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.3)
    raise FailedError(f"Home Assistant did not answer within {STARTING:.0f} seconds.")


def dashboard(states: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the cards of the wallet's entities."""
    names = {
        state["entity_id"]: str(state["attributes"].get("friendly_name", "")).rpartition("0000 ")[2]
        for state in states
        if ".qiwi_" in state["entity_id"]
    }
    balances = [_tile(entity, name) for entity, name in sorted(names.items()) if "balance" in entity]
    others = [_tile(entity, name) for entity, name in sorted(names.items()) if "balance" not in entity]
    events = [entity for entity in names if entity.startswith("event.")]
    logbook = {"type": "logbook", "target": {"entity_id": events}, "hours_to_show": 24}
    sections = {"Balances": balances, "Payments": others, "What happened": [logbook]}
    return {
        "views": [
            {
                "title": "QIWI Wallet",
                "type": "sections",
                "sections": [
                    {"cards": [{"type": "heading", "heading": heading}, *cards]}
                    for heading, cards in sections.items()
                ],
            }
        ]
    }


def _tile(entity: str, name: str) -> dict[str, Any]:
    return {"type": "tile", "entity": entity, "name": name}


async def pay_and_look(demo: Demo, home: HomeAssistant, simulator: Simulator, until: float) -> None:
    """Let payments arrive, and have Home Assistant look for them as a user can, until each has arrived."""
    events = [
        state["entity_id"] for state in await home.states() if state["entity_id"].startswith("event.qiwi")
    ]
    look = {"domain": "homeassistant", "service": "update_entity", "service_data": {"entity_id": events}}
    while monotonic() < until:
        row = arrive(simulator.wallet)
        if row.type == "IN" and row.status == "SUCCESS":
            demo.sent.add(row.transaction_id)
        await asyncio.sleep(PAUSE)
        await home.command({"type": "call_service", **look})
    for _ in range(ARRIVING):
        if demo.is_complete:
            break
        await asyncio.sleep(1)


async def tell(demo: Demo, home: HomeAssistant, messages: aiohttp.ClientWebSocketResponse) -> None:
    async for message in messages:
        said = message.json()
        if said.get("type") == "event":
            demo.hear(said["event"])
        elif said.get("type") == "result":
            home.answered(said["id"])


async def run(seconds: float | None, language: str, level: str) -> int:
    """Run the demo and return its exit code."""
    # As Ctrl-C does: what was started ends with it.
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    demo = Demo()
    folder = Path(tempfile.mkdtemp(prefix="qiwi-demo-"))
    wallet = lived_in_wallet()
    token = wallet.add_token()
    other = Wallet("79000000001", seed=1, balances={"RUB": 500})
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    furnish(folder, CONFIGURATION.format(port=port, level=level), AUTOMATIONS)
    try:
        async with (
            Simulator(wallet, other) as simulator,
            running(folder) as process,
            aiohttp.ClientSession() as session,
        ):
            home = HomeAssistant(session, url)
            demo.say("Starting a real Home Assistant beside a simulated wallet (QIWI itself is not asked) …")
            await wait_until_it_answers(home, process)
            await home.onboard(language)
            messages = await home.listen()
            telling = asyncio.create_task(tell(demo, home, messages))
            await home.add_wallet(token, simulator.url)
            await home.show(dashboard(await home.states()))
            demo.say(
                f"\nHome Assistant:  {url}/{DASHBOARD}  (user {USER}, password {PASSWORD})\n"
                f"The wallet:      {simulator.url}  (make a payment there yourself)\n"
                f"Another token:   {other.add_token()}  (to add a second wallet by hand, "
                "with the wallet's address above as the server address)\n"
                "Payments arrive every few seconds. Ctrl-C ends everything.\n"
            )
            end = monotonic() + seconds if seconds else float("inf")
            await pay_and_look(demo, home, simulator, end)
            telling.cancel()
            demo.say(
                f"\n{len(demo.sent)} payments received: {len(demo.sent & demo.announced)} announced, "
                f"{len(demo.sent & demo.automated)} reached the automation."
            )
            return 0 if demo.sent and demo.is_complete else 1
    except FailedError as failure:
        print((folder / "output.txt").read_text(errors="replace"), file=sys.stderr)
        print(f"demo: {failure}", file=sys.stderr)
        return 1
    finally:
        if keep := os.environ.get("DEMO_LOG"):
            shutil.copy(folder / "output.txt", keep)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A simulated QIWI Wallet, a real Home Assistant that reads it, and payments that arrive.",
        epilog="DEMO_LOG=FILE keeps Home Assistant's output.",
    )
    parser.add_argument("--seconds", type=float, help="end by itself, and fail unless every payment arrived")
    parser.add_argument("--language", default="en", choices=("en", "ru"), help="the user's language")
    parser.add_argument("--debug", action="store_true", help="log the integration at debug level")
    arguments = parser.parse_args()
    try:
        return asyncio.run(run(arguments.seconds, arguments.language, "debug" if arguments.debug else "info"))
    except KeyboardInterrupt, asyncio.CancelledError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
