"""The address a payer left in a comment: taken only when it is beyond doubt, for goods are sent to it."""

from collections.abc import Iterator
import re
from typing import Final
from unicodedata import category, name, normalize

from .visible import EMOJI_STYLE, JOINER

ADDRESS_LENGTH: Final = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
LOCAL_PART_LENGTH: Final = 64
LABEL_LENGTH: Final = 63
# Nobody leaves one address among more; each may cost a look into the tables of IDNA.
_MOST_SIGNS: Final = 10

# What brackets, colons, emoji and blanks leave whole.
_SEGMENT: Final = re.compile(f"[^ <>()\\[\\]{{}}:;{EMOJI_STYLE}{JOINER}\u2600-\u27bf\U0001f000-\U0001faff]+")
_BEHIND_SCHEME: Final = re.compile("://[^ ]+")
_QUOTES: Final = "\"'`«»‹›„“”‚‘’"
_ATOM: Final = re.compile("[A-Za-z0-9_+'-]+")
# Small Cyrillic letters that look the same as Latin ones.
_LOOK_ALIKES: Final = frozenset("аԁеһіјӏорԛѕсԝхуѵ")


def addresses(text: str) -> frozenset[str]:
    """Return the valid addresses in a visible text, at most two of them, their domains in lower case.

    Goods are sent to such an address, so a doubtful one counts as none and a person decides:

    - The local part is ASCII: letters, digits, `_ + - '` and single dots; it begins with a letter, a digit
      or `_`. Few servers take SMTPUTF8, and a Cyrillic letter among Latin ones is a slip of the keyboard.
      The rarer signs of RFC 5322 stand in comments for something else: `email=me@…`, `iv***ov@…`.
    - Each label of the domain is of one script; below a national top-level domain all are of its script,
      which refuses `mail.ru.Спасибо`; below a Latin one no label may consist of look-alikes.
    - An IDN is returned in Unicode (a header needs its ASCII form), and only if IDNA changes nothing in it:
      `ß` names one host in IDNA 2003 and another in IDNA 2008.
    - What is glued to an address spoils it, except brackets, quotes, `: ; ,`, emoji and a final `. ! ? …`.
      Nothing is taken behind `://`, nor right behind `word,`, where the comma may be a mistyped dot.
    - Full-width signs are not read as ASCII.
    - A text with more than ten `@` holds no address.

    Linear: the text is split without backtracking, and a piece of over 254 characters is not read.
    """
    found: set[str] = set()
    if 0 < text.count("@") <= _MOST_SIGNS:
        for piece in _pieces(text):
            if address := _address(piece):
                found.add(address)
                if len(found) == 2:
                    break
    return frozenset(found)


def _pieces(text: str) -> Iterator[str]:
    for segment in _SEGMENT.findall(_BEHIND_SCHEME.sub("://", text)):
        if "@" not in segment:
            continue
        before = ""
        for piece in segment.split(","):
            is_word = before.isascii() and before.strip("0123456789") and "@" not in before
            if "@" in piece and not is_word:
                yield piece.lstrip(_QUOTES).rstrip(_QUOTES + ".!?…")
            before = piece


def _address(piece: str) -> str | None:
    local_part, _, domain = piece.partition("@")
    if len(piece) > ADDRESS_LENGTH or not _is_local_part(local_part):
        return None
    domain = normalize("NFC", domain.lower())
    labels = domain.split(".")
    # No top-level domain begins with a digit; 127.0.0.0x1 is an IP address to many a resolver.
    if len(labels) < 2 or not labels[-1][:1].isalpha() or not all(map(_is_label, labels)):
        return None
    longest = ADDRESS_LENGTH - len(f"{local_part}@")
    is_sure = domain.isascii() or (_is_unmistakable(labels) and _is_idn(domain, longest))
    return f"{local_part}@{domain}" if is_sure else None


def _is_local_part(text: str) -> bool:
    if len(text) > LOCAL_PART_LENGTH or text.startswith(("+", "-")) or text.endswith("'"):
        return False
    return all(map(_ATOM.fullmatch, text.split(".")))


def _is_label(text: str) -> bool:
    if not 0 < len(text) <= LABEL_LENGTH or text[0] == "-" or text[-1] == "-":
        return False
    return all("0" <= sign <= "9" or sign == "-" or category(sign)[0] in "LM" for sign in text)


def _is_unmistakable(labels: list[str]) -> bool:
    letters = [{sign for sign in label if not sign.isascii() or sign.isalpha()} for label in labels]
    scripts = [{name(letter, "").partition(" ")[0] for letter in label} for label in letters]
    if any(len(script) > 1 for script in scripts):
        return False
    if scripts[-1] != {"LATIN"}:
        return all(script <= scripts[-1] for script in scripts)
    return not any(label and label <= _LOOK_ALIKES for label in letters)


def _is_idn(domain: str, longest: int) -> bool:
    # What IDNA would refuse after going through its tables letter by letter, told beforehand where that is cheap.
    changes = normalize("NFKC", domain.casefold()) != domain
    prefixes = sum(len("xn--x") for label in domain.split(".") if not label.isascii())
    if changes or len(domain) + prefixes > longest:
        return False
    try:
        ascii_form = domain.encode("idna")
        return len(ascii_form) <= longest and ascii_form.decode("idna") == domain
    except UnicodeError:
        return False
