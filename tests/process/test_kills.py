"""A killed process loses nothing: the short form of `scripts/bench kills --kills 200`."""

from pathlib import Path
import re
import subprocess
import sys

ROOT = Path(__file__).resolve().parents[2]
# One at each moment.
KILLS = 5
MOMENTS = (
    "during start-up",
    "while polling",
    "while a burst is published",
    "during a catch-up",
    "while a mail is sent",
)


def test_a_home_assistant_killed_at_any_moment_loses_nothing_and_flags_what_comes_again() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tools.bench", "kills", "--kills", str(KILLS), "--side-by-side", "1"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    # A failure prints the seed.
    assert result.returncode == 0, result.stdout + result.stderr
    kept = re.findall(r"(\d+) kills \((.+)\); (\d+) payments, 0 lost", result.stdout)
    assert sum(int(kills) for kills, _, _ in kept) == KILLS
    assert all(moment in moments for _, moments, _ in kept for moment in MOMENTS)
    assert all(int(paid) for _, _, paid in kept)
    assert all(int(mails) for mails in re.findall(r"(\d+) mails for orders", result.stdout))


def test_a_shop_that_is_killed_mails_every_buyer_once_or_twice_with_one_id() -> None:
    command = "sales --kills 4 --orders 12 --side-by-side 1"
    result = subprocess.run(
        [sys.executable, "-m", "tools.bench", *command.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    # A failure prints the seed.
    assert result.returncode == 0, result.stdout + result.stderr
    assert "4 kills" in result.stdout and "12 orders, 0 without a mail" in result.stdout
