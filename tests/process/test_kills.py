"""A killed process loses nothing: the short form of `scripts/bench kills --kills 200`."""

from secrets import randbits

from .kills import Moment, kill

KILLS = 8


async def test_a_home_assistant_killed_at_any_moment_loses_nothing_and_flags_what_comes_again(
    socket_enabled: None,
) -> None:
    # A failure prints the seed.
    outcomes = await kill(KILLS, seed=randbits(32))
    assert all(outcome.is_kept for outcome in outcomes), "\n".join(map(str, outcomes))
    assert sum(outcome.kills for outcome in outcomes) == KILLS
    assert all(set(outcome.moments) == set(Moment) for outcome in outcomes)
    assert all(outcome.paid for outcome in outcomes)
