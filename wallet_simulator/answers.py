"""Bodies the wallet API answers with: errors, profile, accounts, pages, totals, commission terms."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
import json

from .clock import wire_date
from .rows import Row, Status, Type, currency_code, number
from .store import Page
from .wallet import Wallet

JSON_TYPE = "application/json"


@dataclass(slots=True, kw_only=True)
class Answer:
    """What is sent back, before any fault."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)


class RefusedError(Exception):
    """A request the wallet refuses; holds the answer's status and error body."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})


# The wallet's error bodies: code and text for each status (auth.forbidden, request.blocked and
# payment.history.not.found as quoted in public issues; the others in the same form).
ERROR_BODIES = {
    400: ("validation.error", "Bad request"),
    403: ("auth.forbidden", "Access denied"),
    404: ("payment.history.not.found", "Payment history not found"),
    405: ("method.not.allowed", "Method not allowed"),
    423: ("request.blocked", "request blocked, try again later"),
    # Not documented; a client must take it for a block as well.
    429: ("request.blocked", "request blocked, try again later"),
    500: ("internal.error", "Internal error"),
}


def encode(value: object) -> bytes:
    """Write JSON as short as the wallet does."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def error_body(wallet: Wallet, service: str, code: str, message: str) -> bytes:
    """Build the long error body; only a 404 has a description (as quoted)."""
    body = {"serviceName": service, "errorCode": code}
    if code not in {"auth.forbidden", "request.blocked"}:
        body["description"] = message
    body["userMessage"] = message
    body["dateTime"] = wire_date(wallet.clock())
    body["traceId"] = f"{wallet.random.getrandbits(64):016x}"
    return encode(body)


def profile_body(wallet: Wallet, *, auth: bool, contract: bool, user: bool) -> bytes:
    """Build the profile with the blocks asked for, as later real wallets answer it."""
    number_ = int(wallet.number)
    body: dict[str, object] = {}
    if auth:
        body["authInfo"] = {
            "boundEmail": "wallet@example.com",
            "emailSettings": {"use-for-security": "true", "use-for-promo": "false"},
            "ip": "192.0.2.1",
            "lastLoginDate": None,
            "mobilePinInfo": {
                "lastMobilePinChange": None,
                "mobilePinUsed": False,
                "nextMobilePinChange": None,
            },
            "passInfo": {
                "lastPassChange": "2022-01-01T00:00:00+03:00",
                "nextPassChange": "2022-07-01T00:00:00+03:00",
                "passwordUsed": True,
            },
            "personId": number_,
            "pinInfo": {"pinUsed": False},
            "registrationDate": "2017-01-07T16:51:06.100Z",
        }
    if contract:
        body["contractInfo"] = {
            "blocked": wallet.blocked,
            "contractId": number_,
            "creationDate": "2017-01-07T16:51:06.100Z",
            "features": [],
            "identificationInfo": _identification(wallet),
            "nickname": {"nickname": None, "canChange": True, "canUse": True, "description": ""},
            "priorityPackage": {
                "price": {"amount": 0, "currency": 643},
                "enabled": False,
                "autoRenewalActive": False,
                "endDate": None,
            },
            "smsNotification": {
                "price": {"amount": 59, "currency": 643},
                "enabled": False,
                "active": False,
                "endDate": None,
            },
        }
    if user:
        body["userInfo"] = {
            "defaultPayAccountAlias": "qw_wallet_rub",
            "defaultPayCurrency": 643,
            "defaultPaySource": 7,
            "email": None,
            "firstTxnId": None,
            "language": "ru",
            "operator": "Beeline",
            "phoneHash": "synthetic",
            "promoEnabled": None,
        }
    return encode(body)


def _identification(wallet: Wallet) -> list[dict[str, object]]:
    if wallet.identification is None:
        return []
    return [{"bankAlias": "QIWI", "identificationLevel": wallet.identification, "passportExpired": False}]


def accounts_body(wallet: Wallet, alias: str | None, *, retry: bool) -> bytes:
    """Build the accounts; `retry` is the documented second request, which shows most hidden balances."""
    accounts = [*_wallet_accounts(wallet, retry=retry), *_mobile_accounts(wallet)]
    return encode({"accounts": [entry for entry in accounts if alias in {None, entry["alias"]}]})


def _wallet_accounts(wallet: Wallet, *, retry: bool) -> Iterable[dict[str, object]]:
    for index, (currency, amount) in enumerate(wallet.balances.items()):
        alias = f"qw_wallet_{currency.lower()}"
        code = currency_code(currency)
        hidden = alias in wallet.hidden_balances and not (retry and wallet.hidden_balances[alias])
        yield {
            "alias": alias,
            "fsAlias": "qb_wallet",
            "bankAlias": "QIWI",
            "title": "Qiwi Account",
            "type": {"id": "WALLET", "title": "QIWI Wallet"},
            "hasBalance": True,
            "balance": None if hidden else {"amount": number(amount), "currency": code},
            "currency": code,
            "defaultAccount": index == 0,
        }


def _mobile_accounts(wallet: Wallet) -> Iterable[dict[str, object]]:
    for alias, has_balance in wallet.mobile_accounts.items():
        yield {
            "alias": alias,
            "fsAlias": f"qb_{alias.rsplit('_', 1)[0]}",
            "bankAlias": "QIWI",
            "title": "MC",
            "type": {"id": "MC", "title": "Mobile Wallet"},
            "hasBalance": has_balance,
            "balance": None,
            "currency": 643,
            "defaultAccount": False,
        }


def page_body(rows: Iterable[bytes], next_row: Row | None) -> bytes:
    """Build a page of the payments list from the rows' JSON."""
    data = b",".join(rows)
    if next_row is None:
        return b'{"data":[%b],"nextTxnId":null,"nextTxnDate":null}' % data
    date = wire_date(next_row.date).encode()
    return b'{"data":[%b],"nextTxnId":%b,"nextTxnDate":"%b"}' % (data, next_row.transaction_id.encode(), date)


def total_body(page: Page) -> bytes:
    """Add up the successful rows by direction and currency."""
    totals: dict[bool, dict[str, Decimal]] = {True: {}, False: {}}
    for row in page.rows:
        if row.status is Status.SUCCESS:
            side = totals[row.type is Type.IN]
            side[row.currency] = side.get(row.currency, Decimal(0)) + row.amount
    return encode({"incomingTotal": _amounts(totals[True]), "outgoingTotal": _amounts(totals[False])})


def _amounts(totals: Mapping[str, Decimal]) -> list[dict[str, object]]:
    return [
        {"amount": number(amount), "currency": currency_code(currency)} for currency, amount in totals.items()
    ]


# Commission terms by provider; any other number gets the documented example's terms.
COMMISSION_RANGES: dict[int, list[dict[str, object]]] = {
    99: [{"bound": 0, "rate": 0}],
    1: [{"bound": 0, "rate": 0}],
    1973: [{"bound": 0, "rate": 0.02, "min": 30}],
    26476: [{"bound": 0, "fixed": 0, "rate": 0.03, "min": 10, "max": 1000}, {"bound": 5000, "rate": 0.025}],
}
EXAMPLE_RANGES: list[dict[str, object]] = [{"bound": 0, "fixed": 50.0, "rate": 0.02}]


def commission_body(provider: int) -> bytes:
    """Build a provider's form, as far as tariffs need it."""
    commission = {
        "ranges": COMMISSION_RANGES.get(provider, EXAMPLE_RANGES),
        "limits": [{"currency": "643", "min": 10, "max": 15000}],
    }
    return encode({"content": {"terms": {"commission": commission}}})
