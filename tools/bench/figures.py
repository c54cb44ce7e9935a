"""What the measures say: a line each, with what was promised and whether it was reached."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `is_ok` is None for a time, which a busy machine may spoil."""

    what: str
    measured: str
    reach: str
    is_ok: bool | None


def at_most(what: str, measured: float, reach: float, unit: str = "", *, is_time: bool = False) -> Figure:
    """Return a figure that must not be larger than its reach."""
    is_ok = measured <= reach
    return Figure(
        what, f"{measured:,.3g}{unit}", f"≤ {reach:,g}{unit}", None if is_time and not is_ok else is_ok
    )


def about(what: str, measured: float, reach: float, share: float) -> Figure:
    """Return a figure that must be within a share of its reach."""
    is_ok = abs(measured - reach) <= share * reach
    return Figure(what, f"{measured:,.3g} ×", f"{reach:,g} × ± {share:.0%}", is_ok)


def exactly(what: str, measured: float, reach: float) -> Figure:
    """Return a figure that must be what it should be."""
    return Figure(what, f"{measured:,g}", f"{reach:,g}", measured == reach)


def holds(what: str, is_so: bool) -> Figure:
    """Return a figure that is true or is not."""
    return Figure(what, "yes" if is_so else "no", "yes", is_so)
