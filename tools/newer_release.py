"""Let the test package run on a Home Assistant newer than the one it was made for; scripts/test and the benchmarks load this first."""

# Home Assistant from 2026.11 on replaces httpx, and refuses to when the test package has imported the original.
from homeassistant.components import logger

if not hasattr(logger, "_clear_logger_overwrites"):
    # The test package imports the function from where it was before 2026.11.
    from homeassistant.components.logger import helpers

    vars(logger)["_clear_logger_overwrites"] = helpers._clear_logger_overwrites  # noqa: SLF001 - as the test package does
