"""The option that says in which format a command prints policies."""

from __future__ import annotations

import click

from leastwise.surfaces.formats.discover import FORMATS

format_option = click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(sorted(FORMATS)),
    default="json",
    show_default=True,
    help="Format of the policies.",
)
"""`-f` and `--format`, one of FORMATS, as the parameter `form`."""
