"""Tests of the wallet client."""
