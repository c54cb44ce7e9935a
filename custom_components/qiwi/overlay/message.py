"""Makes a payer's comment fit for a stream: no links, no addresses, no numbers to call, nothing that overflows."""

import re
from typing import Final
from unicodedata import category, normalize

LENGTH: Final = 300
MARKS: Final = 2

# Endings that make a word with a dot in it a link even without a scheme or a path; two Latin letters do too.
_ENDINGS: Final = (
    "com|net|org|info|biz|pro|app|dev|gov|edu|xyz|top|site|online|store|shop|club|live|link|fun|space|website|"
    "tech|bet|casino|vip|win|cash|click|chat|stream|рф|рус|бел|укр|қаз|срб|онлайн|сайт|[a-z]{2}"
)
# Browsers and people read these as a dot.
_DOT: Final = r"[.\u3002\uff0e\uff61\u2024]"
_LABEL: Final = r"[^\W_][\w-]{0,62}"
_ADDRESS: Final = re.compile(rf"[^\s@]{{1,64}}@{_LABEL}(?:{_DOT}{_LABEL}){{1,8}}")
_LINK: Final = re.compile(
    r"[a-z][a-z0-9+.-]{1,15}:/{1,3}\S*"
    rf"|\bwww{_DOT}\S*"
    rf"|\b(?:{_LABEL}{_DOT}){{1,8}}{_LABEL}/\S*"
    rf"|\b(?:{_LABEL}{_DOT}){{1,8}}(?:{_ENDINGS})\b(?:[:?#]\S*)?"
    r"|\b(?:mailto|tel|javascript|data|tg|skype|whatsapp):\S*",
    re.IGNORECASE,
)
# Ten digits or more, or seven behind a plus, however they are grouped: telephones, cards and accounts.
_BETWEEN: Final = r"[\s().\u2010-\u2015/_-]{0,3}"
_NUMBER: Final = re.compile(rf"\+{_BETWEEN}\d(?:{_BETWEEN}\d){{6,}}|\(?\d(?:{_BETWEEN}\d){{9,}}")


def stream_message(comment: str | None) -> str | None:
    """Return what may be shown of a cleaned comment, of at most 300 characters, or None when nothing is left.

    What it takes away is looked for in the compatibility form: full-width letters and digits don't hide a link.
    Comments have at most 500 characters and every repetition is bounded: no text makes it slow.
    """
    if not comment:
        return None
    text = _without(comment, _ADDRESS, _LINK, _NUMBER)
    text = " ".join(_with_few_marks(text).split()).strip(" ,;:|/-–—")
    if not any(category(sign)[0] in "LNS" for sign in text):
        return None
    return text if len(text) <= LENGTH else f"{text[: LENGTH - 1].rstrip()}…"


def _without(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        folded, places = _folded(text)
        kept: list[str] = []
        end = 0
        for match in pattern.finditer(folded):
            kept += (text[end : places[match.start()]], " ")
            end = places[match.end() - 1] + 1
        text = "".join(kept) + text[end:]
    return text


def _folded(text: str) -> tuple[str, list[int]]:
    """Return the compatibility form, and for each of its characters the place of the one it comes from."""
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        form = sign if sign.isascii() else normalize("NFKC", sign)
        signs.append(form)
        places += [place] * len(form)
    return "".join(signs), places


def _with_few_marks(text: str) -> str:
    """Leave at most two marks on each letter: a tower of them reaches over the picture."""
    kept: list[str] = []
    marks = 0
    for sign in text:
        marks = marks + 1 if category(sign) in {"Mn", "Me"} else 0
        if marks <= MARKS:
            kept.append(sign)
    return "".join(kept)
