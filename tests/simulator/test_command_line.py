"""`python -m wallet_simulator` as a person starts it, and what the package stands on."""

import ast
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from graphlib import TopologicalSorter
from pathlib import Path
import signal
import socket
import sys

import aiohttp
import pytest

from wallet_simulator import Fault
from wallet_simulator.__main__ import main, make_wallet, read_arguments

from .conftest import PROFILE, TOKEN

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def started(*arguments: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, str]]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "wallet_simulator", *arguments, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert process.stdout
    facts: dict[str, str] = {}
    try:
        async with asyncio.timeout(10):
            while "Open" not in facts:
                word, _, rest = (await process.stdout.readline()).decode().partition(" ")
                facts[word] = rest.strip()
            yield process, facts
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_prints_address_and_token_logs_requests_and_ends_on_ctrl_c() -> None:
    async with started("--port", "0", "--token", TOKEN) as (process, facts):
        assert facts["Token"] == TOKEN
        headers = {"Authorization": f"Bearer {facts['Token']}", "Accept": "application/json"}
        async with aiohttp.ClientSession() as session:
            async with session.get(facts["Address"] + PROFILE, headers=headers) as response:
                assert response.status == 200
            async with session.get(facts["Address"]) as response:
                assert "Wallet simulator" in await response.text()
        process.send_signal(signal.SIGINT)
        assert process.stdout
        rest = (await process.stdout.read()).decode()
        assert await process.wait() == 0
        assert rest.strip().endswith(f"GET {PROFILE} 200")
        assert TOKEN not in rest


async def test_donations_arrive_by_themselves() -> None:
    async with started("--port", "0", "--empty", "--every", "1", "--quiet") as (_, facts):
        assert facts["Wallet"] == "79000000000, 0 payments"
        async with aiohttp.ClientSession() as session, asyncio.timeout(5):
            count = 0
            while count == 0:
                async with session.get(f"{facts['Address']}/control/state") as response:
                    count = (await response.json())["payment_count"]
                await asyncio.sleep(0.05)


async def test_a_taken_port_is_said_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert await asyncio.to_thread(main, ["--port", str(port)]) == 1
    assert f"Port {port} cannot be used" in capsys.readouterr().err


def test_help_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        read_arguments(["--help"])
    assert left.value.code == 0
    text = capsys.readouterr().out
    for word in ("--port", "--seed", "--empty", "--no-rate-limit", "--every", "token", "/control/payments"):
        assert word in text


@pytest.mark.parametrize(
    "arguments",
    [["--port", "70000"], ["--number", "+79000000000"], ["--days", "0"], ["--every", "x"], ["what"]],
)
def test_wrong_options_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        read_arguments(arguments)
    assert left.value.code == 2


def test_the_options_make_the_wallet() -> None:
    wallet = make_wallet(
        read_arguments(["--number", "79000000009", "--default-window", "--history-token", "h"])
    )
    assert wallet.number == "79000000009"
    assert wallet.default_window is not None
    assert wallet.tokens["h"].scopes == {"payments"}
    assert len(wallet.tokens) == 2
    assert len(wallet) > 30
    first, second = (next(iter(make_wallet(read_arguments([])).tokens)) for _ in range(2))
    assert first == second


def test_it_stands_on_aiohttp_alone() -> None:
    imported = set()
    for path in (ROOT / "wallet_simulator").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported.add((node.module or "").split(".")[0])
    assert imported - set(sys.stdlib_module_names) == {"aiohttp"}


def test_its_modules_import_in_one_direction_only() -> None:
    folder = ROOT / "wallet_simulator"
    graph = {
        path.stem: {
            node.module
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module
        }
        for path in folder.glob("*.py")
    }
    # Fails with the circle's names if there is one.
    assert list(TopologicalSorter(graph).static_order())


def test_faults_are_given_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    options = read_arguments(["--fault", '{"kind": "no_rows", "page": 2}', "--fault", '{"kind": "close"}'])
    assert options.fault == [Fault(kind="no_rows", page=2), Fault(kind="close")]
    for wrong, why in (('{"kind": "earthquake"}', "kind must be one of"), ("close", "not JSON")):
        with pytest.raises(SystemExit):
            read_arguments(["--fault", wrong])
        assert why in capsys.readouterr().err
