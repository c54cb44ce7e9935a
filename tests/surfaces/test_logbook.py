"""The logbook: what a payment was, with its amount, in Home Assistant's language, beside the wallet and its entity."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from tests.home import Home
from tests.story import EVENT

HOSTILE = "<b>**Mallory**</b> mallory@example.com"

pytestmark = pytest.mark.usefixtures("recorder_mock")


class Logbook:
    """What the logbook tells, since the test began, of whatever it is asked for."""

    def __init__(self, hass: HomeAssistant, new_client: WebSocketGenerator) -> None:
        self.hass = hass
        self.new_client = new_client
        self.client: Any = None
        self.start = dt_util.utcnow().isoformat()

    async def entries(self, **about: Any) -> list[dict[str, Any]]:
        await get_instance(self.hass).async_block_till_done()
        # Not before: whoever sets something up may add a path of its own.
        self.client = self.client or await self.new_client(self.hass)
        await self.client.send_json_auto_id({"type": "logbook/get_events", "start_time": self.start, **about})
        answer = await self.client.receive_json()
        assert answer["success"], answer
        return [entry for entry in answer["result"] if entry.get("domain") == "qiwi"]

    async def messages(self, **about: Any) -> list[str]:
        return [entry["message"].replace("\N{NO-BREAK SPACE}", " ") for entry in await self.entries(**about)]


@pytest.fixture
async def logbook(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Logbook:
    """Return the logbook of a Home Assistant that records."""
    assert await async_setup_component(hass, "logbook", {})
    return Logbook(hass, hass_ws_client)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "received 7 777.00 RUB", "sent 20.50 RUB", "failed: 3.00 RUB", "refunded 4.00 RUB",
                "converted 480.00 RUB", "converted 6.00 USD", "received 150.00 RUB (test)",
            ],
        ),
        (
            "ru",
            [
                "получен: 7 777,00 RUB", "отправлен: 20,50 RUB", "не прошёл: 3,00 RUB", "возвращён: 4,00 RUB",
                "обмен валюты: 480,00 RUB", "обмен валюты: 6,00 USD", "получен: 150,00 RUB (проба)",
            ],
        ),
    ],
)  # fmt: skip
async def test_a_payment_is_told_with_its_amount_and_nobodys_words(
    home: Home, logbook: Logbook, language: str, expected: list[str]
) -> None:
    await home.hass.config.async_update(language=language)
    device_id = (await home.add()).device_id
    home.wallet.pay(7777, comment=HOSTILE, account="+79000000001")
    home.wallet.pay("20.50", kind="bill", comment=HOSTILE)
    home.wallet.pay(3, status="ERROR", comment=HOSTILE)
    home.wallet.pay(4, kind="refund")
    home.wallet.convert(480, "RUB", 6, "USD")
    await home.poll()
    await home.act("send_test_payment", amount=150, comment=HOSTILE)
    for about in ({}, {"entity_ids": [EVENT]}, {"entity_ids": [EVENT], "device_ids": [device_id]}):
        assert sorted(await logbook.messages(**about)) == sorted(expected), about
    entries = await logbook.entries()
    assert {entry["entity_id"] for entry in entries} == {EVENT}
    assert "mallory" not in str(entries).lower()
    # Neither whole nor masked; four digits alone stand in any time.
    assert "79000000001" not in str(entries)
    assert "•• 0001" not in str(entries)


async def test_a_payment_announced_again_says_so(home: Home, logbook: Logbook) -> None:
    await home.add()
    number = home.wallet.pay(150).transaction_id
    await home.poll()
    await home.act("replay_payment", transaction_id=number, direction="in")
    assert await logbook.messages() == ["received 150.00 RUB", "received 150.00 RUB (announced again)"]


async def test_the_past_of_a_removed_wallet_can_still_be_read(home: Home, logbook: Logbook) -> None:
    await home.add()
    home.wallet.pay(150)
    await home.poll()
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    await home.rest()
    (found,) = await logbook.entries()
    assert (found["name"], found["entity_id"]) == ("QIWI Wallet", None)
