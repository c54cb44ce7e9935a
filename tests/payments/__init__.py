"""What a payment is."""
