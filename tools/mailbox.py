"""A mail server on loopback that sends nothing on: it tells what it was given."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial

from aiosmtpd.smtp import SMTP, Envelope, Session

type Receive = Callable[[EmailMessage], None]


class _Mailbox:
    """Takes every mail."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    async def handle_DATA(  # noqa: N802 - as the library calls it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take one mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        self._receive(message_from_bytes(content, policy=policy.default))
        return "250 Taken"


@asynccontextmanager
async def mailbox(receive: Receive) -> AsyncIterator[int]:
    """Take mails; yields the port."""
    make = partial(SMTP, _Mailbox(receive), hostname="localhost")
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])
