"""One Home Assistant and one browser for all tests here; on a failure their pictures and log are kept."""

from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
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


@pytest.fixture(scope="module", autouse=True)
def _sockets() -> None:
    """Let what a module shares open sockets: the plugin blocks them before each test, and `socket_enabled` is later."""
    pytest_socket.enable_socket()


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def theatre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Return the stage that all tests share."""
    pytest_socket.enable_socket()
    async with Stage.open(tmp_path_factory.mktemp("home")) as stage:
        yield stage


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def russian_theatre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Return a stage in Russian: Home Assistant names devices and entities in its own language."""
    pytest_socket.enable_socket()
    async with Stage.open(tmp_path_factory.mktemp("home"), "ru") as stage:
        yield stage


@asynccontextmanager
async def act(theatre: Stage, request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[Stage]:
    """Lend the stage to a test; what it saw if it failed is kept in its own folder."""
    yield theatre
    pages, theatre.pages = theatre.pages, []
    theatre.simulator.clear_faults()
    if request.node.stash.get(FAILED, True):
        for number, page in enumerate(pages):
            await page.screenshot(path=folder / f"page-{number}.png")
        shutil.copy(theatre.folder / "output.txt", folder)
        sys.stdout.write(f"What was seen, and Home Assistant's log: {folder}\n")
    for page in pages:
        await page.context.close()
    complaints, theatre.complaints = theatre.complaints, []
    assert not complaints


@pytest_asyncio.fixture(loop_scope="session")
async def stage(
    socket_enabled: None, theatre: Stage, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Stage]:
    """Return the stage for one test."""
    async with act(theatre, request, tmp_path) as lent:
        yield lent


@pytest_asyncio.fixture(loop_scope="session")
async def russian_stage(
    socket_enabled: None, russian_theatre: Stage, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Stage]:
    """Return the stage in Russian for one test."""
    async with act(russian_theatre, request, tmp_path) as lent:
        yield lent
