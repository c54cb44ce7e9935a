"""The triggers of payments: what starts an automation, and with what."""
