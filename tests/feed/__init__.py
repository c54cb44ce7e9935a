"""The feed and the journal, driven without Home Assistant."""
