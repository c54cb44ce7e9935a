"""The demo of `scripts/demo`: a simulated wallet, a real Home Assistant, and what happens between them, told in a terminal."""
