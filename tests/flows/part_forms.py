"""How a person adds or changes a part of a wallet (a goal, an offer, its mail server): the forms and their answers."""

from typing import Any

from homeassistant.config_entries import ConfigSubentry

from tests.home import Home


async def begin_part(kind: str, home: Home, part: ConfigSubentry | None = None) -> Any:
    """Open what adds a part, or changes one."""
    context: Any = {"source": "reconfigure", "subentry_id": part.subentry_id} if part else {"source": "user"}
    return await home.hass.config_entries.subentries.async_init((home.entry.entry_id, kind), context=context)


async def answer(home: Home, form: Any, **fields: Any) -> Any:
    """Fill a form in, and let what follows come to rest."""
    result = await home.hass.config_entries.subentries.async_configure(form["flow_id"], fields)
    await home.rest()
    return result


def suggested(form: Any) -> dict[str, Any]:
    """Return what a form comes filled in with."""
    return {
        marker.schema: marker.description["suggested_value"]
        for marker in form["data_schema"].schema
        if marker.description and "suggested_value" in marker.description
    }
