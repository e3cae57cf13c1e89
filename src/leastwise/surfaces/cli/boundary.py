"""`leastwise boundary`: permissions boundaries, designed, proved and tried."""

from __future__ import annotations

import click

from leastwise.surfaces.cli.boundary_check import check_command
from leastwise.surfaces.cli.boundary_propose import propose_command
from leastwise.surfaces.cli.boundary_replay import replay_command
from leastwise.surfaces.cli.guard_scenarios import scenarios_command
from leastwise.surfaces.cli.guard_templates import template_command


@click.group()
def boundary() -> None:
    """Design permissions boundaries, prove that they hold, and try them on the logs."""


boundary.add_command(check_command)
boundary.add_command(replay_command)
boundary.add_command(template_command("boundary"))
boundary.add_command(scenarios_command("boundary"))
boundary.add_command(propose_command)
