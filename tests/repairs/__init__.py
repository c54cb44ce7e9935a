"""Repairs: what is told, how it is mended, and that it goes away."""
