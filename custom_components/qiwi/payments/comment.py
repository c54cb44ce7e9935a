"""Comments of payments: made fit to show, searched for an address and for what somebody filters by."""

from functools import lru_cache
import re
from typing import Final
from unicodedata import category, normalize

from .address import addresses
from .visible import JOINER, visible

COMMENT_LENGTH: Final = 500
# Far more than the wallet lets anybody write, and read in no time.
LONGEST_READ: Final = 2000

# A letter may be followed by a mark that no single character holds, such as a stress.
_OPTIONAL_BLANK: Final = re.compile(r"(?<=[^\W\d_]|[\u0300-\u036f]) (?=\d)|(?<=\d) (?=[^\W\d_])")
_NUMBER: Final = re.compile(r"\d+")


def read_comment(raw: str | None) -> tuple[str | None, str | None]:
    """Return the cleaned comment and the one valid address of the whole text, each None when there is none.

    The address is sought before the comment is shortened: one that the limit cuts is never taken for a
    shorter one, and a second one behind the limit still makes two. Of a text over 2,000 characters no more is
    read, and no address is taken.
    """
    raw = raw or ""
    text = visible(raw[:LONGEST_READ])
    return _shortened(text) or None, None if len(raw) > LONGEST_READ else _only(addresses(text))


def clean_comment(text: str | None) -> str | None:
    """Return the text on one line, without anything invisible, of at most 500 characters; None when empty."""
    return _shortened(visible((text or "")[:LONGEST_READ])) or None


def addresses_in(comment: str | None) -> frozenset[str]:
    """Return the valid addresses in a text, at most two of them; see `addresses`."""
    return addresses(visible(comment or "")) if len(comment or "") <= LONGEST_READ else frozenset()


def email_in(comment: str | None) -> str | None:
    """Return the one valid address in a text, its domain in lower case; None for none or several."""
    return _only(addresses_in(comment))


def mentions(comment: str | None, wanted: str) -> bool:
    """Tell whether a comment contains a text: letters even within a word, numbers only as a whole.

    Case, `ё` or `е`, the number of blanks, and any blank between a letter and a digit don't matter: `урок 1` is
    in `за Урок1!`, and not in `урок 10`; `lesson` is not in `less on`. No comment contains nothing. Linear.
    """
    return _folded(wanted) in _folded(comment or "")


# Several goals, offers and triggers look through the same comment for the same few texts.
@lru_cache(maxsize=64)
def _folded(text: str) -> str:
    # Composed before and after: folding takes some letters apart.
    text = normalize("NFC", normalize("NFC", visible(text[:LONGEST_READ])).casefold()).replace("ё", "е")
    # A number wrapped in what no visible text holds is found as a whole or not at all.
    return _NUMBER.sub("\0\\g<0>\0", _OPTIONAL_BLANK.sub("", text))


def _only(found: frozenset[str]) -> str | None:
    return next(iter(found)) if len(found) == 1 else None


def _shortened(text: str) -> str:
    if len(text) <= COMMENT_LENGTH:
        return text
    end = COMMENT_LENGTH
    while end and category(text[end]) in {"Mn", "Mc", "Me", "Cf"}:
        end -= 1  # marks and joiners go with the character before them
    return text[: end or COMMENT_LENGTH].rstrip(f" {JOINER}")
