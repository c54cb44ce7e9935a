"""A real Home Assistant process with the integration, in a folder of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
import shutil
import signal
import socket
import sys
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
ENDING: Final = 30


def free_port() -> int:
    """Return a port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def furnish(folder: Path, configuration: str, automations: str | None = None) -> None:
    """Put a configuration and the integration into an empty folder."""
    (folder / "configuration.yaml").write_text(configuration)
    if automations is not None:
        (folder / "automations.yaml").write_text(automations)
        (folder / "scripts.yaml").touch()
    add_integration(folder, ROOT / "custom_components" / "qiwi")


def add_integration(folder: Path, source: Path) -> None:
    """Copy a custom integration into a configuration folder."""
    shutil.copytree(
        source,
        folder / "custom_components" / source.name,
        ignore=shutil.ignore_patterns("__pycache__"),
    )


async def start(folder: Path) -> asyncio.subprocess.Process:
    """Start Home Assistant on a folder; what it says is added to the folder's output.txt."""
    with (folder / "output.txt").open("ab") as output:
        # In the folder: python -m looks for modules where it is started, and the folder holds the integration.
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "homeassistant", "-c", str(folder), "--skip-pip", cwd=folder,
            stdout=output, stderr=output, stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip


async def end(process: asyncio.subprocess.Process) -> None:
    """Stop Home Assistant in an orderly way, or by force when it takes too long."""
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGTERM)
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), ENDING)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run Home Assistant on a folder, and end it."""
    process = await start(folder)
    try:
        yield process
    finally:
        await end(process)
