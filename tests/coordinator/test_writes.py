"""What is announced is on the disk: what could not be written down is neither published nor believed."""

from tests.home import Home
from tests.story import largest_file


async def test_a_disk_with_room_for_all_but_the_announcement_holds_it_back_until_there_is_more(
    home: Home,
) -> None:
    coordinator = await home.add()
    home.wallet.pay(1)
    await home.poll()
    home.wallet.pay(2)
    # What is known of the newest row fits; the payment in the outbox does not.
    with largest_file(coordinator.file.path.stat().st_size + 100):
        await home.poll()
        assert home.announced == [1.0]
        assert home.reason == "storage"
    await home.poll()
    await home.poll()
    assert home.announced == [1.0, 2.0]
    assert not home.heard[1]["possible_duplicate"]
