"""Nothing that is logged, raised or represented tells a token, a number, an address or a comment."""

from dataclasses import fields, is_dataclass
from importlib import import_module
import logging
from pkgutil import iter_modules
import traceback
from types import ModuleType

import aiohttp
import pytest

from custom_components.qiwi import api, payments
from custom_components.qiwi.api import Priority, QiwiClient, QiwiError, WalletLimiter
from wallet_simulator import Fault, FaultKind, Simulator, Wallet

from . import bodies
from .conftest import NUMBER, TOKEN, Said, ScriptedServer

PRIVATE_FIELDS = {
    "account",
    "body",
    "comment",
    "counterparty",
    "email",
    "headers",
    "long_name",
    "payer",
    "short_name",
    "wallet",
}
PERSONAL = (TOKEN, TOKEN[:8], NUMBER, "79000000001", "example.com", "micro", "тайное")


async def everything(client: QiwiClient) -> list[BaseException]:
    """Ask for all there is and return what went wrong."""
    errors: list[BaseException] = []
    for ask in (
        client.profile,
        client.balances,
        lambda: client.payments_page(rows=5),
        lambda: client.commission(99),
        client.with_priority(Priority.ACTION).balances,
    ):
        try:
            repr(await ask())
        except QiwiError as error:
            errors.append(error)
    return errors


def everything_told(errors: list[BaseException]) -> str:
    told = []
    for error in errors:
        chain: BaseException | None = error
        while chain is not None:
            told += [str(chain), repr(chain), "".join(traceback.format_exception(chain))]
            chain = chain.__cause__ or chain.__context__
    return "\n".join(told)


def our_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage() for record in caplog.records if record.name.startswith("custom_components.qiwi")
    ]


@pytest.mark.parametrize("kind", [None, *FaultKind])
async def test_no_fault_makes_the_client_talk(
    client: QiwiClient,
    simulator: Simulator,
    wallet: Wallet,
    caplog: pytest.LogCaptureFixture,
    kind: FaultKind | None,
) -> None:
    caplog.set_level(logging.DEBUG)
    client.timeout = 0.1
    wallet.pay(500, comment="на микрофон, micro@example.com, тайное", account="+79000000001")
    if kind:
        simulator.fault(
            Fault(kind=kind, status=401, location=f"http://127.0.0.1/{TOKEN}/{NUMBER}", seconds=60)
        )
    errors = await everything(client)
    told = caplog.text + everything_told(errors) + repr(client) + str(vars(client))
    assert [personal for personal in PERSONAL if personal in told] == []


async def test_an_error_body_is_not_repeated(
    told: QiwiClient, scripted: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = f"тайное {TOKEN} {NUMBER} micro@example.com"
    for said in (
        Said(status=400, body=f'{{"errorCode":"{secret}","userMessage":"{secret}"}}'.encode()),
        Said(status=500, body=secret.encode()),
        Said(body=secret.encode()),
        Said(body=f'{{"data":[{{"txnId":"{secret}"}}],"accounts":"{secret}"}}'.encode()),
        Said(body=f'{{"data":[],"accounts":[],"nextTxnId":1,"nextTxnDate":"{secret}"}}'.encode()),
    ):
        scripted.says(said)
        text = caplog.text + everything_told(await everything(told))
        assert [personal for personal in PERSONAL if personal in text] == []


async def test_a_server_that_is_gone_is_not_named_with_the_wallet(
    client: QiwiClient, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await simulator.refuse()
    errors = await everything(client)
    assert len(errors) == 5
    assert all(error.__context__ is None and error.__cause__ is None for error in errors)
    text = caplog.text + everything_told(errors)
    assert [personal for personal in PERSONAL if personal in text] == []


async def test_each_request_is_one_line_for_whoever_debugs(
    told: QiwiClient, scripted: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="custom_components.qiwi")
    scripted.says_json(bodies.page(cursor=(1, "2026-11-20T10:00:00+03:00")))
    await told.payments_page(rows=50)
    scripted.says(Said(status=401))
    await everything(told)
    lines = [
        record.getMessage() for record in caplog.records if record.name.startswith("custom_components.qiwi")
    ]
    assert len(lines) == 6
    assert lines[0].startswith("GET /payment-history/v2/persons/*******0000/payments: 200, ")
    assert lines[0].endswith(" ms")
    assert " bytes, " in lines[0]
    assert lines[1].startswith("GET /person-profile/v1/profile/current: 401, 0 bytes, ")


async def test_nothing_is_logged_without_debug(
    client: QiwiClient, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="custom_components.qiwi")
    simulator.fault(Fault(kind="status", status=500))
    await everything(client)
    assert our_lines(caplog) == []


async def test_an_unknown_wallet_leaves_paths_as_they_are(
    session: aiohttp.ClientSession,
    simulator: Simulator,
    limiter: WalletLimiter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="custom_components.qiwi")
    await QiwiClient(session, TOKEN, api_url=simulator.url, limiter=limiter).profile()
    assert our_lines(caplog)[0].startswith("GET /person-profile/v1/profile/current: 200")


@pytest.mark.parametrize("package", [api, payments], ids=lambda package: package.__name__)
def test_no_dataclass_represents_what_is_personal(package: ModuleType) -> None:
    found = {
        f"{name}.{field.name}": field.repr
        for module in iter_modules(package.__path__, f"{package.__name__}.")
        for name, kind in vars(import_module(module.name)).items()
        if isinstance(kind, type) and is_dataclass(kind)
        for field in fields(kind)
    }
    personal = {name: shown for name, shown in found.items() if name.partition(".")[2] in PRIVATE_FIELDS}
    assert personal
    assert [name for name, shown in personal.items() if shown] == []
