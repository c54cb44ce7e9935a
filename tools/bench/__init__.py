"""The measures of `scripts/bench`."""
