"""Checks over an estate: what is worth a person's time, each finding with what shows it."""
