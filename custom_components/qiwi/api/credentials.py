"""What a person may paste as a token, a wallet number or a server address; no error repeats it."""

import base64
import binascii
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
import re
from typing import Final
import unicodedata

from yarl import URL

# Clipboards bring these along: zero-width characters, joiners and byte order marks.
_INVISIBLE: Final = "\u200b\u200c\u200d\u2060\ufeff"
_BEARER: Final = re.compile(r"bearer(\s+|$)", re.IGNORECASE)
# RFC 9110 leaves visible ASCII for a credential; longer ones than any server's header buffer are no token.
_HEADER_SAFE: Final = re.compile(r"[\x21-\x7e]{1,4096}")
# A P2P secret key is base64 of JSON that names its version first; a public key is one long base58 word
# (125 characters in the official SDK's readme). A wallet's token is 32 characters.
_P2P_MARK: Final = re.compile(rb'"P2P"|payin_merchant_site_uid')
_BASE58: Final = re.compile(r"[1-9A-HJ-NP-Za-km-z]{100,}")
# E.164: no number begins with 0 or is longer than 15 digits.
_WALLET: Final = re.compile(r"\+?([1-9][0-9]{6,14})")
_BRACKETS: Final = "()[]"
_ADDRESS: Final = re.compile(r"https?://[^\s?#@\\]+", re.IGNORECASE)
# Loopback, RFC 1918 and RFC 4193, named one by one: `is_private` also means addresses that lead elsewhere
# (6to4, NAT64) or to whoever answers first (link-local), and `x.localhost` is a name any resolver may answer.
_NEAR: Final = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)
_HOST: Final = re.compile(r"[0-9a-z_-]+(\.[0-9a-z_-]+)*\.?")


class CredentialError(ValueError):
    """What was pasted cannot be what was asked for."""


class InvalidTokenError(CredentialError):
    """It is empty or holds characters no token has."""


class P2PSecretKeyError(CredentialError):
    """It is the secret key of P2P bills, which opens no wallet."""


class P2PPublicKeyError(CredentialError):
    """It is the public key of P2P bills, which opens no wallet."""


class InvalidWalletError(CredentialError):
    """It is not a phone number in international form."""


class ApiUrlError(ValueError):
    """It is not a server address the token may be sent to."""


def clean_token(text: str) -> str:
    """Return the token within what was pasted: without blanks around it and without "Bearer".

    Raises:
        P2PSecretKeyError: it is a P2P secret key.
        P2PPublicKeyError: it is a P2P public key.
        InvalidTokenError: it is empty or holds blanks, letters beyond ASCII or control characters.
    """
    trimmed = _trimmed(text)
    bearer = _BEARER.match(trimmed)
    token = trimmed[bearer.end() :] if bearer else trimmed
    if not _HEADER_SAFE.fullmatch(token):
        raise InvalidTokenError("A token is one word of Latin letters and digits")
    if _is_p2p_secret(token):
        raise P2PSecretKeyError("A P2P secret key is not a wallet token")
    if _BASE58.fullmatch(token):
        raise P2PPublicKeyError("A P2P public key is not a wallet token")
    return token


def clean_wallet(text: str) -> str:
    """Return the digits of a wallet number written with a plus, blanks, dashes or brackets.

    Raises:
        InvalidWalletError: it is not a number of 7 to 15 digits with its country code.
    """
    written = "".join(character for character in _trimmed(text) if not _separates(character))
    if match := _WALLET.fullmatch(written):
        return match[1]
    raise InvalidWalletError("A wallet number is a phone number with its country code")


def clean_api_url(text: str) -> str:
    """Return a server address without a slash at its end: https, or http to a loopback or private address.

    Raises:
        ApiUrlError: it is anything else, or carries a user, a query or a fragment.
    """
    address = _trimmed(text)
    if not address.isprintable() or not _ADDRESS.fullmatch(address):
        raise ApiUrlError("A server address begins with https:// and has no user, query or fragment")
    url = _url(address)
    host = url.raw_host or ""
    if not url.port or not (_HOST.fullmatch(host) or _ip_address(host)):
        raise ApiUrlError("That is not a server address")
    if url.scheme == "http" and not _is_near(host):
        raise ApiUrlError("Without https a token may only go to a loopback or private address")
    return str(url).rstrip("/")


def _trimmed(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, _INVISIBLE))).strip()


def _separates(character: str) -> bool:
    return character.isspace() or character in _BRACKETS or unicodedata.category(character) == "Pd"


def _is_p2p_secret(token: str) -> bool:
    try:
        decoded = base64.b64decode(token.rstrip("=") + "==")
    except binascii.Error:
        return False
    return decoded.startswith(b"{") and bool(_P2P_MARK.search(decoded))


def _url(address: str) -> URL:
    try:
        return URL(address)
    except ValueError:
        # An impossible host or port; the library's error, which repeats it, ends here.
        return URL()


def _is_near(host: str) -> bool:
    address = _ip_address(host)
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    return host == "localhost" or (
        address is not None
        and any(address in network for network in _NEAR if network.version == address.version)
    )


def _ip_address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
