"""Everything that can go wrong with an answer, as it would in life."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from wallet_simulator import FaultKind
from wallet_simulator.faults import ROW_FAULTS

# What is not named here needs no more than its kind.
DETAILS: Final[Mapping[FaultKind, tuple[tuple[str, dict[str, Any]], ...]]] = {
    FaultKind.STATUS: (
        ("400", {"status": 400}),
        ("401", {"status": 401}),
        ("403", {"status": 403}),
        ("404 plain", {"status": 404, "body": ""}),
        ("404 coded", {"status": 404}),
        ("404 of another service", {"status": 404, "code": "upstream.not.found"}),
        ("423", {"status": 423}),
        ("429", {"status": 429}),
        ("500", {"status": 500}),
        ("500 upstream.not.found", {"status": 500, "code": "upstream.not.found"}),
        ("503 web page", {"status": 503, "body": "<html>Bad gateway</html>"}),
        ("503 payment.history.not.found", {"status": 503, "code": "payment.history.not.found"}),
        ("200 upstream.not.found", {"status": 200, "code": "upstream.not.found"}),
        ("200 payment.history.not.found", {"status": 200, "code": "payment.history.not.found"}),
    ),
    FaultKind.SLOW: (("in time", {"seconds": 0.1}), ("too slow", {"seconds": 60})),
    FaultKind.REDIRECT: (("", {}), ("elsewhere", {"location": "https://example.com/"})),
    FaultKind.ODD_ROW: (("null", {}), ("an empty object", {"body": "{}"})),
    FaultKind.MISSING_ROWS: (("newest", {}), ("a page of them", {"rows": 50})),
    FaultKind.WRONG_DATE: (
        ("30 days ahead", {"offset": timedelta(days=30)}),
        ("30 h ahead", {"offset": timedelta(hours=30)}),
        ("2 h ahead", {"offset": timedelta(hours=2)}),
        ("2 h behind", {"offset": timedelta(hours=-2)}),
        ("30 days behind", {"offset": timedelta(days=-30)}),
        ("1970", {"date": datetime(1970, 1, 1, tzinfo=UTC)}),
        ("no date", {"body": "yesterday"}),
    ),
}
# These break before an answer, and aiohttp asks once more by itself.
ASKED_TWICE: Final = frozenset({FaultKind.CLOSE, FaultKind.RESET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One way to go wrong: its name and the fields of its `Fault`."""

    name: str
    kind: FaultKind
    details: dict[str, Any]

    @property
    def is_for_lists(self) -> bool:
        """Whether nothing but lists of payments can go wrong so."""
        return self.kind in ROW_FAULTS

    @property
    def is_silent(self) -> bool:
        """Whether the client has to give up waiting."""
        return self.kind in {FaultKind.TIMEOUT, FaultKind.SLOW}

    @property
    def once(self) -> int:
        """How many requests it has to strike to be one failure."""
        return 2 if self.kind in ASKED_TWICE else 1


def all_wrong() -> Iterator[Wrong]:
    """Yield every way to go wrong."""
    for kind in FaultKind:
        for name, details in DETAILS.get(kind, (("", {}),)):
            yield Wrong(name=f"{kind} {name}".strip(), kind=kind, details=details)
