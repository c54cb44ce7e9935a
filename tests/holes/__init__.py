"""Holes that the promise once had, each with a test over sockets that keeps it closed."""
