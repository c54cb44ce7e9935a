"""Goals in a running Home Assistant: what is paid moves them exactly once, and nothing else does."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest

from tests.home import Home
from tests.story import largest_file


@pytest.fixture
async def goal(home: Home) -> ConfigSubentry:
    """Return a goal of 300.30 roubles of a wallet that is set up."""
    await home.add()
    return await home.add_goal()


def device_of(home: Home, identifier: str) -> str:
    device = dr.async_get(home.hass).async_get_device_by_identifier(("qiwi", identifier), home.entry.entry_id)
    assert device is not None
    return device.id


def raised(home: Home, goal: str = "camera") -> str:
    return home.state(f"sensor.{goal}_raised").state


async def press(home: Home, button: str, goal: str = "camera") -> None:
    entity_id = f"button.{goal}_{button}"
    await home.hass.services.async_call("button", "press", {"entity_id": entity_id}, blocking=True)
    await home.rest()


async def retarget(home: Home, value: float) -> None:
    await home.hass.services.async_call(
        "number", "set_value", {"entity_id": "number.camera_target", "value": value}, blocking=True
    )
    await home.rest()


async def test_three_times_100_10_reach_300_30(home: Home, goal: ConfigSubentry) -> None:
    for _ in range(2):
        home.wallet.pay("100.10")
        await home.poll()
    assert home.state("binary_sensor.camera_reached").state == "off"
    assert home.state("sensor.camera_remaining").state == "100.1"
    home.wallet.pay("100.10")
    await home.poll()
    shown = {
        key: home.state(f"sensor.camera_{key}").state
        for key in ("raised", "remaining", "progress", "donations")
    }
    assert shown == {"raised": "300.3", "remaining": "0.0", "progress": "100.0", "donations": "3"}
    assert home.state("binary_sensor.camera_reached").state == "on"


async def test_the_donations_that_stand_out_are_shown_with_their_words(
    home: Home, goal: ConfigSubentry
) -> None:
    assert home.state("sensor.camera_top_donation").state == "unknown"
    home.wallet.pay(50, comment="For the camera")
    await home.poll()
    home.wallet.pay(5, comment="A little")
    await home.poll()
    top, last = (home.state(f"sensor.camera_{which}_donation") for which in ("top", "last"))
    assert (top.state, top.attributes["comment"]) == ("50.0", "For the camera")
    assert (last.state, last.attributes["comment"]) == ("5.0", "A little")
    assert top.attributes["unit_of_measurement"] == "RUB"
    assert "comment" not in home.state("sensor.camera_raised").attributes


async def test_a_reload_and_a_restart_keep_the_totals(home: Home, goal: ConfigSubentry) -> None:
    home.wallet.pay("100.10")
    await home.poll()
    await retarget(home, 500)
    for _ in range(2):
        await home.reload()
    assert raised(home) == "100.1"
    assert home.state("number.camera_target").state == "500.0"
    # Paid while nobody polled.
    await home.unload()
    home.wallet.pay("100.10")
    await home.add()
    assert raised(home) == "200.2"


async def test_a_backup_that_is_restored_finds_what_was_paid_since_once(
    home: Home, goal: ConfigSubentry
) -> None:
    home.wallet.pay(1)
    await home.poll()
    file = home.coordinator.file.path
    backup = file.read_bytes()
    home.wallet.pay(2)
    await home.poll()
    await home.unload()
    file.write_bytes(backup)
    await home.add()
    await home.poll()
    assert raised(home) == "3.0"


async def test_neither_a_test_nor_a_replay_moves_a_goal(home: Home, goal: ConfigSubentry) -> None:
    row = home.wallet.pay(10)
    await home.poll()
    before = home.coordinator.journal.ledger.books
    await home.act("send_test_payment", amount=50)
    await home.act("replay_payment", transaction_id=str(row.transaction_id), direction="in")
    await home.poll()
    assert raised(home) == "10.0"
    assert home.coordinator.journal.ledger.books == before


async def test_two_goals_and_two_wallets_do_not_disturb_each_other(
    home: Home, goal: ConfigSubentry, other: Home
) -> None:
    await other.add()
    await home.add_goal(name="Light", min_amount="50")
    await other.add_goal(name="Charity")
    home.wallet.pay(10)
    home.wallet.pay(100)
    other.wallet.pay(7)
    await home.poll()
    await other.poll()
    assert [raised(home, each) for each in ("camera", "light", "charity")] == ["110.0", "100.0", "7.0"]
    await press(home, "new_session", "light")
    assert [raised(home, each) for each in ("camera", "light", "charity")] == ["110.0", "0.0", "7.0"]


async def test_a_payment_found_late_counts_in_the_session_in_which_it_was_paid(
    home: Home, goal: ConfigSubentry
) -> None:
    home.wallet.pay(10)
    await home.poll()
    await home.act("start_session")
    home.wallet.pay(20, date=dt_util.utcnow() - timedelta(minutes=10), comment="Late")
    home.wallet.pay(400, date=dt_util.utcnow() - timedelta(hours=2), comment="Before the goal")
    await home.poll()
    assert raised(home) == "0.0"
    assert home.state("sensor.camera_last_donation").state == "unknown"
    (session,) = (await home.act("get_sessions"))["sessions"]
    assert (session["raised"], session["count"], session["top"]) == (30.0, 2, 20.0)
    assert session["start"] == goal.data["created"]
    assert session["end"] == home.state("sensor.camera_raised").attributes["last_reset"]


async def test_the_sessions_are_told_newest_first(home: Home, goal: ConfigSubentry) -> None:
    assert await home.act("get_sessions") == {"sessions": []}
    await press(home, "new_session")
    await home.act("start_session", device_id=device_of(home, goal.subentry_id))
    newest, oldest = (await home.act("get_sessions", device_id=device_of(home, goal.subentry_id)))["sessions"]
    assert oldest["end"] == newest["start"]
    assert (oldest["raised"], oldest["count"], oldest["top"]) == (0.0, 0, None)


async def test_the_goal_that_is_meant_must_be_clear(home: Home) -> None:
    await home.add()
    with pytest.raises(ServiceValidationError) as error:
        await home.act("start_session")
    assert error.value.translation_key == "no_goal"
    await home.add_goal()
    await home.add_goal(name="Light")
    with pytest.raises(ServiceValidationError) as error:
        await home.act("get_sessions")
    assert error.value.translation_key == "several_goals"


async def test_what_can_not_be_written_changes_nothing_and_says_so(home: Home, goal: ConfigSubentry) -> None:
    home.wallet.pay(10)
    await home.poll()
    with largest_file(10), pytest.raises(HomeAssistantError) as error:
        await press(home, "new_session")
    assert error.value.translation_key == "storage"
    assert raised(home) == "10.0"


async def test_hiding_the_message_hides_the_words_so_far(home: Home, goal: ConfigSubentry) -> None:
    home.wallet.pay(10, comment="Rude")
    await home.poll()
    await press(home, "hide_message")
    home.wallet.pay(20, comment="Kind")
    await home.poll()
    coordinator = home.coordinator
    assert coordinator.data.ledger is not None
    shown = coordinator.goals.goal(coordinator.data.ledger.state(coordinator.goals), goal.subentry_id).state
    words = [alert.comment for alert in shown.alerts if alert.seq > shown.hidden_seq]
    assert words == ["Kind"]


async def test_a_goal_is_available_while_the_wallet_is_away(home: Home, goal: ConfigSubentry) -> None:
    home.wallet.pay(10)
    await home.poll()
    await home.simulator.refuse()
    await home.poll()
    assert raised(home) == "10.0"
    await retarget(home, 10)
    assert home.state("binary_sensor.camera_reached").state == "on"


async def test_without_any_clock_that_can_be_right_a_session_begins_by_this_machines(
    home: Home, goal: ConfigSubentry, freezer: FrozenDateTimeFactory
) -> None:
    # Neither the machine nor the wallet on it knows the year.
    freezer.move_to("2020-01-01 12:00:00+00:00")
    await home.poll()
    await home.act("start_session")
    assert home.state("sensor.camera_raised").attributes["last_reset"] == "2020-01-01T12:00:00+00:00"


async def test_a_payment_writes_the_states_of_the_goals_that_count_it_alone(
    home: Home, goal: ConfigSubentry
) -> None:
    await home.add_goal(name="Light", currency="USD")
    home.wallet.pay(10)
    await home.poll()
    entities = [
        each.entity_id
        for each in home.hass.states.async_all()
        if "camera_" in each.entity_id or "light_" in each.entity_id
    ]
    before = {entity: home.state(entity).last_reported for entity in entities}
    home.wallet.pay(10)
    await home.poll()
    written = {entity for entity in entities if home.state(entity).last_reported != before[entity]}
    assert "sensor.camera_raised" in written
    assert not {entity for entity in written if "light_" in entity or entity.startswith("button.")}
