"""A simulated wallet, a real Home Assistant that reads it, and payments that arrive every few seconds."""

import argparse
import asyncio
from contextlib import suppress
from dataclasses import dataclass
import os
from pathlib import Path
import shutil
import signal
import sys
import tempfile
from time import monotonic
from typing import Final

import aiohttp

from mail_simulator import Mail, MailSimulator
from real_home_assistant.api import PASSWORD, USER, FailedError, HomeAssistant
from real_home_assistant.home import CARDS, CONFIGURATION, DASHBOARD
from real_home_assistant.process import free_port, furnish, running
from real_home_assistant.remembered import remember
from wallet_simulator import Simulator, Wallet
from wallet_simulator.history import lived_in_wallet

from .shop import Shop
from .terminal import Terminal, Words
from .witness import EVENTS, RAN, Witness

PAUSE: Final = 4.0
# Seconds until the last payment must have arrived, longer than Home Assistant's own poll takes.
ARRIVING: Final = 75.0
# Seconds that a person who ends the demo waits for the last payment.
ENDING: Final = 5.0
# Of what Home Assistant said, when the demo fails.
LAST_LINES: Final = 40

AUTOMATIONS: Final = """
- id: qiwi_demo
  alias: {alias}
  mode: queued
  max: 10000
  triggers:
    - trigger: qiwi.payment_received
  actions:
    - event: {ran}
      event_data:
        transaction_id: "{{{{ trigger.payment.transaction_id }}}}"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says."""

    seconds: float | None
    language: str
    level: str


class Demo:
    """One run."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.words = Words(options.language)
        self.terminal = Terminal()
        self.witness = Witness(self.terminal, self.words)
        self.wallet = lived_in_wallet(language=options.language)
        self.token = self.wallet.add_token()
        self.other = Wallet("79000000001", seed=1, balances={"RUB": 500})
        self.shop = Shop(self.wallet, self.words)
        self.overlay = ""
        self.ended = asyncio.Event()

    async def run(self, folder: Path) -> bool:
        """Show everything until the time is over or somebody ends it; returns whether every payment arrived."""
        port = free_port()
        options = self.options
        automations = AUTOMATIONS.format(alias=self.words.text("automation"), ran=RAN)
        furnish(
            folder,
            CONFIGURATION.format(port=port, language=options.language, level=options.level),
            automations,
        )
        async with (
            Simulator(self.wallet, self.other) as simulator,
            MailSimulator(on_mail=self._show_mail) as mails,
            running(folder) as process,
            aiohttp.ClientSession() as session,
        ):
            home = HomeAssistant(session, f"http://127.0.0.1:{port}")
            self.terminal.say(self.words.text("starting"))
            await home.wait_until_it_answers(process)
            await home.onboard(options.language)
            async with home.connected(self.witness.hear):
                await self._prepare(home, simulator, mails.port)
                self._introduce(home, simulator)
                await self._pay(home)
        return self.witness.is_complete and bool(self.witness.sent)

    async def _prepare(self, home: HomeAssistant, simulator: Simulator, mail_port: int) -> None:
        """Do what a user would: add the wallet, and a dashboard for it."""
        for event in EVENTS:
            await home.command("subscribe_events", event_type=event)
        entry_id = await home.add_wallet(self.token, simulator.url)
        await remember(home)
        # What is added is there after a reload, which the next steps need not wait for.
        self.overlay = await self.shop.open(home, entry_id, mail_port)
        await home.show(DASHBOARD, CARDS)
        await home.ignore_its_own_repairs()

    def _show_mail(self, mail: Mail) -> None:
        message = mail.message
        self.terminal.tell(self.words.text("mail", to=message["To"], subject=message["Subject"]))

    def _introduce(self, home: HomeAssistant, simulator: Simulator) -> None:
        words = self.words
        url = f"{home.url}/{DASHBOARD}"
        for line in (
            "",
            words.text("home", url=url, user=USER, password=PASSWORD),
            words.text("wallet", url=simulator.url),
            words.text("overlay", address=self.overlay),
            words.text("other_wallet", token=self.other.add_token()),
            "",
            words.text("begun"),
            "",
        ):
            self.terminal.say(line)
        self.terminal.keep(words.text("footer", home=url, user=USER, password=PASSWORD, wallet=simulator.url))

    async def _pay(self, home: HomeAssistant) -> None:
        """Let payments arrive, and have Home Assistant look for them as a user can, until each has arrived."""
        seconds = self.options.seconds
        end = monotonic() + seconds if seconds else float("inf")
        events = [entity for entity in await home.states() if entity.startswith("event.qiwi")]
        while monotonic() < end and not self.ended.is_set():
            self.witness.sent.add(self.shop.sell().transaction_id)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ended.wait(), PAUSE)
            await home.act("homeassistant.update_entity", entity_id=events)
        self.terminal.keep("")
        with suppress(TimeoutError):
            async with asyncio.timeout(ENDING if self.ended.is_set() else ARRIVING):
                while not self.witness.is_complete:  # noqa: ASYNC110  another process makes it true
                    await asyncio.sleep(0.1)


async def _run(options: Options) -> int:
    """Run the demo and return its exit code."""
    demo = Demo(options)
    running_task = asyncio.current_task()
    assert running_task is not None

    def end() -> None:
        # Once it is under way the payments are added up; before that, or told twice, it just ends.
        if demo.ended.is_set() or not demo.witness.sent:
            running_task.cancel()
        demo.ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    folder = Path(tempfile.mkdtemp(prefix="qiwi-demo-"))
    try:
        is_complete = await demo.run(folder)
    except FailedError as failure:
        output = (folder / "output.txt").read_text(errors="replace").splitlines()
        print(*output[-LAST_LINES:], sep="\n", file=sys.stderr)
        print(demo.words.text("failed", why=failure), file=sys.stderr)
        return 1
    finally:
        if keep := os.environ.get("DEMO_LOG"):
            shutil.copy(folder / "output.txt", keep)
        shutil.rmtree(folder, ignore_errors=True)
    demo.terminal.say(f"\n{demo.witness.summary}")
    return 0 if is_complete or demo.ended.is_set() else 1


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
    options = Options(
        seconds=arguments.seconds,
        language=arguments.language,
        level="debug" if arguments.debug else "info",
    )
    try:
        return asyncio.run(_run(options))
    except asyncio.CancelledError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
