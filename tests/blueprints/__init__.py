"""The blueprints, imported and used as Home Assistant does it, with payments from the simulator."""
