"""A simulated wallet, a real Home Assistant that reads it, and payments that arrive every few seconds."""

import argparse
import asyncio
import os
from pathlib import Path
import shutil
import signal
import sys
import tempfile
from time import monotonic
from typing import Any, Final

import aiohttp

from real_home_assistant.api import PASSWORD, USER, FailedError, HomeAssistant
from real_home_assistant.home import CARDS, CONFIGURATION, DASHBOARD
from real_home_assistant.process import free_port, furnish, running
from real_home_assistant.remembered import remember
from wallet_simulator import Simulator, Wallet
from wallet_simulator.history import arrive, lived_in_wallet

RAN: Final = "qiwi_demo_automation_ran"
PAUSE: Final = 4.0
# Seconds until the last payment must have arrived, longer than Home Assistant's own poll takes.
ARRIVING: Final = 75

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


async def pay_and_look(demo: Demo, home: HomeAssistant, simulator: Simulator, until: float) -> None:
    """Let payments arrive, and have Home Assistant look for them as a user can, until each has arrived."""
    events = [entity for entity in await home.states() if entity.startswith("event.qiwi")]
    while monotonic() < until:
        row = arrive(simulator.wallet)
        if row.type == "IN" and row.status == "SUCCESS":
            demo.sent.add(row.transaction_id)
        await asyncio.sleep(PAUSE)
        await home.act("homeassistant.update_entity", entity_id=events)
    for _ in range(ARRIVING):
        if demo.is_complete:
            break
        await asyncio.sleep(1)


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
    furnish(folder, CONFIGURATION.format(port=port, language=language, level=level), AUTOMATIONS)
    try:
        async with (
            Simulator(wallet, other) as simulator,
            running(folder) as process,
            aiohttp.ClientSession() as session,
        ):
            home = HomeAssistant(session, url)
            demo.say("Starting a real Home Assistant beside a simulated wallet (QIWI itself is not asked) …")
            await home.wait_until_it_answers(process)
            await home.onboard(language)
            async with home.connected(demo.hear):
                for event in ("state_changed", RAN):
                    await home.command("subscribe_events", event_type=event)
                await home.add_wallet(token, simulator.url)
                await remember(home)
                await home.show(DASHBOARD, CARDS)
                demo.say(
                    f"\nHome Assistant:  {url}/{DASHBOARD}  (user {USER}, password {PASSWORD})\n"
                    f"The wallet:      {simulator.url}  (make a payment there yourself)\n"
                    f"Another token:   {other.add_token()}  (to add a second wallet by hand, "
                    "with the wallet's address above as the server address)\n"
                    "Payments arrive every few seconds. Ctrl-C ends everything.\n"
                )
                end = monotonic() + seconds if seconds else float("inf")
                await pay_and_look(demo, home, simulator, end)
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
