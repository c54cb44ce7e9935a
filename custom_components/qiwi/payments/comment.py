"""Comments of payments: made fit to show, and searched for the address a payer left."""

from collections.abc import Iterator
import re
from unicodedata import category, name, normalize

COMMENT_LENGTH = 500
ADDRESS_LENGTH = 254  # RFC 5321 4.5.3.1.3, less the angle brackets
LOCAL_PART_LENGTH = 64
LABEL_LENGTH = 63

_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"
# Letters, marks and unassigned points that show nothing (Default_Ignorable_Code_Point); noncharacters.
_HIDDEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufdd0-\ufdef"
    "\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_BREAKS = re.compile(f"[<>()\\[\\]{{}}:;{_EMOJI_STYLE}{_JOINER}\u2600-\u27bf\U0001f000-\U0001faff]")
_QUOTES = "\"'`«»‹›„“”‚‘’"
_ATOM = re.compile("[A-Za-z0-9_+'-]+")
# Small Cyrillic letters that look the same as Latin ones.
_LOOK_ALIKES = frozenset("аԁеһіјӏорԛѕсԝхуѵ")


def read_comment(raw: str | None) -> tuple[str | None, str | None]:
    """Return the cleaned comment and the one valid address of the whole text, each None when there is none.

    The address is sought before the comment is shortened: one that the limit cuts is never taken for a
    shorter one, and a second one behind the limit still makes two.
    """
    visible = _visible(raw or "")
    return _shortened(visible) or None, email_in(visible)


def clean_comment(text: str | None) -> str | None:
    """Return the text on one line, without anything invisible, of at most 500 characters; None when empty.

    Control characters and blanks become single blanks. Format characters (bidi controls, zero-width ones,
    tags), lone surrogates, private-use points and noncharacters are removed; what joins an emoji is kept.
    """
    return _shortened(_visible(text or "")) or None


def mentions(comment: str | None, wanted: str) -> bool:
    """Tell whether a comment contains a text, whatever their case and blanks; no comment contains nothing."""
    return _squeezed(wanted) in _squeezed(comment or "")


def email_in(comment: str | None) -> str | None:
    """Return the one valid address in a text, its domain in lower case; None for none or several.

    Goods are answered to this address, so a doubtful one counts as none and a person decides:

    - The local part is ASCII: letters, digits, `_ + - '` and single dots; it begins with a letter, a digit
      or `_`. Few servers take SMTPUTF8, and a Cyrillic letter among Latin ones is a slip of the keyboard.
      The rarer signs of RFC 5322 stand in comments for something else: `email=me@…`, `iv***ov@…`.
    - Each label of the domain is of one script; below a national top-level domain all are of its script,
      which refuses `mail.ru.Спасибо`; below a Latin one no label may consist of look-alikes.
    - An IDN is returned in Unicode (a header needs its ASCII form), and only if IDNA changes nothing in it:
      `ß` names one host in IDNA 2003 and another in IDNA 2008.
    - What is glued to an address spoils it, except brackets, quotes, `: ; ,`, emoji and a final `. ! ? …`.
      Nothing is taken behind `://`, nor right behind `word,`, where the comma may be a mistyped dot.
    - Full-width signs are not read as ASCII. Invisible characters are removed first: they come with a copied
      address, and the payer doesn't see them.

    Linear: the text is split without backtracking, and a piece of over 254 characters is not read.
    """
    addresses = addresses_in(comment)
    return addresses.pop() if len(addresses) == 1 else None


def addresses_in(comment: str | None) -> set[str]:
    """Return all valid addresses in a text, by the rules of `email_in`."""
    pieces = _pieces(_visible(comment or ""))
    return {address for piece in pieces if (address := _address(piece)) is not None}


def _squeezed(text: str) -> str:
    return "".join(normalize("NFC", _visible(text)).casefold().split())


def _visible(text: str) -> str:
    text = text.replace("\u2800", " ")  # Braille's blank, to Unicode a symbol
    if text.isprintable() and not _HIDDEN.search(text):
        return " ".join(text.split())
    kept = [" "]
    for character, following in zip(text, text[1:] + " ", strict=True):
        if character == _EMOJI_STYLE:
            keep = _is_pictograph(kept[-1])
        elif character == _JOINER:
            keep = (kept[-1] == _EMOJI_STYLE or _is_pictograph(kept[-1])) and _is_pictograph(following)
        else:
            keep = not _is_hidden(character)
        if keep:
            kept.append(" " if category(character) == "Cc" else character)
    return " ".join("".join(kept).split())


def _is_pictograph(character: str) -> bool:
    return category(character) == "So" or "\U0001f3fb" <= character <= "\U0001f3ff"  # or a skin tone


def _is_hidden(character: str) -> bool:
    is_noncharacter = ord(character) & 0xFFFE == 0xFFFE
    return is_noncharacter or category(character) in {"Cf", "Cs", "Co"} or bool(_HIDDEN.match(character))


def _shortened(text: str) -> str:
    if len(text) <= COMMENT_LENGTH:
        return text
    end = COMMENT_LENGTH
    while end and category(text[end]) in {"Mn", "Mc", "Me", "Cf"}:
        end -= 1  # marks and joiners go with the character before them
    return text[: end or COMMENT_LENGTH].rstrip(f" {_JOINER}")


def _pieces(text: str) -> Iterator[str]:
    for chunk in text.split():
        for segment in _BREAKS.split(chunk.partition("://")[0]):
            before = ""
            for piece in segment.split(","):
                is_word = before.isascii() and before.strip("0123456789") and "@" not in before
                if not is_word:
                    yield piece.lstrip(_QUOTES).rstrip(_QUOTES + ".!?…")
                before = piece


def _address(piece: str) -> str | None:
    local_part, _, domain = piece.partition("@")
    if len(piece) > ADDRESS_LENGTH or not _is_local_part(local_part):
        return None
    domain = normalize("NFC", domain.lower())
    labels = domain.split(".")
    if len(labels) < 2 or labels[-1].isdigit() or not all(map(_is_label, labels)):
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
    try:
        ascii_form = domain.encode("idna")
        return len(ascii_form) <= longest and ascii_form.decode("idna") == domain
    except UnicodeError:
        return False
