"""Serving of the JavaScript modules, and the word to the frontend where they are."""

import hashlib
from pathlib import Path
from typing import Final

# Exported without being named; where it is defined differs between releases.
from homeassistant.components.http import StaticPathConfig  # type: ignore[attr-defined]
from homeassistant.core import HomeAssistant

from ..const import DOMAIN

STATIC: Final = Path(__file__).parent / "static"
ENTRY_POINT: Final = "qiwi.js"


async def async_setup_modules(hass: HomeAssistant) -> None:
    """Serve the modules, and have every browser load them.

    They import each other by relative addresses, so the version stands in the folder's name: it changes with any
    of them, and browsers may keep them for good.
    """
    folder = f"/{DOMAIN}_frontend/{await hass.async_add_executor_job(_version)}"
    await hass.http.async_register_static_paths([StaticPathConfig(folder, str(STATIC), cache_headers=True)])
    if "frontend" in hass.config.components:
        # Where there is no frontend, nothing of it is loaded either.
        from homeassistant.components.frontend import add_extra_js_url  # noqa: PLC0415

        add_extra_js_url(hass, f"{folder}/{ENTRY_POINT}")


def _version() -> str:
    digest = hashlib.sha256()
    for module in sorted(STATIC.glob("*.js")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:12]
