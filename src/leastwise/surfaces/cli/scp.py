"""`leastwise scp` and `leastwise rcp`: guard rails of an organisation, designed, tried and placed."""

from __future__ import annotations

import click


@click.group()
def scp() -> None:
    """Design service control policies, try them on the logs, and find where to attach them."""


@click.group()
def rcp() -> None:
    """Design resource control policies, try them on the logs, and find where to attach them."""
