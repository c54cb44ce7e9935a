"""The wallet's forms, filled in."""

from typing import Any

from homeassistant.core import HomeAssistant

from tests.conftest import TOKEN
from wallet_simulator import Simulator

NEW_TOKEN = "2" * 32
WRONG_TOKEN = "0" * 32


def given(simulator: Simulator, token: str = TOKEN, url: str | None = None, **more: Any) -> dict[str, Any]:
    return {"api_token": token, "advanced": {"api_url": url or simulator.url}, **more}


async def submit(hass: HomeAssistant, form: Any, user_input: dict[str, Any]) -> Any:
    result = await hass.config_entries.flow.async_configure(form["flow_id"], user_input)
    # The entry that came of it sets itself up.
    await hass.async_block_till_done(wait_background_tasks=True)
    return result


async def begin(hass: HomeAssistant, user_input: dict[str, Any]) -> Any:
    form = await hass.config_entries.flow.async_init("qiwi", context={"source": "user"})
    assert form["step_id"] == "user"
    return await submit(hass, form, user_input)


def suggested(form: Any) -> dict[str, Any]:
    """Return what a form shows before anybody types, sections unfolded."""
    values: dict[str, Any] = {}
    for marker, field in form["data_schema"].schema.items():
        if hasattr(field, "schema"):
            values |= suggested({"data_schema": field.schema})
        elif marker.description:
            values[str(marker)] = marker.description["suggested_value"]
    return values
