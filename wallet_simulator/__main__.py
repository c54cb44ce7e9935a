"""The simulator for people: `python -m wallet_simulator` serves a lived-in wallet until Ctrl-C."""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
import sys

from .faults import Fault
from .fields import ControlError, Fields, read_object
from .history import OPENING_BALANCES, Language, arrive, lived_in_wallet
from .server import Simulator
from .wallet import Scope, Wallet

DEFAULT_PORT = 8765

DESCRIPTION = """\
Serve the QIWI Wallet API on this machine, with a made-up wallet behind it.

The address and the token to paste into Home Assistant are printed at the start.
Open the address in a browser to make payments, settle them and let things go wrong.
"""
EPILOG = """\
the same by hand:
  curl -X POST -H 'Content-Type: application/json' -d '{"amount": "500", "comment": "Hello"}' ADDRESS/control/payments
  curl -X POST -H 'Content-Type: application/json' -d '{"status": "SUCCESS"}' ADDRESS/control/payments/ID/settle
  curl -X POST -H 'Content-Type: application/json' -d '{"kind": "status", "status": 503, "times": 3}' ADDRESS/control/faults
  curl -X POST -H 'Content-Type: application/json' -d '{"kind": "no_rows", "page": 2, "dated": true}' ADDRESS/control/faults
  curl -X DELETE ADDRESS/control/faults
  curl -X POST -H 'Content-Type: application/json' -d '{"status": "ERROR"}' ADDRESS/control/payments/ID/change
  curl -X DELETE ADDRESS/control/payments/ID
  curl ADDRESS/control/state
"""


def read_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line; exits with a message for what cannot be."""
    parser = argparse.ArgumentParser(
        prog="python -m wallet_simulator",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        help="port to listen on, 0 for any free one (default: %(default)s)",
    )
    add("--number", type=_digits, default="79000000000", help="number of the wallet (default: %(default)s)")
    add(
        "--token",
        action="append",
        metavar="TOKEN",
        help="a token that may read everything (default: one made from the seed)",
    )
    add("--history-token", metavar="TOKEN", help="another token, for the payments list only")
    add("--seed", type=int, default=0, help="another number, another history (default: %(default)s)")
    add("--days", type=_positive, default=30, help="days of history (default: %(default)s)")
    add(
        "--language",
        type=Language,
        choices=list(Language),
        default=Language.ENGLISH,
        help="what payers write in (default: %(default)s)",
    )
    add("--empty", action="store_true", help="a new wallet without payments or money")
    add("--every", type=_positive, metavar="SECONDS", help="let a donation arrive every so many seconds")
    add(
        "--no-rate-limit",
        action="store_true",
        help="answer any number of requests (the wallet blocks after 100 a minute)",
    )
    add(
        "--default-window",
        action="store_true",
        help="limit a list without dates to 24 hours, as the docs say",
    )
    add("--ignore-dates", action="store_true", help="ignore startDate and endDate on all pages but the first")
    add("--empty-history-404", action="store_true", help="answer 404 instead of an empty list")
    add(
        "--fault",
        action="append",
        default=[],
        type=_fault,
        metavar="JSON",
        help='let something go wrong, as in \'{"kind": "status", "status": 404, "page": 2, "times": 1}\'',
    )
    add("--quiet", action="store_true", help="don't print a line for each request")
    return parser.parse_args(arguments)


def _fault(text: str) -> Fault:
    try:
        return Fields(read_object(text)).fault()
    except ControlError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _digits(text: str) -> str:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError("a wallet number is written in digits only, like 79000000000")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return int(text)


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise argparse.ArgumentTypeError("give a whole number above 0")
    return int(text)


def make_wallet(options: argparse.Namespace) -> Wallet:
    """Make the wallet the options describe, with its tokens."""
    if options.empty:
        wallet = Wallet(options.number, seed=options.seed, balances=dict.fromkeys(OPENING_BALANCES, 0))
    else:
        wallet = lived_in_wallet(
            options.number, seed=options.seed, days=options.days, language=options.language
        )
    if options.default_window:
        wallet.default_window = timedelta(days=1)
    for token in options.token or [None]:
        wallet.add_token(token)
    if options.history_token:
        wallet.add_token(options.history_token, {Scope.PAYMENTS})
    return wallet


def _print_line(line: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S} {line}", flush=True)


async def serve(options: argparse.Namespace) -> None:
    """Serve until cancelled. OSError when the port is taken."""
    wallet = make_wallet(options)
    simulator = Simulator(
        wallet,
        port=options.port,
        rate_limit=None if options.no_rate_limit else 100,
        honours_dates=not options.ignore_dates,
        empty_history_404=options.empty_history_404,
        log=None if options.quiet else _print_line,
    )
    for fault in options.fault:
        simulator.fault(fault)
    async with simulator:
        print(f"Address  {simulator.url}")
        for token in wallet.tokens.values():
            scope = "" if token.scopes == frozenset(Scope) else f"  ({', '.join(sorted(token.scopes))} only)"
            print(f"Token    {token.value}{scope}")
        print(f"Wallet   {wallet.number}, {len(wallet)} payments")
        print("Open the address in a browser to make payments. Ctrl-C ends it.", flush=True)
        while True:
            await asyncio.sleep(options.every or 3600)
            if options.every:
                arrive(wallet, language=options.language)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    options = read_arguments(arguments)
    try:
        with suppress(KeyboardInterrupt):
            asyncio.run(serve(options))
    except OSError as error:
        print(f"Port {options.port} cannot be used: {error.strerror}. Try --port 0.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
