"""The one place that polls the wallet, persists what is known of it and publishes what is new."""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import batched
import logging
from math import inf
from time import monotonic
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.debounce import Debouncer
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_time_change
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
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
    QiwiConnectionError,
    QiwiError,
    QiwiPermissionError,
    QiwiRateLimitError,
    Transaction,
)
from .const import CONF_KINDS, DEFAULT_CURRENCY, DEFAULT_KINDS, DOMAIN
from .history import async_event_entity
from .ledger import BATCH, WINDOW, Counting, History, Ledger, LedgerError, News, Reading, holds_news, sort_out
from .ledger_file import LedgerFile
from .payments import Announcement, Kind, Payment, PaymentEvent, PaymentStatus, masked

_LOGGER = logging.getLogger(__package__)

POLL_INTERVAL: Final = timedelta(seconds=60)
RECONCILE_INTERVAL: Final = timedelta(minutes=15)
PROFILE_INTERVAL: Final = timedelta(hours=6)
QUIET_ROWS: Final = 10
FULL_ROWS: Final = 50
# A live poll that found this many full pages of news leaves the rest to the catch-up.
LIVE_PAGES: Final = 4
# A catch-up of fewer pages is over before anyone could read about it.
NOTABLE_PAGES: Final = 5
LOOK_UPS_A_POLL: Final = 5

EVENT_NEW_PAYMENT: Final = f"{DOMAIN}_new_payment"
# Strangers' words and persons: the recorder would keep them for good.
PRIVATE_KEYS: Final = frozenset({"comment", "email", "account", "provider"})
# The wallet's device, what is announced of it, and how long ago that was paid by the wallet's clock.
SIGNAL_ANNOUNCEMENT: Final[SignalType[str, Announcement, timedelta]] = SignalType(f"{DOMAIN}_announcement")

type QiwiConfigEntry = ConfigEntry[QiwiCoordinator]


class Problem(StrEnum):
    """Why payments are not arriving."""

    CANNOT_CONNECT = "cannot_connect"
    INVALID_AUTH = "invalid_auth"
    MISSING_PERMISSION = "missing_permission"
    RATE_LIMITED = "rate_limited"
    INVALID_RESPONSE = "invalid_response"
    STORAGE = "storage"
    CATCHING_UP = "catching_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class CatchUp:
    """How far a catch-up has come: pages read, payments found, and the date it has read back to."""

    pages: int
    payments: int
    reached: datetime


def _today() -> date:
    return dt_util.now().date()


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletData:
    """What the surfaces show of a wallet.

    Attributes:
        balances: The wallet's balances by alias; None while they cannot be read.
        profile: The profile as last read; None until it was.
        recent: The newest payments of the history, newest first.
        ledger: What is known of the payments; None until the first contact.
        problem: Why payments are not arriving; None while they are.
        catch_up: The catch-up under way, once it is long enough to be noticed.
        today: The local day that "today" means.
    """

    balances: dict[str, Balance] | None = None
    profile: Profile | None = None
    recent: tuple[Payment, ...] = ()
    ledger: Ledger | None = None
    problem: Problem | None = None
    catch_up: CatchUp | None = None
    today: date = field(default_factory=_today)


@dataclass(slots=True)
class Backup:
    """What is known of the backup that Home Assistant makes; it outlives a reload, not a restart.

    Attributes:
        under_way: Ledgers are written with the mark.
        marked: The entries whose files were marked since the start: what they hold was not restored.
    """

    under_way: bool = False
    marked: set[str] = field(default_factory=set)


BACKUP: Final[HassKey[Backup]] = HassKey(f"{DOMAIN}_backup")


class QiwiCoordinator(DataUpdateCoordinator[WalletData]):
    """Polls one wallet; every surface reads from here and nothing else talks to the wallet or the disk."""

    config_entry: QiwiConfigEntry

    def __init__(self, hass: HomeAssistant, entry: QiwiConfigEntry, client: QiwiClient) -> None:
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=f"wallet {masked(entry.unique_id)}",
            update_interval=POLL_INTERVAL,
            always_update=False,
            # A refresh asked for by the user is not put off; the limiter guards the wallet.
            request_refresh_debouncer=Debouncer(hass, _LOGGER, cooldown=0.2, immediate=True),
        )
        self.client = client
        self.wallet = entry.unique_id or ""
        self.ledger: Ledger | None = None
        self.device_id = ""
        self.data = WalletData()
        self._background = client.with_priority(Priority.CATCH_UP)
        self._on_request = client.with_priority(Priority.ACTION)
        self._file = LedgerFile(hass, entry.entry_id)
        self._lock = asyncio.Lock()
        self._writing: asyncio.Future[None] | None = None
        self._unsaved = False
        self._flowing = False
        # A start is a gap as well: whatever came while nobody polled.
        self._missed = True
        self._gap = False
        self._reading: Reading | None = None
        self._reading_problem: Problem | None = None
        self._reconcile_at = 0.0
        self._profile_at = 0.0
        self._backup = hass.data.setdefault(BACKUP, Backup())
        self._today = _today()
        self._balances: dict[str, Balance] | None = None
        self._profile: Profile | None = None
        self._problem: Problem | None = None
        self._page: PaymentsPage | None = None
        self._recent: tuple[Payment, ...] = ()
        self._recent_of: PaymentsPage | None = None
        self._looked_up: dict[datetime, float] = {}
        self._upkeep_task: asyncio.Task[None] | None = None
        self._history_task: asyncio.Task[None] | None = None

    # Life

    async def async_begin(self) -> None:
        """Load the ledger and read the wallet once.

        Raises:
            ConfigEntryNotReady: there is no ledger yet and the wallet can't be read, or the disk can't.
            ConfigEntryAuthFailed: there is no ledger yet and the token was refused.
        """
        is_first = await self._load()
        self.data = self._wallet_data()
        if not is_first:
            await self.async_refresh()
        else:
            await self.async_config_entry_first_refresh()
            if self.data.problem is not None:
                raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key=self.data.problem)
        if self._balances:
            await self._keep_currency(_main_currency(self._balances.values()))

    async def _keep_currency(self, currency: str) -> None:
        """Remember the wallet's main currency: the sums keep it while the balances can't be read."""
        async with self._lock:
            if self.ledger is not None and self.ledger.currency != currency:
                self.ledger = replace(self.ledger, currency=currency)
                await self._save_quietly()

    @property
    def currency(self) -> str:
        """The wallet's main currency, an ISO 4217 code."""
        return (self.ledger and self.ledger.currency) or DEFAULT_CURRENCY

    async def _load(self) -> bool:
        """Load the ledger and tell whether this wallet was never read before."""
        try:
            ledger = await self.hass.async_add_executor_job(self._file.load)
        except LedgerError as error:
            # Without a traceback: it may quote what the file holds.
            _LOGGER.error(  # noqa: TRY400
                "%s; it is set aside and the wallet is read anew", error
            )
            name = await self.hass.async_add_executor_job(self._file.set_aside)
            self._report_unreadable(name)
            return False
        except OSError as error:
            raise ConfigEntryNotReady(translation_domain=DOMAIN, translation_key=Problem.STORAGE) from error
        if ledger is None:
            return True
        self.ledger = ledger.restarted()
        if self.config_entry.entry_id in self._backup.marked:
            # The next write takes the mark off the file, unless the backup is still under way.
            self.ledger = replace(self.ledger, in_backup=False)
        return False

    def _report_unreadable(self, name: str) -> None:
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            f"ledger_unreadable_{self.config_entry.entry_id}",
            is_fixable=False,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key="ledger_unreadable",
            translation_placeholders={"wallet": self.config_entry.title, "file": name},
        )

    @callback
    def async_flow(self) -> None:
        """Let announcements leave, from Home Assistant's start until it stops or the entry is unloaded."""
        # Polling does not depend on entities: triggers work without them.
        self.config_entry.async_on_unload(self.async_add_listener(lambda: None))
        self.config_entry.async_on_unload(async_at_started(self.hass, self._async_started))
        self.config_entry.async_on_unload(
            async_track_time_change(self.hass, self._async_midnight, hour=0, minute=0, second=0)
        )
        self.config_entry.async_on_unload(
            self.hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._async_home_assistant_stops)
        )

    async def _async_started(self, hass: HomeAssistant) -> None:
        self._flowing = True
        self._page = None
        async with self._lock:
            # When it can't be written down the next poll tries again, and tells.
            with suppress(HomeAssistantError, OSError):
                await self._publish_left_over()
        await self.async_refresh()

    async def _async_home_assistant_stops(self, event: Event) -> None:
        await self.async_stop()

    async def async_stop(self) -> None:
        """Announce nothing more, and leave on disk what has not been announced."""
        self._flowing = False
        for task in (self._upkeep_task, self._history_task):
            if task is not None:
                task.cancel()
        async with self._lock:
            if self._writing is not None:
                await asyncio.wait([self._writing])
            if self.ledger is not None and (self._unsaved or self.ledger.outbox):
                self.ledger = replace(self.ledger, stopped=True)
                await self._save_quietly()

    async def async_mark(self) -> None:
        """Write the ledger with the mark while Home Assistant makes a backup, and without it afterwards.

        Raises:
            HomeAssistantError, OSError: it could not be written.
        """
        async with self._lock:
            if self.ledger is not None:
                await self._commit(replace(self.ledger))

    # Polling

    @override
    async def _async_update_data(self) -> WalletData:
        """Read the newest payments and the balances: two requests while nothing is new.

        Raises:
            ConfigEntryAuthFailed: the token was refused; polling stops until there is a new one.
        """
        try:
            problem = await self._poll_payments()
            if problem not in (Problem.CANNOT_CONNECT, Problem.RATE_LIMITED):
                await self._poll_the_rest()
            else:
                self._balances = None
        except QiwiAuthError:
            self._problem = Problem.INVALID_AUTH
            self._missed = True
            self._turn_day()
            self.data = self._wallet_data()
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=Problem.INVALID_AUTH
            ) from None
        self._log_problem(problem)
        self._problem = problem
        if self._unsaved and self.ledger is not None:
            async with self._lock:
                # A poll may outlive its entry, and the file is the next one's then.
                if self._flowing:
                    await self._save_quietly()
        if problem is None and self._flowing:
            self._keep_up()
        self._turn_day()
        return self._wallet_data()

    @callback
    def _turn_day(self) -> None:
        """Begin a new local day once the old one's last payments are shown: statistics count by what was shown."""
        if self._today != (today := _today()):
            self._show()
            self._today = today

    async def _async_midnight(self, now: datetime) -> None:
        # A refused token is not tried again: the day begins all the same.
        if self._problem is Problem.INVALID_AUTH:
            self._turn_day()
            self._show()
        else:
            await self.async_refresh()

    async def _poll_payments(self) -> Problem | None:
        """Read the newest payments and return what went wrong."""
        try:
            page = await self.client.payments_page(rows=QUIET_ROWS)
            if page is not self._page or self._missed or monotonic() >= self._reconcile_at:
                await self._receive(page)
                self._page = page
        except QiwiAuthError:
            raise
        except (QiwiError, HomeAssistantError, OSError) as error:
            # What came meanwhile may have left the newest page: read the whole window next time.
            self._missed = True
            self._page = None
            return problem_of(error)
        return None

    async def _poll_the_rest(self) -> None:
        """Read the balances, and the profile when it is due; each may fail by itself."""
        try:
            self._balances = {balance.alias: balance for balance in await self.client.balances()}
        except QiwiAuthError:
            raise
        except QiwiError as error:
            _LOGGER.debug("The balances could not be read: %s", error)
            self._balances = None
        if monotonic() < self._profile_at:
            return
        try:
            self._profile = await self.client.profile()
            self._profile_at = monotonic() + PROFILE_INTERVAL.total_seconds()
        except QiwiAuthError:
            raise
        except QiwiPermissionError:
            self._profile_at = monotonic() + PROFILE_INTERVAL.total_seconds()
        except QiwiError as error:
            _LOGGER.debug("The profile could not be read: %s", error)

    async def _receive(self, page: PaymentsPage) -> None:
        """Take the newest page: announce what is new, or hold it while a window is being read."""
        now = self._wallet_clock(page.rows)
        if self.ledger is None:
            ledger = Ledger.first_contact(page.rows, now=self.client.wallet_time, counting=self._counting)
            async with self._lock:
                await self._commit(ledger)
        if self._recent_of is not page:
            self._recent = tuple(Payment.from_transaction(row) for row in page.rows)
            self._recent_of = page
        if not self._flowing or now is None:
            return
        self._begin_reading(now)
        await self._settle(await self._read_on(page, now), now)

    def _wallet_clock(self, rows: Iterable[Transaction]) -> datetime | None:
        """Return the wallet's time; never the host's. Without a Date header its newest row stands for it."""
        dates = [row.date for row in rows]
        if self.client.wallet_time is not None:
            dates.append(self.client.wallet_time)
        return max(dates, default=None)

    def _begin_reading(self, now: datetime) -> None:
        """Begin to read the window from the floor when it is due, or add to the one under way what was missed."""
        assert self.ledger is not None
        if self._reading is not None:
            if self._missed:
                self._reading.extend(now)
        elif self._missed or monotonic() >= self._reconcile_at:
            # An empty wallet without a clock has no floor yet, and nothing to read back to it.
            floor = dt_util.utc_from_timestamp(self.ledger.floor) if self.ledger.floor else now - WINDOW
            self._reading = Reading(min(floor, now), now, begun=self.client.wallet_time or now)
            self._reconcile_at = monotonic() + RECONCILE_INTERVAL.total_seconds()
        self._gap |= self._missed
        self._missed = False

    async def _read_on(self, page: PaymentsPage, now: datetime) -> list[Transaction]:
        """Return the rows of the newest page and of those after it, down to a page that holds no unseen key."""
        assert self.ledger is not None
        rows = list(page.rows)
        pages = 0
        while page.cursor is not None and holds_news(self.ledger, self._reading, page.rows):
            if pages == LIVE_PAGES:
                self._missed = True
                self._begin_reading(now)
                break
            page = await self.client.payments_page(rows=FULL_ROWS, cursor=page.cursor)
            rows += page.rows
            pages += 1
        return rows

    # From the rows to the announcements

    async def _settle(self, rows: Sequence[Transaction], now: datetime) -> None:
        """Announce what is new among rows, newest first as the wallet tells them."""
        async with self._lock:
            assert self.ledger is not None
            if not self._flowing:
                return
            await self._publish_left_over()
            if self.ledger.in_backup:
                await self._commit(self.ledger.restored(now))
            ledger, payments = sort_out(self.ledger, self._reading, rows)
            await self._commit(ledger)
            await self._announce(payments, now)

    async def _publish_left_over(self) -> None:
        """Publish what an earlier run left in the outbox; whoever calls holds the lock."""
        if self.ledger is None or not self.ledger.outbox:
            return
        # The file still says that an orderly stop left it and nothing of it is out: a crash must not find that.
        await self._commit(replace(self.ledger))
        await self._publish_outbox()
        await self._save_quietly()

    async def _announce(self, payments: Iterable[Payment], now: datetime) -> None:
        """Write payments down, then publish them; whoever calls holds the lock."""
        for batch in batched(payments, BATCH, strict=False):
            assert self.ledger is not None
            await self._commit(self.ledger.staged(batch, now=now, counting=self._counting))
            await self._publish_outbox()
            if not self._flowing:
                return
        if self._unsaved:
            await self._save_quietly()

    async def _publish_outbox(self) -> None:
        """Publish the outbox, oldest first; what a stop leaves in it is on disk."""
        assert self.ledger is not None
        published = 0
        try:
            for announcement in self.ledger.outbox:
                if not self._flowing or self.hass.is_stopping:
                    return
                published += 1
                self._publish(announcement)
                # One payment a step: a batch would hold up everything else.
                await asyncio.sleep(0)
        finally:
            self.ledger = self.ledger.published(published)
            self._unsaved |= bool(published)

    @callback
    def _publish(self, announcement: Announcement) -> None:
        """Hand one announcement to the event entity, the triggers and the bus."""
        payment = announcement.payment
        _LOGGER.debug("Announcing %s %s", payment.event, payment.transaction_id)
        age = self.now() - payment.date
        async_dispatcher_send(self.hass, SIGNAL_ANNOUNCEMENT, self.device_id, announcement, age)
        if payment.event is PaymentEvent.RECEIVED:
            record = announcement.record()
            self.hass.bus.async_fire(
                EVENT_NEW_PAYMENT,
                {key: value for key, value in record.items() if key not in PRIVATE_KEYS}
                | {"entry_id": self.config_entry.entry_id, "device_id": self.device_id}
                # The logbook finds the event in the history of the entity by this.
                | {"entity_id": async_event_entity(self.hass, self.wallet)},
            )

    # On request

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
        now = self.now()
        async with self._announcing() as ledger:
            if payment.status is PaymentStatus.PENDING:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="payment_pending")
            if ledger.news(row) is not News.ANNOUNCE:
                self._publish(ledger.announcement(payment, now).again())
                return
        try:
            await self._settle([row], now)
        except (HomeAssistantError, OSError) as error:
            raise HomeAssistantError(translation_domain=DOMAIN, translation_key=Problem.STORAGE) from error

    async def async_announce_test(self, payment: Payment) -> None:
        """Announce a payment that nobody made; nothing counts it.

        Raises:
            HomeAssistantError: nothing is announced now.
        """
        async with self._announcing():
            self._publish(Announcement(payment=payment, test=True))

    @asynccontextmanager
    async def _announcing(self) -> AsyncIterator[Ledger]:
        async with self._lock:
            if self.ledger is None or not self._flowing or self.hass.is_stopping:
                raise HomeAssistantError(translation_domain=DOMAIN, translation_key="not_announcing")
            yield self.ledger

    # The disk

    async def _commit(self, ledger: Ledger) -> None:
        """Make a ledger the current one once it is on disk; whoever calls holds the lock.

        The current one is not written again: who wants that hands over a copy.

        Raises:
            HomeAssistantError, OSError: it could not be written; nothing has changed.
        """
        if ledger is self.ledger:
            return
        self._unsaved = True
        written = self._marked(ledger)
        self._writing = self.hass.async_add_executor_job(self._file.save, written)
        # A cancelled poll must not leave a write behind that overtakes the next one.
        await asyncio.shield(self._writing)
        self.ledger = ledger
        self._unsaved = False
        if not written.in_backup:
            self._backup.marked.discard(self.config_entry.entry_id)

    def _marked(self, ledger: Ledger) -> Ledger:
        """Return the ledger as the file shall hold it: a copy made during a backup is known as such."""
        if not self._backup.under_way or ledger.in_backup:
            return ledger
        self._backup.marked.add(self.config_entry.entry_id)
        return replace(ledger, in_backup=True)

    async def _save_quietly(self) -> None:
        """Write down what was published; when it fails a crash would announce it again, flagged."""
        assert self.ledger is not None
        try:
            await self._commit(replace(self.ledger))
        except (HomeAssistantError, OSError) as error:
            _LOGGER.warning("The ledger could not be written: %s", type(error).__name__)

    @property
    def _counting(self) -> Counting:
        kinds = self.config_entry.options.get(CONF_KINDS, DEFAULT_KINDS)
        return Counting(zone=dt_util.get_default_time_zone(), received=frozenset(map(Kind, kinds)))

    # In the background: windows, old pending rows, the first month

    @callback
    def _keep_up(self) -> None:
        """Go on with what takes more than a poll."""
        assert self.ledger is not None
        if (self._reading is not None or self.ledger.pending) and _is_over(self._upkeep_task):
            self._upkeep_task = self._start(self._upkeep())
        if self._reading is None and self.ledger.history_before is not None and _is_over(self._history_task):
            self._history_task = self._start(self._read_history(self.ledger.history_before))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self.config_entry.async_create_background_task(self.hass, self._attempt(work), self.name)

    async def _attempt(self, work: Coroutine[Any, Any, None]) -> None:
        """Do a piece of background work; what fails goes on after a later poll."""
        try:
            await work
        except (QiwiError, HomeAssistantError, OSError) as error:
            _LOGGER.debug("Reading on failed and goes on after the next poll: %s", type(error).__name__)
            self._reading_problem = problem_of(error) if self._reading is not None else None
        self._show()

    async def _upkeep(self) -> None:
        await self._look_up_pending()
        # A poll may add to a window until its very end.
        while self._flowing and self._reading is not None:
            await self._read_window(self._reading)
            await self._release(self._reading)
        self._reading_problem = None

    async def _read_window(self, reading: Reading) -> None:
        """Read what is left of a window; a failure loses nothing of what was read."""
        while not reading.is_whole:
            async for page in self._background.pages(*reading.next_range()):
                async with self._lock:
                    assert self.ledger is not None
                    reading.read(page.rows, self.ledger)
                    await self._commit(self.ledger.noted(page.rows))
                if reading.pages % NOTABLE_PAGES == 0:
                    _LOGGER.info(
                        "Catching up: %d pages read, %d payments found, back to %s",
                        reading.pages,
                        reading.held,
                        reading.oldest.isoformat(),
                    )
                    self._show()
            reading.range_done()

    async def _release(self, reading: Reading) -> None:
        """Announce what a complete window held, oldest first, and move the floor."""
        now = self.client.wallet_time or reading.end
        found = reading.held
        while reading.held:
            async with self._lock:
                assert self.ledger is not None
                if not self._flowing:
                    return
                news, silent = reading.oldest_held()
                ledger = self.ledger.with_silent(silent, counting=self._counting)
                if news:
                    await self._commit(ledger.staged(news, now=now, counting=self._counting))
                else:
                    self.ledger = ledger
                reading.release((*news, *silent))
                await self._publish_outbox()
        async with self._lock:
            assert self.ledger is not None
            if not reading.is_over:
                return
            # A wallet's clock that runs ahead must not make it forget: the host's can only keep more.
            until = min(reading.begun, dt_util.utcnow())
            for transaction_id, _ in self.ledger.forgotten_pending(until):
                _LOGGER.warning("Payment %s waited for 90 days and is no longer looked up", transaction_id)
            await self._commit(self.ledger.reconciled(until, counting=self._counting))
            self._reading = None
            self._gap = False
        if reading.pages >= NOTABLE_PAGES:
            _LOGGER.info("Caught up: %d pages read, %d payments found", reading.pages, found)

    async def _look_up_pending(self) -> None:
        """Ask for old pending rows by the minute of their date: no window reaches back to them."""
        assert self.ledger is not None
        now = self.client.wallet_time
        if now is None:
            return
        minutes = {paid.replace(second=0): every for _, paid, every in self.ledger.overdue(now)}
        self._looked_up = {minute: at for minute, at in self._looked_up.items() if minute in minutes}
        due = [
            minute
            for minute, every in minutes.items()
            if monotonic() >= self._looked_up.get(minute, -inf) + every.total_seconds()
        ]
        for minute in due[:LOOK_UPS_A_POLL]:
            rows = [row async for row in self._background.payments(minute, minute + timedelta(seconds=59))]
            self._looked_up[minute] = monotonic()
            await self._settle(rows, now)

    async def _read_history(self, moment: int) -> None:
        """Read the month so far, once, for the sums of the month: nothing of it is news."""
        before = dt_util.utc_from_timestamp(moment)
        month = dt_util.start_of_local_day(dt_util.now().replace(day=1))
        history = History(moment, self._counting)
        if month < before:
            async for page in self._background.pages(month, before):
                history.add(page.rows)
        async with self._lock:
            assert self.ledger is not None
            await self._commit(self.ledger.with_history(history))

    # What is shown

    @callback
    def _show(self) -> None:
        """Show what changed between two polls."""
        data = self._wallet_data()
        if data != self.data:
            self.data = data
            self.async_update_listeners()

    def _wallet_data(self) -> WalletData:
        reading = self._reading
        catch_up = None
        if reading is not None and self._gap and reading.pages >= NOTABLE_PAGES:
            catch_up = CatchUp(pages=reading.pages, payments=reading.held, reached=reading.oldest)
        return WalletData(
            balances=self._balances,
            profile=self._profile,
            recent=self._recent,
            ledger=self.ledger,
            problem=self._problem or self._reading_problem or (Problem.CATCHING_UP if catch_up else None),
            catch_up=catch_up,
            today=self._today,
        )

    def _log_problem(self, problem: Problem | None) -> None:
        """Say once that payments stop arriving and once that they arrive again."""
        if problem is not None and problem is not self._problem:
            _LOGGER.warning("Payments of %s are not arriving: %s", self.name, problem)
        elif problem is None and self._problem is not None:
            _LOGGER.info("Payments of %s are arriving again", self.name)


def _main_currency(balances: Collection[Balance]) -> str:
    """Return the currency of the default account; without one it is roubles, or whatever there is."""
    currencies = {balance.currency for balance in balances}
    default = [balance.currency for balance in balances if balance.is_default]
    return default[0] if default else DEFAULT_CURRENCY if DEFAULT_CURRENCY in currencies else min(currencies)


def _is_over(task: asyncio.Task[None] | None) -> bool:
    return task is None or task.done()


def problem_of(error: Exception) -> Problem:
    """Return why payments are not arriving, or an action could not be done."""
    match error:
        case QiwiAuthError():
            return Problem.INVALID_AUTH
        case QiwiPermissionError():
            return Problem.MISSING_PERMISSION
        case QiwiRateLimitError():
            return Problem.RATE_LIMITED
        case QiwiConnectionError():
            return Problem.CANNOT_CONNECT
        case QiwiError():
            return Problem.INVALID_RESPONSE
        case _:
            return Problem.STORAGE
