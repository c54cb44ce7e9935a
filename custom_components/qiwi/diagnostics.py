"""Diagnostics by allow-list: types, counts and flags; nothing that tells who paid whom how much."""

from collections import Counter
from datetime import datetime
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .api import API_URL
from .const import CONF_API_URL, CONF_TOKEN_ISSUED
from .coordinator import QiwiConfigEntry, QiwiCoordinator
from .ledger import Order
from .payments import Payment


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: QiwiConfigEntry) -> dict[str, Any]:
    """Return what helps to find a fault and may be shown to anybody."""
    told = {
        "own_server": entry.data[CONF_API_URL] != API_URL,
        "token_issued_known": CONF_TOKEN_ISSUED in entry.data,
        "subentries": Counter(subentry.subentry_type for subentry in entry.subentries.values()),
        "state": entry.state.value,
        "reason": entry.error_reason_translation_key,
    }
    # An entry that could not be set up is asked for its diagnostics more than any other.
    return told | _wallet(entry.runtime_data) if entry.state is ConfigEntryState.LOADED else told


def _wallet(coordinator: QiwiCoordinator) -> dict[str, Any]:
    data = coordinator.data
    ledger = data.ledger
    orders = ledger.state(coordinator.orders) if ledger else ()
    return {
        "problem": data.problem,
        "last_success": _moment(data.last_success),
        "paused_until": _moment(data.paused_until),
        "balances": None
        if data.balances is None
        else sorted(each.currency for each in data.balances.values()),
        "profile": {"blocked": data.profile.blocked, "identification": data.profile.identification}
        if data.profile
        else None,
        "recent": Counter(map(_kind, data.recent)),
        "ledger": {
            "watermark": _moment(dt_util.utc_from_timestamp(ledger.watermark)),
            "seen": {row_type: len(moments) for row_type, moments in ledger.seen.items()},
            "pending": sum(map(len, ledger.pending.values())),
            "outbox": len(ledger.outbox),
            "unreadable": len(ledger.unreadable),
            "days": len(data.totals.days),
            "orders": Counter(map(_progress, orders)),
            "first_month": ledger.backfill_before is not None,
            "restored_backup": ledger.doubtful_until is not None,
        }
        if ledger
        else None,
    }


def _moment(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds") if time else None


def _progress(order: Order) -> str:
    return " ".join(filter(None, (order.state, order.reason, order.outcome)))


def _kind(payment: Payment) -> str:
    return f"{payment.direction} {payment.kind} {payment.status} {payment.currency}"
