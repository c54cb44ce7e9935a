"""The wallet's coordinator in a running Home Assistant: when it asks, what it announces, what outlives it."""
