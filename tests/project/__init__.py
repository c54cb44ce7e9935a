"""The project itself: its layers, its documents, its texts, its releases."""
