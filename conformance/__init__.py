"""Case tables that any engine can run, and the runner that asks leastwise."""
