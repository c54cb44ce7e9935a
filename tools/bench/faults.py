"""The fault table: payments are made before, during and after everything that can go wrong with an answer."""

import asyncio
from datetime import timedelta
from typing import Any, Final

from wallet_simulator import FaultKind, Simulator, Wallet
from wallet_simulator.trouble import Trouble, answers, refused

from .stage import NUMBER, TOKEN, Figure, Stage, stage

TIMEOUT: Final = 0.5
DURING: Final = 3
# Each fault strikes as it would in life; what is not named here needs no more than its kind.
DETAILS: Final[dict[FaultKind, list[dict[str, Any]]]] = {
    FaultKind.STATUS: [
        {"status": 400},
        {"status": 401},
        {"status": 403},
        {"status": 404},
        {"status": 423, "headers": {"Retry-After": "1"}},
        {"status": 429, "headers": {"Retry-After": "1"}},
        {"status": 500},
        {"status": 503, "body": "<html>Bad gateway</html>"},
    ],
    FaultKind.SLOW: [{"seconds": 0.1}, {"seconds": 60}],
    FaultKind.REDIRECT: [{}, {"location": "https://example.com/"}],
    FaultKind.WRONG_DATE: [{"offset": timedelta(days=days)} for days in (-400, -1, 1, 400)],
}


def _troubles() -> dict[str, Trouble]:
    """Return everything that goes wrong, by name."""
    troubles: dict[str, Trouble] = {"refused": refused}
    for kind in FaultKind:
        for details in DETAILS.get(kind, [{}]):
            # The first detail is what makes it another fault.
            shown = next((str(value).removesuffix(", 0:00:00") for value in details.values()), "")
            troubles[f"{kind} {shown}".strip()] = answers(kind, **details)
    return troubles


async def faults() -> list[Figure]:
    """Let everything go wrong, one after the other."""
    return [await _survive(name, trouble) for name, trouble in _troubles().items()]


async def _survive(name: str, trouble: Trouble) -> Figure:
    """Make payments around one fault and tell whether each was announced once."""
    wallet = Wallet(NUMBER, balances={"RUB": 1000})
    wallet.add_token(TOKEN)
    paid = 0

    def pay(count: int) -> None:
        nonlocal paid
        for _ in range(count):
            paid += 1
            wallet.pay(paid)

    async with Simulator(wallet, rate_limit=None) as simulator, stage(simulator.url) as made:
        await made.set_up()
        made.coordinator.client.timeout = TIMEOUT
        pay(1)
        await made.poll()
        pay(15)
        async with trouble(simulator):
            for _ in range(DURING):
                pay(15)
                await made.poll()
        pay(15)
        await _recover(made)
    announced = [record["amount"] for record in made.heard]
    lost = paid - len(set(announced))
    doubled = len(announced) - len(set(announced))
    flagged = sum(record["possible_duplicate"] for record in made.heard)
    measured = f"{paid} paid, {lost} lost, {doubled} doubled" + (f", {flagged} flagged" if flagged else "")
    return Figure(f"fault: {name}", measured, "none lost, none doubled", not (lost or doubled or flagged))


async def _recover(made: Stage) -> None:
    """Poll until the feed is well again; a refused token is entered anew, and a pause is waited for."""
    await asyncio.sleep(made.coordinator.client._shared.transport.limiter.remaining)  # noqa: SLF001
    if made.coordinator.data.problem == "invalid_auth":
        await made.hass.config_entries.async_reload(made.entry.entry_id)
        await made.rest()
    for _ in range(2):
        await made.poll()
