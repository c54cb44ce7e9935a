"""The profile and the accounts, as documented and as seen."""

from decimal import Decimal

import pytest

from wallet_simulator import Wallet

from .conftest import BALANCES, PROFILE, Client

BLOCKS = {"authInfoEnabled": "authInfo", "contractInfoEnabled": "contractInfo", "userInfoEnabled": "userInfo"}


async def test_the_profile_has_all_blocks_unless_told_otherwise(client: Client) -> None:
    body = (await client.ask(PROFILE)).json
    assert set(body) == set(BLOCKS.values())
    assert body["authInfo"]["personId"] == body["contractInfo"]["contractId"] == 79000000000


@pytest.mark.parametrize(("parameter", "block"), BLOCKS.items())
async def test_a_block_can_be_left_out(client: Client, parameter: str, block: str) -> None:
    body = (await client.ask(PROFILE, **{parameter: "false"})).json
    assert set(body) == set(BLOCKS.values()) - {block}
    assert (await client.ask(PROFILE, **{parameter: "true"})).json[block]


@pytest.mark.parametrize("word", ["0", "False", "no", ""])
async def test_a_boolean_is_true_or_false(client: Client, word: str) -> None:
    assert (await client.ask(PROFILE, authInfoEnabled=word)).status == 400


async def test_block_and_identification_stand_in_the_profile(client: Client, wallet: Wallet) -> None:
    contract = (await client.ask(PROFILE)).json["contractInfo"]
    assert contract["blocked"] is False
    assert contract["identificationInfo"][0]["identificationLevel"] == "VERIFIED"
    wallet.blocked = True
    wallet.identification = None
    contract = (await client.ask(PROFILE)).json["contractInfo"]
    assert contract["blocked"] is True
    assert contract["identificationInfo"] == []


async def test_accounts_are_wallet_accounts_and_phone_accounts(client: Client, wallet: Wallet) -> None:
    wallet.balances["KZT"] = Decimal("0.50")
    accounts = (await client.ask(BALANCES)).json["accounts"]
    assert [account["alias"] for account in accounts] == ["qw_wallet_rub", "qw_wallet_kzt", "mc_beeline_rub"]
    roubles, tenge, phone = accounts
    assert roubles == {
        "alias": "qw_wallet_rub",
        "fsAlias": "qb_wallet",
        "bankAlias": "QIWI",
        "title": "Qiwi Account",
        "type": {"id": "WALLET", "title": "QIWI Wallet"},
        "hasBalance": True,
        "balance": {"amount": 1000, "currency": 643},
        "currency": 643,
        "defaultAccount": True,
    }
    assert tenge["balance"] == {"amount": 0.5, "currency": 398}
    assert tenge["defaultAccount"] is False
    assert (phone["type"]["id"], phone["fsAlias"]) == ("MC", "qb_mc_beeline")
    assert (phone["hasBalance"], phone["balance"]) == (False, None)


async def test_a_hidden_balance_is_null_until_the_documented_retry(client: Client, wallet: Wallet) -> None:
    wallet.hide_balance("qw_wallet_rub")
    assert (await client.ask(BALANCES)).json["accounts"][0]["balance"] is None
    retry = (await client.ask(BALANCES, timeout=1000, alias="qw_wallet_rub")).json["accounts"]
    assert [account["alias"] for account in retry] == ["qw_wallet_rub"]
    assert retry[0]["balance"] == {"amount": 1000, "currency": 643}
    assert (await client.ask(BALANCES, timeout=1000)).json["accounts"][0]["balance"] is None
    assert (await client.ask(BALANCES, alias="qw_wallet_rub")).json["accounts"][0]["balance"] is None
    wallet.show_balance("qw_wallet_rub")
    assert (await client.ask(BALANCES)).json["accounts"][0]["balance"]


async def test_a_balance_can_stay_null(client: Client, wallet: Wallet) -> None:
    wallet.hide_balance("qw_wallet_rub", until_retry=False)
    reply = await client.ask(BALANCES, timeout=1000, alias="qw_wallet_rub")
    assert reply.json["accounts"][0]["balance"] is None


async def test_a_phone_account_may_claim_a_balance(client: Client, wallet: Wallet) -> None:
    wallet.mobile_accounts = {"mc_mts_rub": True}
    phone = (await client.ask(BALANCES)).json["accounts"][-1]
    assert (phone["alias"], phone["hasBalance"], phone["balance"]) == ("mc_mts_rub", True, None)


async def test_a_timeout_is_a_number(client: Client) -> None:
    assert (await client.ask(BALANCES, timeout="soon", alias="qw_wallet_rub")).status == 400


async def test_an_unknown_alias_finds_no_account(client: Client) -> None:
    assert (await client.ask(BALANCES, timeout=1000, alias="qw_wallet_eur")).json == {"accounts": []}
