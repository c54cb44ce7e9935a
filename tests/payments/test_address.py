"""An address in a comment is the payer's, and one a mail can be sent to, or none."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.payments import addresses_in, clean_comment, read_comment
from custom_components.qiwi.payments.comment import LONGEST_READ, email_in

from .texts import FAMILY, HEART, JUNK, ME, TEXT

FOUND = [
    (ME, ME),
    ("Me.Too_2+tag-x@Mail.Example.COM", "Me.Too_2+tag-x@mail.example.com"),
    ("_me_@example.com", "_me_@example.com"),
    ("1@example.com", "1@example.com"),
    ("o'neil@example.com", "o'neil@example.com"),
    ("me@xn--e1afmkfd.xn--p1ai", "me@xn--e1afmkfd.xn--p1ai"),
    ("me@4.example.com", "me@4.example.com"),
    ("me@90.example.com", "me@90.example.com"),
    ("me@example.comX", "me@example.comx"),
    ("me@example.com://x", ME),
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
    ("me@пример.1.рф", "me@пример.1.рф"),
    ("me@пример.com", "me@пример.com"),
    ("me@müller.example", "me@müller.example"),
    ("me@1.müller.example", "me@1.müller.example"),
    ("me@उदाहरण.भारत", "me@उदाहरण.भारत"),
    ("me@例.example", "me@例.example"),
    ("me@\U00017000.example", "me@\U00017000.example"),
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
    "me@mail.example.1",
    "X,me@example.com",
    "me@127.0.0.0x1",
    "me@2130706433",
    "me@127.1",
    "me@example.1com",
    "me@example.\u0301com",
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


@pytest.mark.parametrize("unit", JUNK)
@pytest.mark.parametrize("glue", ["", " "])
def test_an_address_is_found_in_junk_that_is_no_list_of_addresses(unit: str, glue: str) -> None:
    junk = unit * (900 // len(unit))
    text = f"{junk}{glue} \n{ME} {glue}{junk}"
    is_doubtful = email_in(junk) is not None or text.count("@") > 10
    comment, email = read_comment(text)
    assert email == (None if is_doubtful else ME)
    assert comment is None or len(comment) <= 500


@pytest.mark.parametrize(("others", "address"), [(9, ME), (10, None)])
def test_among_more_than_ten_signs_there_is_no_address(others: int, address: str | None) -> None:
    assert email_in("@ " * others + ME) == address
    assert addresses_in("@ " * others + ME) == ({ME} if address else set())


@pytest.mark.parametrize(("length", "address"), [(LONGEST_READ, ME), (LONGEST_READ + 1, None)])
def test_no_address_is_taken_of_a_text_that_is_not_read_to_its_end(length: int, address: str | None) -> None:
    text = ME + " " * (length - len(ME))
    assert read_comment(text) == (ME, address)
    assert email_in(text) == address


def test_of_several_addresses_two_are_told() -> None:
    assert addresses_in(None) == addresses_in("no address") == frozenset()
    assert addresses_in(f"{ME} ({ME})") == {ME}
    assert len(addresses_in(f"{ME} a@example.com b@example.com")) == 2


ADDRESS_LIKE = st.from_regex(
    r"(mailto:|почта |<|\()?[a-zя0-9._+'-]{1,12}@[a-zя0-9ß.-]{1,12}\.(com|рф|1)[)>.,!]?", fullmatch=True
)
COMMENT = st.one_of(TEXT, ADDRESS_LIKE, st.tuples(TEXT, ADDRESS_LIKE, TEXT).map(" ".join))


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
