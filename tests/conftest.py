"""A wallet, its simulator on a real socket, and an entry that reads it."""

from collections.abc import AsyncIterator
from datetime import timedelta
import json
from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

# Imported here so that Home Assistant looks for integrations in this repository, not in the test package.
from custom_components.qiwi.books import wallet_books
from custom_components.qiwi.const import DOMAIN
from custom_components.qiwi.ledger import Ledger, stored
from custom_components.qiwi.ledger_file import LedgerFile
from mail_simulator import Certificate, MailSimulator
from wallet_simulator import Simulator, Wallet
from wallet_simulator.limit import RateLimit

from .home import Home
from .seller import Seller
from .story import Till

NUMBER = "79000000000"
TOKEN = "0123456789abcdef0123456789abcdef"
OTHER_NUMBER = "79000000001"
OTHER_TOKEN = "2" * 32


@pytest.fixture(autouse=True)
def _our_integration(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration, where a test uses it."""
    if "recorder_mock" in request.fixturenames:
        # The recorder wants to be there before Home Assistant is.
        request.getfixturevalue("recorder_mock")
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def wallet() -> Wallet:
    """Return a wallet with a little money and a token of all scopes."""
    wallet = Wallet(NUMBER, balances={"RUB": 1000, "USD": 5})
    wallet.add_token(TOKEN)
    return wallet


@pytest.fixture
async def simulator(socket_enabled: None, wallet: Wallet) -> AsyncIterator[Simulator]:
    """Return the wallet's API on loopback."""
    async with Simulator(wallet) as simulator:
        yield simulator


@pytest.fixture
def entry(hass: HomeAssistant, simulator: Simulator, tmp_path: Path) -> MockConfigEntry:
    """Return an entry for the wallet, not set up yet, in a folder of its own."""
    hass.config.config_dir = str(tmp_path)
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=NUMBER,
        title="QIWI •••• 0000",
        data={"api_token": TOKEN, "api_url": simulator.url, "wallet": NUMBER, "token_entered": "2026-05-06"},
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def home(hass: HomeAssistant, entry: MockConfigEntry, wallet: Wallet, simulator: Simulator) -> Home:
    """Return the wallet at home, not set up yet."""
    return Home(hass=hass, entry=entry, wallet=wallet, simulator=simulator)


@pytest.fixture
async def other(hass: HomeAssistant, home: Home) -> AsyncIterator[Home]:
    """Return a second wallet at home, at the same server; it is set up with the first one."""
    wallet = Wallet(OTHER_NUMBER, balances={"KZT": 5})
    wallet.add_token(OTHER_TOKEN)
    home.simulator.wallets = (home.wallet, wallet)
    home.simulator.limits[OTHER_NUMBER] = RateLimit(100, timedelta(minutes=5))
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=OTHER_NUMBER,
        title="QIWI •••• 0001",
        data={**home.entry.data, "api_token": OTHER_TOKEN, "wallet": OTHER_NUMBER},
    )
    entry.add_to_hass(hass)
    yield Home(hass=hass, entry=entry, wallet=wallet, simulator=home.simulator)
    await hass.config_entries.async_unload(entry.entry_id)


@pytest.fixture
def long_known(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let the wallet have been added a month ago: what is dated before its first contact is no news."""
    now = int(dt_util.utcnow().timestamp())
    books = wallet_books(entry)
    known = Ledger(
        watermark=now - 86_400,
        since=now - 30 * 86_400,
        books={book.name: book.empty() for book in books},
    )
    path = LedgerFile(hass, entry.entry_id).path
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(stored.to_json(known, books)))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Return a certificate for the mail server."""
    return Certificate.issue(tmp_path_factory.mktemp("certificate") / "mail.pem")


@pytest.fixture
async def mail_server(socket_enabled: None) -> AsyncIterator[MailSimulator]:
    """Return a mail server that asks for nothing."""
    async with MailSimulator() as mail_server:
        yield mail_server


@pytest.fixture
def seller(home: Home, mail_server: MailSimulator) -> Seller:
    """Return who sells through the wallet, with no offer yet."""
    return Seller(home, mail_server)


@pytest.fixture
def till(simulator: Simulator) -> Till:
    """Return who takes the payments."""
    return Till(simulator)


@pytest.fixture
def profile_at_every_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the profile with every poll rather than every six hours."""
    monkeypatch.setattr("custom_components.qiwi.account.PROFILE_INTERVAL", timedelta())
