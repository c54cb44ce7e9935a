"""Who sees an overlay: each sentence of the design about its safety, over real sockets."""

from decimal import Decimal
from pathlib import Path
from secrets import token_urlsafe
from types import MappingProxyType
from typing import Any

from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient
from hass_nabucasa import remote
from homeassistant.components.http.ban import KEY_FAILED_LOGIN_ATTEMPTS
from homeassistant.config_entries import ConfigSubentry
import pytest
from yarl import URL

from custom_components.qiwi.overlay.security import HEADERS, LONGEST_QUERY, LONGEST_SECRET, SECRET_HEADER
from tests.conftest import NUMBER
from tests.home import Home

from .conftest import DATA, PAGE, Serve, Source, goal_subentry

OUTSIDER, NEIGHBOUR = "203.0.113.7", "192.168.1.20"
BEHIND_PROXY: dict[str, Any] = {"use_x_forwarded_for": True, "trusted_proxies": ["127.0.0.1"]}
EVERYTHING = (PAGE, f"{PAGE}?preview", f"{PAGE}/studio", f"{PAGE}/main.js", f"{PAGE}/chime.wav")


async def get(client: TestClient[Any, Any], path: str = DATA, **headers: str) -> ClientResponse:
    return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


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


# The form of requests


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND"])
async def test_it_is_read_only(source: Source, method: str) -> None:
    for path in (DATA, *EVERYTHING):
        answer = await source.client.request(method, path, headers={SECRET_HEADER: source.secret})
        assert answer.status in {403, 405}, path


async def test_another_site_gets_no_leave_to_ask(source: Source) -> None:
    for origin in ("https://example.com", "https://cast.home-assistant.io"):
        headers = {
            "Origin": origin,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": SECRET_HEADER,
        }
        assert (await source.client.options(DATA, headers=headers)).status in {403, 405}


@pytest.mark.parametrize(
    ("headers", "params", "data", "status"),
    [
        ({SECRET_HEADER: "a" * (LONGEST_SECRET + 1)}, {}, None, 403),
        ({SECRET_HEADER: "a" * 9_000}, {}, None, {400, 403}),
        ({}, {"x": "a" * LONGEST_QUERY}, None, 414),
        ({}, {}, b"x", 413),
        ({"Content-Encoding": "gzip"}, {}, b"\x1f\x8b" + b"\0" * 100, {400, 413}),
        ({"Content-Encoding": "br", "Transfer-Encoding": "chunked"}, {}, b"x" * 1000, {400, 413}),
    ],
)
async def test_sizes_and_encodings_are_limited(
    source: Source, headers: dict[str, str], params: dict[str, str], data: bytes | None, status: Any
) -> None:
    answer = await source.get(headers=headers, params=params, data=data)
    assert answer.status in (status if isinstance(status, set) else {status})


@pytest.mark.parametrize(
    "query",
    [
        {"seq": "-1"},
        {"seq": "1e9"},
        {"seq": "9" * 16},
        {"seq": "١"},
        {"seq": ""},
        {"seq": "1", "nth": "x"},
        {"seq": "1", "sum": "NaN"},
        {"seq": "1", "sum": "1,5"},
        {"seq": "1", "test": " 1"},
        {"min": "-5"},
        {"min": "Infinity"},
        {"min": "1E+99999999"},
    ],
)
async def test_what_is_no_number_is_a_bad_request(source: Source, query: dict[str, str]) -> None:
    answer = await source.get(params=query)
    assert (answer.status, await answer.text()) == (400, "Bad Request")


async def test_unknown_parameters_are_nobodys_business(source: Source) -> None:
    assert (await source.get(params={"theme": "neon", "<b>": "1"})).status in {200, 400}
    assert (await source.get(params={"theme": "neon"})).status == 200


@pytest.mark.parametrize(
    "path",
    [
        f"{PAGE}/nothing.js",
        f"{PAGE}/overlay.html",
        f"{PAGE}/studio.html",
        f"{PAGE}/__init__.py",
        f"{PAGE}/..%2f__init__.py",
        f"{PAGE}/%2e%2e%2f%2e%2e%2fmanifest.json",
        f"{PAGE}/..%5cmanifest.json",
        f"{PAGE}/static/main.js",
        f"{PAGE}/main.js/",
        f"{PAGE}/main.js%00.css",
        f"{PAGE}//main.js",
        f"{PAGE}/MAIN.JS",
        f"{PAGE}/data/",
        f"{PAGE}/%64ata/x",
        f"{PAGE}/main.js;x",
        f"{PAGE}/files.cpython-314.pyc",
    ],
)
async def test_only_the_pages_own_files_are_served(source: Source, path: str) -> None:
    answer = await source.client.get(URL(path, encoded=True), headers={SECRET_HEADER: source.secret})
    assert answer.status in {400, 404}
    assert "import" not in await answer.text()


async def test_a_peer_that_asks_without_end_is_held_up_and_no_other(
    serve: Serve, goal: ConfigSubentry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.qiwi.overlay.memory.BURST", 50)
    monkeypatch.setattr("custom_components.qiwi.overlay.memory.A_SECOND", 0)
    client = await serve(**BEHIND_PROXY)
    source = Source(client, goal.data["overlay_secret"])
    busy, calm = ({"X-Forwarded-For": address} for address in (NEIGHBOUR, "192.168.1.21"))
    answers = [await source.get(headers=busy) for _ in range(6)]
    assert [answer.status for answer in answers] == [200, 200, 200, 200, 429, 429]
    assert answers[-1].headers["Retry-After"] == "10"
    assert (await get(client, PAGE, **{"X-Forwarded-For": NEIGHBOUR})).status == 429
    assert (await source.get(headers=calm)).status == 200


async def test_an_idle_answer_costs_a_tenth(
    serve: Serve, goal: ConfigSubentry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.qiwi.overlay.memory.BURST", 50)
    monkeypatch.setattr("custom_components.qiwi.overlay.memory.A_SECOND", 0)
    source = Source(await serve(), goal.data["overlay_secret"])
    etag = (await source.get()).headers["ETag"]
    statuses = [(await source.get(headers={"If-None-Match": etag})).status for _ in range(40)]
    assert statuses == [304] * 39 + [429]


async def test_wrong_secrets_are_held_up_soon_and_the_right_one_is_not(source: Source) -> None:
    statuses = [(await get(source.client, X_Qiwi_Overlay=token_urlsafe(32))).status for _ in range(30)]
    assert statuses[:20] == [403] * 20
    assert statuses[-1] == 429
    assert (await source.get()).status == 200


# What leaves


async def test_every_answer_carries_the_headers(source: Source) -> None:
    etag = (await source.get()).headers["ETag"]
    answers = {
        200: [await source.get(), *[await get(source.client, path) for path in EVERYTHING]],
        304: [await source.get(headers={"If-None-Match": etag})],
        400: [await source.get(params={"min": "x"})],
        403: [await get(source.client)],
        404: [await get(source.client, f"{PAGE}/nothing.js")],
        413: [await source.get(data=b"x")],
    }
    for status, each in answers.items():
        for answer in each:
            assert answer.status == status
            for name, value in HEADERS.items():
                if name != "Cache-Control":
                    assert answer.headers[name] == value
            assert "Set-Cookie" not in answer.headers
            assert not answer.headers.get("Server")


async def test_the_policy_lets_the_page_talk_to_its_own_server_alone(source: Source) -> None:
    policy = (await get(source.client, PAGE)).headers["Content-Security-Policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert {value for name, value in rules.items() if name.endswith("-src") and name != "default-src"} == {
        "'self'",
        "'self' data:",
    }
    assert "unsafe" not in policy and "*" not in policy
    assert (rules["base-uri"], rules["form-action"], rules["frame-ancestors"]) == (
        "'none'",
        "'none'",
        "'self'",
    )
    assert rules["require-trusted-types-for"] == "'script'"


async def test_data_is_kept_by_no_cache_and_files_are_asked_for_anew(source: Source) -> None:
    assert (await source.get()).headers["Cache-Control"] == "no-store"
    assert (await get(source.client, PAGE)).headers["Cache-Control"] == "no-store"
    answer = await get(source.client, f"{PAGE}/main.js")
    assert (answer.headers["Cache-Control"], answer.content_type) == ("no-cache", "text/javascript")
    again = await get(source.client, f"{PAGE}/main.js", If_None_Match=answer.headers["ETag"])
    assert (again.status, await again.read()) == (304, b"")


async def test_nothing_of_balances_accounts_or_strangers_leaves(
    home: Home, source: Source, donate: Any
) -> None:
    home.wallet.balances["RUB"] = Decimal(987654)
    await donate(10, account="+79000000001", comment="hi me@example.com 8 900 000-00-01 https://example.com")
    text = await (await source.get(params={"seq": "0"})).text()
    assert '"message":"hi"' in text
    for private in (NUMBER, "79000000001", "987654", "example", "token", source.secret):
        assert private not in text


@pytest.mark.parametrize("language", ["en", "ru", "ru-RU", "de"])
async def test_the_page_speaks_home_assistants_language_where_it_can(
    home: Home, source: Source, language: str
) -> None:
    home.hass.config.language = language
    expected = "ru" if language.startswith("ru") else "en"
    assert f'<html lang="{expected}">' in await (await get(source.client, PAGE)).text()
