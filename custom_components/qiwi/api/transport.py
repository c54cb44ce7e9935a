"""One GET to the wallet's server: its turn, its time and its size."""

from datetime import datetime
import logging
from time import monotonic
from typing import Final, NoReturn

import aiohttp
from aiohttp import hdrs
from yarl import URL

from .answer import Answer, http_date
from .exceptions import QiwiConnectionError, QiwiRateLimitError, QiwiTooLargeError
from .limiter import Priority, WalletLimiter
from .models import Scope
from .refusals import refusal

_LOGGER: Final = logging.getLogger(__name__)

TIMEOUT: Final = 10.0
MAXIMUM_BODY: Final = 1024 * 1024


class Transport:
    """The road to one server with one token.

    Attributes:
        limiter: The wallet's, asked before every request.
        server_time: The server's last `Date` header in UTC, and `monotonic` when it came.
        timeout: Seconds for a request from its beginning to the end of its body.
    """

    def __init__(
        self, session: aiohttp.ClientSession, token: str, api_url: str, limiter: WalletLimiter
    ) -> None:
        self.limiter = limiter
        self.server_time: tuple[datetime, float] | None = None
        self.timeout = TIMEOUT
        self._session = session
        self._api_url = str(URL(api_url)).rstrip("/")
        self._open_headers = {hdrs.ACCEPT: "application/json"}
        self._headers = {**self._open_headers, hdrs.AUTHORIZATION: f"Bearer {token}"}

    async def get(self, target: str, *, shown: str, scope: Scope | None, priority: Priority) -> Answer:
        """Return a whole answer of status 200.

        Args:
            target: Path and query, encoded.
            shown: The path as the log may show it.
            scope: The permission it needs; None for an open method, which is asked without the token.
            priority: Whose turn it waits for.

        Raises:
            QiwiError: whatever went wrong, told by the error code in the body first and by the status then.
        """
        await self.limiter.acquire(priority)
        started = monotonic()
        answer, failure = await self._fetch(target, scope)
        if _LOGGER.isEnabledFor(logging.DEBUG):
            outcome = f"{answer.status}, {len(answer.body)} bytes" if answer else failure
            _LOGGER.debug("GET %s: %s, %.0f ms", shown, outcome, (monotonic() - started) * 1000)
        if answer is None:
            raise QiwiConnectionError(f"The wallet's server cannot be reached ({failure})")
        if answer.status != 200:
            self.refuse(answer, scope)
        if not answer.is_whole:
            raise QiwiTooLargeError("The wallet's answer is larger than 1 MiB")
        return answer

    def refuse(self, answer: Answer, scope: Scope | None) -> NoReturn:
        """Raise what an answer that is no success means; a rate limit pauses the wallet.

        Raises:
            QiwiError: always.
        """
        error = refusal(answer, scope)
        if isinstance(error, QiwiRateLimitError):
            self.limiter.pause(error.retry_after)
        raise error

    async def _fetch(self, target: str, scope: Scope | None) -> tuple[Answer | None, str]:
        """Return the answer, or None and the name of what prevented it.

        The library's own errors end here: they carry the address, the wallet's number and the headers.
        """
        if self._session.closed:
            return None, "the session is closed"
        answer = None
        try:
            async with self._session.get(
                URL(self._api_url + target, encoded=True),
                headers=self._headers if scope else self._open_headers,
                allow_redirects=False,
                raise_for_status=False,
                timeout=aiohttp.ClientTimeout(total=self.timeout),
            ) as response:
                self._note_time(response.headers.get(hdrs.DATE))
                # A refusal is known from its status, even when its body never comes.
                answer = Answer(status=response.status, headers=response.headers, body=b"", is_whole=False)
                return await _read(response), ""
        except (aiohttp.ClientError, OSError) as error:
            failure = type(error).__name__
        return answer if answer and answer.status != 200 else None, failure

    def _note_time(self, date: str | None) -> None:
        # A clock of another century would send requests for all the time between.
        if (time := http_date(date)) and 2000 <= time.year < 2100:
            self.server_time = time, monotonic()


async def _read(response: aiohttp.ClientResponse) -> Answer:
    body = bytearray()
    is_whole = True
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAXIMUM_BODY:
            is_whole = False
            break
    return Answer(
        status=response.status, headers=response.headers, body=bytes(body[:MAXIMUM_BODY]), is_whole=is_whole
    )
