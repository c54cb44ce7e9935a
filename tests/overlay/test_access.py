"""Who sees an overlay: whoever has its goal's secret, from where its goal is shown."""

from pathlib import Path
from secrets import token_urlsafe
from types import MappingProxyType
from typing import Any

from hass_nabucasa import remote
from homeassistant.components.http.ban import KEY_FAILED_LOGIN_ATTEMPTS
from homeassistant.config_entries import ConfigSubentry
import pytest

from custom_components.qiwi.overlay.security import SECRET_HEADER
from tests.home import Home

from .conftest import (
    BEHIND_PROXY,
    DATA,
    EVERYTHING,
    NEIGHBOUR,
    OUTSIDER,
    PAGE,
    Serve,
    Source,
    get,
    goal_subentry,
)

# The secret


async def test_the_secret_shows_its_goal_and_no_other(home: Home, serve: Serve, goal: ConfigSubentry) -> None:
    other = goal_subentry(name="Microphone")
    home.hass.config_entries.async_add_subentry(home.entry, other)
    # Of a wallet's subentries goals alone have an overlay.
    mail = {
        "host": "localhost",
        "port": 1,
        "security": "none",
        "sender": "shop@example.com",
        "overlay_secret": token_urlsafe(32),
    }
    home.hass.config_entries.async_add_subentry(
        home.entry,
        ConfigSubentry(
            data=MappingProxyType(mail), subentry_type="mail_server", title="Mail", unique_id=None
        ),
    )
    client = await serve()
    assert (await get(client, X_Qiwi_Overlay=str(mail["overlay_secret"]))).status == 403
    for each in (goal, other):
        picture = await Source(client, each.data["overlay_secret"]).look()
        assert (picture["goal"]["id"], picture["goal"]["name"]) == (each.subentry_id, each.title)


@pytest.mark.parametrize(
    "place", ["nowhere", "query", "cookie", "bearer", "path", "part", "longer", "twice", "odd"]
)
async def test_the_secret_counts_in_its_header_alone_and_whole(source: Source, place: str) -> None:
    secret, client = source.secret, source.client
    requests: dict[str, Any] = {
        "nowhere": client.get(DATA),
        "query": client.get(DATA, params={"secret": secret, SECRET_HEADER: secret}),
        "cookie": client.get(DATA, headers={"Cookie": f"{SECRET_HEADER}={secret}"}),
        "bearer": client.get(DATA, headers={"Authorization": f"Bearer {secret}"}),
        "path": client.get(f"{PAGE}/{secret}"),
        "part": client.get(DATA, headers={SECRET_HEADER: secret[:-1]}),
        "longer": client.get(DATA, headers={SECRET_HEADER: secret + "A"}),
        "twice": client.get(DATA, headers=[(SECRET_HEADER, secret), (SECRET_HEADER, secret)]),
        "odd": client.get(DATA, headers={SECRET_HEADER: "é\udcff"}),
    }
    answers = {}
    for name, request in requests.items():
        if name == place:
            answers[name] = await request
        else:
            request.close()
    assert answers[place].status == (404 if place == "path" else 403)
    assert secret not in await answers[place].text()


async def test_a_user_of_home_assistant_needs_the_secret_too(source: Source, hass_access_token: str) -> None:
    assert (await get(source.client, Authorization=f"Bearer {hass_access_token}")).status == 403


async def test_a_wrong_secret_is_never_a_failed_login(
    home: Home, serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = await serve(ip_ban_enabled=True, login_attempts_threshold=1)
    secret = token_urlsafe(32)
    for _ in range(5):
        answer = await get(client, X_Qiwi_Overlay=secret, Authorization="Bearer wrong")
        assert answer.status == 403
        assert await answer.text() == "Forbidden"
    await home.hass.async_block_till_done()
    assert not client.app[KEY_FAILED_LOGIN_ATTEMPTS]
    assert not (tmp_path / "ip_bans.yaml").exists()
    assert not home.hass.states.async_all("persistent_notification")
    assert "Login attempt" not in caplog.text
    assert secret not in caplog.text
    assert (await get(client, PAGE)).status == 200


async def test_a_rotated_secret_cuts_off_at_once(home: Home, source: Source, goal: ConfigSubentry) -> None:
    loaded = home.coordinator
    new = token_urlsafe(32)
    home.hass.config_entries.async_update_subentry(
        home.entry, goal, data={**goal.data, "overlay_secret": new}
    )
    assert (await source.get()).status == 403
    source.secret = new
    assert (await source.get()).status == 200
    assert home.coordinator is loaded


async def test_a_removed_goal_cuts_off_at_once(home: Home, source: Source, goal: ConfigSubentry) -> None:
    home.hass.config_entries.async_remove_subentry(home.entry, goal.subentry_id)
    assert (await source.get()).status == 403
    await home.rest()


async def test_a_wallet_that_is_not_loaded_is_away_and_not_refused(home: Home, source: Source) -> None:
    await home.unload()
    answer = await source.get()
    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert (await get(source.client, X_Qiwi_Overlay=token_urlsafe(32))).status == 403
    await home.add()
    assert (await source.get()).status == 200


async def test_a_goal_that_its_wallet_does_not_count_yet_is_away(
    home: Home, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = goal_subentry()
    reload = home.hass.config_entries.async_schedule_reload
    # Home Assistant reloads in its own time.
    monkeypatch.setattr(home.hass.config_entries, "async_schedule_reload", lambda _: None)
    home.hass.config_entries.async_add_subentry(home.entry, new)
    assert (await Source(source.client, new.data["overlay_secret"]).get()).status == 503
    reload(home.entry.entry_id)
    await home.rest()
    assert (await Source(source.client, new.data["overlay_secret"]).get()).status == 200


# The place


@pytest.mark.parametrize(
    ("remote", "is_let_in"),
    [
        ("127.0.0.1", True),
        (NEIGHBOUR, True),
        ("10.1.2.3", True),
        ("172.16.5.4", True),
        ("169.254.3.2", True),
        ("fd12:3456::1", True),
        ("fe80::1", True),
        ("::ffff:192.168.1.5", True),
        (OUTSIDER, False),
        ("172.32.0.1", False),
        ("100.64.0.1", False),
        ("2001:db8::1", False),
        ("::ffff:203.0.113.7", False),
    ],
)
async def test_only_the_local_network_is_let_in(
    serve: Serve, goal: ConfigSubentry, remote: str, is_let_in: bool
) -> None:
    client = await serve(**BEHIND_PROXY)
    status = 200 if is_let_in else 403
    for path in EVERYTHING:
        assert (await get(client, path, X_Forwarded_For=remote)).status == status, path
    source = Source(client, goal.data["overlay_secret"])
    assert (await source.get(headers={"X-Forwarded-For": remote})).status == status


@pytest.mark.parametrize("forged", [NEIGHBOUR, "127.0.0.1", f"{NEIGHBOUR}, 127.0.0.1", "::1"])
async def test_an_outsider_does_not_become_a_neighbour_by_saying_so(
    serve: Serve, goal: ConfigSubentry, forged: str
) -> None:
    # The proxy that Home Assistant trusts adds whom it really heard.
    client = await serve(**BEHIND_PROXY)
    headers = {
        "X-Forwarded-For": f"{forged}, {OUTSIDER}",
        "X-Real-IP": NEIGHBOUR,
        "Forwarded": f"for={NEIGHBOUR}",
    }
    assert (await Source(client, goal.data["overlay_secret"]).get(headers=headers)).status == 403


@pytest.mark.parametrize("http", [{}, {"use_x_forwarded_for": True, "trusted_proxies": ["10.0.0.1"]}])
async def test_what_an_untrusted_peer_forwards_changes_nothing(
    serve: Serve, goal: ConfigSubentry, http: dict[str, Any]
) -> None:
    source = Source(await serve(**http), goal.data["overlay_secret"])
    # Home Assistant itself refuses it, before the overlay is asked.
    assert (await source.get(headers={"X-Forwarded-For": NEIGHBOUR})).status == 400
    for header in ("X-Real-IP", "Forwarded", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP"):
        assert (await source.get(headers={header: OUTSIDER})).status == 200


async def test_a_goal_may_be_shown_anywhere_when_a_person_says_so(
    home: Home, serve: Serve, goal: ConfigSubentry
) -> None:
    open_goal = goal_subentry(overlay_reach="anywhere")
    home.hass.config_entries.async_add_subentry(home.entry, open_goal)
    client = await serve(**BEHIND_PROXY)
    outside = {"X-Forwarded-For": OUTSIDER}
    assert (await Source(client, open_goal.data["overlay_secret"]).get(headers=outside)).status == 200
    assert (await Source(client, goal.data["overlay_secret"]).get(headers=outside)).status == 403
    for path in EVERYTHING:
        assert (await get(client, path, X_Forwarded_For=OUTSIDER)).status == 200
    home.hass.config_entries.async_update_subentry(
        home.entry, open_goal, data={**open_goal.data, "overlay_reach": "local"}
    )
    assert (await Source(client, open_goal.data["overlay_secret"]).get(headers=outside)).status == 403
    assert (await get(client, PAGE, X_Forwarded_For=OUTSIDER)).status == 403


async def test_nothing_is_shown_through_a_cloud_connection_unless_a_person_says_so(
    home: Home, serve: Serve, goal: ConfigSubentry
) -> None:
    home.hass.config.components.add("cloud")
    # The client of Home Assistant Cloud marks what it serves like this; the server's tasks inherit it.
    token = remote.is_cloud_request.set(True)
    client = await serve()
    remote.is_cloud_request.reset(token)
    source = Source(client, goal.data["overlay_secret"])
    assert (await source.get()).status == 403
    for path in EVERYTHING:
        assert (await get(client, path)).status == 403
    home.hass.config_entries.async_update_subentry(
        home.entry, goal, data={**goal.data, "overlay_reach": "anywhere"}
    )
    assert (await source.get()).status == 200
