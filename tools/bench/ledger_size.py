"""How large the ledger's file of a busy wallet becomes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, Final, cast

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from custom_components.qiwi.api import Status, Transaction
from custom_components.qiwi.coordinator import POLL_INTERVAL
from custom_components.qiwi.ledger import ALLOWED_LATENESS, BATCH, Ledger, TotalsBook
from custom_components.qiwi.ledger_file import LedgerFile
from custom_components.qiwi.payments import Kind, Payment

from .figures import Figure, at_most
from .remote_wallet import RemoteWallet
from .stage import Extras, stage

A_DAY: Final = 5_000
DAYS: Final = 65
RECONCILED_A_DAY: Final = 10
ORDERS: Final = 100


async def ledger(wallet: RemoteWallet) -> list[Figure]:
    """Keep the ledger of a busy wallet for two months and look at its file."""
    wallet.pay()
    async with stage(wallet.url) as made:
        await made.set_up()
        template = (await made.coordinator.client.payments_page(rows=1)).rows[0]
    books = (TotalsBook(received=[Kind.TRANSFER], zone=dt_util.get_default_time_zone),)
    now = template.date
    kept = Ledger.first_contact([], now=now, books=books)
    share = A_DAY // RECONCILED_A_DAY
    largest = 0
    with TemporaryDirectory(prefix="qiwi-bench-") as folder:
        file = LedgerFile(_config(folder), "busy")
        for part in range(DAYS * RECONCILED_A_DAY):
            now += timedelta(days=1) / RECONCILED_A_DAY
            rows = [_paid(template, part * share + number, now) for number in range(share)]
            kept = kept.taken([Payment.from_transaction(row) for row in rows], now=now, books=books)
            # At most one batch waits on disk at a time.
            kept = kept.published(share - BATCH)
            if part >= (DAYS - 2) * RECONCILED_A_DAY:
                await file.async_save(kept, books)
                largest = max(largest, file.path.stat().st_size)
            kept = kept.published(BATCH).advanced(now - ALLOWED_LATENESS, books=books)
    return [
        at_most(f"ledger file at {A_DAY:,} payments a day", largest / 1000, 300, " KB"),
        at_most(
            "ledger file: an order with a comment of 120 letters", await _order_size(wallet), 1000, " bytes"
        ),
    ]


async def _order_size(wallet: RemoteWallet) -> float:
    """Return what an order adds to the file."""
    async with stage(wallet.url, extras=[Extras(offers=[{"price": "1", "quantity": "multiples"}])]) as made:
        await made.set_up()
        made.wait(POLL_INTERVAL, wallet)
        wallet.pay(ORDERS, over=POLL_INTERVAL, comment=f"{'Урок ' * 20} viewer1@example.com")
        await made.poll()
        coordinator = made.coordinator
        orders = coordinator.orders.to_json(coordinator.journal.ledger.state(coordinator.orders))["orders"]
    assert len(orders) == ORDERS
    return len(json.dumps(orders, ensure_ascii=False).encode()) / ORDERS


def _paid(template: Transaction, number: int, moment: datetime) -> Transaction:
    return replace(template, transaction_id=str(25_050_000_000 + number), date=moment, status=Status.SUCCESS)


def _config(folder: str) -> HomeAssistant:
    async def at_once(job: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401  whatever the job does
        return job(*arguments)

    return cast(
        "HomeAssistant",
        SimpleNamespace(
            config=SimpleNamespace(path=Path(folder).joinpath), data={}, async_add_executor_job=at_once
        ),
    )
