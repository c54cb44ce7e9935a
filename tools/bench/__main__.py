"""Measure what the project promises in numbers, and say which number is not reached."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from secrets import randbits
import sys
from typing import Final

from .catch_up import catch_up, long_catch_up
from .faults import faults
from .figures import Figure
from .kills import Outcome, kill
from .ledger_size import ledger
from .overlay import overlay
from .polling import beside, burst, latency, minute, quiet
from .remote_wallet import RemoteWallet, remote_wallet
from .sales import Sales, sell
from .soak import soak
from .start import start

KILLS: Final = 8
ORDERS: Final = 40
MEASURES: Final[dict[str, Callable[[RemoteWallet], Awaitable[list[Figure]]]]] = {
    "quiet": quiet,
    "minute": minute,
    "beside": beside,
    "burst": burst,
    "catchup": catch_up,
    "months": long_catch_up,
    "latency": latency,
    "start": start,
    "ledger": ledger,
    "overlay": overlay,
}
VERDICT: Final = {True: "ok", False: "MISSED", None: "slow"}


async def measure(name: str, arguments: argparse.Namespace) -> list[Figure]:
    """Take the figures of one name."""
    if name == "faults":
        return await faults()
    if name == "soak":
        return await soak(arguments.seed)
    if name == "kills":
        outcomes = await kill(arguments.kills, arguments.seed, arguments.side_by_side)
        return [_figure(outcome) for outcome in outcomes]
    if name == "sales":
        sales = await sell(arguments.kills, arguments.orders, arguments.seed, arguments.side_by_side)
        return [_sales_figure(each) for each in sales]
    with remote_wallet() as wallet:
        return await MEASURES[name](wallet)


def _figure(outcome: Outcome) -> Figure:
    print(outcome, flush=True)
    measured = (
        f"{outcome.paid} paid, {len(outcome.lost)} lost, {len(outcome.unflagged)} doubled without a flag"
    )
    return Figure(
        f"kill -9, {outcome.kills} times", measured, "none lost, every duplicate flagged", outcome.is_kept
    )


def _sales_figure(sales: Sales) -> Figure:
    print(sales, flush=True)
    measured = (
        f"{sales.orders} orders, {len(sales.missing)} without a mail, {len(sales.twice)} with two of one id"
    )
    return Figure(
        f"kill -9 of a shop, {sales.moments.total()} times",
        measured,
        "one mail, or two of one id, each",
        sales.is_kept,
    )


def show(figures: list[Figure]) -> None:
    """Print the table."""
    rows = [(each.what, each.measured, each.reach, VERDICT[each.is_ok]) for each in figures]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), flush=True
        )


def main() -> int:
    """Read the command line and measure."""
    names = (*MEASURES, "faults", "soak", "kills", "sales")
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure what the project promises in numbers.",
        epilog="A count or a ratio that is missed is an error; a time that is missed is only called slow, "
        "because a busy machine may be the reason.",
    )
    parser.add_argument("names", nargs="*", metavar="name", help=f"all of {', '.join(names)} unless chosen")
    parser.add_argument("--kills", type=int, default=KILLS, help="how often Home Assistant is killed")
    parser.add_argument("--orders", type=int, default=ORDERS, help="how many orders are sold meanwhile")
    parser.add_argument("--side-by-side", type=int, default=2, help="how many Home Assistants are killed")
    parser.add_argument("--seed", type=int, default=randbits(32), help="of the moments and the payments")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(names):
        parser.error(f"{', '.join(sorted(unknown))} is not one of {', '.join(names)}")
    figures = []
    for name in arguments.names or names:
        print(f"bench: {name} …", file=sys.stderr, flush=True)
        figures += asyncio.run(measure(name, arguments))
    show(figures)
    return any(each.is_ok is False for each in figures)


if __name__ == "__main__":
    sys.exit(main())
