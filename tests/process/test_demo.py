"""A real Home Assistant process with the simulator beside it: what the demo promises."""

from pathlib import Path
import re
import signal
import socket
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_announces_every_payment_and_its_log_holds_no_person(tmp_path: Path) -> None:
    log = tmp_path / "log"
    result = subprocess.run(
        [sys.executable, "-m", "tools.demo", "--seconds", "15", "--debug"],
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
    assert "Balance RUB" in result.stdout
    said = re.findall(r"“(.+)”", result.stdout)
    token = re.search(r"Another token: +(\w+)", result.stdout)
    assert token
    ours = [line for line in log.read_text().splitlines() if "custom_components.qiwi" in line]
    assert any("GET /payment-history" in line for line in ours)
    for line in ours:
        assert not re.search(r"\b7900000\d{4}", line)
        assert not re.search(r"[0-9a-f]{32}", line)
        assert "@" not in line
        assert not any(comment in line for comment in said)


def test_a_demo_that_is_told_to_end_ends_its_home_assistant(
    tmp_path: Path, socket_enabled: None, request: pytest.FixtureRequest
) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "tools.demo"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    request.addfinalizer(demo.kill)
    assert demo.stdout
    said = next(line for line in demo.stdout if "Home Assistant: " in line)
    port = re.search(r"http://127\.0\.0\.1:(\d+)/", said)
    assert port
    address = ("127.0.0.1", int(port[1]))
    socket.create_connection(address).close()
    demo.send_signal(signal.SIGTERM)
    rest, _ = demo.communicate(timeout=60)
    assert demo.returncode == 0, rest
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    assert not list(tmp_path.glob("qiwi-demo-*"))
