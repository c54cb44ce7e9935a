"""What a person is told under repairs: when it is raised, when it is healed, and that it goes with its entry."""

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .api import UnreadableRow
from .const import DOMAIN, TROUBLESHOOTING
from .coordinator import QiwiConfigEntry
from .ledger import ALLOWED_LATENESS, Ledger
from .payments import Payment
from .problem import Problem
from .publication import SIGNAL_REVERSED
from .token_check import expiry
from .wallet_data import WalletData

# How many days before a token expires it is told, and told anew to whoever ignored it before.
EXPIRY_NOTICES: Final = (0, 3, 14)
# After so long without an answer the service may be closed.
SILENCE: Final = timedelta(days=3)
# More rows than these are told of together.
MOST_ROWS: Final = 10
# What is told of time alone is due whether or not the wallet changes anything.
_LOOK_AGAIN: Final = timedelta(hours=1)
_UNANSWERED: Final = frozenset({Problem.CANNOT_CONNECT, Problem.INVALID_RESPONSE, Problem.RATE_LIMITED})


class Repair(StrEnum):
    """A repair, by the key of its texts; docs/troubleshooting.md has a section of that name."""

    TOKEN_EXPIRES = "token_expires"  # noqa: S105 - a name
    HISTORY_PERMISSION = "history_permission"
    LEDGER_UNREADABLE = "ledger_unreadable"
    MAIL_SERVER_REFUSES = "mail_server_refuses"
    PAYMENT_REVERSED = "payment_reversed"
    UNREADABLE_ROW = "unreadable_row"
    UNREADABLE_ROWS = "unreadable_rows"
    WALLET_SILENT = "wallet_silent"


# They follow what is known of the wallet; the others stay until a person has seen them.
_HEALING: Final = (
    Repair.TOKEN_EXPIRES,
    Repair.HISTORY_PERMISSION,
    Repair.UNREADABLE_ROW,
    Repair.UNREADABLE_ROWS,
    Repair.WALLET_SILENT,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A repair of one wallet.

    Attributes:
        repair: Which one.
        detail: What tells it from others of its kind: each can be ignored by itself.
        severity: How urgent it is.
        is_fixable: Whether a click on it does or confirms something; otherwise it can only be ignored.
        outlives_restart: Whether nothing would raise it again after one.
        placeholders: What its texts name, besides the wallet and the page that tells more.
    """

    repair: Repair
    detail: str = ""
    severity: ir.IssueSeverity = ir.IssueSeverity.WARNING
    is_fixable: bool = False
    outlives_restart: bool = False
    placeholders: Mapping[str, str] = field(default_factory=dict)

    def id_for(self, entry: QiwiConfigEntry) -> str:
        """Return its id in Home Assistant's registry."""
        return "_".join(filter(None, (self.repair, entry.entry_id, self.detail)))


@callback
def async_raise(hass: HomeAssistant, entry: QiwiConfigEntry, issue: Issue) -> None:
    """Tell a person, once: what is told or ignored already stays as it is."""
    page = f"{TROUBLESHOOTING}#{issue.repair.replace('_', '-')}"
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue.id_for(entry),
        data={"entry_id": entry.entry_id},
        is_fixable=issue.is_fixable,
        is_persistent=issue.outlives_restart,
        learn_more_url=page,
        severity=issue.severity,
        translation_key=issue.repair,
        translation_placeholders={"wallet": entry.title, "troubleshooting": page, **issue.placeholders},
    )


@callback
def async_update_issues(
    hass: HomeAssistant, entry: QiwiConfigEntry, data: WalletData, *, loaded_at: datetime
) -> None:
    """Raise what is due by what is known of a wallet, and take back what is healed."""
    due = {issue.id_for(entry): issue for issue in _due(entry, data, loaded_at)}
    for issue in due.values():
        async_raise(hass, entry, issue)
    _remove(hass, entry, _HEALING, but=due)


@callback
def async_follow(hass: HomeAssistant, entry: QiwiConfigEntry) -> None:
    """Keep a wallet's repairs in step with it as long as it is loaded."""
    coordinator = entry.runtime_data
    loaded_at = dt_util.utcnow()

    @callback
    def update(*_: object) -> None:
        async_update_issues(hass, entry, coordinator.data, loaded_at=loaded_at)

    @callback
    def report_reversal(entry_id: str, payment: Payment) -> None:
        if entry_id == entry.entry_id:
            async_report_reversal(hass, entry, payment)

    update()
    entry.async_on_unload(coordinator.async_add_listener(update))
    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_REVERSED, report_reversal))
    entry.async_on_unload(async_track_time_interval(hass, update, _LOOK_AGAIN, cancel_on_shutdown=True))


@callback
def async_forget(hass: HomeAssistant, entry: QiwiConfigEntry) -> None:
    """Remove every repair of a wallet that is gone."""
    _remove(hass, entry, Repair)


@callback
def async_report_unreadable_ledger(hass: HomeAssistant, entry: QiwiConfigEntry, file: str) -> None:
    """Tell that a ledger could not be read, and under which name it was set aside."""
    async_raise(
        hass,
        entry,
        Issue(
            repair=Repair.LEDGER_UNREADABLE,
            is_fixable=True,
            outlives_restart=True,
            placeholders={"file": file},
        ),
    )


@callback
def async_report_reversal(hass: HomeAssistant, entry: QiwiConfigEntry, payment: Payment) -> None:
    """Tell that a payment that had succeeded has failed after all."""
    async_raise(
        hass,
        entry,
        Issue(
            repair=Repair.PAYMENT_REVERSED,
            detail=f"{payment.direction}_{payment.transaction_id}",
            is_fixable=True,
            outlives_restart=True,
            placeholders={
                "transaction_id": payment.transaction_id,
                "amount": f"{payment.amount:.2f} {payment.currency}",
                "date": _moment(payment.date),
            },
        ),
    )


@callback
def async_report_mail_server(hass: HomeAssistant, entry: QiwiConfigEntry, *, refuses: bool) -> None:
    """Tell that the mail server has refused for an hour, or take it back when it takes mail again."""
    if refuses:
        async_raise(hass, entry, Issue(repair=Repair.MAIL_SERVER_REFUSES, severity=ir.IssueSeverity.ERROR))
    else:
        _remove(hass, entry, (Repair.MAIL_SERVER_REFUSES,))


def _due(entry: QiwiConfigEntry, data: WalletData, loaded_at: datetime) -> Iterator[Issue]:
    # A token that was refused has its repair from Home Assistant: one road to a new one.
    if data.problem is not Problem.INVALID_AUTH:
        yield from _expiring(entry)
    if data.problem is Problem.MISSING_PERMISSION:
        yield Issue(repair=Repair.HISTORY_PERMISSION, severity=ir.IssueSeverity.ERROR, is_fixable=True)
    # A wallet is loaded once its first contact is written down.
    assert data.ledger is not None
    yield from _unreadable(data.ledger.unreadable)
    if data.problem in _UNANSWERED:
        yield from _silent(data.last_success or _answered_before(data.ledger, loaded_at))


def _expiring(entry: QiwiConfigEntry) -> Iterator[Issue]:
    last_day = expiry(entry.data)
    if last_day is None:
        return
    left = (last_day - dt_util.now().date()).days
    notice = next((days for days in EXPIRY_NOTICES if left <= days), None)
    if notice is not None:
        yield Issue(
            repair=Repair.TOKEN_EXPIRES,
            detail=str(notice),
            severity=ir.IssueSeverity.WARNING if notice else ir.IssueSeverity.ERROR,
            is_fixable=True,
            placeholders={"date": last_day.isoformat()},
        )


def _unreadable(rows: Collection[UnreadableRow]) -> Iterator[Issue]:
    if len(rows) > MOST_ROWS:
        yield Issue(repair=Repair.UNREADABLE_ROWS, placeholders={"count": str(len(rows))})
        return
    for row in rows:
        yield Issue(
            repair=Repair.UNREADABLE_ROW,
            # Not the wallet's own words: they may be anything.
            detail=sha256(repr((row.type, row.transaction_id, row.date)).encode()).hexdigest()[:12],
            placeholders={
                "transaction_id": row.transaction_id or "—",
                "date": _moment(row.date) if row.date else "—",
            },
        )


def _silent(answered: datetime) -> Iterator[Issue]:
    if dt_util.utcnow() - answered >= SILENCE:
        yield Issue(repair=Repair.WALLET_SILENT, placeholders={"date": _moment(answered)})


def _answered_before(ledger: Ledger, loaded_at: datetime) -> datetime:
    """Return when a wallet last answered that has not done so since it was loaded.

    A Home Assistant that was off for days has to ask for a while before the wallet is called silent.
    """
    reconciled = datetime.fromtimestamp(ledger.watermark, UTC) + ALLOWED_LATENESS
    return max(reconciled, loaded_at + _LOOK_AGAIN - SILENCE)


def _moment(date: datetime) -> str:
    return f"{dt_util.as_local(date):%Y-%m-%d %H:%M}"


def _remove(
    hass: HomeAssistant, entry: QiwiConfigEntry, repairs: Iterable[Repair], *, but: Container[str] = ()
) -> None:
    ours = tuple(Issue(repair=repair).id_for(entry) for repair in repairs)
    for domain, issue_id in tuple(ir.async_get(hass).issues):
        if domain == DOMAIN and issue_id.startswith(ours) and issue_id not in but:
            ir.async_delete_issue(hass, DOMAIN, issue_id)
