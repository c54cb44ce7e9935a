"""What may be asked of an overlay and how often, and what leaves with the answers."""

from decimal import Decimal
from secrets import token_urlsafe
from typing import Any

from homeassistant.config_entries import ConfigSubentry
import pytest
from yarl import URL

from custom_components.qiwi.overlay.security import HEADERS, LONGEST_QUERY, LONGEST_SECRET, SECRET_HEADER
from tests.conftest import NUMBER
from tests.home import Home

from .conftest import BEHIND_PROXY, DATA, EVERYTHING, NEIGHBOUR, PAGE, Serve, Source, get

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
