"""Comments are fit to show, and an address in one is the payer's or none."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
import re
import sys
from types import FrameType
from unicodedata import category

from hypothesis import example, given
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.payments import comment as subject
from custom_components.qiwi.payments.comment import clean_comment, email_in, read_comment

ME = "me@example.com"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
HEART = "\u2764\ufe0f"
RAINBOW_FLAG = "\U0001f3f3\ufe0f\u200d\U0001f308"
SCIENTIST = "\U0001f469\U0001f3fd\u200d\U0001f52c"


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        (None, None),
        ("", None),
        ("  \t\r\n ", None),
        ("\u200b\u202e\ufeff", None),
        ("За урок", "За урок"),
        ("  За \n\n урок\t5  ", "За урок 5"),
        ("Thanks\r\nBcc: you@example.com", "Thanks Bcc: you@example.com"),
        ("a\x00b\x1bc\x7fd\x85e", "a b c d e"),
        ("no\u00a0break\u2003em\u3000wide\u2028line\u2029end", "no break em wide line end"),
        ("Braille\u2800\u2800blank", "Braille blank"),
        ("\u202eсорбу\u202c \u2066x\u2069 \u200ey\u200f \u061cz", "сорбу x y z"),
        (
            "soft\u00adhyphen zero\u200bwidth \ufeffmark word\u2060joiner",
            "softhyphen zerowidth mark wordjoiner",
        ),
        (
            "hangul\u3164\u115f\u1160\uffa0filler khmer\u17b4\u17b5 mongol\u180b\u180e",
            "hangulfiller khmer mongol",
        ),
        ("tagged\U000e0041\U000e007f variation\U000e0100\ufe00 grapheme\u034f", "tagged variation grapheme"),
        ("lone\ud83d \udc00surrogates", "lone surrogates"),
        ("private\ue000\U000f0000\U00100000 use", "private use"),
        ("non\ufdd0\uffff\ufffe\U0001fffe\U0010ffffcharacters", "noncharacters"),
        ("<b>{{ states('x') }}</b> & \"data\"", "<b>{{ states('x') }}</b> & \"data\""),
        ("Мой урок", "Мой урок"),
        ("Наи\u0306", "Наи\u0306"),
        ("Спасибо " + FAMILY, "Спасибо " + FAMILY),
        (HEART + SCIENTIST + RAINBOW_FLAG, HEART + SCIENTIST + RAINBOW_FLAG),
        ("\u200d" + HEART + "\u200d", HEART),
        (HEART + "\u200d me", HEART + " me"),
        (HEART + "\u200d\u200b\U0001f525", HEART + "\U0001f525"),
        (HEART + "\u200d\u200d\U0001f525", HEART + "\u200d\U0001f525"),
        (HEART + "\u200d\u2800x", HEART + " x"),
        ("a\u200db\ufe0fc", "abc"),
        (HEART + "\ufe0f\ufe0f", HEART),
    ],
)
def test_a_comment_is_one_visible_line(raw: str | None, cleaned: str | None) -> None:
    assert clean_comment(raw) == cleaned
    assert read_comment(raw)[0] == cleaned


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("я" * 500, "я" * 500),
        ("я" * 501, "я" * 500),
        ("x" * 499 + " y", "x" * 499),
        (" " * 600 + "x", "x"),
        ("\u200b" * 600 + "x", "x"),
        ("x" * 499 + "\U0001f525y", "x" * 499 + "\U0001f525"),
        ("x" * 498 + "ye\u0301\u0301", "x" * 498 + "y"),
        ("x" * 499 + "e\u0301", "x" * 499),
        ("x" * 499 + HEART, "x" * 499),
        ("x" * 499 + FAMILY, "x" * 499),
        ("x" * 498 + FAMILY, "x" * 498 + "\U0001f468"),
        ("\u0301" * 600, "\u0301" * 500),
        ("e" + "\u0301" * 600, "e" + "\u0301" * 499),
    ],
)
def test_a_long_comment_is_cut_between_characters(raw: str, cleaned: str) -> None:
    assert clean_comment(raw) == cleaned


FOUND = [
    (ME, ME),
    ("Me.Too_2+tag-x@Mail.Example.COM", "Me.Too_2+tag-x@mail.example.com"),
    ("_me_@example.com", "_me_@example.com"),
    ("1@example.com", "1@example.com"),
    ("o'neil@example.com", "o'neil@example.com"),
    ("me@xn--e1afmkfd.xn--p1ai", "me@xn--e1afmkfd.xn--p1ai"),
    ("me@4.example.com", "me@4.example.com"),
    ("me@a-b--c.example", "me@a-b--c.example"),
    ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
    ("me@" + "a" * 63 + ".com", "me@" + "a" * 63 + ".com"),
    # sentences
    ("Урок 5, почта me@example.com, спасибо!", ME),
    ("почта: me@example.com", ME),
    ("почта:me@example.com", ME),
    ("E-mail:me@example.com;спасибо", ME),
    ("почта - me@example.com - Иван", ME),
    ("Course for me@example.com.", ME),
    ("Send it to me@example.com!", ME),
    ("me@example.com?", ME),
    ("me@example.com...", ME),
    ("me@example.com…", ME),
    ("me@example.com!!!", ME),
    ("me@example.com, thanks", ME),
    ("me@example.com,thanks", ME),
    ("me@example.com,Спасибо", ME),
    ("Ирина,me@example.com", ME),
    ("Ирина, me@example.com", ME),
    ("79000000000,me@example.com", ME),
    ("79000000000;me@example.com", ME),
    ("me@example.com:", ME),
    # wrapped
    ("(me@example.com)", ME),
    ("[me@example.com]", ME),
    ("{me@example.com}", ME),
    ("<me@example.com>", ME),
    ("Ivan <me@example.com>", ME),
    ('"Иван Петров" <me@example.com>,', ME),
    ("Иван<me@example.com>", ME),
    ('"me@example.com"', ME),
    ("'me@example.com'", ME),
    ("`me@example.com`", ME),
    ("«me@example.com».", ME),
    ("„me@example.com“,", ME),
    ("“me@example.com”", ME),
    ("‘me@example.com’", ME),
    ("mailto:me@example.com", ME),
    ("<mailto:me@example.com>", ME),
    ("[email]me@example.com[/email]", ME),
    ('<a href="mailto:me@example.com">me@example.com</a>', ME),
    ("me@example.com<script>alert(1)</script>", ME),
    ("\U0001f4e7me@example.com\U0001f525", ME),
    ("\u2709\ufe0fme@example.com" + HEART, ME),
    (FAMILY + "me@example.com", ME),
    # blanks and invisible characters
    ("  me@example.com  ", ME),
    ("me@example.com\r\nBcc: x", ME),
    ("Привет\nme@example.com\nпока", ME),
    ("\u00a0me@example.com\u00a0", ME),
    ("me@exam\u200bple.com", ME),
    ("\ufeffme@example.com\u200e", ME),
    ("\u202ame@example.com\u202c", ME),
    ("me@exam\u00adple.com", ME),
    # said twice
    ("me@example.com me@example.com", ME),
    ("me@example.com / me@EXAMPLE.com", ME),
    ("me@example.com,me@example.com", ME),
    # beside what is no address
    ("@channel me@example.com", ME),
    ("me@@example.com me@example.com", ME),
    ("me@localhost, me@example.com", ME),
    ("https://user@site.example/ me@example.com", ME),
    ("me@example.com,https://user@site.example/", ME),
    ("скидка 5@10 me@example.com", ME),
    # international domains
    ("me@пример.рф", "me@пример.рф"),
    ("me@ПРИМЕР.РФ.", "me@пример.рф"),
    ("me@мои\u0306.рф", "me@мой.рф"),
    ("me@почта.пример.рф", "me@почта.пример.рф"),
    ("me@пример-1.рф", "me@пример-1.рф"),
    ("me@1.рф", "me@1.рф"),
    ("me@пример.com", "me@пример.com"),
    ("me@müller.example", "me@müller.example"),
    ("me@1.müller.example", "me@1.müller.example"),
    ("me@उदाहरण.भारत", "me@उदाहरण.भारत"),
    ("me@例.example", "me@例.example"),
]

NOT_FOUND = [
    "",
    "Спасибо за урок",
    "79000000000",
    "@",
    "@@",
    "@example.com",
    "me@",
    "me@.com",
    "me@com",
    "me@localhost",
    "собака me at example.com",
    "me(at)example.com",
    "me[@]example.com",
    # blanks
    "me @ example.com",
    "me@ example.com",
    "me @example.com",
    "me@\nexample.com",
    "me\r\n@example.com",
    "me@exam\x00ple.com",
    # several
    "me@example.com you@example.com",
    "me@example.com,you@example.com",
    "me@example.com;you@example.com",
    "me@example.com\r\nBcc: you@example.com",
    "me@example.com/you@example.com",
    "mailto:me@example.com?cc=you@example.com",
    "me@example.com Me@example.com",
    "me@example.com me@example.org",
    "me@пример.рф me@xn--e1afmkfd.xn--p1ai",
    "Me <me@example.com> You <you@example.com>",
    # two signs in one
    "me@@example.com",
    "me@you@example.com",
    "me@example.com@example.org",
    # local parts
    ".me@example.com",
    "me.@example.com",
    "me..you@example.com",
    "...me@example.com",
    "-me@example.com",
    "+me@example.com",
    '"me"@example.com',
    '"me you"@example.com',
    '"me@you"@example.com',
    "'me you'@example.com",
    "me'@example.com",
    "me(work)@example.com",
    "me<b>@example.com",
    "<me>@example.com",
    "me\\@example.com",
    "email=me@example.com",
    "tg/me@example.com",
    "*me*@example.com",
    "iv***ov@example.com",
    "***ov@example.com",
    "iv…ov@example.com",
    "iv\u2022\u2022ov@example.com",
    "iv\u25cf\u25cfov@example.com",
    "#me@example.com",
    "host!me@example.com",
    "?nna@example.com",
    "\ufffdnna@example.com",
    "me%you@example.com",
    "first,last@example.com",
    "a" * 65 + "@example.com",
    # letters of another alphabet
    "почта@пример.рф",
    "почтаme@example.com",
    "почта-me@example.com",
    "Спасибо.me@example.com",
    "аnna@example.com",
    "annа@example.com",
    "e\u0301m@example.com",
    "me\u0301@example.com",
    "o\u2019neil@example.com",
    "ivan\u2013petrov@example.com",
    "me@еxample.com",
    "me@example.сom",
    "me@example.com\u0430",
    "me@example.comСпасибо",
    "me@example.com.Спасибо",
    "me@example.com.Спасибо.Жду",
    "me@аррӏе.com",
    "me@www.сор.com",
    "me@example.рф",
    "me@mail.пример.рф",
    "me@пpимep.рф",
    "me@straße.example",
    "me@ελλάς.com",
    "me@\u2603.example",
    "me@x\u0301.рф",
    "me@xn--e1afmkfd.пример",
    "me@א1ב-.example",
    "me@א" + "a.example",
    # full width
    "me\uff20example.com",
    "\uff4de@example.com",
    "me@\uff45\uff58.com",
    "me@example\uff0ecom",
    "me@example.com\uff0eru",
    "me\uff20work@example.com",
    "me\ufe6bexample.com",
    # domains
    "me@127.0.0.1",
    "me@[127.0.0.1]",
    "me@[IPv6:::1]",
    "me@example.1",
    "me@example.١",
    "me@١٢.example",
    "me@exa²mple.com",
    "me@-example.com",
    "me@example-.com",
    "me@example.com-",
    "me@example..com",
    "me@example.com..спасибо",
    "me@.example.com",
    "me@exa_mple.com",
    "me@example.com_",
    "me@example.com/path",
    "me@example,com",
    "me@exa<mple.com",
    "me@exa>mple.com",
    "me@exam!ple.com",
    "me@exam?ple.com",
    "me@" + "a" * 64 + ".com",
    "me@" + "я" * 60 + ".рф",
    # long
    "me@" + "a." * 200 + "com",
    "me@" + "я." * 120 + "рф",
    # addresses of the web
    "https://me@example.com/",
    "https://me@example.com",
    "https://user:me@example.com",
    "(https://user:me@example.com)",
    "https://example.com/@me",
    "https://example.com/?mail=me@example.com",
    "ftp://me:you@example.com:21/",
    "//me@example.com",
    "example.com/me@example.com",
    "mailto://me@example.com",
]


@pytest.mark.parametrize(("text", "address"), FOUND)
def test_the_one_valid_address_is_found(text: str, address: str) -> None:
    assert email_in(text) == address
    assert read_comment(text)[1] == address
    assert email_in(clean_comment(text)) == address


@pytest.mark.parametrize("text", NOT_FOUND)
def test_no_other_address_is_made_up(text: str) -> None:
    assert email_in(text) is None
    assert read_comment(text)[1] is None


def test_no_comment_holds_no_address() -> None:
    assert email_in(None) is None
    assert read_comment(None) == (None, None)


@pytest.mark.parametrize("tail", ["", ".", " спасибо"])
@pytest.mark.parametrize("address", ["me@mail.example.com", "me@example.co.uk", "me@пример.рф"])
def test_an_address_cut_by_the_limit_is_whole(address: str, tail: str) -> None:
    for shown in range(len(address) + 1):
        comment, email = read_comment("y" * (500 - shown - 1) + " " + address + tail)
        assert comment is not None
        assert len(comment) <= 500
        assert email == address


def test_an_address_behind_the_limit_makes_a_second() -> None:
    assert read_comment(ME + " " + "x" * 600 + " you@example.com")[1] is None
    assert read_comment("x " * 300 + ME) == (("x " * 250).strip(), ME)


@pytest.mark.parametrize(("length", "address_is_taken"), [(254, True), (255, False)])
@pytest.mark.parametrize(("ending", "ascii_ending"), [(".com", ".com"), (".é.com", ".xn--9ca.com")])
def test_an_address_is_at_most_254_characters_on_the_wire(
    length: int, address_is_taken: bool, ending: str, ascii_ending: str
) -> None:
    start = "me@" + ("a" * 62 + ".") * 3
    address = start + "b" * (length - len(start) - len(ascii_ending)) + ending
    assert email_in(address) == (address if address_is_taken else None)


JUNK = [
    "@",
    "a@",
    "a.",
    "a@a.",
    "a@b.c,",
    "a@b.c ",
    "(((",
    ")<",
    "'\"",
    "://",
    "-",
    "я",
    "я@я.",
    "\u200b",
    "\u0301",
    "\u200d",
    FAMILY,
    "\ud800",
    "!?.",
    "%00",
    "\r\n",
]


@pytest.mark.parametrize("unit", JUNK)
@pytest.mark.parametrize("glue", ["", " "])
def test_an_address_is_found_in_ten_kilobytes_of_junk(unit: str, glue: str) -> None:
    junk = unit * (10_000 // len(unit))
    holds_another = email_in(junk) is not None
    comment, email = read_comment(f"{junk}{glue} \n{ME} {glue}{junk}")
    assert email == (None if holds_another else ME)
    assert comment is None or len(comment) <= 500


def count_calls(text: str) -> int:
    """Return how many functions, of Python or C, run to read a text."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    outer = sys.getprofile()
    sys.setprofile(count)
    try:
        read_comment(text)
    finally:
        sys.setprofile(outer)
    return calls


@pytest.mark.parametrize("unit", JUNK)
def test_the_work_grows_no_faster_than_the_text(unit: str) -> None:
    once, twice = (count_calls(unit * (size // len(unit))) for size in (5_000, 10_000))
    assert twice <= 2 * once + 100
    assert twice <= 30 * 10_000


@pytest.mark.parametrize("unit", JUNK)
def test_a_whole_body_of_junk_is_read(unit: str) -> None:
    # A megabyte read in quadratic time would not end.
    read_comment(unit * (1_000_000 // len(unit)))


def test_no_pattern_can_backtrack() -> None:
    patterns = [value.pattern for value in vars(subject).values() if isinstance(value, re.Pattern)]
    assert len(patterns) == 3
    for pattern in patterns:
        assert re.fullmatch(r"\[(\\.|[^\]\\])+\]\+?", pattern, re.DOTALL), pattern


TEXT = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "aAbя1@@@@...,,-_+'\"<>():;/ \r\n\t!?\u200d\ufe0f\u0301\u200b\u2800" + FAMILY + HEART + "\ud800"
        ),
    ),
    max_size=700,
)
ADDRESS_LIKE = st.from_regex(
    r"(mailto:|почта |<|\()?[a-zя0-9._+'-]{1,12}@[a-zя0-9ß.-]{1,12}\.(com|рф|1)[)>.,!]?", fullmatch=True
)
COMMENT = st.one_of(TEXT, ADDRESS_LIKE, st.tuples(TEXT, ADDRESS_LIKE, TEXT).map(" ".join))


@given(TEXT)
@example("\U0001f468\u200d" * 600)
@example("x" * 499 + " \u0301" + "\u0301" * 10)
def test_a_cleaned_comment_is_visible_short_and_stays_as_it_is(text: str) -> None:
    cleaned = clean_comment(text)
    assert clean_comment(cleaned) == cleaned
    if cleaned is None:
        return
    assert 0 < len(cleaned) <= 500
    assert cleaned == " ".join(cleaned.split())
    for before, character, after in zip(f" {cleaned}", cleaned, f"{cleaned} "[1:], strict=False):
        assert category(character) not in {"Cc", "Cs", "Co", "Zl", "Zp"}
        assert category(character) != "Zs" or character == " "
        assert ord(character) & 0xFFFE != 0xFFFE
        if category(character) == "Cf":
            assert character == "\u200d"
            assert category(before) in {"So", "Sk"} or before == "\ufe0f"
            assert category(after) in {"So", "Sk"}
    cleaned.encode()


@given(COMMENT)
def test_an_address_is_one_a_mail_header_holds(text: str) -> None:
    comment, email = read_comment(text)
    assert comment == clean_comment(text)
    assert email == email_in(text)
    if email is None:
        return
    assert email_in(email) == email
    local_part, domain = email.rsplit("@", 1)
    assert not set(email) & set(' \r\n\t,<>()[]:;"\\')
    assert len(email) <= 254
    assert len(local_part) <= 64
    assert domain == domain.lower()
    address = Address(addr_spec=email)
    assert (address.username, address.domain) == (local_part, domain)
    on_the_wire = f"{local_part}@{domain.encode('idna').decode()}"
    message = EmailMessage(policy=SMTP)
    message["To"] = on_the_wire
    assert message.as_bytes().count(b"\r\n") == 2
    assert getaddresses([message["To"]]) == [("", on_the_wire)]


@given(st.sampled_from(FOUND), st.sampled_from(["\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad"]), st.data())
def test_invisible_characters_change_no_address(
    found: tuple[str, str], invisible: str, data: st.DataObject
) -> None:
    text, address = found
    position = data.draw(st.integers(0, len(text)))
    assert email_in(text[:position] + invisible + text[position:]) == address


@given(
    st.sampled_from("абвгдежзиклмнопрстуфхцчшщэюяеорсух"),
    st.sampled_from(["me@example.com", "first.last@mail.example.com"]),
    st.data(),
)
def test_a_foreign_letter_anywhere_leaves_no_address(letter: str, address: str, data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(address)))
    assert email_in(address[:position] + letter + address[position:]) is None
    position = data.draw(st.sampled_from([index for index, sign in enumerate(address) if sign.isalpha()]))
    assert email_in(address[:position] + letter + address[position + 1 :]) is None
