"""Goals in a running Home Assistant."""
