"""A real Home Assistant process to show and to test the integration in; `tools/` and `tests/` both use it."""
