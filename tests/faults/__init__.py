"""What goes wrong around the wallet, the host and Home Assistant: each payment is still announced once."""
