"""Make what a release publishes: the archive that HACS and the Marketplace unpack, and its notes.

Usage: python -m tools.release TAG FOLDER; the tag is the version of manifest.json, such as 1.0.0.
"""

import json
from pathlib import Path
import re
import subprocess
import sys
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
INTEGRATION: Final = "custom_components/qiwi"


class RefusedError(Exception):
    """There is nothing to release; the text says why."""


def version() -> str:
    """Return the version that Home Assistant shows."""
    manifest = json.loads((ROOT / INTEGRATION / "manifest.json").read_text(encoding="utf-8"))
    return str(manifest["version"])


def changes() -> dict[str, str]:
    """Map the versions of the changelog, newest first, to what it says of them."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.split(r"^## \[([^\]]+)\].*\n", text, flags=re.MULTILINE)[1:]
    return {name: notes.strip() for name, notes in zip(sections[::2], sections[1::2], strict=True)}


def notes(tag: str) -> str:
    """Return the notes of the release of a tag.

    Raises:
        RefusedError: the tag is not the manifest's version, or the changelog says nothing of it.
    """
    if tag != version():
        raise RefusedError(f"The tag is {tag}, the version in manifest.json {version()}.")
    told = changes().get(tag)
    if not told:
        raise RefusedError(f"CHANGELOG.md says nothing of {tag}.")
    return told


def build(archive: Path) -> None:
    """Write the integration's folder as it is in git's HEAD; its files lie at the root of the archive."""
    subprocess.run(
        ["git", "archive", "--format=zip", f"--output={archive}", f"HEAD:{INTEGRATION}"], cwd=ROOT, check=True
    )


def main() -> int:
    """Write the archive and the notes, or say why not."""
    tag, folder = sys.argv[1], Path(sys.argv[2])
    try:
        told = notes(tag)
    except RefusedError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    hacs = json.loads((ROOT / "hacs.json").read_text(encoding="utf-8"))
    build((folder / hacs["filename"]).resolve())
    (folder / "notes.md").write_text(f"{told}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
