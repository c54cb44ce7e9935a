"""The overlay: what it shows, whom it lets in, and what it keeps to itself."""
