"""Paid offers in a running Home Assistant, with a real mail server: the right payment gets its mail, and no other."""
