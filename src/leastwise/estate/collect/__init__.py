"""Reading an estate from AWS, live and read-only: one file a service."""
