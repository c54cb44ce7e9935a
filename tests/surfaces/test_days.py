"""Days and months of the sums: when they begin, and what the recorder may keep of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.db_schema import EventData, StateAttributes
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import callback
from homeassistant.helpers.recorder import get_instance, session_scope
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from tests.home import Home
from wallet_simulator import Fault


async def pass_time(home: Home, freezer: FrozenDateTimeFactory, moment: datetime) -> None:
    """Let everything happen that is due by then."""
    freezer.move_to(moment)
    async_fire_time_changed(home.hass, moment)
    await home.rest()


@pytest.fixture
async def last_of_may(home: Home, freezer: FrozenDateTimeFactory) -> datetime:
    """Freeze the clocks half a minute before midnight in Moscow, Home Assistant's own zone, at a month's end."""
    await home.hass.config.async_set_time_zone("Europe/Moscow")
    moment = datetime(2026, 5, 31, 20, 59, 30, tzinfo=UTC)
    freezer.move_to(moment)
    home.simulator.clock = lambda: datetime.now(UTC)
    return moment


async def test_the_last_payment_of_a_day_is_shown_before_the_new_day_begins(
    home: Home, freezer: FrozenDateTimeFactory, last_of_may: datetime
) -> None:
    await home.add()
    home.wallet.pay(100)
    await home.poll()
    shown: list[tuple[str, str | None]] = []

    @callback
    def listen(event: Any) -> None:
        new = event.data["new_state"]
        if new.entity_id == "sensor.qiwi_0000_received_today":
            shown.append((new.state, new.attributes.get("last_reset")))

    home.hass.bus.async_listen("state_changed", listen)
    home.wallet.pay(50, date=last_of_may + timedelta(seconds=10))
    await pass_time(home, freezer, last_of_may + timedelta(seconds=30))
    assert shown == [("150.0", "2026-05-31T00:00:00+03:00"), ("0.0", "2026-06-01T00:00:00+03:00")]
    month = home.sensor("received_this_month")
    assert (month.state, month.attributes["last_reset"]) == ("0.0", "2026-06-01T00:00:00+03:00")
    assert home.sensor("payments_today").state == "0"


@pytest.mark.parametrize("trouble", ["down", "refused"])
async def test_a_day_begins_whatever_the_wallet_does(
    home: Home, freezer: FrozenDateTimeFactory, last_of_may: datetime, trouble: str
) -> None:
    await home.add()
    home.wallet.pay(100)
    await home.poll()
    if trouble == "down":
        await home.simulator.refuse()
    else:
        home.simulator.fault(Fault(kind="status", status=401))
        await home.poll()
    asked = home.simulator.count()
    await pass_time(home, freezer, last_of_may + timedelta(seconds=30))
    assert home.sensor("received_today").state == "0.0"
    assert home.simulator.count() == asked
    assert len(home.hass.config_entries.flow.async_progress()) == (trouble == "refused")


async def test_a_token_refused_on_the_stroke_of_midnight_does_not_hold_the_day_back(
    home: Home, freezer: FrozenDateTimeFactory, last_of_may: datetime
) -> None:
    await home.add()
    home.wallet.pay(100)
    await home.poll()
    home.simulator.fault(Fault(kind="status", status=401))
    await pass_time(home, freezer, last_of_may + timedelta(seconds=30))
    assert home.sensor("received_today").state == "0.0"


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)], ids=["23 hours", "25 hours"]
)
async def test_a_day_of_the_clock_change_is_a_whole_day(
    home: Home, freezer: FrozenDateTimeFactory, day: date, hours: int
) -> None:
    await home.hass.config.async_set_time_zone("Europe/Berlin")
    begin = dt_util.start_of_local_day(day).astimezone(UTC)
    freezer.move_to(begin - timedelta(minutes=1))
    home.simulator.clock = lambda: datetime.now(UTC)
    await home.add()
    home.wallet.pay(1)
    await pass_time(home, freezer, begin)
    for moment in (begin, begin + timedelta(hours=hours) - timedelta(seconds=1)):
        await pass_time(home, freezer, moment)
        home.wallet.pay(10)
        await home.poll()
    assert home.sensor("received_today").state == "20.0"
    await pass_time(home, freezer, begin + timedelta(hours=hours))
    assert home.sensor("received_today").state == "0.0"


async def test_statistics_over_midnight_add_up_to_what_was_received(
    home: Home, recorder_mock: Recorder, freezer: FrozenDateTimeFactory, last_of_may: datetime
) -> None:
    await home.add()
    begin = datetime(2026, 5, 31, 20, 55, tzinfo=UTC)
    for number, moment in enumerate(
        (begin + timedelta(minutes=4, seconds=40), begin + timedelta(minutes=5), begin + timedelta(minutes=6))
    ):
        home.wallet.pay(100 * 10**number, date=moment - timedelta(seconds=5))
        await pass_time(home, freezer, moment)
        await home.poll()
    await async_wait_recording_done(home.hass)
    for minutes in (0, 5):
        do_adhoc_statistics(home.hass, start=begin + timedelta(minutes=minutes))
    await async_wait_recording_done(home.hass)
    found = await get_instance(home.hass).async_add_executor_job(
        lambda: statistics_during_period(
            home.hass, begin, None, None, "5minute", None, {"sum", "state", "last_reset"}
        )
    )
    # What was paid before midnight and is found at it belongs to the old day's sum.
    assert [row["sum"] for row in found["sensor.qiwi_0000_received_today"]] == [100.0, 11100.0]
    assert [row["sum"] for row in found["sensor.qiwi_0000_received_this_month"]] == [100.0, 11100.0]


async def test_the_recorder_keeps_nothing_of_who_paid_or_what_they_wrote(
    home: Home, recorder_mock: Recorder
) -> None:
    await home.add()
    home.wallet.pay(150, comment="A secret, me@example.com", account="+79000000009")
    home.wallet.pay(151, kind="bill", account="9000000009", comment="A secret")
    await home.poll()
    await async_wait_recording_done(home.hass)
    with session_scope(hass=home.hass, read_only=True) as session:
        kept = [str(row.shared_attrs) for row in session.query(StateAttributes)]
        kept += [str(row.shared_data) for row in session.query(EventData)]
    assert any('"amount":150.0' in text for text in kept)
    for text in kept:
        assert "secret" not in text and "example.com" not in text and "0009" not in text
        assert '"payments"' not in text and '"provider"' not in text
