"""Bodies of the shapes the documentation shows and real wallets sent, with values of our own."""

import json
from typing import Any

from custom_components.qiwi.api.document import Json, decode


def over_the_wire(document: Any) -> Json:
    """Return a body as the client reads it."""
    return decode(json.dumps(document, ensure_ascii=False).encode())


def money(amount: Any, currency: Any = 643) -> dict[str, Any]:
    """Return a sum as the wallet writes it."""
    return {"amount": amount, "currency": currency}


def party(number: int | None, short: str | None = None, long: str | None = None) -> dict[str, Any]:
    """Return a provider or a source with all its fields."""
    return {
        "id": number,
        "shortName": short,
        "longName": long,
        "logoUrl": None,
        "description": None,
        "keys": "кошелёк, перевод",
        "siteUrl": None,
        "extras": [{"key": "seo_title", "value": "made up"}],
    }


def row(**changes: Any) -> dict[str, Any]:
    """Return an incoming transfer as the list of 2022 shows it."""
    return {
        "txnId": 26110000031,
        "personId": 79000000000,
        "date": "2026-11-20T10:15:30+03:00",
        "errorCode": 0,
        "error": None,
        "status": "SUCCESS",
        "type": "IN",
        "statusText": "Success",
        "trmTxnId": "26110000030",
        "account": "+79000000001",
        "sum": money(250),
        "commission": money(0),
        "total": money(250),
        "provider": party(7, "QIWI Кошелёк", "QIWI Кошелёк"),
        "source": party(99, "Перевод на кошелёк"),
        "comment": "на новый микрофон",
        "currencyRate": 1,
        "paymentExtras": [],
        "features": {"chequeReady": False, "chatAvailable": True},
        "serviceExtras": {},
        "view": {"title": "QIWI Кошелёк", "account": "+79000000001"},
        **changes,
    }


def page(*rows: Any, cursor: tuple[Any, Any] = (None, None)) -> dict[str, Any]:
    """Return a page of the payments list."""
    return {"data": list(rows), "nextTxnId": cursor[0], "nextTxnDate": cursor[1]}


def documented_row() -> dict[str, Any]:
    """Return a row as the documentation's list shows it: parties without fields, an id of four digits."""
    return {
        "txnId": 8123,
        "personId": 79000000000,
        "date": "2026-01-15T09:00:01+03:00",
        "errorCode": 0,
        "error": None,
        "status": "SUCCESS",
        "type": "OUT",
        "statusText": "Успешно",
        "trmTxnId": "1700000000001",
        "account": "0007***",
        "sum": money(120),
        "commission": money(0),
        "total": money(120),
        "provider": {},
        "source": {},
        "comment": "",
        "currencyRate": 1,
    }


def waiting_row() -> dict[str, Any]:
    """Return an outgoing payment under way, as a webhook of the documentation shows one: no commission yet."""
    return row(
        txnId="26110000055",
        status="WAITING",
        type="OUT",
        statusText="Запрос обрабатывается",
        errorCode="0",
        account="15000000000000000042",
        sum=money(1),
        commission=None,
        total=money(1),
        provider=party(1, "Связь", ""),
        source=party(7, "QIWI Кошелёк"),
        comment=None,
    )


def failed_row() -> dict[str, Any]:
    """Return a card purchase the bank refused."""
    return row(
        txnId=26110000077,
        status="ERROR",
        type="OUT",
        errorCode=407,
        error="Недостаточно средств на карте",
        account="MADE UP SHOP, карта ********0001",
        sum=money(1479),
        commission=money(29.58),
        total=money(1508.58),
        provider=party(20194, "Покупка"),
        comment="MADE UP SHOP>TOMSK                  RU",
    )


def conversion_rows() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both halves of a conversion: one id, two types, two currencies."""
    taken = row(
        txnId=26110000099,
        sum=money(5.51, 840),
        commission=money(0, 840),
        total=money(5.51, 840),
        account="79000000000",
        provider=party(7),
        source=party(1099, "Конвертация"),
        comment="Конвертация",
        currencyRate=81.4321,
    )
    given = row(
        txnId=26110000099,
        type="OUT",
        sum=money(448.69),
        commission=money(0),
        total=money(448.69),
        account="79000000000",
        provider=party(1099, "Конвертация"),
        source=party(7),
        comment="Конвертация",
        currencyRate=81.4321,
    )
    return taken, given


def contract(**changes: Any) -> dict[str, Any]:
    """Return the block of the profile that the client asks for."""
    return {
        "blocked": False,
        "contractId": 79000000000,
        "creationDate": "2019-03-01T12:00:00.100Z",
        "features": [],
        "identificationInfo": [
            {"bankAlias": "OTHER", "identificationLevel": "ANONYMOUS", "passportExpired": None},
            {"bankAlias": "QIWI", "identificationLevel": "FULL", "passportExpired": False},
        ],
        "nickname": {"nickname": None, "canChange": True, "canUse": True, "description": ""},
        "smsNotification": {"price": money(59), "enabled": False, "active": False, "endDate": None},
        **changes,
    }


def full_profile() -> dict[str, Any]:
    """Return a profile with all blocks."""
    return {
        "authInfo": {
            "boundEmail": "someone@example.com",
            "emailSettings": {"use-for-security": "true", "use-for-promo": "false"},
            "ip": "192.0.2.7",
            "lastLoginDate": None,
            "mobilePinInfo": {
                "lastMobilePinChange": None,
                "mobilePinUsed": False,
                "nextMobilePinChange": None,
            },
            "passInfo": {"lastPassChange": None, "nextPassChange": None, "passwordUsed": False},
            "personId": 79000000000,
            "pinInfo": {"pinUsed": False},
            "registrationDate": "2019-03-01T12:00:00.100Z",
        },
        "contractInfo": contract(),
        "userInfo": {
            "defaultPayCurrency": 643,
            "defaultPaySource": 7,
            "email": None,
            "firstTxnId": None,
            "language": "ru",
            "operator": "Made up",
            "phoneHash": "made-up",
            "promoEnabled": None,
        },
    }


def account(alias: str, balance: Any, **changes: Any) -> dict[str, Any]:
    """Return one of the wallet's own accounts."""
    return {
        "alias": alias,
        "fsAlias": "qb_wallet",
        "bankAlias": "QIWI",
        "title": "Qiwi Account",
        "type": {"id": "WALLET", "title": "QIWI Wallet"},
        "hasBalance": True,
        "balance": balance,
        "currency": 643,
        "defaultAccount": False,
        **changes,
    }


def phone_account(*, has_balance: bool = False) -> dict[str, Any]:
    """Return a phone's account: an old sample claims that it has a balance and shows none."""
    return account(
        "mc_made_up_rub",
        None,
        fsAlias="qb_mc_made_up",
        type={"id": "MC", "title": "Счёт мобильного"},
        hasBalance=has_balance,
    )


def accounts(*entries: Any) -> dict[str, Any]:
    """Return the answer of the balances method."""
    return {"accounts": list(entries)}


def form(*ranges: Any, limits: Any = None) -> dict[str, Any]:
    """Return a provider's form as of 2019, as far as its tariff."""
    commission: dict[str, Any] = {"ranges": list(ranges)}
    if limits is not None:
        commission["limits"] = limits
    return {"content": {"terms": {"commission": commission}, "elements": []}}


def error(code: str, **changes: Any) -> dict[str, Any]:
    """Return an error body as quoted in public issues."""
    return {
        "serviceName": "payment-history",
        "errorCode": code,
        "userMessage": "made up",
        "dateTime": "2026-11-20T10:15:30.514+03:00",
        "traceId": "0a1b2c3d4e5f6071",
        **changes,
    }
