"""Smaller policies from what was really used, each statement with its evidence."""
