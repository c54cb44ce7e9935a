"""How an answer reaches the client, or doesn't: dates, drops, cuts, silence."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
import socket
import struct

from aiohttp import hdrs, web

from .answers import Answer
from .faults import ActiveFault, FaultKind

DRIPS = 20
DEFAULT_SLOWNESS = 5.0

DATE = web.RequestKey("date", str)


async def set_date(request: web.Request, response: web.StreamResponse) -> None:
    """Give the answer the wallet's date, or none: aiohttp would write the host's."""
    if date := request.get(DATE):
        response.headers[hdrs.DATE] = date
    else:
        response.headers.pop(hdrs.DATE, None)


async def deliver(
    request: web.Request,
    answer: Answer,
    struck: ActiveFault | None,
    answered: Callable[[int], None],
) -> web.StreamResponse:
    """Send the answer the way the fault allows; `answered` is told the status before it leaves."""
    match struck.fault.kind if struck else None:
        case FaultKind.CLOSE:
            return _hang_up(request)
        case FaultKind.RESET:
            return _reset(request)
        case FaultKind.TIMEOUT if struck:
            with suppress(TimeoutError):
                await asyncio.wait_for(struck.ended.wait(), struck.fault.seconds)
            return _hang_up(request)
    answered(answer.status)
    match struck.fault.kind if struck else None:
        case FaultKind.SLOW if struck:
            return await _drip(request, answer, struck)
        case FaultKind.CUT_OFF:
            return await _cut_off(request, answer)
        case _:
            return web.Response(
                status=answer.status,
                body=answer.body,
                content_type=answer.content_type,
                charset="utf-8" if answer.content_type == "text/html" else None,
                headers=answer.headers,
            )


def header_date(now: datetime, struck: ActiveFault | None) -> str | None:
    """Return what the Date header says: the wallet's time, something wrong, or nothing."""
    match struck.fault.kind if struck else None:
        case FaultKind.NO_DATE:
            return None
        case FaultKind.WRONG_DATE if struck and struck.fault.body is not None:
            return struck.fault.body
        case FaultKind.WRONG_DATE if struck:
            now = (struck.fault.date or now) + struck.fault.offset
    return format_datetime(now.astimezone(UTC), usegmt=True)


def _hang_up(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.close()
    return web.Response()


def _reset(request: web.Request) -> web.Response:
    # A linger time of zero turns the close into a TCP reset.
    if request.transport:
        request.transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        request.transport.abort()
    return web.Response()


async def _begin(request: web.Request, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=answer.headers)
    response.content_type = answer.content_type
    response.content_length = len(answer.body)
    await response.prepare(request)
    return response


async def _drip(request: web.Request, answer: Answer, struck: ActiveFault) -> web.StreamResponse:
    response = await _begin(request, answer)
    seconds = DEFAULT_SLOWNESS if struck.fault.seconds is None else struck.fault.seconds
    size = max(1, -(-len(answer.body) // DRIPS))
    for start in range(0, len(answer.body), size):
        await response.write(answer.body[start : start + size])
        with suppress(TimeoutError):
            await asyncio.wait_for(struck.ended.wait(), seconds / DRIPS)
    await response.write_eof()
    return response


async def _cut_off(request: web.Request, answer: Answer) -> web.StreamResponse:
    response = await _begin(request, answer)
    await response.write(answer.body[: len(answer.body) // 2])
    if request.transport:
        request.transport.close()
    return response
