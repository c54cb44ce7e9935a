"""The forms: a wallet, its options, its goals, offers and mail server."""
