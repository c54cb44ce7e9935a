"""The overlay's own files, read once: nothing is looked up on the disk by a name that a request brings."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final, Self

FOLDER: Final = Path(__file__).parent / "static"
TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".wav": "audio/wav",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file of the page."""

    body: bytes
    content_type: str
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """All files of the page; `version` changes with any of them."""

    version: str
    by_name: Mapping[str, File]

    @classmethod
    def load(cls) -> Self:
        """Read the files; it blocks."""
        by_name = {path.name: _file(path) for path in sorted(FOLDER.iterdir())}
        return cls(version=_hash("".join(file.etag for file in by_name.values()).encode()), by_name=by_name)

    def page(self, name: str, language: str) -> str:
        """Return a page in one of its two languages."""
        text = self.by_name[name].body.decode()
        return text.replace("{language}", language).replace("{version}", self.version)


def _file(path: Path) -> File:
    body = path.read_bytes()
    return File(body=body, content_type=TYPES[path.suffix], etag=f'"{_hash(body)}"')


def _hash(content: bytes) -> str:
    return blake2b(content, digest_size=12).hexdigest()
