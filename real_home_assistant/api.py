"""A running Home Assistant, spoken to as its own frontend does: over HTTP and a websocket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any, Final

import aiohttp

USER: Final = "demo"
PASSWORD: Final = "demo-wallet"  # noqa: S105 - a throw-away user on loopback
STARTING: Final = 120.0
ANSWERING: Final = 30.0

type Hear = Callable[[dict[str, Any]], None]


class FailedError(Exception):
    """Home Assistant did not do what was asked; the text says why."""


class HomeAssistant:
    """The API of a running Home Assistant."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self.session = session
        self.url = url
        self.token = ""
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._number = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}

    async def wait_until_it_answers(self, process: asyncio.subprocess.Process) -> None:
        """Wait for Home Assistant's start."""
        deadline = monotonic() + STARTING
        while monotonic() < deadline:
            if process.returncode is not None:
                raise FailedError("Home Assistant ended while it started.")
            with suppress(aiohttp.ClientError):
                async with self.session.get(f"{self.url}/api/onboarding") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.3)
        raise FailedError(f"Home Assistant did not answer within {STARTING:.0f} seconds.")

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Call the HTTP API."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.session.post(self.url + path, json=body, headers=headers) as answer:
            if answer.status >= 400:
                raise FailedError(f"Home Assistant refused {path}: {answer.status} {await answer.text()}")
            return dict(await answer.json())

    async def delete(self, path: str) -> None:
        """Call the HTTP API."""
        async with self.session.delete(
            self.url + path, headers={"Authorization": f"Bearer {self.token}"}
        ) as answer:
            answer.raise_for_status()

    async def onboard(self, language: str) -> None:
        """Make the user and skip the questions."""
        client = {"client_id": f"{self.url}/"}
        user = {"name": "Demo", "username": USER, "password": PASSWORD, "language": language}
        await self._take_token((await self.post("/api/onboarding/users", {**client, **user}))["auth_code"])
        for step in ("core_config", "analytics"):
            await self.post(f"/api/onboarding/{step}", {})
        await self.post("/api/onboarding/integration", {**client, "redirect_uri": f"{self.url}/"})

    async def log_in(self) -> None:
        """Be the user that onboarding made."""
        client = {"client_id": f"{self.url}/"}
        begun = await self.post(
            "/auth/login_flow",
            {**client, "handler": ["homeassistant", None], "redirect_uri": f"{self.url}/"},
        )
        user = {**client, "username": USER, "password": PASSWORD}
        await self._take_token((await self.post(f"/auth/login_flow/{begun['flow_id']}", user))["result"])

    async def _take_token(self, code: str) -> None:
        form = {"client_id": f"{self.url}/", "grant_type": "authorization_code", "code": code}
        async with self.session.post(f"{self.url}/auth/token", data=form) as answer:
            self.token = (await answer.json())["access_token"]

    async def add_wallet(self, token: str, api_url: str) -> str:
        """Add the wallet as a user would, through the config flow; returns its entry."""
        answers = {"api_token": token, "advanced": {"api_url": api_url}}
        created = await self._go_through("/api/config/config_entries/flow", "qiwi", answers)
        return str(created["result"]["entry_id"])

    async def add_subentry(self, entry_id: str, kind: str, *answers: dict[str, Any]) -> dict[str, Any]:
        """Add a goal or an offer as a user would; returns what the last step shows, such as its address."""
        path = "/api/config/config_entries/subentries/flow"
        created = await self._go_through(path, [entry_id, kind], *answers)
        return dict(created.get("description_placeholders") or {})

    async def _go_through(self, path: str, handler: object, *answers: dict[str, Any]) -> dict[str, Any]:
        """Answer the steps of a flow, one after the other."""
        result = flow = await self.post(path, {"handler": handler})
        for answer in answers:
            result = await self.post(f"{path}/{flow['flow_id']}", answer)
        if result["type"] != "create_entry":
            raise FailedError(f"Nothing could be added: {result.get('errors') or result.get('reason')}")
        return result

    @asynccontextmanager
    async def connected(self, hear: Hear) -> AsyncIterator[None]:
        """Keep a websocket open for commands, and hand on the events they subscribed to."""
        async with self.session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0) as self._socket:
            await self._socket.receive_json()
            await self._socket.send_json({"type": "auth", "access_token": self.token})
            await self._socket.receive_json()
            reading = asyncio.create_task(self._read(self._socket, hear))
            try:
                # From 2026.11 on a port that nobody confirms is taken back after five minutes.
                with suppress(FailedError):
                    await self.command("http/config/promote")
                yield
            finally:
                reading.cancel()

    async def command(self, type: str, **message: Any) -> Any:  # noqa: A002, ANN401 - as the websocket calls it
        """Send a websocket command and return its result."""
        if self._socket is None:
            raise FailedError("There is no websocket.")
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "type": type, **message})
        return await asyncio.wait_for(answer, ANSWERING)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse, hear: Hear) -> None:
        async for message in socket:
            said = message.json()
            if said["type"] == "event":
                hear(said["event"])
            elif said["type"] == "result" and not (answer := self._answers.pop(said["id"])).done():
                if said["success"]:
                    answer.set_result(said["result"])
                else:
                    answer.set_exception(FailedError(said["error"]["message"]))

    async def show(self, url_path: str, cards: dict[str, Any]) -> None:
        """Make a dashboard of its own in the sidebar."""
        await self.command(
            "lovelace/dashboards/create", url_path=url_path, title="QIWI Wallet", icon="mdi:wallet"
        )
        await self.command("lovelace/config/save", url_path=url_path, config=cards)

    async def ignore_its_own_repairs(self) -> None:
        """Ignore what Home Assistant says of this throw-away installation: a badge is to be about the wallet."""
        deadline = monotonic() + STARTING
        # Some of it is said when the start is over.
        while (await self.command("get_config"))["state"] != "RUNNING" and monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        for issue in (await self.command("repairs/list_issues"))["issues"]:
            if issue["domain"] != "qiwi":
                await self.command(
                    "repairs/ignore_issue", domain=issue["domain"], issue_id=issue["issue_id"], ignore=True
                )

    async def act(self, action: str, **data: Any) -> None:  # noqa: ANN401
        """Perform an action, and come back when it is done."""
        await self._call(action, data, return_response=False)

    async def ask(self, action: str, **data: Any) -> dict[str, Any]:  # noqa: ANN401
        """Perform an action and return its response."""
        result = await self._call(action, data, return_response=True)
        return dict(result["response"])

    async def _call(self, action: str, data: dict[str, Any], **how: bool) -> Any:  # noqa: ANN401
        domain, _, service = action.partition(".")
        return await self.command("call_service", domain=domain, service=service, service_data=data, **how)

    async def states(self) -> dict[str, dict[str, Any]]:
        """Return all states by their entity."""
        return {state["entity_id"]: state for state in await self.command("get_states")}
