"""One wallet within Home Assistant: when it is asked, from its setup to its end, and what is shown of it."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
import logging
from time import monotonic
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.event import async_call_later, async_track_time_change
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from .account import Account
from .api import Priority, QiwiAuthError, QiwiClient, QiwiError
from .books import WalletBooks
from .const import DOMAIN
from .feed import Feed
from .health import Health
from .journal import Journal, JournalClosedError
from .ledger import Ledger, OutboxItem
from .ledger_file import LedgerFile
from .mail_queue import MailQueue
from .payments import Announcement, Payment, masked
from .problem import Problem, problem_of
from .publication import async_publish, async_publish_reversed
from .runs import async_unfinished
from .wallet_data import WalletData, main_currency, today

_LOGGER = logging.getLogger(__package__)

POLL_INTERVAL: Final = timedelta(seconds=30)
WATCHED_INTERVAL: Final = timedelta(seconds=15)
# How long after its last request an overlay counts as watched.
WATCHED_FOR: Final = timedelta(seconds=30)

type QiwiConfigEntry = ConfigEntry[QiwiCoordinator]


class QiwiCoordinator(DataUpdateCoordinator[WalletData]):
    """Polls one wallet; every surface reads from here, and asks the journal for changes.

    Args:
        entry: The wallet's.
        client: What asks the wallet.
        ledger: What the disk holds; None before the first contact.
        file: Where the ledger is kept.
        books: What every payment is shown to.
        subentries: The ids of the goals, offers and mail servers that the books were made for; one that has come
            since waits for the reload.
    """

    config_entry: QiwiConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: QiwiConfigEntry,
        client: QiwiClient,
        *,
        ledger: Ledger | None,
        file: LedgerFile,
        books: WalletBooks,
        subentries: frozenset[str],
    ) -> None:
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"wallet {masked(entry.unique_id)}",
            update_interval=POLL_INTERVAL,
            # A refresh asked for by the user is not put off; the limiter guards the wallet.
            always_update=False,
            request_refresh_debouncer=Debouncer(hass, _LOGGER, cooldown=0.2, immediate=True),
        )
        self.client = client
        self.file = file
        self.subentries = subentries
        self.goals = books.goals
        self.orders = books.orders
        # Set by `order_delivery.py`, once the journal has begun.
        self.mail_queue: MailQueue | None = None
        self.wallet = entry.unique_id or ""
        self.device_id = ""
        self.journal = Journal(
            ledger,
            books=books,
            write=lambda ledger: file.async_save(ledger, books),
            publish=self._publish,
            may_publish=lambda: not hass.is_stopping,
            changed=self._show_soon,
        )
        self.feed = Feed(
            client,
            client.with_priority(Priority.CATCH_UP),
            self.journal,
            books.totals,
            host_time=dt_util.utcnow,
            monotonic=monotonic,
            reversed_=self._async_reversed,
        )
        self.action_client = client.with_priority(Priority.ACTION)
        self._account = Account(client)
        self._health = Health(self.name)
        self._today = today()
        self._work: asyncio.Task[None] | None = None
        self._is_polling = False
        self._watch: CALLBACK_TYPE | None = None
        self.data = self._wallet_data()

    # From the setup to the end

    async def async_begin(self) -> None:
        """Read the wallet once.

        Raises:
            ConfigEntryNotReady: there is no ledger yet and the wallet can't be read, or the disk can't be written.
            ConfigEntryAuthFailed: there is no ledger yet and the token was refused.
        """
        if self.journal.is_begun:
            await self.async_refresh()
        else:
            await self.async_config_entry_first_refresh()
            if self.data.problem is not None:
                raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key=self.data.problem)
        await self._keep_currency()

    @callback
    def async_start_announcing(self) -> None:
        """Let announcements leave, from Home Assistant's start until it stops or the entry is unloaded."""
        on_unload = self.config_entry.async_on_unload
        # Polling does not depend on entities: triggers work without them.
        on_unload(self.async_add_listener(lambda: None))
        on_unload(async_at_started(self.hass, self._async_started))
        on_unload(async_track_time_change(self.hass, self._async_midnight, hour=0, minute=0, second=0))
        on_unload(self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_home_assistant_stops))

    async def _async_started(self, hass: HomeAssistant) -> None:
        self.journal.open()
        # When it can't be written down the next poll tries again, and tells.
        with suppress(HomeAssistantError, OSError):
            await self.journal.flush()
        await self.async_refresh()

    async def _async_home_assistant_stops(self, event: Event) -> None:
        # Home Assistant drops the automation runs that still wait or go on: their payments come again, flagged.
        await self.async_stop(async_unfinished(self.hass, self.device_id))

    async def async_stop(self, unfinished: Iterable[Announcement] = ()) -> None:
        """Announce nothing more, and leave on disk what has not been announced, or was announced in vain."""
        if self._work is not None:
            self._work.cancel()
        if self._watch is not None:
            self._watch()
        if self.mail_queue is not None:
            await self.mail_queue.stop()
        await self.journal.close(unfinished)

    @callback
    def async_watch(self) -> None:
        """Poll more often for a while: somebody watches payments arrive."""
        if self._health.is_refused:
            # A refused token is not tried again.
            return
        if self._watch is not None:
            self._watch()
        else:
            self.update_interval = WATCHED_INTERVAL
            self._schedule_refresh()
        self._watch = async_call_later(self.hass, WATCHED_FOR, self._async_unwatched)

    @callback
    def _async_unwatched(self, now: datetime) -> None:
        self._watch = None
        self.update_interval = POLL_INTERVAL

    # Polling

    @override
    async def async_refresh(self) -> None:
        """Poll now, and read the balances too: this poll was asked for, not scheduled."""
        self._account.expire_balances()
        await super().async_refresh()

    @override
    async def _async_update_data(self) -> WalletData:
        """Read the newest payments, and the balances when it is their turn.

        Raises:
            ConfigEntryAuthFailed: the token was refused; polling stops until there is a new one.
        """
        self._is_polling = True
        try:
            await self._poll()
        except QiwiAuthError as error:
            self._health.failed(error)
            self._account.balances = None
            self.feed.miss()
            self._turn_day()
            self.data = self._wallet_data()
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=Problem.INVALID_AUTH
            ) from None
        except JournalClosedError:
            # The poll outlived its entry.
            return self.data
        finally:
            self._is_polling = False
        if (
            self._health.poll_problem is None
            and self.feed.has_work
            and (self._work is None or self._work.done())
        ):
            self._work = self.config_entry.async_create_background_task(
                self.hass, self._async_work(), self.name
            )
        self._turn_day()
        return self._wallet_data()

    async def _poll(self) -> None:
        """Read what is due."""
        try:
            has_changed = await self.feed.poll()
        except QiwiAuthError:
            raise
        except (QiwiError, HomeAssistantError, OSError) as error:
            self._health.failed(error)
            self._account.expire_balances()
            if self._health.poll_problem in (Problem.CANNOT_CONNECT, Problem.RATE_LIMITED):
                self._account.balances = None
            else:
                await self._account.poll()
        else:
            if has_changed:
                self._account.expire_balances()
            # First what the balances are refused for: a refused token is no success.
            await self._account.poll()
            self._health.succeeded()

    async def _keep_currency(self) -> None:
        """Remember the wallet's main currency at the setup: the sums keep it while the balances can't be read."""
        if not self._account.balances or not self.journal.is_begun:
            return
        currency = main_currency(self._account.balances.values())
        if currency != self.journal.ledger.currency:
            with suppress(HomeAssistantError, OSError):
                await self.journal.commit(lambda ledger: replace(ledger, currency=currency))

    async def _async_work(self) -> None:
        """Do what takes more than a poll; what fails goes on after a later one."""
        try:
            await self.feed.work(self._show)
            self._health.work_problem = None
        except (QiwiError, HomeAssistantError, OSError) as error:
            _LOGGER.debug("Reading on failed and goes on after the next poll: %s", type(error).__name__)
            self._health.work_problem = problem_of(error)
        except JournalClosedError:
            return
        self._show()

    @callback
    def _turn_day(self) -> None:
        """Begin a new local day once the old one's last payments are shown: statistics count by what was shown."""
        if self._today != (now := today()):
            self._show()
            self._today = now

    async def _async_midnight(self, now: datetime) -> None:
        # A refused token is not tried again: the day begins all the same.
        if self._health.is_refused:
            self._turn_day()
            self._show()
        else:
            await self.async_refresh()

    # What is told

    @callback
    def _publish(self, item: OutboxItem) -> None:
        """Hand one item to those who wait for it."""
        # Without a clock that was ever set as well: what is published is out of the outbox already.
        async_publish(self.hass, self.config_entry, self.device_id, item, self.now())

    @callback
    def _async_reversed(self, payment: Payment) -> None:
        async_publish_reversed(self.hass, self.config_entry, payment)

    # What surfaces ask

    @property
    def currency(self) -> str:
        """The wallet's main currency, an ISO 4217 code."""
        return self._wallet_data().currency

    def now(self) -> datetime:
        """Return the time by the clock that is behind; the host's while neither was ever set."""
        try:
            return self.feed.now()
        except QiwiError:
            return dt_util.utcnow()

    # What is shown

    @callback
    def _show_soon(self) -> None:
        """Show a change of the ledger, unless a poll or the work in the background is about to."""
        if not self._is_polling and (self._work is None or self._work.done()):
            self.hass.loop.call_soon(self._show)

    @callback
    def _show(self) -> None:
        """Show what changed between two polls."""
        data = self._wallet_data()
        if data != self.data:
            self.data = data
            self.async_update_listeners()

    def _wallet_data(self) -> WalletData:
        catch_up = self.feed.catch_up
        return WalletData(
            balances=self._account.balances,
            profile=self._account.profile,
            recent=self.feed.recent,
            ledger=self.journal.ledger if self.journal.is_begun else None,
            problem=self._health.problem or (Problem.CATCHING_UP if catch_up else None),
            catch_up=catch_up,
            last_success=self._health.last_success,
            paused_until=self._health.paused_until,
            today=self._today,
        )
