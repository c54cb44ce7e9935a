"""Who may see an overlay: a secret for each goal, the local network, and no more requests than a browser makes.

Nothing here raises HTTPUnauthorized: Home Assistant counts that as a failed login and may ban the address.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from time import monotonic
from typing import Final

from aiohttp import web
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import is_cloud_connection
from homeassistant.util.network import is_local

SECRET_HEADER: Final = "X-Qiwi-Overlay"  # noqa: S105 - a name
# A secret of 256 bits has 43 characters; nothing much longer is worth a comparison.
LONGEST_SECRET: Final = 128
LONGEST_QUERY: Final = 1024

# Costs: what a peer may have at once and each second. An overlay asks for one idle answer every two seconds.
IDLE_COST: Final = 1
ANSWER_COST: Final = 10
BURST: Final = 6000
A_SECOND: Final = 600
WRONG_BURST: Final = 20
WRONG_A_SECOND: Final = 1 / 3
PEERS: Final = 256

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        "connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def matching[Value](given: str, secrets: Iterable[tuple[str, Value]]) -> Value | None:
    """Return what a secret belongs to, or None.

    Every secret is compared, each in constant time: the time tells neither how much was right nor of which.
    """
    told = given.encode("utf-8", "surrogateescape")
    found: Value | None = None
    for secret, value in secrets:
        if compare_digest(secret.encode(), told) and secret:
            found = value
    return found


def is_near(hass: HomeAssistant, request: web.Request) -> bool:
    """Tell whether a request comes from the local network and not through a cloud connection.

    `remote` is the peer as Home Assistant determines it: it believes `X-Forwarded-For` of trusted proxies only.
    """
    if is_cloud_connection(hass):
        return False
    address = address_of(request)
    return address is not None and is_local(address)


def address_of(request: web.Request) -> IPv4Address | IPv6Address | None:
    """Return the peer's address, or None when it has none (a Unix socket)."""
    try:
        return ip_address(request.remote or "")
    except ValueError:
        return None


@dataclass(slots=True)
class _Account:
    credit: float
    at: float


class Allowance:
    """What each peer may still ask for: so much at once, and so much more each second.

    Bounded: of more peers than it can hold, those that have asked for nothing longest are forgotten.
    """

    def __init__(self, burst: float, a_second: float, clock: Callable[[], float] = monotonic) -> None:
        self._burst = burst
        self._a_second = a_second
        self._clock = clock
        self._accounts: dict[str, _Account] = {}

    def spend(self, peer: str, cost: float) -> bool:
        """Take the cost off a peer's credit, and tell whether it had that much."""
        now = self._clock()
        account = self._accounts.pop(peer, None) or _Account(self._burst, now)
        account.credit = min(self._burst, account.credit + (now - account.at) * self._a_second)
        account.at = now
        if len(self._accounts) >= PEERS:
            del self._accounts[next(iter(self._accounts))]
        self._accounts[peer] = account
        if account.credit < cost:
            return False
        account.credit -= cost
        return True


def peer_of(request: web.Request) -> str:
    """Return who asks, for counting: an IPv6 peer has a whole network of addresses."""
    address = address_of(request)
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((int(address) >> 64 << 64, 64)))
    return str(address)
