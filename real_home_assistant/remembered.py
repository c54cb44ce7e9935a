"""Statistics of the month before the integration came, so that the demo's graphs are not empty."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .api import HomeAssistant

HOURS: Final = 29 * 24
HOUR: Final = timedelta(hours=1)

type Payment = dict[str, Any]


def _received(payment: Payment) -> float:
    counts = payment["direction"] == "in" and payment["kind"] in {"transfer", "top_up"}
    return float(payment["amount"]) if counts else 0.0


def _spent(payment: Payment) -> float:
    counts = payment["direction"] == "out" and payment["kind"] != "conversion"
    return -_moved(payment) if counts else 0.0


def _moved(payment: Payment) -> float:
    return float(
        payment["amount"] if payment["direction"] == "in" else -(payment["total"] or payment["amount"])
    )


CHANGES: Final[dict[str, Callable[[Payment], float]]] = {
    "balance": _moved,
    "received_today": _received,
    "spent_today": _spent,
}


async def remember(home: HomeAssistant) -> None:
    """Write what the sensors would have recorded, as the integration's own list of payments tells it."""
    now = datetime.now(UTC)
    since = now - HOURS * HOUR
    answer = await home.ask("qiwi.get_payments", since=since.isoformat(), limit=1000)
    payments = [payment for payment in answer["payments"] if payment["status"] == "success"]
    first = now.replace(minute=0, second=0, microsecond=0) - HOURS * HOUR
    hours = [first + number * HOUR for number in range(HOURS)]
    for entity, state in (await home.states()).items():
        currency = state["attributes"].get("unit_of_measurement")
        for name, change in CHANGES.items():
            if entity.startswith(f"sensor.qiwi_0000_{name}"):
                changes = [
                    (datetime.fromisoformat(payment["date"]), change(payment))
                    for payment in payments
                    if payment["currency"] == currency
                ]
                await home.command(
                    "recorder/import_statistics",
                    metadata={
                        "source": "recorder",
                        "statistic_id": entity,
                        "name": None,
                        "unit_of_measurement": currency,
                        "unit_class": None,
                        "has_sum": True,
                        "mean_type": 0,
                    },
                    stats=[_statistic(hour, float(state["state"]), changes) for hour in hours],
                )
                await _written(home, entity, hours[-1])


async def _written(home: HomeAssistant, entity: str, hour: datetime) -> None:
    """Wait for the recorder, which writes in its own time."""
    query = {"start_time": hour.isoformat(), "period": "hour", "statistic_ids": [entity]}
    while not await home.command("recorder/statistics_during_period", **query):  # noqa: ASYNC110
        await asyncio.sleep(0.1)


def _statistic(hour: datetime, now: float, changes: list[tuple[datetime, float]]) -> dict[str, Any]:
    # The sums end where those of Home Assistant itself begin: at nothing.
    later = sum(change for date, change in changes if date >= hour + HOUR)
    return {"start": hour.isoformat(), "state": now - later, "sum": -later}
