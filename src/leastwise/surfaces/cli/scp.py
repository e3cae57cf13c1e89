"""`leastwise scp` and `leastwise rcp`: guard rails of an organisation, designed, tried and placed."""

from __future__ import annotations

import click

from leastwise.surfaces.cli.guard_break_glass import break_glass_command
from leastwise.surfaces.cli.guard_check import check_command
from leastwise.surfaces.cli.guard_merge import merge_command
from leastwise.surfaces.cli.guard_place import place_command
from leastwise.surfaces.cli.guard_propose import propose_command
from leastwise.surfaces.cli.guard_replay import replay_command
from leastwise.surfaces.cli.guard_scenarios import scenarios_command
from leastwise.surfaces.cli.guard_templates import template_command
from leastwise.surfaces.cli.guard_tree import tree_command


@click.group()
def scp() -> None:
    """Design service control policies, try them on the logs, and find where to attach them."""


@click.group()
def rcp() -> None:
    """Design resource control policies, try them on the logs, and find where to attach them."""


scp.add_command(replay_command("scp"))
rcp.add_command(replay_command("rcp"))
scp.add_command(place_command("scp"))
rcp.add_command(place_command("rcp"))
scp.add_command(tree_command("scp"))
rcp.add_command(tree_command("rcp"))
scp.add_command(check_command("scp"))
rcp.add_command(check_command("rcp"))
scp.add_command(merge_command("scp"))
rcp.add_command(merge_command("rcp"))
scp.add_command(propose_command)
scp.add_command(template_command("scp"))
rcp.add_command(template_command("rcp"))
scp.add_command(scenarios_command("scp"))
rcp.add_command(scenarios_command("rcp"))
scp.add_command(break_glass_command)
