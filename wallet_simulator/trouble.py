"""Trouble that begins and ends with a block: `async with answers("status", status=503)(simulator): ...`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from .faults import Fault
from .server import Simulator

type Trouble = Callable[[Simulator], AbstractAsyncContextManager[None]]


def answers(kind: str, **details: Any) -> Trouble:  # noqa: ANN401 - a Fault's fields
    """Let the simulator's answers be struck by a fault; the block must have had it strike."""

    @asynccontextmanager
    async def trouble(simulator: Simulator) -> AsyncIterator[None]:
        fault = simulator.fault(Fault(kind=kind, **details))
        yield
        simulator.clear_faults()
        assert fault.struck

    return trouble


@asynccontextmanager
async def refused(simulator: Simulator) -> AsyncIterator[None]:
    """Let the wallet refuse connections."""
    await simulator.refuse()
    yield
    await simulator.listen()
