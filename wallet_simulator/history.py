"""A lived-in wallet: a month of plausible payments, the same for the same seed and hour."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import partial
import random

from .clock import MOSCOW
from .rows import Kind, Row, Status, Type
from .wallet import Wallet

OPENING_BALANCES = {"RUB": "18450.30", "USD": "42.15", "KZT": "26000"}


class Language(StrEnum):
    """What payers write in."""

    ENGLISH = "en"
    RUSSIAN = "ru"


DONATION_COMMENTS = {
    Language.ENGLISH: (
        "For a new microphone!",
        "Thanks for the stream",
        "Greetings from Almaty",
        "For winning the final",
        "Please play that song from last time again",
        "Watercolour course, viewer1@example.com",
        "Lesson 3, pupil@example.com",
        "Food for the cat",
        "gg wp",
        "Keep it up!",
        "Happy birthday!",
        "",
    ),
    Language.RUSSIAN: (
        "На новый микрофон!",
        "Спасибо за стрим",
        "Привет из Казани",
        "За победу в финале",
        "Поставь, пожалуйста, ту песню с прошлого раза",
        "Курс по акварели, viewer1@example.com",
        "Урок 3, pupil@example.com",
        "На корм коту",
        "Так держать!",
        "С днём рождения!",
        "",
    ),
}
DONATION_AMOUNTS = (50, 100, 100, 150, 200, 250, 300, 500, 500, 777, 1000, 1500)
SHOPS = ("EXAMPLE COFFEE", "EXAMPLE MARKET", "EXAMPLE BOOKS", "EXAMPLE PHARMACY", "EXAMPLE TAXI")


@dataclass(frozen=True, slots=True)
class Bill:
    """A payment to a provider that comes back every month."""

    provider: int
    account: str
    amount: str
    commission: str = "0"


BILLS = (
    Bill(1, "9000000001", "450"),
    Bill(1973, "****************0000", "500", "15"),
    Bill(271859, "", "1289.90"),
)


def lived_in_wallet(
    number: str = "79000000000",
    *,
    seed: int = 0,
    days: int = 30,
    language: Language | str = Language.ENGLISH,
    clock: Callable[[], datetime] | None = None,
) -> Wallet:
    """Make a wallet with `days` of history behind it: three currencies, every kind of payment.

    `language` is what those who donate write in; what the service itself writes is Russian, as in life.
    """
    wallet = Wallet(number, seed=seed, balances=OPENING_BALANCES, clock=clock)
    now = wallet.clock().astimezone(MOSCOW).replace(microsecond=0)
    for date, event in _events(wallet.random, now, days, Language(language)):
        event(wallet, date)
    return wallet


def arrive(
    wallet: Wallet, date: datetime | None = None, *, language: Language | str = Language.ENGLISH
) -> Row:
    """Let a donation arrive: mostly roubles, now and then another currency or a top-up."""
    chance = wallet.random.random()
    if chance < 0.08:
        return wallet.pay(wallet.random.choice((500, 1000, 3000)), kind=Kind.TOP_UP, date=date)
    comment = wallet.random.choice(DONATION_COMMENTS[Language(language)])
    if chance < 0.16:
        return wallet.pay(wallet.random.choice(("3", "5", "7.50")), "USD", comment=comment, date=date)
    if chance < 0.24:
        return wallet.pay(wallet.random.choice((1000, 2500, 5000)), "KZT", comment=comment, date=date)
    return wallet.pay(wallet.random.choice(DONATION_AMOUNTS), comment=comment, date=date)


type Event = Callable[[Wallet, datetime], object]


def _events(
    chance: random.Random, now: datetime, days: int, language: Language
) -> list[tuple[datetime, Event]]:
    events = list(_daily_events(chance, now, days, language))
    for share, event in (
        (0.75, _pay_bill(BILLS[0])),
        (0.70, _top_up),
        (0.62, _convert),
        (0.55, _pay_bill(BILLS[1])),
        (0.48, _fail),
        (0.40, _own_top_up),
        (0.33, _refund),
        (0.25, _pay_bill(BILLS[2])),
        (0.15, _transfer_out),
    ):
        events.append((now - share * timedelta(days=days), event))
    events.append((now - min(timedelta(hours=2), timedelta(days=days) / 2), _wait))
    return sorted(
        ((date.replace(microsecond=0), event) for date, event in events), key=lambda entry: entry[0]
    )


def _daily_events(
    chance: random.Random, now: datetime, days: int, language: Language
) -> Iterator[tuple[datetime, Event]]:
    donation = partial(arrive, language=language)
    midnight = now.replace(hour=0, minute=0, second=0)
    for ago in range(days + 1):
        day = midnight - timedelta(days=ago)
        weekend = day.weekday() >= 5
        moments: list[tuple[datetime, Event]] = [
            (_daytime(chance, day), donation)
            for _ in range(chance.choice((2, 3, 4) if weekend else (0, 1, 1, 2)))
        ]
        if chance.random() < 0.45:
            moments.append((_daytime(chance, day), _shop))
        earliest = now - timedelta(days=days)
        yield from ((date, event) for date, event in moments if earliest <= date < now)


def _daytime(chance: random.Random, day: datetime) -> datetime:
    return day + timedelta(seconds=chance.randrange(9 * 3600, 24 * 3600))


def _shop(wallet: Wallet, date: datetime) -> None:
    amount = Decimal(wallet.random.randrange(9_900, 249_900)) / 100
    shop = wallet.random.choice(SHOPS)
    if amount < wallet.balances["RUB"]:
        wallet.pay(
            amount,
            kind=Kind.PURCHASE,
            account=f"{shop}, карта ********0000",
            comment=f"{shop}>MOSCOW".ljust(38) + "RU",
            date=date,
        )


def _pay_bill(bill: Bill) -> Event:
    def pay(wallet: Wallet, date: datetime) -> Row:
        return wallet.pay(
            bill.amount,
            kind=Kind.BILL,
            provider=bill.provider,
            account=bill.account,
            commission=bill.commission,
            date=date,
        )

    return pay


def _top_up(wallet: Wallet, date: datetime) -> Row:
    return wallet.pay(10_000, kind=Kind.TOP_UP, date=date)


def _own_top_up(wallet: Wallet, date: datetime) -> Row:
    return wallet.pay(5_000, kind=Kind.OWN, date=date)


def _convert(wallet: Wallet, date: datetime) -> str:
    return wallet.convert("4567.50", "RUB", 50, "USD", date=date)


def _fail(wallet: Wallet, date: datetime) -> Row:
    return wallet.pay("1.01", kind=Kind.TRANSFER_OUT, status=Status.ERROR, error_code=5, date=date)


def _refund(wallet: Wallet, date: datetime) -> Row:
    return wallet.pay("1289.90", kind=Kind.REFUND, date=date)


def _transfer_out(wallet: Wallet, date: datetime) -> Row:
    return wallet.pay(700, kind=Kind.TRANSFER_OUT, type=Type.OUT, commission="14", date=date)


def _wait(wallet: Wallet, date: datetime) -> Row:
    return wallet.pay("349", kind=Kind.PURCHASE, status=Status.WAITING, date=date)
