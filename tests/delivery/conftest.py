"""A mail server on a real socket, and a certificate for it."""

from collections.abc import AsyncIterator

import pytest

from mail_simulator import Certificate, MailSimulator


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Return a certificate for the mail server."""
    return Certificate.issue(tmp_path_factory.mktemp("certificate") / "mail.pem")


@pytest.fixture
async def mail_server(socket_enabled: None) -> AsyncIterator[MailSimulator]:
    """Return a mail server that asks for nothing."""
    async with MailSimulator() as mail_server:
        yield mail_server
