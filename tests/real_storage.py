"""Fixtures for tests that leave Home Assistant its real storage, in a folder of its own: import both."""

from typing import Any

import pytest


@pytest.fixture
def hass_storage() -> dict[str, Any]:
    """Leave Home Assistant its real storage."""
    return {}


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """Give it a folder of its own."""
    return hass_tmp_config_dir
