"""One row of the payment history: what it is made of and how it looks on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
import json

from .clock import wire_date

type Amount = Decimal | int | float | str

# ISO 4217, alphabetic to numeric: the currencies wallets were seen with, and some neighbours.
CURRENCIES = {
    "RUB": 643,
    "USD": 840,
    "EUR": 978,
    "KZT": 398,
    "AMD": 51,
    "AZN": 944,
    "BYN": 933,
    "CNY": 156,
    "GBP": 826,
    "GEL": 981,
    "KGS": 417,
    "TJS": 972,
    "TRY": 949,
    "UAH": 980,
    "UZS": 860,
}

WALLET_PROVIDER = 7
TRANSFER_PROVIDER = 99
CONVERSION_PROVIDER = 1099
PURCHASE_PROVIDER = 20194

# Texts of the official table of transaction errors (MIT licence).
ERRORS = {
    3: "Техническая ошибка. Повторите платеж позже.",
    5: "Данного номера не существует. Проверьте данные и попробуйте еще раз.",
    220: "Недостаточно средств. Пополните кошелек",
    300: "Техническая ошибка. Повторите платеж позже.",
    407: "Недостаточно средств на вашей карте",
    7000: "Платеж отклонен. Проверьте реквизиты карты и повторите платеж.",
}


class Status(StrEnum):
    """How far a payment is."""

    WAITING = "WAITING"
    SUCCESS = "SUCCESS"
    ERROR = "ERROR"


class Type(StrEnum):
    """The wallet's word for the direction of a row."""

    IN = "IN"
    OUT = "OUT"
    QIWI_CARD = "QIWI_CARD"


class Kind(StrEnum):
    """What a payment is, in the words of a person who makes one."""

    TRANSFER = "transfer"
    TRANSFER_OUT = "transfer_out"
    TOP_UP = "top_up"
    REFUND = "refund"
    CONVERSION = "conversion"
    PURCHASE = "purchase"
    BILL = "bill"
    OWN = "own"


STATUS_TEXTS = {
    Status.WAITING: "Operation in progress",
    Status.SUCCESS: "Success",
    Status.ERROR: "Ошибка",
}


def party(
    number: int,
    short_name: str | None,
    long_name: str | None = None,
    *,
    logo: str | None = None,
    keys: str | None = None,
    site: str | None = None,
    extras: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Build a provider or source object with every field the real ones have."""
    return {
        "id": number,
        "shortName": short_name,
        "longName": long_name,
        "logoUrl": logo,
        "description": None,
        "keys": keys,
        "siteUrl": site,
        "extras": [{"key": key, "value": value} for key, value in (extras or {}).items()],
    }


PARTIES: dict[int, dict[str, object]] = {
    WALLET_PROVIDER: party(7, "QIWI Кошелек", "QIWI Кошелек", keys="мобильный кошелек, кошелек"),
    TRANSFER_PROVIDER: party(
        99,
        "Перевод на QIWI Кошелек",
        logo="https://static.qiwi.com/img/providers/logoBig/99_l.png",
        keys="пополнить, перевести, qiwi",
        site="https://www.qiwi.com",
    ),
    CONVERSION_PROVIDER: party(
        1099,
        "QIWI Кошелек (конвертация)",
        "QIWI Кошелек (конвертация)",
        extras={"favorite_payment_disabled": "true", "regular_payment_disabled": "true"},
    ),
    1057: party(1057, "QIWI Кошелек , пополнение, ЛК провайдеры", "QIWI Кошелек"),
    26444: party(26444, "Рапида", "НКО Рапида (резиденты)"),
    26222: party(26222, "Банковская карта"),
    PURCHASE_PROVIDER: party(20194, "Покупка"),
    1: party(1, "МТС", "МТС", keys="мтс, телефон"),
    1973: party(1973, "Штрафы ГИБДД", "Штрафы ГИБДД", keys="гибдд"),
    271859: party(271859, "AliExpress", "AliExpress", site="http://www.aliexpress.com"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KindShape:
    """What rows of one kind have in common (shapes of real responses, 2018-2022)."""

    type: Type
    provider: int
    source: int
    account: str | None
    """None stands for another person's wallet number, "own" for the wallet's own."""
    comment: str | None = None
    features: frozenset[str] = frozenset()


SHAPES = {
    Kind.TRANSFER: KindShape(
        type=Type.IN,
        provider=WALLET_PROVIDER,
        source=TRANSFER_PROVIDER,
        account=None,
        features=frozenset({"chatAvailable"}),
    ),
    Kind.TRANSFER_OUT: KindShape(
        type=Type.OUT,
        provider=TRANSFER_PROVIDER,
        source=WALLET_PROVIDER,
        account=None,
        features=frozenset({"chequeReady", "chatAvailable"}),
    ),
    Kind.TOP_UP: KindShape(
        type=Type.IN, provider=26444, source=TRANSFER_PROVIDER, account="Платежная система"
    ),
    Kind.REFUND: KindShape(
        type=Type.IN,
        provider=WALLET_PROVIDER,
        source=TRANSFER_PROVIDER,
        account="QIWI Bank",
        comment="Пополнение или возврат платежа по QVC\\QVP",
        features=frozenset({"chatAvailable"}),
    ),
    Kind.CONVERSION: KindShape(
        type=Type.OUT,
        provider=CONVERSION_PROVIDER,
        source=WALLET_PROVIDER,
        account="own",
        features=frozenset({"chequeReady"}),
    ),
    Kind.PURCHASE: KindShape(
        type=Type.OUT,
        provider=PURCHASE_PROVIDER,
        source=WALLET_PROVIDER,
        account="EXAMPLE SHOP, карта ********0000",
        comment="EXAMPLE SHOP>MOSCOW                   RU",
        features=frozenset({"chequeReady"}),
    ),
    Kind.BILL: KindShape(
        type=Type.OUT,
        provider=1973,
        source=WALLET_PROVIDER,
        account="****************0000",
        features=frozenset({"chequeReady", "bankDocumentReady", "bankDocumentAvailable"}),
    ),
    Kind.OWN: KindShape(
        type=Type.IN, provider=1057, source=TRANSFER_PROVIDER, account="10000000", comment="себе"
    ),
}

FEATURES = (
    "chequeReady",
    "bankDocumentReady",
    "regularPaymentEnabled",
    "bankDocumentAvailable",
    "repeatPaymentEnabled",
    "favoritePaymentEnabled",
    "chatAvailable",
    "greetingCardAttached",
)


def currency_code(currency: str) -> int:
    """Return the number of a currency given by letters ("RUB") or digits ("643"); ValueError for others."""
    if currency.isdecimal() and len(currency) == 3:
        return int(currency)
    try:
        return CURRENCIES[currency]
    except KeyError:
        raise ValueError(f"unknown currency {currency!r}; known are {', '.join(CURRENCIES)}") from None


def exact(amount: Amount) -> Decimal:
    """Turn what a test writes (1, "1.50", 1.5) into an exact amount; ValueError for what is no amount."""
    try:
        value = Decimal(str(amount))
    except ArithmeticError:
        raise ValueError(f"not an amount: {amount!r}") from None
    if not value.is_finite():
        raise ValueError(f"not an amount: {amount!r}")
    return value


def number(amount: Decimal) -> int | float:
    """Give an amount the form it has in JSON: `70` when it is whole, else `8.74`."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def find_party(given: Mapping[str, object] | int) -> dict[str, object]:
    """Return the provider or source object for a number, or the object given."""
    if isinstance(given, int):
        return PARTIES.get(given) or party(given, f"Provider {given}")
    return dict(given)


@dataclass(slots=True, kw_only=True, eq=False)
class Row:
    """A payment as the history tells it; its wallet alone changes it.

    `transaction_id` is not unique alone: a conversion is two rows of one id and opposite types.
    """

    transaction_id: str
    type: Type
    kind: Kind
    wallet: str
    date: datetime
    status: Status
    amount: Decimal
    currency: str
    commission: Decimal
    account: str
    comment: str | None
    provider: dict[str, object]
    source: dict[str, object]
    error_code: int = 0
    rate: Decimal = Decimal(1)
    settles_at: datetime | None = None
    settles_to: Status = Status.SUCCESS
    overrides: Mapping[str, object] = field(default_factory=dict)
    raw: str = ""
    position: tuple[int, int] = (0, 0)
    _wire: bytes | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells this row from all others."""
        return self.transaction_id, self.type.value

    @property
    def total(self) -> Decimal:
        """Amount and commission together."""
        return self.amount + self.commission

    def become(self, status: Status, error_code: int) -> None:
        """Take another status; only the wallet calls this."""
        self.status = status
        self.error_code = error_code
        self.settles_at = None
        self._wire = None

    def rewrite(self, *, overrides: Mapping[str, object] | None, raw: str | None) -> None:
        """Look otherwise on the wire from now on (None: as before); only the wallet calls this."""
        self.overrides = self.overrides if overrides is None else overrides
        self.raw = self.raw if raw is None else raw
        self._wire = None

    def body(self) -> dict[str, object]:
        """Build the row as the list and the single transaction answer it, `overrides` last."""
        code = currency_code(self.currency)
        features = SHAPES[self.kind].features
        return {
            "txnId": int(self.transaction_id),
            "personId": int(self.wallet),
            "date": wire_date(self.date),
            "errorCode": self.error_code,
            "error": ERRORS.get(self.error_code, f"Error {self.error_code}") if self.error_code else None,
            "status": self.status.value,
            "type": self.type.value,
            "statusText": STATUS_TEXTS[self.status],
            "trmTxnId": str(int(self.transaction_id) - 1),
            "account": self.account,
            "sum": {"amount": number(self.amount), "currency": code},
            "commission": {"amount": number(self.commission), "currency": code},
            "total": {"amount": number(self.total), "currency": code},
            "provider": self.provider,
            "source": self.source,
            "comment": self.comment,
            "currencyRate": number(self.rate),
            "paymentExtras": [],
            "features": {name: name in features for name in FEATURES},
            "serviceExtras": {},
            "view": {"title": self.provider.get("shortName"), "account": self.account},
            **self.overrides,
        }

    def wire(self) -> bytes:
        """Return the row's JSON, made once and kept until the row changes."""
        if self._wire is None:
            text = self.raw or json.dumps(self.body(), ensure_ascii=False, separators=(",", ":"))
            self._wire = text.encode()
        return self._wire


def span(given: timedelta | float) -> timedelta:
    """Read a duration given as such or in seconds."""
    return given if isinstance(given, timedelta) else timedelta(seconds=given)
