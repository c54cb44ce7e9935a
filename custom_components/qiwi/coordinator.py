"""One wallet within Home Assistant: when it is asked, from its setup to its end, and what is shown of it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
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
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_call_later, async_track_time_change
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util
from homeassistant.util.signal_type import SignalType

from .api import (
    Balance,
    CommissionTerms,
    Operation,
    PaymentsPage,
    Priority,
    Profile,
    QiwiAuthError,
    QiwiClient,
    QiwiError,
    QiwiPermissionError,
    QiwiRateLimitError,
    Transaction,
)
from .books import WalletBooks
from .const import DOMAIN
from .feed import Feed
from .history import async_event_entity
from .journal import Journal, JournalClosedError
from .ledger import Ledger, News, OutboxItem
from .ledger_file import LedgerFile
from .mail_queue import MailQueue
from .payments import PRIVATE_KEYS, Announcement, Payment, PaymentEvent, PaymentStatus, masked
from .problem import Problem, problem_of
from .runs import async_unfinished
from .wallet_data import WalletData, main_currency, today

_LOGGER = logging.getLogger(__package__)

POLL_INTERVAL: Final = timedelta(seconds=30)
WATCHED_INTERVAL: Final = timedelta(seconds=15)
# How long after its last request an overlay counts as watched.
WATCHED_FOR: Final = timedelta(seconds=30)
# Every second minute; a poll may come a little early.
BALANCES_INTERVAL: Final = timedelta(seconds=105)
PROFILE_INTERVAL: Final = timedelta(hours=6)

EVENT_NEW_PAYMENT: Final = f"{DOMAIN}_new_payment"
# The wallet's device, what is announced of it, and how long ago that was paid.
SIGNAL_ANNOUNCEMENT: Final[SignalType[str, Announcement, timedelta]] = SignalType(f"{DOMAIN}_announcement")
# The entry, and what followed from a payment.
SIGNAL_ITEM: Final[SignalType[str, OutboxItem]] = SignalType(f"{DOMAIN}_item")

# The entry, and a payment that failed after it had succeeded.
SIGNAL_REVERSED: Final[SignalType[str, Payment]] = SignalType(f"{DOMAIN}_reversed")

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
        # Made when the journal has begun.
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
        self._on_request = client.with_priority(Priority.ACTION)
        self._balances: dict[str, Balance] | None = None
        self._balances_at = 0.0
        self._profile: Profile | None = None
        self._profile_at = 0.0
        self._problem: Problem | None = None
        self._work_problem: Problem | None = None
        self._last_success: datetime | None = None
        self._paused_until: datetime | None = None
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
    def async_flow(self) -> None:
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
        """Announce nothing more, and leave on disk what has not been announced, or in vain."""
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
        if self._problem is Problem.INVALID_AUTH:
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
        """Read everything now, the balances too: this poll was asked for, not scheduled."""
        self._balances_at = 0.0
        await super().async_refresh()

    @override
    async def _async_update_data(self) -> WalletData:
        """Read the newest payments, and the balances when it is their turn.

        Raises:
            ConfigEntryAuthFailed: the token was refused; polling stops until there is a new one.
        """
        self._is_polling = True
        try:
            problem = await self._poll()
        except QiwiAuthError:
            self._note_problem(Problem.INVALID_AUTH)
            self._balances = None
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
        self._note_problem(problem)
        if problem is None and self.feed.has_work and (self._work is None or self._work.done()):
            self._work = self.config_entry.async_create_background_task(
                self.hass, self._async_work(), self.name
            )
        self._turn_day()
        return self._wallet_data()

    async def _poll(self) -> Problem | None:
        """Read what is due and return why payments are not arriving."""
        problem = None
        try:
            has_changed = await self.feed.poll()
        except QiwiAuthError:
            raise
        except (QiwiError, HomeAssistantError, OSError) as error:
            problem = problem_of(error)
            self._note_pause(error)
            self._balances_at = 0.0
        else:
            self._last_success = dt_util.utcnow()
            self._paused_until = None
            if has_changed:
                self._balances_at = 0.0
        if problem in (Problem.CANNOT_CONNECT, Problem.RATE_LIMITED):
            self._balances = None
        else:
            await self._poll_balances()
            await self._poll_profile()
        return problem

    async def _poll_balances(self) -> None:
        if monotonic() < self._balances_at:
            return
        try:
            balances = await self.client.balances()
        except QiwiAuthError:
            raise
        except QiwiError as error:
            _LOGGER.debug("The balances could not be read: %s", error)
            self._balances = None
            return
        self._balances = {balance.alias: balance for balance in balances}
        self._balances_at = monotonic() + BALANCES_INTERVAL.total_seconds()

    async def _keep_currency(self) -> None:
        """Remember the wallet's main currency: the sums keep it while the balances can't be read."""
        if not self._balances or not self.journal.is_begun:
            return
        currency = main_currency(self._balances.values())
        if currency != self.journal.ledger.currency:
            with suppress(HomeAssistantError, OSError):
                await self.journal.commit(lambda ledger: replace(ledger, currency=currency))

    async def _poll_profile(self) -> None:
        if monotonic() < self._profile_at:
            return
        try:
            self._profile = await self.client.profile()
        except QiwiAuthError:
            raise
        except QiwiPermissionError:
            pass
        except QiwiError as error:
            _LOGGER.debug("The profile could not be read: %s", error)
            return
        self._profile_at = monotonic() + PROFILE_INTERVAL.total_seconds()

    async def _async_work(self) -> None:
        """Do what takes more than a poll; what fails goes on after a later one."""
        try:
            await self.feed.work(self._show)
            self._work_problem = None
        except (QiwiError, HomeAssistantError, OSError) as error:
            _LOGGER.debug("Reading on failed and goes on after the next poll: %s", type(error).__name__)
            self._work_problem = problem_of(error)
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
        if self._problem is Problem.INVALID_AUTH:
            self._turn_day()
            self._show()
        else:
            await self.async_refresh()

    # What is told

    @callback
    def _publish(self, item: OutboxItem) -> None:
        """Hand one item to those who wait for it."""
        if not isinstance(item, Announcement):
            async_dispatcher_send(self.hass, SIGNAL_ITEM, self.config_entry.entry_id, item)
            return
        payment = item.payment
        _LOGGER.debug("Announcing %s %s", payment.event, payment.transaction_id)
        age = self.feed.now() - payment.date
        async_dispatcher_send(self.hass, SIGNAL_ANNOUNCEMENT, self.device_id, item, age)
        if payment.event is PaymentEvent.RECEIVED:
            record = {key: value for key, value in item.record().items() if key not in PRIVATE_KEYS}
            self.hass.bus.async_fire(
                EVENT_NEW_PAYMENT,
                record
                | {"entry_id": self.config_entry.entry_id, "device_id": self.device_id}
                # The logbook finds the event in the history of the entity by this.
                | {"entity_id": async_event_entity(self.hass, self.wallet)},
            )

    @callback
    def _async_reversed(self, payment: Payment) -> None:
        async_dispatcher_send(self.hass, SIGNAL_REVERSED, self.config_entry.entry_id, payment)

    # On request

    @property
    def currency(self) -> str:
        """The wallet's main currency, an ISO 4217 code."""
        return self._wallet_data().currency

    def now(self) -> datetime:
        """Return the wallet's clock by now."""
        return self.client.now()

    def pages(self, start: datetime, end: datetime, operation: Operation) -> AsyncIterator[PaymentsPage]:
        """Yield the pages of a part of the history, newest first; polls go before them.

        Raises:
            QiwiError: the wallet does not give them.
        """
        return self._on_request.pages(start, end, operation=operation)

    async def async_commission(self, provider_id: int) -> CommissionTerms:
        """Return what paying a provider costs.

        Raises:
            QiwiError: the wallet does not tell.
        """
        return await self._on_request.commission(provider_id)

    async def async_replay(self, row: Transaction) -> None:
        """Announce a payment again, flagged; one that nobody announced yet is announced as usual.

        Raises:
            HomeAssistantError: it has no outcome yet, nothing is announced now, or the disk can't be written.
        """
        payment = Payment.from_transaction(row)
        if payment.status is PaymentStatus.PENDING:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="payment_pending")
        if not self.journal.is_open:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_announcing")
        ledger = self.journal.ledger
        if ledger.news(row) is not News.FINAL:
            await self._async_repeat(ledger.announcement(payment, self.feed.now()).again())
            return
        try:
            await self.feed.settle([row])
        except (HomeAssistantError, OSError) as error:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key=Problem.STORAGE) from error

    async def async_announce_test(self, payment: Payment) -> None:
        """Announce a payment that nobody made; nothing counts it.

        Raises:
            HomeAssistantError: nothing is announced now.
        """
        await self._async_repeat(Announcement(payment=payment, test=True))

    async def _async_repeat(self, announcement: Announcement) -> None:
        try:
            await self.journal.repeat(announcement)
        except JournalClosedError:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_announcing") from None

    # What is shown

    @callback
    def _show_soon(self) -> None:
        """Show a change of the ledger, unless a poll or a catch-up does so in the end."""
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
            balances=self._balances,
            profile=self._profile,
            recent=self.feed.recent,
            ledger=self.journal.ledger if self.journal.is_begun else None,
            problem=self._problem or self._work_problem or (Problem.CATCHING_UP if catch_up else None),
            catch_up=catch_up,
            last_success=self._last_success,
            paused_until=self._paused_until,
            today=self._today,
        )

    def _note_pause(self, error: Exception) -> None:
        """Remember until when the wallet wants to be left alone; each attempt tells it a little differently."""
        if not isinstance(error, QiwiRateLimitError):
            self._paused_until = None
            return
        until = dt_util.utcnow() + timedelta(seconds=error.retry_after)
        if self._paused_until is None or abs(until - self._paused_until) > timedelta(seconds=5):
            self._paused_until = until

    def _note_problem(self, problem: Problem | None) -> None:
        """Say once that payments stop arriving and once that they arrive again."""
        if problem is not None and problem is not self._problem:
            _LOGGER.warning("Payments of %s are not arriving: %s", self.name, problem)
        elif problem is None and self._problem is not None:
            _LOGGER.info("Payments of %s are arriving again", self.name)
        self._problem = problem
