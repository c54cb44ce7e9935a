"""What a browser may ask for without a login: the page, its files, and a goal's data with the goal's secret."""

from abc import ABC, abstractmethod
from decimal import Decimal
from http import HTTPStatus
import re
from typing import Final, override

from aiohttp import hdrs, web
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import HomeAssistantView

from ..const import DOMAIN, OVERLAY_PATH
from .files import File, Files
from .memory import Answer, Memory
from .overlays import Overlay, overlays
from .security import (
    ANSWER_COST,
    HEADERS,
    IDLE_COST,
    LONGEST_QUERY,
    LONGEST_SECRET,
    SECRET_HEADER,
    is_near,
    matching,
    peer_of,
)
from .snapshot import Position

# Seconds after which a browser may come again.
SOON: Final = "2"
LATER: Final = "10"

_AMOUNT: Final = re.compile(r"\d{1,15}(?:\.\d{1,10})?", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,15}", re.ASCII)


class RefusedError(Exception):
    """A request that gets nothing; its status says why, and nothing else does."""

    def __init__(self, status: HTTPStatus, retry_after: str | None = None) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.retry_after = retry_after


class _OverlayView(HomeAssistantView, ABC):
    """Sees to it that every answer carries the headers, whatever becomes of the request."""

    requires_auth = False

    def __init__(self, hass: HomeAssistant, files: Files, memory: Memory) -> None:
        self._hass = hass
        self._files = files
        self._memory = memory

    async def get(self, request: web.Request, **parts: str) -> web.Response:
        """Answer a request."""
        try:
            self._check(request)
            response = self._answer(request, **parts)
        except RefusedError as refusal:
            response = web.Response(status=refusal.status, text=refusal.status.phrase)
            if refusal.retry_after is not None:
                response.headers[hdrs.RETRY_AFTER] = refusal.retry_after
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @abstractmethod
    def _answer(self, request: web.Request, **parts: str) -> web.Response:
        """Return what was asked for.

        Raises:
            RefusedError: it is not given.
        """

    def _check(self, request: web.Request) -> None:
        self._spend(request, IDLE_COST)
        if len(request.query_string) > LONGEST_QUERY:
            raise RefusedError(HTTPStatus.REQUEST_URI_TOO_LONG)
        if request.body_exists:
            raise RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _spend(self, request: web.Request, cost: float) -> None:
        if not self._memory.requests.spend(peer_of(request), cost):
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, LATER)

    def _check_place(self, request: web.Request) -> None:
        """Let the page and its files, which hold nothing, go only where an overlay may be shown."""
        if not is_near(self._hass, request) and not any(
            overlay.is_for_anywhere for overlay in overlays(self._hass)
        ):
            raise RefusedError(HTTPStatus.FORBIDDEN)


class PageView(_OverlayView):
    """A page: the overlay, or the studio."""

    def __init__(self, hass: HomeAssistant, files: Files, memory: Memory, path: str, page: str) -> None:
        super().__init__(hass, files, memory)
        self.url = path
        self.name = path.strip("/").replace("/", ":")
        self._page = page

    @override
    def _answer(self, request: web.Request, **parts: str) -> web.Response:
        self._check_place(request)
        self._spend(request, ANSWER_COST)
        language = "ru" if self._hass.config.language.startswith("ru") else "en"
        return web.Response(text=self._files.page(self._page, language), content_type="text/html")


class FileView(_OverlayView):
    """The pages' scripts, styles and sound."""

    url = f"{OVERLAY_PATH}/{{file}}"
    name = f"api:{DOMAIN}:overlay:file"

    @override
    def _answer(self, request: web.Request, **parts: str) -> web.Response:
        self._check_place(request)
        file = self._files.by_name.get(parts["file"])
        if file is None or file.content_type == "text/html":
            raise RefusedError(HTTPStatus.NOT_FOUND)
        # Asked for anew each time, so that an update is seen; an unchanged file is not sent again.
        headers = {hdrs.CACHE_CONTROL: "no-cache", hdrs.ETAG: file.etag}
        if _is_known(request, file):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        self._spend(request, ANSWER_COST)
        return web.Response(body=file.body, content_type=file.content_type, charset="utf-8", headers=headers)


class DataView(_OverlayView):
    """A goal's data, for whoever holds its secret."""

    url = f"{OVERLAY_PATH}/data"
    name = f"api:{DOMAIN}:overlay:data"

    @override
    def _answer(self, request: web.Request, **parts: str) -> web.Response:
        overlay = self._overlay(request)
        if not overlay.is_for_anywhere and not is_near(self._hass, request):
            raise RefusedError(HTTPStatus.FORBIDDEN)
        if (goal := overlay.goal) is None:
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, SOON)
        minimum, shown = _asked(request)
        overlay.entry.runtime_data.async_watch()
        answer = self._memory.answer(goal, minimum, shown)
        headers = {hdrs.ETAG: answer.etag, hdrs.VARY: SECRET_HEADER}
        if _is_known(request, answer):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        self._spend(request, ANSWER_COST)
        return web.Response(body=answer.body, content_type="application/json", headers=headers)

    def _overlay(self, request: web.Request) -> Overlay:
        given = request.headers.getall(SECRET_HEADER, [])
        secrets = ((overlay.secret, overlay) for overlay in overlays(self._hass))
        found = None
        if len(given) == 1 and len(given[0]) <= LONGEST_SECRET:
            found = matching(given[0], secrets)
        if found is not None:
            return found
        if not self._memory.mistakes.spend(peer_of(request), 1):
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, LATER)
        raise RefusedError(HTTPStatus.FORBIDDEN)


def _is_known(request: web.Request, content: File | Answer) -> bool:
    return request.headers.get(hdrs.IF_NONE_MATCH) == content.etag


def _asked(request: web.Request) -> tuple[Decimal, Position | None]:
    """Read the least amount of an alert, and up to where the browser has shown the alerts."""
    query = request.query
    minimum = _read(_AMOUNT, query.get("min", "0"))
    if "seq" not in query:
        return Decimal(minimum), None
    seq, nth, test = (int(_read(_NUMBER, query.get(name, "0"))) for name in ("seq", "nth", "test"))
    return Decimal(minimum), Position(
        seq=seq, nth=nth, so_far=Decimal(_read(_AMOUNT, query.get("sum", "0"))), test=test
    )


def _read(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise RefusedError(HTTPStatus.BAD_REQUEST)
    return text
