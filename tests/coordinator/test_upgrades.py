"""An upgrade from every released version: what that version stored is taken up, and nothing is lost or told anew.

A folder of `tests/upgrades` is named by the version that wrote it: its entry, its ledger's file and its entities.
"""

from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.home import Home
from wallet_simulator import Simulator, Wallet

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "upgrades"
VERSIONS = sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())
# When the files were written, and what had been announced then.
WRITTEN = datetime(2026, 11, 20, 12, tzinfo=UTC)


def read(release: str, name: str) -> Any:
    return json.loads((FOLDER / release / f"{name}.json").read_text(encoding="utf-8"))


def test_every_released_version_has_left_its_files() -> None:
    told = re.findall(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    manifest = json.loads((ROOT / "custom_components/qiwi/manifest.json").read_text(encoding="utf-8"))
    assert set(VERSIONS) == set(told) - {manifest["version"]}


@pytest.mark.parametrize("release", VERSIONS)
async def test_what_a_version_stored_is_taken_up(
    hass: HomeAssistant,
    simulator: Simulator,
    wallet: Wallet,
    freezer: FrozenDateTimeFactory,
    tmp_path: Path,
    release: str,
) -> None:
    hass.config.config_dir = str(tmp_path)
    await hass.config.async_set_time_zone("Europe/Moscow")
    freezer.move_to(WRITTEN + timedelta(minutes=30))
    simulator.clock = lambda: datetime.now(UTC)
    stored = read(release, "entry")
    entry = MockConfigEntry(
        **{key: stored[key] for key in ("domain", "entry_id", "options", "title", "unique_id")},
        data={**stored["data"], "api_url": simulator.url},
        version=stored["version"],
        minor_version=stored["minor_version"],
    )
    entry.add_to_hass(hass)
    home = Home(hass=hass, entry=entry, wallet=wallet, simulator=simulator)
    file = tmp_path / ".storage" / f"qiwi.{entry.entry_id}"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(read(release, "ledger")), encoding="utf-8")
    # Announced; announced; pending then and settled since; in the outbox of a process that was killed; new.
    wallet.pay(100, transaction_id="25050000001", date=WRITTEN)
    wallet.pay(40, kind="bill", commission=2, transaction_id="25050000002", date=WRITTEN)
    wallet.pay(7, transaction_id="25050000003", date=WRITTEN)
    wallet.pay(3, transaction_id="25050000004", date=WRITTEN)
    wallet.pay(9, transaction_id="25050000005", date=WRITTEN + timedelta(minutes=20))

    assert await home.add()
    assert entry.state is ConfigEntryState.LOADED
    told = [(each["amount"], each["possible_duplicate"]) for each in home.heard]
    assert told == [(3, True), (7, False), (9, False)]
    assert home.sensor("received_today").state == "119.0"
    assert home.sensor("spent_today").state == "42.0"
    registry = er.async_get(hass)
    entities = {each.unique_id for each in er.async_entries_for_config_entry(registry, entry.entry_id)}
    assert entities >= set(read(release, "entities"))
