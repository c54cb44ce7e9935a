"""One Home Assistant and one browser for all tests here; on a failure their pictures and log are kept."""

from collections.abc import AsyncIterator, Generator
from pathlib import Path
import shutil
import sys

import pytest
import pytest_asyncio
import pytest_socket

from .stage import Stage

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture
def verify_cleanup() -> None:
    """Leave alone what goes on between the tests: the simulator, the websocket and the browser."""


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def theatre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Return the stage that all tests share."""
    pytest_socket.enable_socket()
    async with Stage.open(tmp_path_factory.mktemp("home")) as stage:
        yield stage


@pytest_asyncio.fixture(loop_scope="session")
async def stage(
    socket_enabled: None, theatre: Stage, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Stage]:
    """Return the stage; what a failed test saw is kept in its own folder."""
    yield theatre
    pages, theatre.pages = theatre.pages, []
    theatre.simulator.clear_faults()
    if request.node.stash.get(FAILED, True):
        for number, page in enumerate(pages):
            await page.screenshot(path=tmp_path / f"page-{number}.png")
        shutil.copy(theatre.folder / "output.txt", tmp_path)
        sys.stdout.write(f"What was seen, and Home Assistant's log: {tmp_path}\n")
    for page in pages:
        await page.context.close()
    complaints, theatre.complaints = theatre.complaints, []
    assert not complaints
