"""What people paste becomes a token, a number or an address, or an error that says what it was."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.qiwi.api import (
    ApiUrlError,
    CredentialError,
    InvalidTokenError,
    InvalidWalletError,
    P2PPublicKeyError,
    P2PSecretKeyError,
    clean_api_url,
    clean_token,
    clean_wallet,
)

TOKEN = "0123456789abcdef0123456789abcdef"
MARK = "5ecret-m4rk"


def p2p_secret(**changes: object) -> str:
    document = {"version": "P2P", "data": {"payin_merchant_site_uid": "made-up", "user_id": "79000000000"}}
    return base64.b64encode(json.dumps({**document, **changes}).encode()).decode()


@pytest.mark.parametrize(
    "pasted",
    [
        TOKEN,
        f"  {TOKEN}\r\n",
        f"\u00a0{TOKEN}\u3000",
        f"\ufeff{TOKEN}\u200b",
        f"Bearer {TOKEN}",
        f"bearer   {TOKEN} ",
        f"\tBEARER\t{TOKEN}",
    ],
)
def test_blanks_and_bearer_are_stripped_from_a_token(pasted: str) -> None:
    assert clean_token(pasted) == TOKEN


@pytest.mark.parametrize("token", ["U1Qt-made.up_", "bearertoken", "a/b+c~d="])
def test_a_token_need_not_be_hexadecimal(token: str) -> None:
    assert clean_token(token) == token


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "   ",
        "Bearer ",
        "bearer",
        "two words",
        f"{TOKEN}\n{TOKEN}",
        "токен",
        f"{TOKEN}\x00",
        "a\x7f",
        "a" * 4097,
        "Bearer Bearer x",
    ],
)
def test_what_no_header_can_hold_is_no_token(pasted: str) -> None:
    with pytest.raises(InvalidTokenError):
        clean_token(pasted)


@pytest.mark.parametrize(
    "pasted",
    [
        p2p_secret(),
        p2p_secret().rstrip("="),
        f" Bearer {p2p_secret()} ",
        p2p_secret(version="P2P2"),
        p2p_secret(data={}, padding="x"),
    ],
)
def test_a_p2p_secret_key_is_recognized(pasted: str) -> None:
    with pytest.raises(P2PSecretKeyError):
        clean_token(pasted)


def test_other_base64_is_not_taken_for_a_p2p_key() -> None:
    token = base64.b64encode(b'{"alg":"none"}').decode()
    assert clean_token(token) == token
    assert clean_token("abcde") == "abcde"


@pytest.mark.parametrize("length", [100, 125, 300])
def test_a_p2p_public_key_is_recognized(length: int) -> None:
    with pytest.raises(P2PPublicKeyError):
        clean_token(("48e7qUxn9TmadeUp" * 20)[:length])


@pytest.mark.parametrize("token", ["0" * 100, "Z" * 99])
def test_a_long_token_is_not_taken_for_a_public_key(token: str) -> None:
    assert clean_token(token) == token


@pytest.mark.parametrize(
    "pasted",
    [
        "79000000000",
        "+79000000000",
        " +7 (900) 000-00-00 ",
        "+7\u00a0900\u00a0000\u201100\u201100",
        "7 [900] 000\u201300\u201400",
    ],
)
def test_a_wallet_number_is_reduced_to_its_digits(pasted: str) -> None:
    assert clean_wallet(pasted) == "79000000000"


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "+",
        "7",
        "123456",
        "0" * 11,
        "+0900000000",
        "7" * 16,
        "7+9000000000",
        "++79000000000",
        "79000000000x",
        "٧٩٠٠٠٠٠٠٠٠٠",
        "7.9e10",
    ],
)
def test_what_is_no_phone_number_is_no_wallet(pasted: str) -> None:
    with pytest.raises(InvalidWalletError):
        clean_wallet(pasted)


@pytest.mark.parametrize(
    ("pasted", "url"),
    [
        ("https://edge.qiwi.com", "https://edge.qiwi.com"),
        (" https://edge.qiwi.com/ ", "https://edge.qiwi.com"),
        ("HTTPS://Edge.Qiwi.com:443", "https://edge.qiwi.com"),
        ("https://example.com:8443/qiwi//", "https://example.com:8443/qiwi"),
        ("https://пример.example", "https://xn--e1afmkfd.example"),
        ("https://example.com/X/", "https://example.com/X"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1/", "http://localhost:1"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://10.1.2.3", "http://10.1.2.3"),
        ("http://172.16.0.1", "http://172.16.0.1"),
        ("http://192.168.1.5:81", "http://192.168.1.5:81"),
        ("http://127.255.255.254", "http://127.255.255.254"),
        ("http://10.255.255.255", "http://10.255.255.255"),
        ("http://172.31.255.255", "http://172.31.255.255"),
        ("http://[fd00::5]", "http://[fd00::5]"),
        ("http://[fc00::5]", "http://[fc00::5]"),
        ("http://[::ffff:192.168.1.5]", "http://[::ffff:192.168.1.5]"),
        ("https://wallet.localhost", "https://wallet.localhost"),
        ("https://169.254.1.1", "https://169.254.1.1"),
    ],
)
def test_a_server_address_is_normalized(pasted: str, url: str) -> None:
    assert clean_api_url(pasted) == url
    assert clean_api_url(url) == url


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "edge.qiwi.com",
        "ftp://edge.qiwi.com",
        "https://",
        "https:///path",
        "https://user@example.com",
        "https://user:password@example.com",
        "https://@example.com",
        "https://example.com?key=1",
        "https://example.com/?",
        "https://example.com#token",
        "https://example.com#",
        "https://exam ple.com",
        "https://exam\tple.com",
        "https://exam\u200bple.com ok",
        "https://exam\x00ple.com",
        "https://ex\u0085ample.com",
        "https://example.com\\@evil.example",
        "https://ex%61mple.com",
        "https://a..b",
        "https://[::1",
        "https://example.com:0",
        "https://example.com:99999",
        "https://example.com:port",
        "http://example.com",
        "http://edge.qiwi.com",
        "http://8.8.8.8",
        "http://[2606:4700::1111]",
        "http://0.0.0.0",
        "http://0.1.2.3",
        "http://2130706433",
        "http://127.1",
        "http://0x7f000001",
        "http://127.0.0.1.",
        "http://11.0.0.1",
        "http://172.15.255.255",
        "http://172.32.0.1",
        "http://192.169.0.1",
        "http://100.64.0.1",
        "http://169.254.169.254",
        "http://192.0.0.1",
        "http://192.0.2.1",
        "http://198.18.0.1",
        "http://224.0.0.1",
        "http://240.0.0.1",
        "http://255.255.255.255",
        "http://[::2]",
        "http://[::127.0.0.1]",
        "http://[::ffff:8.8.8.8]",
        "http://[::ffff:0:192.168.1.5]",
        "http://[64:ff9b::808:808]",
        "http://[64:ff9b::c0a8:105]",
        "http://[64:ff9b:1::808:808]",
        "http://[2002:808:808::1]",
        "http://[2002:c0a8:105::1]",
        "http://[2001:0:808:808::1]",
        "http://[2001:db8::1]",
        "http://[fe80::1]",
        "http://[fe80::1%25eth0]",
        "http://[fec0::1]",
        "http://[fe00::1]",
        "http://[ff02::1]",
        "http://wallet.localhost",
        "http://localhost.",
        "http://[::]",
        "http://192.168.1.5.example.com",
        "http://localhost.example.com",
        "http://homeassistant.local",
    ],
)
def test_a_token_is_sent_nowhere_else(pasted: str) -> None:
    with pytest.raises(ApiUrlError):
        clean_api_url(pasted)


@given(before=st.text(), after=st.text())
def test_no_pasted_text_is_repeated_by_an_error(before: str, after: str) -> None:
    pasted = before + MARK + after
    for clean in (clean_token, clean_wallet, clean_api_url):
        error = None
        try:
            clean(pasted)
        except (CredentialError, ApiUrlError) as caught:
            error = caught
        assert MARK not in repr(error)
        assert error is None or error.__context__ is None
