"""The ledger's one file: private, replaced whole or not at all, and marked while Home Assistant makes a backup."""

from dataclasses import dataclass, field, replace
import logging
from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import save_json
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import json_loads

from .const import DOMAIN
from .ledger import Books, Ledger, LedgerError, stored

_LOGGER: Final = logging.getLogger(__package__)

_ASIDE: Final = ".unreadable"


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


class LedgerFile:
    """Loads and saves one entry's ledger.

    Home Assistant's `Store` would not do: its save returns normally after a refused write, and writes
    nothing while Home Assistant is stopping.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self.path = Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry_id}"))
        self._hass = hass
        self._entry_id = entry_id
        self._backup = hass.data.setdefault(BACKUP, Backup())

    async def async_load(self, books: Books) -> Ledger | None:
        """Return the stored ledger as it is after a restart, or None when there is none yet.

        Raises:
            LedgerError: it is damaged, or a newer version wrote it.
            OSError: it cannot be read now.
        """
        ledger = await self._hass.async_add_executor_job(self._load, books)
        if ledger is None:
            return None
        if self._entry_id in self._backup.marked:
            # The next write takes the mark off the file, unless the backup is still under way.
            ledger = replace(ledger, in_backup=False)
        return ledger.restarted()

    async def async_save(self, ledger: Ledger, books: Books) -> None:
        """Replace the file.

        Raises:
            HomeAssistantError, OSError: it could not be written; the old file is whole.
        """
        if self._backup.under_way and not ledger.in_backup:
            self._backup.marked.add(self._entry_id)
            ledger = replace(ledger, in_backup=True)
        await self._hass.async_add_executor_job(self._save, ledger, books)
        if not ledger.in_backup:
            self._backup.marked.discard(self._entry_id)

    async def async_set_aside(self) -> str | None:
        """Move an unreadable file out of the way, for whoever can read it, and return its name; None when that fails."""
        aside = self.path.with_name(self.path.name + _ASIDE)
        try:
            await self._hass.async_add_executor_job(self.path.replace, aside)
        except OSError as error:
            _LOGGER.error("The file of the ledger can't be moved: %s", type(error).__name__)  # noqa: TRY400
            return None
        return aside.name

    def _load(self, books: Books) -> Ledger | None:
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            document = json_loads(content)
        except ValueError:
            # Without the cause's text: it may quote the content.
            raise LedgerError("The ledger is damaged (not JSON)") from None
        return stored.from_json(document, books)

    def _save(self, ledger: Ledger, books: Books) -> None:
        self.path.parent.mkdir(exist_ok=True)
        save_json(str(self.path), stored.to_json(ledger, books), private=True, atomic_writes=True)

    def remove(self) -> None:
        """Delete the file and one set aside: the entry is gone."""
        for path in (self.path, self.path.with_name(self.path.name + _ASIDE)):
            path.unlink(missing_ok=True)
