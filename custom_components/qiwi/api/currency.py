"""ISO 4217: the numeric codes the wallet writes, the letters people read and the least that can be paid."""

from decimal import Decimal
from typing import Final

# The wallet's own four, the neighbours' and those its card is used in; an unknown one is shown by its digits.
ALPHABETIC: Final = {
    36: "AUD",
    51: "AMD",
    124: "CAD",
    156: "CNY",
    203: "CZK",
    208: "DKK",
    344: "HKD",
    348: "HUF",
    356: "INR",
    360: "IDR",
    376: "ILS",
    392: "JPY",
    398: "KZT",
    410: "KRW",
    417: "KGS",
    458: "MYR",
    484: "MXN",
    496: "MNT",
    498: "MDL",
    554: "NZD",
    578: "NOK",
    643: "RUB",
    702: "SGD",
    704: "VND",
    710: "ZAR",
    752: "SEK",
    756: "CHF",
    764: "THB",
    784: "AED",
    818: "EGP",
    826: "GBP",
    840: "USD",
    860: "UZS",
    933: "BYN",
    934: "TMT",
    941: "RSD",
    944: "AZN",
    946: "RON",
    949: "TRY",
    972: "TJS",
    975: "BGN",
    978: "EUR",
    980: "UAH",
    981: "GEL",
    985: "PLN",
    986: "BRL",
}

# Those whose minor unit is not a hundredth.
_DECIMALS: Final = {"JPY": 0, "KRW": 0, "VND": 0}


def minor_unit(currency: str) -> Decimal:
    """Return the least amount of a currency; a hundredth where it is not known better."""
    return Decimal(1).scaleb(-_DECIMALS.get(currency, 2))
