"""A real Home Assistant process with the simulator beside it: what the demo promises."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import re
import signal
import socket
import subprocess
import sys

import aiohttp
import pytest

from real_home_assistant.api import HomeAssistant

ROOT = Path(__file__).resolve().parents[2]
PAYMENT = re.compile(r"\d\d:\d\d:\d\d  (Payment received|Платёж получен)  [\d\s.,]+ [A-Z]{3}.*")


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Start the demo; yields it with the addresses of Home Assistant and the wallet once payments arrive."""
    with subprocess.Popen(
        [sys.executable, "-m", "tools.demo", *arguments],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "PYTHONIOENCODING": "utf-8",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as demo:
        try:
            text = said_until(demo, r"Ctrl-C")
            home, wallet, overlay = re.findall(r"http://127\.0\.0\.1:\d+", text)
            assert overlay == home
            yield demo, home, wallet
        finally:
            demo.kill()


def said_until(demo: subprocess.Popen[str], pattern: str) -> str:
    """Read what the demo says up to a line that the pattern is found in."""
    assert demo.stdout
    said = ""
    for line in demo.stdout:
        said += line
        if re.search(pattern, line):
            return said
    pytest.fail(f"{pattern} was not said: {said}")


def test_the_demo_announces_every_payment_and_its_log_holds_no_person(tmp_path: Path) -> None:
    log = tmp_path / "log"
    result = subprocess.run(
        [sys.executable, "-m", "tools.demo", "--seconds", "20", "--debug"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "DEMO_LOG": str(log)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    sent, announced, automated = map(
        int, re.findall(r"(\d+) payments received: (\d+) announced, (\d+) reached", result.stdout)[0]
    )
    assert sent == announced == automated > 0
    told = [line for line in result.stdout.splitlines() if "received  " in line]
    assert len(told) == sent
    assert all(PAYMENT.fullmatch(line) and line.endswith("→ automation ran") for line in told)
    assert "Mail to viewer1@example.com: Your watercolour course" in result.stdout
    said = re.findall(r"“(.+)”", result.stdout)
    token = re.search(r"token (\w+)", result.stdout)
    assert token
    ours = [line for line in log.read_text().splitlines() if "custom_components.qiwi" in line]
    assert any("GET /payment-history" in line for line in ours)
    for line in ours:
        assert not re.search(r"\b7900000\d{4}", line)
        assert not re.search(r"[0-9a-f]{32}", line)
        assert "@" not in line
        assert not any(comment in line for comment in said)


def test_a_demo_that_is_told_to_end_adds_up_and_ends_its_home_assistant(
    tmp_path: Path, socket_enabled: None
) -> None:
    with started(tmp_path) as (demo, home, _):
        address = ("127.0.0.1", int(home.rpartition(":")[2]))
        socket.create_connection(address).close()
        said_until(demo, "→ automation ran")
        demo.terminate()
        rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, rest
    assert re.search(r"(\d+) payments received: \1 announced, \1 reached the automation\.", rest)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    assert not list(tmp_path.glob("qiwi-demo-*"))


def test_a_demo_that_is_ended_while_it_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tools.demo"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        said_until(demo, "Starting")
        demo.terminate()
        demo.communicate(timeout=60)
    assert demo.returncode == 0
    assert not list(tmp_path.glob("qiwi-demo-*"))


async def test_a_russian_demo_says_in_russian_what_happened_and_shows_no_badge_but_ours(
    tmp_path: Path, socket_enabled: None
) -> None:
    with started(tmp_path, "--language", "ru") as (demo, url, wallet):
        async with aiohttp.ClientSession() as session:
            home = HomeAssistant(session, url)
            await home.log_in()
            async with home.connected(lambda _event: None):
                issues = (await home.command("repairs/list_issues"))["issues"]
                goal = [state for state in await home.states() if state.startswith("number.")]
            async with session.get(f"{url}/api/qiwi/overlay") as page:
                assert page.status == 200
            fault = {"kind": "status", "status": 503, "times": 4}
            async with session.post(f"{wallet}/control/faults", json=fault) as answer:
                assert answer.status == 201
        said = said_until(demo, "Платежи не поступают: Сервер недоступен")
        said += said_until(demo, "Платежи снова поступают")
        # As Ctrl-C does.
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, rest
    assert re.search(r"Получено платежей: (\d+)\. Объявлено: \1, дошло до автоматизации: \1\.", rest)
    assert [issue for issue in issues if not issue["ignored"]] == []
    assert len(goal) == 1
    for line in (said + rest).splitlines():
        # Currencies are written alike in both languages, and so are addresses in comments.
        assert not re.search(r"[a-z]{3}", re.sub(r"\S+@\S+", "", line)), line
