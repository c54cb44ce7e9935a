"""The dashboard's own elements: the modules that browsers load, and what feeds them."""

from .modules import async_setup_modules
from .watch import async_setup_watch, async_show

__all__ = ["async_setup_modules", "async_setup_watch", "async_show"]
