"""What the commands need of the system is asked for at once: installed for root, named for anybody else."""

from pathlib import Path
import shutil
import subprocess

import pytest

ROOT = Path(__file__).resolve().parents[2]
HAS_CHROMIUM_PACKAGE = "\nID=debian\n" in Path("/etc/os-release").read_text(encoding="utf-8")
APT_GET = '#!/bin/sh\necho "$@" >>"$(dirname "$0")/asked"\n'


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Return a machine with bash, an apt-get that writes down what it is asked for, and little more."""
    for command in ("bash", "sh", "basename", "dirname", "grep", "xargs", "printf", "echo"):
        found = shutil.which(command)
        assert found
        (tmp_path / command).symlink_to(found)
    install(tmp_path, "apt-get", APT_GET)
    install(tmp_path, "python3", "#!/bin/sh\nexit 1\n")
    return tmp_path


def install(machine: Path, command: str, script: str = "#!/bin/sh\n") -> None:
    (machine / command).write_text(script)
    (machine / command).chmod(0o755)


def require(machine: Path, *needs: str, user: int, wants: str = "") -> tuple[int, str]:
    """Ask for needs as a user; returns the exit code and what was said."""
    install(machine, "id", f"#!/bin/sh\necho {user}\n")
    result = subprocess.run(
        [
            machine / "bash",
            "-c",
            'set -euo pipefail; . tools/system.bash; require "$@"',
            "scripts/setup",
            *needs,
        ],
        cwd=ROOT,
        env={"PATH": str(machine), "WANTS": wants},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stderr


def asked(machine: Path) -> list[str]:
    """Return what apt-get was asked to install."""
    lines = (machine / "asked").read_text().splitlines()
    return [line.partition("--no-install-recommends ")[2] for line in lines if " install " in line]


def test_whoever_is_not_root_is_told_all_that_is_missing_in_one_sentence(machine: Path) -> None:
    code, said = require(machine, "git", "compiler", "venv", user=1000)
    assert code == 1
    assert said == (
        "setup: missing here: git, a C++ compiler, Python 3 with its venv module "
        "(Debian: apt-get install git g++ python3-venv); install this and call again.\n"
    )
    assert not (machine / "asked").exists()


def test_root_gets_what_is_missing_at_once_and_nothing_else(machine: Path) -> None:
    install(machine, "git")
    assert require(machine, "git", "compiler", "venv", user=0) == (0, "setup: installing g++ python3-venv\n")
    assert asked(machine) == ["g++ python3-venv"]


def test_what_is_there_is_not_mentioned(machine: Path) -> None:
    for command in ("git", "c++", "chromium", "fc-list"):
        install(machine, command)
    for user in (0, 1000):
        assert require(machine, "git", "compiler", user=user, wants="chromium fonts") == (0, "")
    assert not (machine / "asked").exists()


def test_what_is_only_wanted_is_installed_or_named_but_never_fails_alone(machine: Path) -> None:
    wanted = " chromium" if HAS_CHROMIUM_PACKAGE else ""
    assert require(machine, user=1000, wants="chromium") == (0, "")
    code, said = require(machine, "git", user=1000, wants="chromium")
    assert (code, f"apt-get install git{wanted})" in said) == (1, True)
    assert require(machine, "git", user=0, wants="chromium")[0] == 0
    assert asked(machine) == [f"git{wanted}"]


def test_an_apt_get_that_fails_is_said(machine: Path) -> None:
    install(machine, "apt-get", "#!/bin/sh\nexit 100\n")
    code, said = require(machine, "git", user=0)
    assert (code, "apt-get could not install them" in said) == (1, True)
