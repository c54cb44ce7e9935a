"""The ledger's file: a full disk, a damaged file and a restored backup cost no payment."""

from pathlib import Path

from homeassistant.config_entries import ConfigEntryState
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.qiwi import backup
from custom_components.qiwi.ledger_file import LedgerFile
from tests.home import Home


async def test_a_disk_that_refuses_holds_announcements_back(home: Home, tmp_path: Path) -> None:
    coordinator = await home.add()
    path = coordinator.file.path
    (tmp_path / "file").touch()
    coordinator.file.path = tmp_path / "file" / "ledger"
    home.wallet.pay(150)
    await home.poll()
    assert home.heard == []
    assert home.reason == "storage"
    coordinator.file.path = path
    await home.poll()
    await home.poll()
    assert home.announced == [150.0]


@pytest.mark.parametrize("content", [b"not json", b"[]", b'{"version": 99}', b"\xff\xfe"])
async def test_an_unreadable_ledger_is_set_aside(home: Home, content: bytes) -> None:
    file = LedgerFile(home.hass, home.entry.entry_id)
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_bytes(content)
    home.wallet.pay(1)
    await home.add()
    assert home.entry.state is ConfigEntryState.LOADED
    assert ir.async_get(home.hass).async_get_issue("qiwi", f"ledger_unreadable_{home.entry.entry_id}")
    home.wallet.pay(150)
    await home.poll()
    assert home.announced == [150.0]
    aside = file.path.with_name(file.path.name + ".unreadable")
    assert aside.read_bytes() == content
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    assert not (aside.exists() or file.path.exists())


async def test_a_ledger_that_cannot_be_read_now_is_not_replaced(home: Home) -> None:
    path = LedgerFile(home.hass, home.entry.entry_id).path
    path.mkdir(parents=True, exist_ok=True)
    await home.hass.config_entries.async_setup(home.entry.entry_id)
    assert home.entry.state is ConfigEntryState.SETUP_RETRY
    path.rmdir()


async def test_a_restored_backup_flags_what_it_forgot(home: Home) -> None:
    coordinator = await home.add()
    await backup.async_pre_backup(home.hass)
    copy = coordinator.file.path.read_bytes()
    await backup.async_post_backup(home.hass)
    home.wallet.pay(150)
    await home.poll()
    await home.unload()
    coordinator.file.path.write_bytes(copy)
    await home.add()
    assert [(record["amount"], record["possible_duplicate"]) for record in home.heard] == [
        (150.0, False),
        (150.0, True),
    ]


async def test_a_backup_before_the_first_contact_marks_nothing(home: Home) -> None:
    file = LedgerFile(home.hass, home.entry.entry_id)
    file.path.parent.mkdir(exist_ok=True)
    file.path.write_bytes(b"?")
    await home.simulator.refuse()
    coordinator = await home.add()
    assert coordinator is None
    await backup.async_pre_backup(home.hass)
    await backup.async_post_backup(home.hass)
    await home.unload()
    assert not file.path.exists()
