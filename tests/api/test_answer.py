"""The dates of headers."""

from collections.abc import Iterator
from datetime import UTC, datetime
import time

import pytest

from custom_components.qiwi.api.answer import http_date


@pytest.fixture
def _far_from_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Almaty")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_far_from_utc")
@pytest.mark.parametrize("offset", ["GMT", "+0000", "-0000"])
def test_a_date_of_an_unknown_place_is_utc_wherever_this_machine_stands(offset: str) -> None:
    assert http_date(f"Wed, 06 May 2026 12:00:00 {offset}") == datetime(2026, 5, 6, 12, tzinfo=UTC)
