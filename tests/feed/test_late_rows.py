"""What appears late: within a day of the reading that passed it, it is announced, and flagged where that is due."""

from datetime import timedelta
import json

import pytest

from custom_components.qiwi.api import QiwiError

from .watched import Counting, Watched, met
from .world import DAY, MINUTE, Fault, Row

HOUR = timedelta(hours=1)


def reconcile(watched: Watched, process: Counting) -> None:
    """Let the next poll read everything from the watermark."""
    watched.loop.jump(16 * MINUTE)
    watched.do(process.poll())


@pytest.mark.parametrize(
    ("wallet", "host"), [(30 * DAY, 0 * DAY), (0 * DAY, 30 * DAY)], ids=["wallet ahead", "host ahead"]
)
def test_it_follows_the_clock_that_is_behind(watched: Watched, wallet: timedelta, host: timedelta) -> None:
    process = met(watched)
    watched.loop.jump(3 * DAY)
    watched.wallet_skew, watched.host_skew = wallet, host
    watched.paid(2)
    reconcile(watched, process)
    reconcile(watched, process)
    watched.insert(Row(3, watched.now.replace(microsecond=0) - 20 * HOUR))
    reconcile(watched, process)
    assert watched.amounts() == [2, 3]


def test_it_stays_a_day_behind_the_beginning_of_a_reading_that_took_longer(watched: Watched) -> None:
    process = met(watched)
    watched.loop.jump(3 * DAY)
    watched.paid(*range(2, 122), apart=MINUTE)
    begun = watched.now.replace(microsecond=0)
    process.feed.miss()
    watched.do(process.feed.poll())
    # The first page is read; the rest of it more than a day later.
    watched.faults = [Fault(1, "500")]
    with pytest.raises(QiwiError):
        watched.do(process.feed.work(lambda: None))
    watched.loop.jump(30 * HOUR)
    watched.do(process.poll())
    assert watched.amounts() == [*range(2, 122)]
    watched.insert(Row(300, begun - 20 * HOUR))
    reconcile(watched, process)
    assert watched.amounts()[-1] == 300


def test_what_was_paid_before_a_backup_was_restored_is_flagged_though_it_appears_late(
    watched: Watched,
) -> None:
    met(watched)
    watched.disk = json.dumps({**json.loads(watched.disk or ""), "in_backup": True})
    watched.loop.jump(HOUR)
    watched.paid(2)
    restored = Counting(watched)
    watched.do(restored.poll())
    watched.insert(Row(3, watched.now.replace(microsecond=0) - 30 * MINUTE))
    watched.loop.jump(MINUTE)
    watched.paid(4)
    reconcile(watched, restored)
    flags = {int(item.payment.amount): item.possible_duplicate for item in watched.heard}
    assert flags == {2: True, 3: True, 4: False}
