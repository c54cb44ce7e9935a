"""A seller's life in memory: a wallet, a disk, a mail server and a process that may be killed between any two steps."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
import json
from typing import Any

from custom_components.qiwi.journal import Journal
from custom_components.qiwi.ledger import (
    Delivered,
    Ledger,
    Order,
    OrderError,
    OrderNeedsAttention,
    OrderOutcome,
    OrdersBook,
    OrderState,
    stored,
)
from custom_components.qiwi.mail_queue import MailQueue, MayLeave
from custom_components.qiwi.payments import Kind, Payment
from tests.ledger.selling import ADDRESS, NOON, bought, offer

MAILED = offer()
BY_HAND = offer(offer_id="by hand", currency="USD", by_hand=True)
BOOK = OrdersBook([MAILED, BY_HAND])
WRONG: dict[str, Any] = {
    "underpaid": {"amount": Decimal(499)},
    "refund": {"kind": Kind.REFUND},
    "conversion": {"kind": Kind.CONVERSION},
    "without an address": {"comment": None},
    "by hand": {"currency": "USD"},
}


class RefusedError(Exception):
    """The disk takes nothing."""


@dataclass
class Mail:
    """A mail that the server took."""

    order_id: str
    email: str | None
    message_id: str | None


@dataclass
class Shop:
    """What outlives the process, and what a seller could count.

    Attributes:
        jump: By how much the host's clock is wrong.
        kill_in: How many steps from now the process is killed.
        refusals: How many writes the disk refuses.
        answers: What comes of the next mails (None: they can't be written), and whether each arrives; then all do.
        uncertain: How often nobody could know whether an order's mail had arrived.
        released: How often a person had it sent.
    """

    jump: timedelta = timedelta()
    payments: list[Payment] = field(default_factory=list)
    disk: str = ""
    backup: str | None = None
    kill_in: int | None = None
    refusals: int = 0
    answers: list[tuple[Delivered | None, bool]] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    attempts: int = 0
    told: set[tuple[str, str]] = field(default_factory=set)
    uncertain: Counter[str] = field(default_factory=Counter)
    released: Counter[str] = field(default_factory=Counter)
    right: set[str] = field(default_factory=set)
    process: Process = field(init=False)

    def wallet_time(self) -> datetime:
        """Return the wallet's time."""
        return NOON + timedelta(seconds=asyncio.get_running_loop().time() - 1000)

    def now(self) -> datetime:
        """Return the host's time."""
        return self.wallet_time() + self.jump

    async def open(self) -> None:
        """Begin with a wallet that was never read."""
        ledger = Ledger.first_contact([], now=self.now(), books=(BOOK,))
        self.disk = json.dumps(stored.to_json(ledger, (BOOK,)))
        await self.start()

    # The process

    async def start(self) -> None:
        """Begin with what is on the disk, and read the wallet."""
        self.kill_in = None
        self.process = Process(self, stored.from_json(json.loads(self.disk), (BOOK,)).restarted())
        await self.process.start()

    async def kill(self) -> None:
        """End the process where it is; nothing that it still does reaches the world."""
        self.process.is_alive = False
        for order in self.on_disk():
            if order.state is OrderState.SENDING:
                self.uncertain[order.order_id] += 1
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def run(self, seconds: float) -> None:
        """Let time pass, read the wallet, and begin anew after a kill."""
        await self.process.attempt(self.process.read())
        until = asyncio.get_running_loop().time() + seconds
        while True:
            await asyncio.sleep(min(1, seconds))
            if not self.process.is_alive:
                await self.kill()
                await self.start()
            elif asyncio.get_running_loop().time() >= until:
                return
            elif seconds > 3600:
                await asyncio.sleep(600)

    def on_disk(self) -> list[Order]:
        """Return the orders as a process that begins now finds them."""
        ledger = stored.from_json(json.loads(self.disk), (BOOK,))
        orders = ledger.state(BOOK)
        return list(orders)

    # What happens

    async def step(self, what: str, *details: Any) -> None:
        """Let one thing happen."""
        match what:
            case "pay":
                await self._pay(*details)
            case "wait":
                await self.run(*details)
            case "complete" | "release":
                await self._decide(what, *details)
            case "stop":
                await self.process.stop()
                # A kill may have fallen into the stop; what was stopped in order is over by now.
                await self.kill()
                await self.start()
            case "restore":
                await self.kill()
                self.disk = self.backup or self.disk
                await self.start()
            case _:
                self._prepare(what, *details)

    def _prepare(self, what: str, *details: Any) -> None:
        match what:
            case "answer":
                self.answers.append(details[0])
            case "kill":
                self.kill_in = details[0]
            case "refuse":
                self.refusals += details[0]
            case "jump":
                self.jump += details[0]
            case "back up":
                self.backup = json.dumps(json.loads(self.disk) | {"in_backup": True})

    async def _pay(self, kind: str) -> None:
        payment = bought(len(self.payments), date=self.wallet_time(), **WRONG.get(kind, {}))
        if kind == "right":
            self.right.add(payment.transaction_id)
        self.payments.append(payment)
        await self.process.attempt(self.process.read())

    async def _decide(self, what: str, number: int) -> None:
        order_id = bought(number).transaction_id

        def change(ledger: Ledger) -> Ledger:
            orders = ledger.state(BOOK)
            if what == "complete":
                return ledger.with_state(BOOK, orders.completed(order_id, OrderOutcome.DELIVERED, self.now()))
            released = orders.released(order_id, ADDRESS, self.now())
            # Counted before it is written: a kill may fall between the write and its being known.
            self.released[order_id] += 1
            return ledger.with_state(BOOK, released)

        async def decide() -> None:
            with suppress(OrderError):
                await self.process.journal.commit(change)

        await self.process.attempt(decide())

    async def close(self) -> None:
        """Let everything heal, and a day and more pass."""
        self.kill_in = None
        self.refusals = 0
        self.answers.clear()
        await self.run(30 * 3600)
        await self.process.stop()


class Process:
    """What a kill ends: the journal and the queue that run in production."""

    def __init__(self, shop: Shop, ledger: Ledger) -> None:
        self.shop = shop
        self.is_alive = True
        self.offers = {MAILED.offer_id}
        self.journal = Journal(
            ledger, books=(BOOK,), write=self._write, publish=self._tell, changed=self._wake
        )
        self.queue = MailQueue(
            self.journal,
            BOOK,
            shop.now,
        )
        self._running: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    async def start(self) -> None:
        """Read the wallet and send."""
        self.journal.open()
        await self.attempt(self.read())
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End in order."""
        await self.attempt(self.queue.stop())
        await self.attempt(self.journal.close())

    async def attempt(self, doing: Awaitable[None]) -> None:
        """Do something that a kill or a full disk may break off."""
        task = asyncio.ensure_future(doing)
        while not task.done() and self.is_alive:
            await asyncio.wait([task], timeout=0.01)
        if task.done() and not task.cancelled() and not isinstance(task.exception(), RefusedError):
            task.result()

    async def read(self) -> None:
        """Show the journal every payment there is, as a read of the window does."""
        # Whichever is behind, as the feed tells the time.
        now = min(self.shop.now(), self.shop.wallet_time())
        if self.journal.ledger.in_backup:
            later = max(self.shop.now(), self.shop.wallet_time())
            await self.journal.commit(lambda ledger: ledger.doubted(later))
        await self.journal.commit(
            lambda ledger: ledger.taken(self.shop.payments, now=now, books=(BOOK,)).trusted()
        )

    def _wake(self) -> None:
        self._woken.set()

    async def _run(self) -> None:
        while (pause := await self.queue.work(self)) is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), pause.total_seconds())
            self._woken.clear()

    async def _pass(self) -> None:
        """Pass a point at which the process may be killed."""
        await asyncio.sleep(0)
        if self.shop.kill_in is not None and self.is_alive:
            self.shop.kill_in -= 1
            self.is_alive = self.shop.kill_in >= 0
        if not self.is_alive:
            await asyncio.Event().wait()

    async def _write(self, ledger: Ledger) -> None:
        await self._pass()
        if self.shop.refusals:
            self.shop.refusals -= 1
            raise RefusedError
        self.shop.disk = json.dumps(stored.to_json(ledger, (BOOK,)))
        await self._pass()

    def message_id(self, order: Order) -> str:
        """Return the id of an order's mail."""
        return f"<{order.order_id}@example.com>"

    async def send(self, order: Order, may_leave: MayLeave) -> Delivered:
        """Send an order's mail, or not, as the next answer says."""
        shop = self.shop
        # Nothing leaves without its note.
        assert any(
            each.order_id == order.order_id and each.state is OrderState.SENDING for each in shop.on_disk()
        )
        shop.attempts += 1
        delivered, arrives = shop.answers.pop(0) if shop.answers else (Delivered.SENT, True)
        if delivered is None:
            raise ValueError("Not an address")
        try:
            await self._pass()
            if delivered in {Delivered.SENT, Delivered.UNKNOWN} and not await may_leave():
                return Delivered.NOT_SENT
            if arrives:
                shop.mails.append(Mail(order.order_id, order.email, order.message_id))
            if delivered is Delivered.UNKNOWN:
                shop.uncertain[order.order_id] += 1
            await self._pass()
            await asyncio.sleep(5 if delivered is Delivered.UNKNOWN else 0.1)
        except asyncio.CancelledError:
            return Delivered.UNKNOWN
        return delivered

    def _tell(self, item: Any) -> None:
        if self.is_alive and isinstance(item, OrderNeedsAttention):
            assert item.order.reason is not None
            self.shop.told.add((item.order.order_id, item.order.reason.value))
