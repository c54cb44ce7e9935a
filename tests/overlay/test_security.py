"""The secret's comparison, and what a peer may ask for."""

from types import SimpleNamespace
from typing import Any

import pytest

from custom_components.qiwi.overlay.security import PEERS, Allowance, matching, peer_of

SECRETS = [("a" * 43, 1), ("b" * 43, 2), ("c" * 43, 3)]


@pytest.mark.parametrize(("secret", "value"), SECRETS)
def test_a_secret_finds_what_it_belongs_to(secret: str, value: int) -> None:
    assert matching(secret, SECRETS) == value


@pytest.mark.parametrize(
    "given", ["", "a", "a" * 42, "a" * 44, "A" * 43, "é" * 43, "\udcff" * 43, "a" * 42 + "\n"]
)
def test_anything_else_finds_nothing(given: str) -> None:
    assert matching(given, SECRETS) is None


def test_a_goal_without_a_secret_is_found_by_nothing() -> None:
    assert matching("", [("", 1)]) is None


def test_every_secret_is_compared_whichever_fits() -> None:
    compared = []

    def secrets() -> Any:
        for secret, value in SECRETS:
            compared.append(value)
            yield secret, value

    assert matching("a" * 43, secrets()) == 1
    assert compared == [1, 2, 3]


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_peer_has_so_much_at_once_and_so_much_more_each_second() -> None:
    clock = Clock()
    allowance = Allowance(10, 2, clock)
    assert [allowance.spend("a", 4) for _ in range(3)] == [True, True, False]
    assert allowance.spend("b", 10)
    clock.now += 1
    assert allowance.spend("a", 4)
    assert not allowance.spend("a", 1)
    clock.now += 1000
    assert [allowance.spend("a", 10), allowance.spend("a", 1)] == [True, False]


def test_no_crowd_of_peers_fills_the_memory_or_resets_a_busy_one() -> None:
    allowance = Allowance(2, 0, Clock())
    assert allowance.spend("busy", 2)
    for number in range(PEERS * 3):
        allowance.spend(str(number), 1)
        assert not allowance.spend("busy", 1)
    assert len(allowance._accounts) == PEERS


@pytest.mark.parametrize(
    ("remote", "peer"),
    [
        ("192.168.1.5", "192.168.1.5"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.168.1.5", "::ffff:192.168.1.5"),
        (None, "None"),
    ],
)
def test_a_network_of_ipv6_addresses_is_one_peer(remote: str | None, peer: str) -> None:
    assert peer_of(SimpleNamespace(remote=remote)) == peer  # type: ignore[arg-type]
