"""The ledger's one file: private, replaced whole or not at all, and strict about what it holds."""

from pathlib import Path
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import save_json
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.json import json_loads

from .const import DOMAIN
from .ledger import Ledger, LedgerError

_ASIDE: Final = ".unreadable"


class LedgerFile:
    """Loads and saves one entry's ledger.

    Home Assistant's `Store` would not do: its save returns normally after a refused write, and writes
    nothing while Home Assistant is stopping.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        self.path = Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.{entry_id}"))

    def load(self) -> Ledger | None:
        """Return the stored ledger, or None when there is none yet.

        Raises:
            LedgerError: it is damaged, or a newer version wrote it.
            OSError: it cannot be read now.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            return Ledger.from_json(json_loads(content))
        except LedgerError:
            raise
        except ValueError:
            # Without the cause's text: it may quote the content.
            raise LedgerError("The ledger is damaged (not JSON)") from None

    def save(self, ledger: Ledger) -> None:
        """Replace the file.

        Raises:
            HomeAssistantError, OSError: it could not be written; the old file is whole.
        """
        self.path.parent.mkdir(exist_ok=True)
        save_json(str(self.path), ledger.as_json(), private=True, atomic_writes=True)

    def set_aside(self) -> str:
        """Move an unreadable file out of the way, kept for whoever can read it, and return its name."""
        aside = self.path.with_name(self.path.name + _ASIDE)
        self.path.replace(aside)
        return aside.name

    def remove(self) -> None:
        """Delete the file and one set aside: the entry is gone."""
        for path in (self.path, self.path.with_name(self.path.name + _ASIDE)):
            path.unlink(missing_ok=True)
