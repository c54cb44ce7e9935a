"""What is known of a wallet, and what is made of it."""
