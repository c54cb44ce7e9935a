"""Break the promise on purpose, one way at a time, and see that the tests notice."""

import argparse
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
INTEGRATION: Final = Path("custom_components/qiwi")
COPIED: Final = (
    "custom_components",
    "pyproject.toml",
    "real_home_assistant",
    "stubs",
    "tests",
    "wallet_simulator",
)
TESTS: Final = (
    "tests/payments/test_payment.py",
    "tests/test_payments.py",
    "tests/test_ledger.py",
    "tests/test_writes.py",
    "tests/test_stops.py",
    "tests/test_faults.py",
    "tests/test_catch_up.py",
)
PATIENCE: Final = 150


@dataclass(frozen=True, slots=True)
class Mutation:
    """One break: what it does to the promise, where, and which text it replaces by which."""

    breaks: str
    file: str
    old: str
    new: str


MUTATIONS: Final = (
    Mutation(
        "announce what is pending",
        "ledger/ledger.py",
        "return row.status is not Status.WAITING and (row.sum is not None or row.total is not None)",
        "return row.sum is not None or row.total is not None",
    ),
    Mutation(
        "forget the keys of what was announced",
        "ledger/ledger.py",
        "seen=_added(self.seen, ((payment.key, _epoch(payment.date)) for payment in payments)),",
        "seen=self.seen,",
    ),
    Mutation(
        "forget what is pending when a window is through",
        "ledger/ledger.py",
        "pending=_since(self.pending, _epoch(until - PENDING_KEPT)),",
        "pending=_since(self.pending, floor),",
    ),
    Mutation(
        "compare dates instead of ids",
        "ledger/ledger.py",
        "        if self.holds(row.key):\n            return News.KNOWN\n",
        "        if self.holds(row.key) or _epoch(row.date) < self.newest:\n            return News.KNOWN\n",
    ),
    Mutation(
        "know a payment by its id without its type",
        "ledger/ledger.py",
        "return transaction_id in self.seen.get(row_type, {})",
        "return any(transaction_id in moments for moments in self.seen.values())",
    ),
    Mutation(
        "flag nothing after a crash",
        "ledger/ledger.py",
        "return replace(self, outbox=tuple(announcement.again() for announcement in self.outbox))",
        "return self",
    ),
    Mutation(
        "flag what an orderly stop left",
        "ledger/ledger.py",
        "            return replace(self, stopped=False)\n",
        "            pass\n",
    ),
    Mutation(
        "drop what a crash left in the outbox",
        "ledger/ledger.py",
        "return replace(self, outbox=tuple(announcement.again() for announcement in self.outbox))",
        "return replace(self, outbox=())",
    ),
    Mutation(
        "flag nothing after a restored backup",
        "ledger/ledger.py",
        "return replace(self, doubtful_until=_epoch(now), in_backup=False)",
        "return replace(self, in_backup=False)",
    ),
    Mutation(
        "let a window go newest first",
        "ledger/ledger.py",
        "self._order = [key for _, second in sorted(self._seconds.items()) for key in second]",
        "self._order = [key for _, second in sorted(self._seconds.items(), reverse=True) for key in second]",
    ),
    Mutation(
        "mix up the last second of a window",
        "ledger/ledger.py",
        "place = places.get(moment, len(second) if are_newest else 0)",
        "place = len(second) if are_newest else 0",
    ),
    Mutation(
        "pass over what arrives behind the place a window has come to",
        "ledger/ledger.py",
        "not (reading and reading.awaits(row))",
        "not (reading and reading.covers(row))",
    ),
    Mutation(
        "let a page go newest first",
        "ledger/ledger.py",
        "paid_order = sorted(oldest_last, key=lambda row: row.date)",
        "paid_order = list(news.values())",
    ),
    Mutation(
        "let the floor pass what was not read",
        "ledger/ledger.py",
        "floor = max(self.floor, min(_epoch(until - WINDOW), self.newest))",
        "floor = max(self.floor, self.newest)",
    ),
    Mutation(
        "let a wallet's wrong clock move the floor",
        "ledger/ledger.py",
        "floor = max(self.floor, min(_epoch(until - WINDOW), self.newest))",
        "floor = max(self.floor, _epoch(until - WINDOW))",
    ),
    Mutation(
        "announce the past at first contact",
        "ledger/ledger.py",
        "if self.baseline_before is not None and moment < self.baseline_before:",
        "if False:",
    ),
    Mutation(
        "lose the rest of a second where a window broke off",
        "ledger/ledger.py",
        "max(start, min(end, self.oldest + timedelta(seconds=1)))",
        "max(start, self.oldest - timedelta(seconds=1))",
    ),
    Mutation(
        "take an unreadable ledger for a new one",
        "ledger_file.py",
        '            raise LedgerError("The ledger is damaged (not JSON)") from None\n',
        "            return None\n",
    ),
    Mutation(
        "swallow a failed write",
        "ledger_file.py",
        "        save_json(str(self.path), ledger.as_json(), private=True, atomic_writes=True)\n",
        "        from contextlib import suppress\n        with suppress(Exception):\n"
        "            save_json(str(self.path), ledger.as_json(), private=True, atomic_writes=True)\n",
    ),
    Mutation(
        "clear the outbox before the write",
        "coordinator.py",
        "written = self._marked(ledger)",
        "written = replace(self._marked(ledger), outbox=())",
    ),
    Mutation(
        "publish before writing",
        "coordinator.py",
        "            await self._commit(self.ledger.staged(batch, now=now, counting=self._counting))\n",
        "            self.ledger = self.ledger.staged(batch, now=now, counting=self._counting)\n",
    ),
    Mutation(
        "leave the outbox full on disk",
        "coordinator.py",
        "            self.ledger = self.ledger.published(published)\n",
        "            pass\n",
    ),
    Mutation(
        "publish what a stop left while the file says that none of it is out",
        "coordinator.py",
        "        await self._commit(replace(self.ledger))\n        await self._publish_outbox()\n",
        "        await self._publish_outbox()\n",
    ),
    Mutation(
        "publish while Home Assistant stops",
        "coordinator.py",
        "if not self._flowing or self.hass.is_stopping:\n                    return",
        "if False:\n                    return",
    ),
    Mutation(
        "publish before Home Assistant has started",
        "coordinator.py",
        "        self._flowing = False\n",
        "        self._flowing = True\n",
    ),
    Mutation(
        "announce an incomplete window",
        "coordinator.py",
        "                if reading.pages % NOTABLE_PAGES == 0:\n",
        "                break\n                if reading.pages % NOTABLE_PAGES == 0:\n",
    ),
    Mutation(
        "do not read on after a failed poll",
        "coordinator.py",
        "            self._missed = True\n            self._page = None\n            return problem_of(error)\n",
        "            return problem_of(error)\n",
    ),
    Mutation(
        "look at the newest page only",
        "coordinator.py",
        "while page.cursor is not None and holds_news(",
        "while False and holds_news(",
    ),
    Mutation(
        "do not look up what is pending for long",
        "coordinator.py",
        "        await self._look_up_pending()\n",
        "",
    ),
    Mutation(
        "take a refund for income",
        "payments/payment.py",
        "            return PaymentEvent.REFUND_RECEIVED\n",
        "            return PaymentEvent.RECEIVED\n",
    ),
    Mutation(
        "take a conversion for income",
        "payments/payment.py",
        "            return PaymentEvent.CURRENCY_CONVERTED\n",
        "            return PaymentEvent.RECEIVED\n",
    ),
    Mutation(
        "take a failed payment for a successful one",
        "payments/payment.py",
        "            return PaymentEvent.FAILED\n",
        "            return PaymentEvent.SENT\n",
    ),
)


def _verdict(mutation: Mutation) -> str | None:
    """Return which test noticed, or None when none did."""
    with TemporaryDirectory(prefix="qiwi-mutation-") as name:
        folder = Path(name)
        for each in COPIED:
            source = ROOT / each
            if source.is_dir():
                shutil.copytree(source, folder / each, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, folder)
        file = folder / INTEGRATION / mutation.file
        content = file.read_text()
        if mutation.old not in content:
            return f"NOT FOUND in {mutation.file}: {mutation.old.strip()}"
        file.write_text(content.replace(mutation.old, mutation.new, 1))
        return _failed_test(folder)


def _failed_test(folder: Path) -> str | None:
    try:
        result = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *TESTS],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "a test that did not end"
    if result.returncode == 0:
        return None
    failed = re.search(r"^(?:FAILED|ERROR) \S*?::(\S+)", result.stdout, re.MULTILINE)
    return failed[1] if failed else f"NOT RUN: {result.stdout[-300:]}{result.stderr[-300:]}"


def main() -> int:
    """Break and tell."""
    parser = argparse.ArgumentParser(
        prog="scripts/mutate", description="Break the promise on purpose and see that the tests notice."
    )
    parser.add_argument("word", nargs="?", default="", help="only breaks whose description holds this")
    parser.add_argument("--side-by-side", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    chosen = [mutation for mutation in MUTATIONS if arguments.word in mutation.breaks]
    escaped = 0
    with ThreadPoolExecutor(arguments.side_by_side) as pool:
        for mutation, verdict in zip(chosen, pool.map(_verdict, chosen), strict=True):
            is_caught = verdict is not None and not verdict.startswith("NOT ")
            escaped += not is_caught
            print(f"{mutation.breaks:60} {verdict or 'SURVIVED'}", flush=True)
    print(f"{len(chosen)} breaks, {len(chosen) - escaped} caught")
    return escaped > 0


if __name__ == "__main__":
    sys.exit(main())
