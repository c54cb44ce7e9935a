"""Payments whose row changes after it was told: each outcome is announced once, and money that is gone again is told by a repair."""

import pytest

from custom_components.qiwi.ledger_file import LedgerFile

from .conftest import Home

TODAY = "sensor.qiwi_0000_received_today"


async def go_on(home: Home, *, buried: bool, reloads: bool) -> list[float]:
    """Let time pass in which a row leaves the newest page, or the wallet is reloaded; return what was paid meanwhile."""
    paid = [float(amount) for amount in range(1, 61 if buried else 2)]
    for amount in paid:
        home.wallet.pay(amount)
    await home.poll()
    if reloads:
        await home.reload()
    return paid


def events(home: Home) -> list[tuple[str, float]]:
    """Return what was announced of the payment of 1,000 that the tests are about."""
    return [(record["event_type"], record["amount"]) for record in home.heard if record["amount"] == 1000]


def flagged(home: Home) -> list[float]:
    """Return what was announced as a possible duplicate."""
    return [record["amount"] for record in home.heard if record["possible_duplicate"]]


@pytest.mark.parametrize("reloads", [False, True])
async def test_a_payment_that_is_dated_anew_behind_the_watermark_is_not_announced_again(
    home: Home, *, reloads: bool
) -> None:
    await home.add()
    row = home.wallet.pay(1000)
    await home.poll()
    for amount in (1, 2, 3):
        home.wallet.pay(amount)
        await home.poll()
        await home.after(hours=30)
        await home.reconcile()
    if reloads:
        await home.reload()
    for _ in range(2):
        home.wallet.change(row.transaction_id, date=home.now)
        await home.poll()
        await home.reconcile()
    assert (home.announced, flagged(home), home.reason) == ([1000, 1, 2, 3], [], None)


@pytest.mark.parametrize("reloads", [False, True])
@pytest.mark.parametrize("buried", [False, True], ids=["newest", "buried"])
@pytest.mark.parametrize(("kind", "event"), [("transfer", "payment_received"), ("bill", "payment_sent")])
async def test_a_failed_payment_that_succeeds_after_all_is_announced_as_what_it_became(
    home: Home, kind: str, event: str, *, buried: bool, reloads: bool
) -> None:
    await home.add()
    row = home.wallet.pay(1000, kind=kind, status="ERROR")
    await home.poll()
    assert events(home) == [("payment_failed", 1000)]
    paid = await go_on(home, buried=buried, reloads=reloads)
    home.wallet.change(row.transaction_id, status="SUCCESS")
    await home.reconcile()
    assert events(home) == [("payment_failed", 1000), (event, 1000)]
    assert home.announced == [1000, *paid, 1000]
    assert float(home.state(TODAY).state) == sum(paid) + (1000 if kind == "transfer" else 0)
    # Whatever becomes of it then: it was announced as both.
    for status in ("ERROR", "SUCCESS", "WAITING", "SUCCESS"):
        home.wallet.change(row.transaction_id, status=status)
        await home.reconcile()
    assert len(events(home)) == 2
    assert (flagged(home), home.reason) == ([], None)


async def test_a_payment_that_failed_before_the_first_contact_is_announced_when_it_succeeds(
    home: Home,
) -> None:
    row = home.wallet.pay(1000, status="ERROR")
    await home.after(minutes=5)
    await home.add()
    assert home.heard == []
    home.wallet.change(row.transaction_id, status="SUCCESS")
    await home.poll()
    await home.reconcile()
    assert events(home) == [("payment_received", 1000)]


@pytest.mark.parametrize("reloads", [False, True])
@pytest.mark.parametrize("buried", [False, True], ids=["newest", "buried"])
async def test_a_payment_that_fails_after_it_succeeded_is_told_by_one_repair_and_one_line(
    home: Home, caplog: pytest.LogCaptureFixture, *, buried: bool, reloads: bool
) -> None:
    await home.add()
    row = home.wallet.pay(1000)
    await home.poll()
    paid = await go_on(home, buried=buried, reloads=reloads)
    home.wallet.change(row.transaction_id, status="ERROR")
    for _ in range(3):
        await home.reconcile()
    await home.reload()
    assert home.repairs == ["payment_reversed"]
    assert caplog.text.count(f"Payment {row.transaction_id} was a success and has failed since") == 1
    assert home.announced == [1000, *paid]


async def test_the_repair_of_a_damaged_ledger_goes_with_its_wallet(home: Home) -> None:
    await home.add()
    await home.unload()
    path = LedgerFile(home.hass, home.entry.entry_id).path
    path.write_bytes(path.read_bytes()[:-1])
    await home.add()
    assert (home.repairs, home.reason) == (["ledger_unreadable"], None)
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    await home.rest()
    assert home.repairs == []
