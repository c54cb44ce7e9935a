"""What the commands in `scripts/` run. Nothing in `tests/` imports it, and it imports nothing from `tests/`."""
