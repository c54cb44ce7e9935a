"""The actions that Home Assistant is told of: those of wallets, and of whatever else brings a table of its own."""

from typing import Final

from homeassistant.core import HomeAssistant, callback

from .action import Action, async_register
from .goal_actions import GOAL_ACTIONS
from .order_actions import ORDER_ACTIONS
from .wallet_actions import WALLET_ACTIONS

ACTIONS: Final[tuple[Action, ...]] = (*WALLET_ACTIONS, *GOAL_ACTIONS, *ORDER_ACTIONS)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions; they find their wallet when they are called."""
    for action in ACTIONS:
        async_register(hass, action)
