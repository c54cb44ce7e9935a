"""The control page and its endpoints: what they do, and whom they refuse."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from wallet_simulator import Fault, Simulator, Status, Wallet

from .conftest import NOW, PROFILE, TOKEN, Client

PAY = "/control/payments"
FAULTS = "/control/faults"
STATE = "/control/state"


async def test_the_page_is_whole_and_stands_on_its_own(client: Client) -> None:
    for path, kind in (
        ("/", "text/html"),
        ("/control/page.css", "text/css"),
        ("/control/page.js", "text/javascript"),
        ("/control/forms.js", "text/javascript"),
        ("/control/words.js", "text/javascript"),
        ("/control/translations/en.json", "application/json"),
        ("/control/translations/ru.json", "application/json"),
    ):
        reply = await client.control("GET", path)
        assert reply.status == 200
        assert reply.headers["Content-Type"].startswith(kind)
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]
        assert b"https://" not in reply.body
        assert b"innerHTML" not in reply.body


async def test_the_state_tells_what_the_page_shows(
    client: Client, simulator: Simulator, wallet: Wallet
) -> None:
    wallet.pay("99.90", comment="<b>hello</b>", transaction_id=5)
    wallet.add_token("old")
    wallet.revoke("old")
    simulator.fault(Fault(kind="status", status=503, endpoint="balances", times=2))
    await client.ask(PROFILE)
    await client.ask("/elsewhere")
    state = (await client.control("GET", STATE)).json
    assert (state["url"], state["wallet"], state["blocked"]) == (simulator.url, "79000000000", False)
    assert state["tokens"] == [{"token": TOKEN, "scopes": ["balances", "payments", "profile"]}]
    assert state["balances"] == [{"currency": "RUB", "amount": "1099.90"}]
    assert state["payments"] == [
        {
            "transaction_id": "5",
            "type": "IN",
            "kind": "transfer",
            "status": "SUCCESS",
            "date": "2026-05-20T12:30:15+03:00",
            "amount": "99.90",
            "commission": "0",
            "currency": "RUB",
            "account": wallet.find(5).account,
            "comment": "<b>hello</b>",
        }
    ]
    assert state["faults"] == [
        {"kind": "status", "endpoint": "balances", "status": 503, "remaining": 2, "struck": 0}
    ]
    assert (state["requests"], state["requests_by_endpoint"]) == (2, {"profile": 1, "unknown": 1})
    assert state["last_requests"] == [
        {"endpoint": "unknown", "status": 404},
        {"endpoint": "profile", "status": 200},
    ]
    assert state["rate_limited"] is False
    assert set(state["choices"]["statuses"]) == {"WAITING", "SUCCESS", "ERROR"}


async def test_a_payment_is_made(client: Client, wallet: Wallet) -> None:
    reply = await client.control(
        "POST",
        PAY,
        {"amount": 99.9, "currency": "USD", "kind": "transfer_out", "comment": "hi", "commission": "0.10"},
    )
    assert reply.status == 201
    row = wallet.find(reply.json["transaction_id"])
    assert (row.amount, row.currency, row.type, row.comment) == (Decimal("99.9"), "USD", "OUT", "hi")
    assert wallet.balances["USD"] == -100


@pytest.mark.parametrize("amount", ["10,5", "10.5", " 10,50 ", "10.50"])
async def test_an_amount_has_a_point_or_a_comma(client: Client, wallet: Wallet, amount: str) -> None:
    assert (await client.control("POST", PAY, {"amount": amount})).status == 201
    assert wallet.rows[0].amount == Decimal("10.5")


async def test_thousands_may_be_set_apart(client: Client, wallet: Wallet) -> None:
    await client.control("POST", PAY, {"amount": "1\u00a0234,50"})
    assert wallet.rows[0].amount == Decimal("1234.50")
    assert (await client.control("POST", PAY, {"amount": "1,234.50"})).json["problem"] == "amount"


async def test_an_amount_is_enough_for_a_payment(client: Client, wallet: Wallet) -> None:
    reply = await client.control("POST", PAY, {"amount": "5"})
    assert (reply.json["kind"], reply.json["status"], reply.json["currency"]) == (
        "transfer",
        "SUCCESS",
        "RUB",
    )
    assert wallet.balances["RUB"] == 1005


async def test_a_payment_may_be_dated_and_settle_by_itself(
    client: Client, simulator: Simulator, wallet: Wallet
) -> None:
    date = (NOW - timedelta(days=2)).isoformat()
    await client.control("POST", PAY, {"amount": "5", "date": date, "settles_after": 30})
    assert (wallet.rows[0].date, wallet.rows[0].status) == (NOW - timedelta(days=2), Status.WAITING)
    simulator.clock = lambda: NOW + timedelta(seconds=30)
    assert (await client.control("GET", STATE)).json["payments"][0]["status"] == "SUCCESS"


async def test_a_conversion_is_made(client: Client, wallet: Wallet) -> None:
    body = {"amount": "900", "kind": "conversion", "to_amount": "10", "to_currency": "USD"}
    reply = await client.control("POST", PAY, body)
    assert (reply.status, reply.json["type"]) == (201, "OUT")
    assert wallet.balances == {"RUB": 100, "USD": 10}


async def test_a_waiting_payment_is_settled_once(client: Client, wallet: Wallet) -> None:
    made = (await client.control("POST", PAY, {"amount": "5", "status": "WAITING"})).json
    path = f"{PAY}/{made['transaction_id']}/settle"
    settled = await client.control("POST", path, {})
    assert settled.json["settled"][0]["status"] == "SUCCESS"
    assert wallet.balances["RUB"] == 1005
    again = await client.control("POST", path, {"status": "ERROR"})
    assert (again.status, "final" in again.json["error"]) == (409, True)


async def test_a_payment_can_fail_and_be_removed(client: Client, wallet: Wallet) -> None:
    row = wallet.pay(5, status="WAITING")
    path = f"{PAY}/{row.transaction_id}"
    await client.control("POST", f"{path}/settle", {"status": "ERROR", "type": "IN"})
    assert row.status is Status.ERROR
    assert (await client.control("DELETE", path)).status == 200
    assert len(wallet) == 0
    assert (await client.control("DELETE", path)).status == 404
    assert (await client.control("POST", f"{path}/settle", {})).status == 404


async def test_a_fault_is_injected_and_cleared(client: Client, simulator: Simulator) -> None:
    body = {"kind": "status", "status": 503, "endpoint": "profile", "times": 5}
    reply = await client.control("POST", FAULTS, body)
    assert (reply.status, reply.json["remaining"]) == (201, 5)
    assert (await client.ask(PROFILE)).status == 503
    assert (await client.control("DELETE", f"{FAULTS}?endpoint=balances")).json == {"cleared": 0}
    assert (await client.control("DELETE", FAULTS)).json == {"cleared": 1}
    assert (await client.ask(PROFILE)).status == 200
    await client.control("POST", FAULTS, {"kind": "wrong_date", "offset": "-60"})
    assert simulator.faults[0].fault.offset == timedelta(seconds=-60)


async def test_control_is_never_struck_by_a_fault(client: Client, simulator: Simulator) -> None:
    simulator.fault(Fault(kind="status", status=503))
    assert (await client.control("GET", STATE)).status == 200
    assert simulator.requests == []


async def test_an_outage_is_announced_before_it_begins(client: Client) -> None:
    reply = await client.control("POST", "/control/outage", {"seconds": 60})
    assert (reply.status, reply.json) == (202, {"seconds": 60})


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": ""}, "amount"),
        ({"amount": "ten"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": "1.005"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e99"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": ["5"]}, "amount"),
        ({"amount": 5, "currency": "Rouble"}, "currency"),
        ({"amount": 5, "currency": 643}, "currency"),
        ({"amount": 5, "kind": "gift"}, "kind"),
        ({"amount": 5, "kind": {}}, "kind"),
        ({"amount": 5, "status": "DONE"}, "status"),
        ({"amount": 5, "comment": "x" * 30_001}, "comment"),
        ({"amount": 5, "comment": 5}, "comment"),
        ({"amount": 5, "commission": -1}, "commission"),
        ({"amount": 5, "date": "yesterday"}, "date"),
        ({"amount": 5, "date": "2026-05-20T12:00:00"}, "date"),
        ({"amount": 5, "date": 5}, "date"),
        ({"amount": 5, "settles_after": -1}, "settles_after"),
        ({"amount": 5, "colour": "red"}, "colour"),
        ({"amount": 5, "kind": "conversion"}, "to_amount"),
        ({"amount": 5, "kind": "conversion", "to_amount": 1}, "to_currency"),
        ({"amount": 5, "kind": "conversion", "to_amount": 1, "to_currency": "RUB"}, "to_currency"),
    ],
)
async def test_a_wrong_payment_is_refused_by_the_name_of_its_field(
    client: Client, wallet: Wallet, body: dict[str, Any], field: str
) -> None:
    reply = await client.control("POST", PAY, body)
    assert (reply.status, reply.json["field"]) == (400, field)
    assert field in reply.json["error"] or "two currencies" in reply.json["error"]
    assert len(wallet) == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "earthquake"}, "kind"),
        ({"kind": "status", "status": 99}, "status"),
        ({"kind": "status", "times": 0}, "times"),
        ({"kind": "status", "endpoint": "everything"}, "endpoint"),
        ({"kind": "slow", "seconds": "long"}, "seconds"),
        ({"kind": "slow", "colour": "red"}, "colour"),
    ],
)
async def test_a_wrong_fault_is_refused(
    client: Client, simulator: Simulator, body: dict[str, Any], field: str
) -> None:
    reply = await client.control("POST", FAULTS, body)
    assert (reply.status, reply.json["field"]) == (400, field)
    assert simulator.faults == []


async def test_other_wrong_requests_are_explained(client: Client, wallet: Wallet) -> None:
    row = wallet.pay(5, status="WAITING")
    settle = f"{PAY}/{row.transaction_id}/settle"
    assert (await client.control("POST", settle, {"status": "WAITING"})).json["field"] == "status"
    assert (await client.control("POST", settle, {"status": "DONE"})).json["field"] == "status"
    assert (await client.control("DELETE", f"{FAULTS}?endpoint=everything")).json["field"] == "endpoint"
    assert (await client.control("POST", "/control/outage", {"seconds": 0})).json["field"] == "seconds"
    assert (await client.control("GET", PAY)).status == 405
    assert (await client.control("GET", "/control/elsewhere")).status == 404


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"amount=5", "application/x-www-form-urlencoded", 415),
        (b'{"amount": 5}', "text/plain", 415),
        (b"{", "application/json", 400),
        (b"[5]", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'"' + b"x" * 70_000 + b'"', "application/json", 413),
    ],
)
async def test_a_body_is_a_json_object_of_moderate_size(
    client: Client, body: bytes, kind: str, status: int
) -> None:
    url = client.simulator.url + PAY
    async with client.session.post(url, data=body, headers={"Content-Type": kind}) as response:
        assert response.status == status
        assert (await response.json())["error"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "example.com"},
        {"Host": "127.0.0.1.example.com"},
    ],
)
async def test_other_sites_are_refused(client: Client, wallet: Wallet, headers: dict[str, str]) -> None:
    for method, path, body in (
        ("GET", STATE, None),
        ("POST", PAY, {"amount": 5}),
        ("POST", FAULTS, {"kind": "close"}),
        ("DELETE", FAULTS, None),
    ):
        reply = await client.control(method, path, body, headers=headers)
        assert reply.status == 403
        assert TOKEN.encode() not in reply.body
    assert len(wallet) == 0


async def test_the_page_may_be_followed_from_elsewhere_but_not_under_another_name(client: Client) -> None:
    assert (await client.control("GET", "/", headers={"Sec-Fetch-Site": "cross-site"})).status == 200
    assert (await client.control("GET", "/", headers={"Host": "example.com"})).status == 403


async def test_the_pages_own_requests_are_served(client: Client) -> None:
    headers = {"Origin": client.simulator.url, "Sec-Fetch-Site": "same-origin"}
    assert (await client.control("POST", PAY, {"amount": 5}, headers=headers)).status == 201
