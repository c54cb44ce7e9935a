"""Break the promise on purpose, one small way at a time in a copy of the code, and see that the tests notice."""

import argparse
from dataclasses import dataclass
from fnmatch import fnmatch
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
import sys
from tempfile import TemporaryDirectory
import tomllib
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
INTEGRATION: Final = "custom_components.qiwi."
EXPLAINED: Final = Path(__file__).with_name("survivors.toml")
# What an error or the log says is for people to read; the tests hold what they must not say.
WORDS: Final = (r'(Error|_LOGGER\.\w+|refuse)\(\s*f?"', r'^\s+f?"[^"]*"\)?,?$')
NOTICED: Final = frozenset({"killed", "timeout", "segfault", "caught by type check"})


@dataclass(frozen=True, slots=True)
class Room:
    """What is broken together, and the tests that must notice."""

    files: tuple[str, ...]
    tests: tuple[str, ...]


# The pure tests only, since each break runs those that reach it; what takes sockets or a process comes after them.
ROOMS: Final = {
    "journal": Room(("journal.py",), ("tests/feed", "tests/ledger")),
    "feed": Room(("feed/*.py",), ("tests/feed",)),
    "ledger": Room(("ledger/*.py",), ("tests/ledger", "tests/feed")),
    "payments": Room(("payments/*.py",), ("tests/payments",)),
    "api": Room(
        ("api/*.py",),
        (
            "tests/api",
            # Over sockets, for ten seconds; the tables beside it tell the same sooner.
            "--deselect=tests/api/test_transport.py::test_no_answer_is_anything_but_a_value_or_one_of_our_errors",
        ),
    ),
}
# So many lives of `tests/feed/test_lives.py`; the first of them show nearly all that ever shows.
LIVES: Final = "40"


@dataclass(frozen=True, slots=True)
class Survivor:
    """A break that no test noticed: the function, its new lines and what became of it."""

    name: str
    status: str
    change: str

    @property
    def function(self) -> str:
        """Return where it is, as a person would say it: payments.filter.PaymentFilter.fits."""
        path, _, mangled = self.name.removeprefix(INTEGRATION).rpartition(".")
        plain = re.sub(r"__mutmut_\d+$", "", mangled)
        return f"{path}.{plain.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a break changes nothing that could be noticed: `change` is a regular expression for its new lines."""

    function: str
    change: str
    reason: str

    def fits(self, survivor: Survivor) -> bool:
        """Tell whether it is about this survivor."""
        return fnmatch(survivor.function, self.function) and bool(re.search(self.change, survivor.change))


class Copy:
    """A copy of the project in which one room's code can be broken."""

    def __init__(self, folder: Path, room: Room) -> None:
        self._folder = folder
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for name in filter(None, listing.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, folder / name)
        with (folder / "pyproject.toml").open("a") as settings:
            settings.write(_settings(folder, room))

    def run(self, patterns: tuple[str, ...], side_by_side: int) -> None:
        """Run the tests that reach a break, for each break of such a name."""
        self._mutmut("run", "--max-children", str(side_by_side), *patterns)

    def results(self) -> dict[str, str]:
        """Return what became of each break that was tried."""
        lines = self._mutmut("results", "--all", "true").splitlines()
        found = (line.strip().rpartition(": ") for line in lines if "__mutmut_" in line)
        return {name: status for name, _, status in found if status != "not checked"}

    def survivor(self, name: str, status: str) -> Survivor:
        """Look a break up that was not noticed."""
        difference = self._mutmut("show", name).splitlines()
        return Survivor(
            name, status, "\n".join(line[1:].strip() for line in difference if re.match(r"\+(?!\+\+)", line))
        )

    def _mutmut(self, *arguments: str) -> str:
        result = subprocess.run(
            [sys.executable, "-m", "mutmut", *arguments],
            cwd=self._folder,
            env={**os.environ, "LIVES": LIVES},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise SystemExit(f"mutmut {arguments[0]}:\n{result.stdout[-3000:]}{result.stderr[-3000:]}")
        return result.stdout


def _settings(folder: Path, room: Room) -> str:
    lines = {
        "source_paths": ["custom_components"],
        "only_mutate": [f"custom_components/qiwi/{pattern}" for pattern in room.files],
        "do_not_mutate_patterns": WORDS,
        "also_copy": sorted(
            path.name for path in folder.iterdir() if path.name not in {"custom_components", "tests"}
        ),
        "pytest_add_cli_args_test_selection": room.tests,
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "tools.quick_properties"],
        # A break that never ends is noticed by the clock.
        "timeout_multiplier": 5.0,
    }
    return "\n[tool.mutmut]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())


def explanations() -> tuple[Explanation, ...]:
    """Read why some breaks can't be noticed."""
    return tuple(Explanation(**entry) for entry in tomllib.loads(EXPLAINED.read_text())["survivor"])


def _try(name: str, patterns: tuple[str, ...], side_by_side: int) -> int:
    """Break one room and tell what was not noticed; return how many of it nobody has explained."""
    known = explanations()
    with TemporaryDirectory(prefix="qiwi-mutation-") as folder:
        copy = Copy(Path(folder), ROOMS[name])
        copy.run(patterns, side_by_side)
        results = copy.results()
        survivors = [
            copy.survivor(mutant, status) for mutant, status in results.items() if status not in NOTICED
        ]
    unexplained = [each for each in survivors if not any(one.fits(each) for one in known)]
    for survivor in unexplained:
        print(f"{survivor.status}: {survivor.function}\n    " + survivor.change.replace("\n", "\n    "))
    print(
        f"{name}: {len(results)} breaks, {len(results) - len(survivors)} noticed, "
        f"{len(survivors) - len(unexplained)} explained, {len(unexplained)} neither",
        flush=True,
    )
    return len(unexplained)


def main() -> int:
    """Break and tell."""
    parser = argparse.ArgumentParser(
        prog="scripts/mutate", description="Break the promise on purpose and see that the tests notice."
    )
    parser.add_argument("rooms", nargs="*", metavar="room", help=f"of {', '.join(ROOMS)}; all of them")
    parser.add_argument("--short", action="store_true", help="try every tenth break of each function")
    parser.add_argument("--only", default="*", help="functions to break, such as payments.kinds.*")
    parser.add_argument("--side-by-side", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    rooms = arguments.rooms or list(ROOMS)
    if unknown := set(rooms) - ROOMS.keys():
        parser.error(f"{', '.join(sorted(unknown))} is no room")
    # The names of a function's breaks are numbered.
    last = "1" if arguments.short else ""
    is_whole = arguments.only == "*" and not last
    patterns = () if is_whole else (f"{INTEGRATION}{arguments.only}__mutmut_*{last}",)
    left = [_try(room, patterns, arguments.side_by_side) for room in rooms]
    return any(left)


if __name__ == "__main__":
    sys.exit(main())
