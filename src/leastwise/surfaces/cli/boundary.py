"""`leastwise boundary`: permissions boundaries, designed, proved and tried."""

from __future__ import annotations

import click


@click.group()
def boundary() -> None:
    """Design permissions boundaries, prove that they hold, and try them on the logs."""
