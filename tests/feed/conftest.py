"""A wallet that is watched."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from .watched import Watched
from .world import JumpingLoop, Row


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Return a wallet with one payment of an hour ago."""
    loop = JumpingLoop()
    world = Watched(loop)
    world.insert(Row(1, world.now - timedelta(hours=1)))
    yield world
    loop.close()
