"""What a reader sees of a text that a stranger wrote: one line, without anything invisible."""

from functools import lru_cache
import re
from typing import Final
from unicodedata import category

JOINER: Final = "\u200d"
EMOJI_STYLE: Final = "\ufe0f"

# Letters, marks and unassigned points that show nothing (Default_Ignorable_Code_Point); noncharacters.
_HIDDEN: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufdd0-\ufdef"
    "\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """Return a text on one line with single blanks and without anything invisible.

    Control characters and blanks become single blanks. Format characters (bidi controls, zero-width ones,
    tags), lone surrogates, private-use points and noncharacters are removed; what joins an emoji is kept.
    """
    text = text.replace("\u2800", " ")  # Braille's blank, to Unicode a symbol
    if text.isprintable() and not _HIDDEN.search(text):
        return " ".join(text.split())
    kept = [" "]
    for character, following in zip(text, text[1:] + " ", strict=True):
        if character == EMOJI_STYLE:
            keep = _is_pictograph(kept[-1])
        elif character == JOINER:
            keep = (kept[-1] == EMOJI_STYLE or _is_pictograph(kept[-1])) and _is_pictograph(following)
        else:
            keep = not _is_hidden(character)
        if keep:
            kept.append(" " if category(character) == "Cc" else character)
    return " ".join("".join(kept).split())


@lru_cache(maxsize=4096)
def _is_pictograph(character: str) -> bool:
    return category(character) == "So" or "\U0001f3fb" <= character <= "\U0001f3ff"  # or a skin tone


@lru_cache(maxsize=4096)
def _is_hidden(character: str) -> bool:
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE
    return is_noncharacter or category(character) in {"Cf", "Cs", "Co"} or bool(_HIDDEN.match(character))
