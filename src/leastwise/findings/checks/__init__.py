"""The checks over an estate, one a file."""
