"""Goals in a running Home Assistant: what is paid moves them exactly once, and nothing else does."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from wallet_simulator import Simulator, Wallet

from .conftest import OTHER_NUMBER, OTHER_TOKEN, Act, AddGoal, SetUp
from .story import largest_file, poll, state


@pytest.fixture
async def goal(
    hass: HomeAssistant, entry: MockConfigEntry, add_goal: AddGoal, set_up: SetUp
) -> ConfigSubentry:
    """Return a goal of 300.30 roubles of a wallet that is set up."""
    await set_up()
    return await add_goal(entry)


def device_of(hass: HomeAssistant, entry: MockConfigEntry, identifier: str) -> str:
    device = dr.async_get(hass).async_get_device_by_identifier(("qiwi", identifier), entry.entry_id)
    assert device is not None
    return device.id


def raised(hass: HomeAssistant, goal: str = "camera") -> str:
    return state(hass, f"sensor.{goal}_raised").state


async def press(hass: HomeAssistant, button: str, goal: str = "camera") -> None:
    entity_id = f"button.{goal}_{button}"
    await hass.services.async_call("button", "press", {"entity_id": entity_id}, blocking=True)
    await hass.async_block_till_done(wait_background_tasks=True)


async def retarget(hass: HomeAssistant, value: float) -> None:
    await hass.services.async_call(
        "number", "set_value", {"entity_id": "number.camera_target", "value": value}, blocking=True
    )
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_three_times_100_10_reach_300_30(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry
) -> None:
    for _ in range(2):
        simulator.wallet.pay("100.10")
        await poll(hass, entry)
    assert state(hass, "binary_sensor.camera_reached").state == "off"
    assert state(hass, "sensor.camera_remaining").state == "100.1"
    simulator.wallet.pay("100.10")
    await poll(hass, entry)
    shown = {
        key: state(hass, f"sensor.camera_{key}").state
        for key in ("raised", "remaining", "progress", "donations")
    }
    assert shown == {"raised": "300.3", "remaining": "0.0", "progress": "100.0", "donations": "3"}
    assert state(hass, "binary_sensor.camera_reached").state == "on"


async def test_the_donations_that_stand_out_are_shown_with_their_words(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry
) -> None:
    assert state(hass, "sensor.camera_top_donation").state == "unknown"
    simulator.wallet.pay(50, comment="For the camera")
    await poll(hass, entry)
    simulator.wallet.pay(5, comment="A little")
    await poll(hass, entry)
    top, last = (state(hass, f"sensor.camera_{which}_donation") for which in ("top", "last"))
    assert (top.state, top.attributes["comment"]) == ("50.0", "For the camera")
    assert (last.state, last.attributes["comment"]) == ("5.0", "A little")
    assert top.attributes["unit_of_measurement"] == "RUB"
    assert "comment" not in state(hass, "sensor.camera_raised").attributes


async def test_a_reload_and_a_restart_keep_the_totals(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry
) -> None:
    simulator.wallet.pay("100.10")
    await poll(hass, entry)
    await retarget(hass, 500)
    for _ in range(2):
        await hass.config_entries.async_reload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    assert raised(hass) == "100.1"
    assert state(hass, "number.camera_target").state == "500.0"
    # Paid while nobody polled.
    await hass.config_entries.async_unload(entry.entry_id)
    simulator.wallet.pay("100.10")
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert raised(hass) == "200.2"


async def test_a_backup_that_is_restored_finds_what_was_paid_since_once(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry
) -> None:
    simulator.wallet.pay(1)
    await poll(hass, entry)
    file = entry.runtime_data.file.path
    backup = file.read_bytes()
    simulator.wallet.pay(2)
    await poll(hass, entry)
    await hass.config_entries.async_unload(entry.entry_id)
    file.write_bytes(backup)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await poll(hass, entry)
    assert raised(hass) == "3.0"


async def test_neither_a_test_nor_a_replay_moves_a_goal(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry, act: Act
) -> None:
    row = simulator.wallet.pay(10)
    await poll(hass, entry)
    before = entry.runtime_data.journal.ledger.books
    await act("send_test_payment", amount=50)
    await act("replay_payment", transaction_id=str(row.transaction_id), direction="in")
    await poll(hass, entry)
    assert raised(hass) == "10.0"
    assert entry.runtime_data.journal.ledger.books == before


async def test_two_goals_and_two_wallets_do_not_disturb_each_other(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry, add_goal: AddGoal
) -> None:
    other_wallet = Wallet(OTHER_NUMBER)
    other_wallet.add_token(OTHER_TOKEN)
    async with Simulator(other_wallet) as other_simulator:
        other = MockConfigEntry(
            domain="qiwi",
            unique_id=OTHER_NUMBER,
            title="Other",
            data={"api_token": OTHER_TOKEN, "api_url": other_simulator.url, "wallet": OTHER_NUMBER},
        )
        other.add_to_hass(hass)
        await hass.config_entries.async_setup(other.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
        await add_goal(entry, name="Light", min_amount="50")
        await add_goal(other, name="Charity")
        simulator.wallet.pay(10)
        simulator.wallet.pay(100)
        other_wallet.pay(7)
        await poll(hass, entry, other)
        assert [raised(hass, each) for each in ("camera", "light", "charity")] == ["110.0", "100.0", "7.0"]
        await press(hass, "new_session", "light")
        assert [raised(hass, each) for each in ("camera", "light", "charity")] == ["110.0", "0.0", "7.0"]
        await hass.config_entries.async_unload(other.entry_id)


async def test_a_payment_found_late_counts_in_the_session_in_which_it_was_paid(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry, act: Act
) -> None:
    simulator.wallet.pay(10)
    await poll(hass, entry)
    await act("start_session")
    simulator.wallet.pay(20, date=dt_util.utcnow() - timedelta(minutes=10), comment="Late")
    simulator.wallet.pay(400, date=dt_util.utcnow() - timedelta(hours=2), comment="Before the goal")
    await poll(hass, entry)
    assert raised(hass) == "0.0"
    assert state(hass, "sensor.camera_last_donation").state == "unknown"
    (session,) = (await act("get_sessions"))["sessions"]
    assert (session["raised"], session["count"], session["top"]) == (30.0, 2, 20.0)
    assert session["start"] == goal.data["created"]
    assert session["end"] == state(hass, "sensor.camera_raised").attributes["last_reset"]


async def test_the_sessions_are_told_newest_first(
    hass: HomeAssistant, entry: MockConfigEntry, goal: ConfigSubentry, act: Act
) -> None:
    assert await act("get_sessions") == {"sessions": []}
    await press(hass, "new_session")
    await act("start_session", device_id=device_of(hass, entry, goal.subentry_id))
    newest, oldest = (await act("get_sessions", device_id=device_of(hass, entry, goal.subentry_id)))[
        "sessions"
    ]
    assert oldest["end"] == newest["start"]
    assert (oldest["raised"], oldest["count"], oldest["top"]) == (0.0, 0, None)


async def test_the_goal_that_is_meant_must_be_clear(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    add_goal: AddGoal,
    set_up: SetUp,
    act: Act,
) -> None:
    await set_up()
    with pytest.raises(ServiceValidationError) as error:
        await act("start_session")
    assert error.value.translation_key == "no_goal"
    await add_goal(entry)
    await add_goal(entry, name="Light")
    with pytest.raises(ServiceValidationError) as error:
        await act("get_sessions")
    assert error.value.translation_key == "several_goals"


async def test_what_can_not_be_written_changes_nothing_and_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry
) -> None:
    simulator.wallet.pay(10)
    await poll(hass, entry)
    with largest_file(10), pytest.raises(HomeAssistantError) as error:
        await press(hass, "new_session")
    assert error.value.translation_key == "storage"
    assert raised(hass) == "10.0"


async def test_hiding_the_message_hides_the_words_so_far(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry
) -> None:
    simulator.wallet.pay(10, comment="Rude")
    await poll(hass, entry)
    await press(hass, "hide_message")
    simulator.wallet.pay(20, comment="Kind")
    await poll(hass, entry)
    coordinator = entry.runtime_data
    shown = coordinator.goals.goal(coordinator.data.ledger.state(coordinator.goals), goal.subentry_id).state
    words = [alert.comment for alert in shown.alerts if alert.seq > shown.hidden_seq]
    assert words == ["Kind"]


async def test_a_goal_is_available_while_the_wallet_is_away(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry
) -> None:
    simulator.wallet.pay(10)
    await poll(hass, entry)
    await simulator.refuse()
    await poll(hass, entry)
    assert raised(hass) == "10.0"
    await retarget(hass, 10)
    assert state(hass, "binary_sensor.camera_reached").state == "on"


async def test_without_any_clock_that_can_be_right_a_session_begins_by_this_machines(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    goal: ConfigSubentry,
    freezer: FrozenDateTimeFactory,
    act: Act,
) -> None:
    # Neither the machine nor the wallet on it knows the year.
    freezer.move_to("2020-01-01 12:00:00+00:00")
    await poll(hass, entry)
    await act("start_session")
    assert state(hass, "sensor.camera_raised").attributes["last_reset"] == "2020-01-01T12:00:00+00:00"


async def test_a_payment_writes_the_states_of_the_goals_that_count_it_alone(
    hass: HomeAssistant, entry: MockConfigEntry, simulator: Simulator, goal: ConfigSubentry, add_goal: AddGoal
) -> None:
    await add_goal(entry, name="Light", currency="USD")
    simulator.wallet.pay(10)
    await poll(hass, entry)
    entities = [
        each.entity_id
        for each in hass.states.async_all()
        if "camera_" in each.entity_id or "light_" in each.entity_id
    ]
    before = {entity: state(hass, entity).last_reported for entity in entities}
    simulator.wallet.pay(10)
    await poll(hass, entry)
    written = {entity for entity in entities if state(hass, entity).last_reported != before[entity]}
    assert "sensor.camera_raised" in written
    assert not {entity for entity in written if "light_" in entity or entity.startswith("button.")}
