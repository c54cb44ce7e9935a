"""The measures of `scripts/bench`."""

# Before anything of the test package is imported.
from tools import newer_release as newer_release
