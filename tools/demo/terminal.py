"""The terminal: lines that scroll, and below them one that stays and says where to look."""

from collections.abc import Mapping
from datetime import datetime
import json
from pathlib import Path
import shutil
import sys
from typing import Any, Final

from real_home_assistant.process import ROOT

TRANSLATIONS: Final = Path(__file__).parent / "translations"
INTEGRATION: Final = ROOT / "custom_components" / "qiwi" / "translations"
_NO_BREAK_SPACE: Final = "\u00a0"


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


class Words:
    """The demo's own sentences and the integration's names of things, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._own: Mapping[str, str] = _read(TRANSLATIONS / f"{language}.json")
        entities = _read(INTEGRATION / f"{language}.json")["entity"]
        self._events: Mapping[str, str] = _states(entities["event"]["payment"], "event_type")
        self._reasons: Mapping[str, str] = _states(entities["binary_sensor"]["feed_problem"], "reason")

    def text(self, name: str, **values: object) -> str:
        """Return a sentence of the demo."""
        return self._own[name].format(**values)

    def event(self, event_type: str) -> str:
        """Return what a payment's event is called."""
        return self._events[event_type]

    def reason(self, reason: str) -> str:
        """Return why payments are not arriving."""
        return self._reasons[reason]

    def amount(self, amount: float) -> str:
        """Write an amount."""
        written = f"{amount:,.2f}"
        if self.language == "ru":
            return written.replace(",", _NO_BREAK_SPACE).replace(".", ",")
        return written


def _states(entity: Mapping[str, Any], attribute: str) -> Mapping[str, str]:
    return dict(entity["state_attributes"][attribute]["state"])


class Terminal:
    """Prints lines at once, so that a pipe shows them as well; a screen has the footer below them."""

    def __init__(self) -> None:
        self._footer = ""
        self._is_screen = sys.stdout.isatty()

    def say(self, text: str = "") -> None:
        """Print a line above the footer."""
        if self._is_screen and self._footer:
            sys.stdout.write("\r\x1b[K")
        sys.stdout.write(f"{text}\n")
        self._draw()

    def tell(self, text: str) -> None:
        """Print a line with the time."""
        self.say(f"{datetime.now().astimezone():%H:%M:%S}  {text}")

    def keep(self, footer: str) -> None:
        """Keep a line in sight; an empty one takes it away."""
        if self._is_screen and self._footer:
            sys.stdout.write("\r\x1b[K")
        self._footer = footer
        self._draw()

    def _draw(self) -> None:
        if self._is_screen and self._footer:
            # A line that wraps could not be taken back.
            width = shutil.get_terminal_size().columns - 1
            sys.stdout.write(f"\x1b[2m{self._footer[:width]}\x1b[m")
        sys.stdout.flush()
