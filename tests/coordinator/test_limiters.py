"""Whoever asks a wallet keeps to its one limit and its one pause, through a restart too."""

import json
from pathlib import Path
import time

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
import pytest

from custom_components.qiwi.api import Priority, QiwiClient, QiwiRateLimitError, WalletLimiter
from custom_components.qiwi.limiters import _LIMITERS, _key, async_create_client
from tests.conftest import NUMBER, OTHER_NUMBER, OTHER_TOKEN, TOKEN
from tests.real_storage import hass_config_dir, hass_storage  # noqa: F401 - fixtures, found by name
from wallet_simulator import Fault, Simulator, Wallet

URL = "http://127.0.0.1:1"


async def limiter(
    hass: HomeAssistant, token: str = TOKEN, wallet: str | None = None, url: str = URL
) -> WalletLimiter:
    client = await async_create_client(hass, token=token, api_url=url, wallet=wallet)
    return client._shared.transport.limiter


async def restart(hass: HomeAssistant) -> None:
    """Let the disk have what is its own, and forget the rest."""
    await hass.async_block_till_done()
    del hass.data[_LIMITERS]


def pauses(hass: HomeAssistant) -> Path:
    """Return where the pauses are kept."""
    path = Path(hass.config.path(".storage", "qiwi.pauses"))
    path.parent.mkdir(exist_ok=True)
    return path


def keep(hass: HomeAssistant, content: bytes | dict[str, float]) -> None:
    """Put pauses on the disk, or anything."""
    if isinstance(content, dict):
        content = json.dumps({"version": 1, "key": "qiwi.pauses", "data": content}).encode()
    pauses(hass).write_bytes(content)


def kept(hass: HomeAssistant) -> str:
    """Return what is on the disk, which is nobody else's business."""
    assert pauses(hass).stat().st_mode & 0o077 == 0
    return pauses(hass).read_text()


async def test_a_client_leaves_by_home_assistants_session(hass: HomeAssistant) -> None:
    client = await async_create_client(
        hass, token=TOKEN, api_url=URL, wallet=NUMBER, priority=Priority.ACTION
    )
    assert isinstance(client, QiwiClient)
    assert client.wallet == NUMBER
    assert client.priority is Priority.ACTION
    assert client._shared.transport._session is async_get_clientsession(hass)


async def test_all_who_ask_a_wallet_share_one_limit_whatever_their_token(hass: HomeAssistant) -> None:
    assert await limiter(hass, TOKEN, NUMBER) is await limiter(hass, OTHER_TOKEN, NUMBER)


async def test_wallets_servers_and_unknown_tokens_have_their_own(hass: HomeAssistant) -> None:
    found = [
        await limiter(hass, TOKEN, NUMBER),
        await limiter(hass, OTHER_TOKEN, OTHER_NUMBER),
        await limiter(hass, "3" * 32),
        await limiter(hass, "4" * 32, NUMBER, "http://127.0.0.1:2"),
    ]
    assert len(set(map(id, found))) == len(found)


async def test_what_was_asked_before_the_number_was_known_counts_for_the_wallet(
    hass: HomeAssistant, simulator: Simulator
) -> None:
    client = await async_create_client(hass, token=TOKEN, api_url=simulator.url)
    wallet = (await client.profile()).wallet
    of_wallet = await limiter(hass, TOKEN, wallet, simulator.url)
    assert len(of_wallet._sent) == 1
    assert of_wallet is await limiter(hass, TOKEN, None, simulator.url)


async def test_what_another_token_asked_before_the_number_was_known_counts_for_the_wallet_too_and_once(
    hass: HomeAssistant, wallet: Wallet, simulator: Simulator
) -> None:
    wallet.add_token(OTHER_TOKEN)
    client = await async_create_client(hass, token=TOKEN, api_url=simulator.url, wallet=NUMBER)
    await client.balances()
    client = await async_create_client(hass, token=OTHER_TOKEN, api_url=simulator.url)
    await client.profile()
    for _ in range(2):
        of_wallet = await limiter(hass, OTHER_TOKEN, NUMBER, simulator.url)
        assert len(of_wallet._sent) == 2
    assert await limiter(hass, TOKEN, NUMBER, simulator.url) is of_wallet
    assert await limiter(hass, OTHER_TOKEN, None, simulator.url) is of_wallet


async def test_a_pause_of_a_token_becomes_that_of_a_wallet_others_ask_already(hass: HomeAssistant) -> None:
    of_wallet = await limiter(hass, OTHER_TOKEN, NUMBER)
    (await limiter(hass, TOKEN)).pause(100)
    assert of_wallet.remaining == 0
    assert await limiter(hass, TOKEN, NUMBER) is of_wallet
    assert of_wallet.remaining > 0


async def test_a_wallet_that_wants_to_be_left_alone_is_so_after_a_restart(
    hass: HomeAssistant, wallet: Wallet, simulator: Simulator
) -> None:
    wallet.add_token(OTHER_TOKEN)
    simulator.fault(Fault(kind="status", status=423, times=1))
    client = await async_create_client(hass, token=TOKEN, api_url=simulator.url, wallet=NUMBER)
    with pytest.raises(QiwiRateLimitError):
        await client.balances()
    await restart(hass)
    client = await async_create_client(hass, token=OTHER_TOKEN, api_url=simulator.url, wallet=NUMBER)
    with pytest.raises(QiwiRateLimitError):
        await client.balances()
    assert simulator.count() == 1
    assert not any(secret in kept(hass) for secret in (TOKEN, NUMBER, simulator.url))


async def test_a_token_that_was_refused_too_often_waits_after_a_restart(hass: HomeAssistant) -> None:
    (await limiter(hass, TOKEN)).pause(100)
    await restart(hass)
    assert (await limiter(hass, TOKEN)).remaining > 0
    assert (await limiter(hass, TOKEN, NUMBER)).remaining > 0


async def test_the_pauses_of_wallets_nobody_has_asked_yet_outlive_those_of_others(
    hass: HomeAssistant,
) -> None:
    (await limiter(hass, TOKEN, NUMBER)).pause(100)
    await restart(hass)
    (await limiter(hass, OTHER_TOKEN, OTHER_NUMBER)).pause(100)
    await restart(hass)
    assert (await limiter(hass, TOKEN, NUMBER)).remaining > 0
    assert (await limiter(hass, OTHER_TOKEN, OTHER_NUMBER)).remaining > 0


async def test_a_pause_that_is_over_is_forgotten(hass: HomeAssistant) -> None:
    keep(hass, {_key(URL, NUMBER): time.time() - 1})
    assert (await limiter(hass, TOKEN, NUMBER)).remaining == 0
    (await limiter(hass, OTHER_TOKEN, OTHER_NUMBER)).pause(100)
    await hass.async_block_till_done()
    assert _key(URL, NUMBER) not in kept(hass)
    assert _key(URL, OTHER_NUMBER) in kept(hass)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff{",
        b"7",
        b"[]",
        b"{}",
        b'{"version": 1}',
        b'{"version": 0, "minor_version": 1, "key": "qiwi.pauses", "data": {}}',
        b'{"version": "1", "minor_version": 1, "key": "qiwi.pauses", "data": {}}',
        b'{"version": 2, "minor_version": 1, "key": "qiwi.pauses", "data": {}}',
        b'{"version": 99, "data": {}}',
        b'{"version": 1, "data": null}',
        b'{"version": 1, "data": ["x"]}',
        b'{"version": 1, "data": {"x": "soon", "y": null, "z": {}}}',
    ],
)
async def test_a_file_that_cannot_be_understood_stops_nothing(hass: HomeAssistant, content: bytes) -> None:
    keep(hass, content)
    (await limiter(hass, TOKEN, NUMBER)).pause(100)
    await restart(hass)
    assert (await limiter(hass, TOKEN, NUMBER)).remaining > 0


async def test_a_file_that_cannot_be_read_stops_nothing(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> None:
    pauses(hass).mkdir()
    assert (await limiter(hass, TOKEN, NUMBER)).remaining == 0
    assert "The pauses of the wallets can't be read" in caplog.text
