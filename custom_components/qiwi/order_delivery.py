"""Mailing a wallet's orders within Home Assistant: from its start to the entry's end."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import timedelta
import logging
from typing import TYPE_CHECKING, Any, Final

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later, async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util
from homeassistant.util.ssl import create_client_context

from .const import SUBENTRY_MAIL_SERVER, SUBENTRY_OFFER
from .coordinator import QiwiConfigEntry
from .issues import async_report_mail_server
from .ledger import Delivered, Order
from .mail import MailTemplate, Sender, compose, message_id_of
from .mail_queue import MailQueue, MayLeave, Post
from .mail_server import MailServer, Security
from .offer_settings import template_of

if TYPE_CHECKING:
    from .delivery import Delivery

_LOGGER: Final = logging.getLogger(__package__)

CONF_REPLY_TO: Final = "reply_to"
CONF_SECURITY: Final = "security"
CONF_SENDER: Final = "sender"

# For so long a server may refuse before a person is told.
REFUSAL_NOTICE: Final = timedelta(hours=1)
_LOOK_AGAIN: Final = timedelta(minutes=5)


def mail_server(data: Mapping[str, Any]) -> MailServer:
    """Return the mail server that a subentry's data describe."""
    return MailServer(
        host=data[CONF_HOST],
        port=int(data[CONF_PORT]),
        security=Security(data[CONF_SECURITY]),
        sender=Sender(address=data[CONF_SENDER], reply_to=data.get(CONF_REPLY_TO)),
        username=data.get(CONF_USERNAME),
        password=data.get(CONF_PASSWORD),
    )


async def async_delivery(hass: HomeAssistant, server: MailServer) -> Delivery:
    """Return who speaks to a mail server."""

    def prepare() -> Delivery:
        # The library takes longer to import than the rest of the integration; most wallets never need it.
        from .delivery import Delivery  # noqa: PLC0415

        return Delivery(server, create_client_context())

    return await hass.async_add_executor_job(prepare)


def mail_server_of(entry: QiwiConfigEntry) -> MailServer | None:
    """Return the mail server of a wallet, or None when it has none."""
    for subentry in entry.subentries.values():
        if subentry.subentry_type == SUBENTRY_MAIL_SERVER:
            return mail_server(subentry.data)
    return None


@callback
def async_deliver(hass: HomeAssistant, entry: QiwiConfigEntry) -> None:
    """Mail a wallet's orders from Home Assistant's start on; the coordinator's stop ends it."""
    coordinator = entry.runtime_data
    queue = coordinator.mail_queue = MailQueue(coordinator.journal, coordinator.orders, dt_util.utcnow)

    async def begin(hass: HomeAssistant) -> None:
        server = mail_server_of(entry)
        post = _Post(await async_delivery(hass, server), entry, server) if server else None
        if queue.is_stopped:
            # Unloaded meanwhile.
            return
        worker = _Worker(hass, entry, queue, post)
        entry.async_on_unload(coordinator.async_add_listener(worker.wake))
        entry.async_on_unload(worker.rest)
        worker.wake()
        _follow(hass, entry, queue)

    entry.async_on_unload(async_at_started(hass, begin))


class _Worker:
    """Has the queue look when the orders change, and when something is due."""

    def __init__(
        self, hass: HomeAssistant, entry: QiwiConfigEntry, queue: MailQueue, post: Post | None
    ) -> None:
        self._hass = hass
        self._entry = entry
        self._queue = queue
        self._post = post
        self._task: asyncio.Task[None] | None = None
        self._is_woken = False
        self._timer: CALLBACK_TYPE | None = None

    @callback
    def wake(self, *_: object) -> None:
        """Look now, or again when the look under way is over."""
        self._is_woken = True
        if (self._task is None or self._task.done()) and self._queue.has_work:
            self.rest()
            self._task = self._entry.async_create_background_task(
                self._hass, self._work(), f"mails of {self._entry.runtime_data.name}"
            )

    @callback
    def rest(self) -> None:
        """Look only when told to."""
        if self._timer is not None:
            self._timer()
            self._timer = None

    async def _work(self) -> None:
        pause: timedelta | None = timedelta()
        while self._is_woken and pause is not None:
            self._is_woken = False
            pause = await self._queue.work(self._post)
        if pause is not None and self._queue.has_work:
            self._timer = async_call_later(self._hass, pause, HassJob(self.wake, cancel_on_shutdown=True))


class _Post:
    """Writes and sends the mails of a wallet's offers."""

    def __init__(self, delivery: Delivery, entry: QiwiConfigEntry, server: MailServer) -> None:
        self._delivery = delivery
        self._sender = server.sender
        self._templates: dict[str, MailTemplate] = {
            subentry.subentry_id: template
            for subentry in entry.subentries.values()
            if subentry.subentry_type == SUBENTRY_OFFER
            and (template := template_of(subentry.data)) is not None
        }

    @property
    def offers(self) -> Collection[str]:
        """The offers that have a mail."""
        return self._templates.keys()

    def message_id(self, order: Order) -> str:
        """Return the id of an order's mail."""
        return message_id_of(order, self._sender)

    async def send(self, order: Order, may_leave: MayLeave) -> Delivered:
        """Send an order's mail.

        Raises:
            ValueError: its address can't stand in a header; nothing has left.
        """
        mail = compose(order, self._templates[order.offer], self._sender, dt_util.now())
        return await self._delivery.send(mail, may_leave)


@callback
def _follow(hass: HomeAssistant, entry: QiwiConfigEntry, queue: MailQueue) -> None:
    """Tell under repairs when the mail server has taken nothing for an hour, until it takes something."""
    is_told: bool | None = None

    @callback
    def look(*_: object) -> None:
        nonlocal is_told
        since = queue.orders.refused_since
        if since is not None and queue.last_sent is not None:
            since = max(since, queue.last_sent)
        refuses = since is not None and dt_util.utcnow() - since >= REFUSAL_NOTICE
        if refuses is not is_told:
            is_told = refuses
            async_report_mail_server(hass, entry, refuses=refuses)

    look()
    entry.async_on_unload(entry.runtime_data.async_add_listener(look))
    entry.async_on_unload(async_track_time_interval(hass, look, _LOOK_AGAIN, cancel_on_shutdown=True))
