"""What people see of a wallet: sensors, dashboard, logbook, diagnostics, system health and the voice assistant."""
