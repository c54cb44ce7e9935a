"""The blueprint of orders: it asks on the phone, and completes the order when the button is pressed."""

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from tests.home import Home
from tests.seller import Seller

from .conftest import User

HOSTILE = "**bold** <b>b</b> https://example.com {{ 7 * 7 }} buyer@example.com"


@pytest.fixture
def phone(hass: HomeAssistant) -> str:
    """Return the device of a phone with the app."""
    app = MockConfigEntry(domain="mobile_app")
    app.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", "1")}, name="Anna's phone"
    )
    return device.id


@pytest.fixture
def asked(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the phone shows."""
    asked: list[ServiceCall] = async_mock_service(hass, "notify", "mobile_app_anna_s_phone")
    return asked


async def press(home: Home, call: ServiceCall, button: int) -> None:
    action = call.data["data"]["actions"][button]["action"]
    home.hass.bus.async_fire("mobile_app_notification_action", {"action": action})
    await home.rest()


async def states(home: Home) -> list[str]:
    return [each["state"] for each in (await home.act("get_orders"))["orders"]]


@pytest.mark.parametrize(
    ("language", "title", "buttons", "says"),
    [
        (
            "en",
            "Order paid",
            ["Sent", "Look at it"],
            "Webinar, 500 RUB\n«＊＊bold＊＊ ＜b＞b＜/b＞ https:／／example.com ｛｛ 7 ＊ 7 ｝｝ buyer@example.com»",
        ),
        (
            "ru",
            "Оплачен заказ",
            ["Выдан", "Посмотреть"],
            "Webinar, 500 RUB\n«＊＊bold＊＊ ＜b＞b＜/b＞ https:／／example.com ｛｛ 7 ＊ 7 ｝｝ buyer@example.com»",
        ),
    ],
)
async def test_the_button_on_the_phone_completes_the_order(
    home: Home,
    user: User,
    seller: Seller,
    phone: str,
    asked: list[ServiceCall],
    language: str,
    title: str,
    buttons: list[str],
    says: str,
) -> None:
    await seller.sell(delivery="manual")
    await user.use("order_by_hand", phone=phone, language=language)
    home.wallet.pay(500, comment=HOSTILE)
    await home.poll()
    [call] = asked
    assert (call.data["title"], call.data["message"]) == (title, says)
    assert [each["title"] for each in call.data["data"]["actions"]] == buttons
    # Other buttons, and looking at the list, change nothing.
    await press(home, call, 1)
    home.hass.bus.async_fire("mobile_app_notification_action", {"action": "LIGHTS_OFF"})
    await home.rest()
    assert await states(home) == ["new"]
    await press(home, call, 0)
    assert await states(home) == ["completed"]
    assert len(asked) == 1


async def test_orders_that_are_mailed_are_told_only_when_wanted_or_needed(
    home: Home, user: User, seller: Seller, phone: str, asked: list[ServiceCall]
) -> None:
    await seller.sell()
    await user.use("order_by_hand", phone=phone)
    home.wallet.pay(500, comment="buyer@example.com")
    await home.poll()
    assert not asked
    home.wallet.pay(500, comment=None)
    await home.poll()
    [call] = asked
    assert call.data["title"] == "An order needs attention"
    assert "no e-mail address" in call.data["message"]


async def test_orders_that_are_mailed_are_told_without_buttons(
    home: Home, user: User, seller: Seller, phone: str, asked: list[ServiceCall]
) -> None:
    await seller.sell()
    await user.use("order_by_hand", phone=phone, tell_of_mailed=True)
    home.wallet.pay(500, comment="buyer@example.com")
    await home.poll()
    assert [call.data["data"]["actions"] for call in asked] == [[]]
