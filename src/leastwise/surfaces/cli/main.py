"""`leastwise`: the commands, each loaded when it is called, so that help answers at once."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

from leastwise import __version__
from leastwise.model.errors import LeastwiseError, PolicyError
from leastwise.surfaces.cli.settings import WORKSPACE, Workspace, configuration, settle, unknown_setting
from leastwise.surfaces.cli.text import safe, say

_COMMANDS: Mapping[str, tuple[str, str, str]] = {
    "backtest": ("backtest", "backtest", "Test what policies from earlier days would have denied in later ones."),
    "boundary": ("boundary", "boundary", "Design permissions boundaries, prove that they hold, try them on the logs."),
    "can": ("can", "can", "Decide one request from policies in files, and say why."),
    "catalogue": (
        "catalogue",
        "catalogue",
        "Look at the service data that leastwise ships, or import newer.",
    ),
    "check-access-not-granted": (
        "checks",
        "check_access_not_granted",
        "Prove that a policy does not grant some access.",
    ),
    "check-no-new-access": (
        "checks",
        "check_no_new_access",
        "Prove that a new policy allows nothing that the old one does not.",
    ),
    "check-no-public-access": ("checks", "check_no_public_access", "Prove that a resource policy is not public."),
    "check-within": ("checks", "check_within", "Prove that a policy stays inside a limit."),
    "demo": ("demo", "demo", "Do the main job on bundled real logs."),
    "fit": ("fit", "fit", "Make a policy fit its quota without a change of meaning."),
    "lint": ("lint", "lint", "Look for faults in policy documents, wherever they stand."),
    "logs": ("logs", "logs", "Read CloudTrail logs into the usage store, and see what they cover."),
    "matrix": ("matrix", "matrix", "Show which policy types stop which risk scenarios, and where none does."),
    "measure": ("measure", "measure", "Measure how permissive policies are, and what changed between two."),
    "mirror": ("mirror", "mirror_command", "Copy a principal to a development account, to try a proposal there."),
    "nearest": ("starting", "nearest", "Find the AWS managed policies nearest to what a principal used, pruned to it."),
    "permissions": ("permissions", "permissions", "Print the read-only access that collecting needs."),
    "propose": ("propose", "propose", "Propose a least-privilege policy from what a principal used."),
    "pull-request": ("pull_request", "pull_request", "Tell what a change of policies in a repository gives away."),
    "replay": ("replay", "replay_command", "Decide every observed request again under policies to be tried."),
    "rcp": ("scp", "rcp", "Design resource control policies, try them on the logs, place them."),
    "roles": ("roles", "roles", "Split a role that many jobs share into one role for each job."),
    "sample": ("sample", "sample", "Write a made-up organization with its logs, and what is true of it."),
    "verify": ("verify", "verify", "Work out a proposal's bundle again from its own content."),
    "verify-proof": ("verify_proof", "verify_proof", "Check the certificate of a proof by other means."),
    "snapshot": ("snapshot", "snapshot", "Take a snapshot of who is granted what, from AWS or from files."),
    "scan": ("scan", "scan", "Look for what to fix first in a snapshot and its logs."),
    "scp": ("scp", "scp", "Design service control policies, try them on the logs, place them."),
    "starter": ("starting", "starter", "Print a policy for whole services with the boundary that caps it."),
    "template": ("starting", "template", "Print a policy by access level and ARN."),
    "used": ("used", "used", "Show what a principal did, or list the principals."),
    "violations": ("violations", "violations_command", "Show what guard rails denied, and whether somebody needs it."),
    "what-can": ("what_can", "what_can", "Show the effective permissions of a principal of a snapshot."),
    "who-can": ("who_can", "who_can_command", "List the principals of a snapshot that may do something."),
}


class _Lazy(click.Group):
    """A group whose commands are imported only when one of them is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = _COMMANDS.get(cmd_name)
        if found is None:
            return None
        module = importlib.import_module(f"leastwise.surfaces.cli.{found[0]}")
        command: click.Command = getattr(module, found[1])
        table = (ctx.default_map or {}).get(cmd_name, {})
        ctx.default_map = {**(ctx.default_map or {}), cmd_name: settle(command, (cmd_name,), table)}
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][2]) for name in self.list_commands(ctx)])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="leastwise")
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(WORKSPACE),
    show_default=True,
    envvar="LEASTWISE_WORKSPACE",
    show_envvar=True,
    help="Folder that holds all state.",
)
@click.pass_context
def main(ctx: click.Context, workspace: Path) -> None:
    """Least privilege for AWS IAM: smaller policies from what was really used.

    Start with `leastwise demo`, then `leastwise logs add PATH`, `leastwise used` and
    `leastwise propose PRINCIPAL`.
    """
    ctx.obj = Workspace(workspace)


def run() -> None:
    """The command line of this process; ends it with 0, 1 for findings, 2 when the work could not be done."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no matrix is multiplied here: its threads would only spin
    try:
        code = main(default_map=_known(configuration()), standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.Abort:
        say("stopped; what was read so far is kept, and the same command goes on from there")
        sys.exit(130)
    except click.ClickException as error:
        _fail(error.format_message(), _usage_help(error))
    except PolicyError as error:
        _fail_with_faults(error)
    except LeastwiseError as error:
        _fail(error.message, error.help)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)


def _known(settings: Mapping[str, object]) -> dict[str, object]:
    """The settings, each a command's table or the workspace; those of a command are settled when it is called."""
    for key, value in settings.items():
        if key != "workspace" and (key not in _COMMANDS or not isinstance(value, Mapping)):
            raise unknown_setting((key,), ("workspace", *_COMMANDS))
    return dict(settings)


def _fail_with_faults(error: PolicyError) -> None:
    from leastwise.surfaces.cli.diagnostics import fault_lines  # help must not wait for the parser

    for line in fault_lines(error.faults):
        say(line)
    sys.exit(2)


def _fail(message: str, hint: str | None) -> None:
    say(f"error: {safe(message)}")
    if hint:
        say(f"  = help: {safe(hint)}")
    sys.exit(2)


def _usage_help(error: click.ClickException) -> str | None:
    context = getattr(error, "ctx", None)
    return f"`{context.command_path} --help` lists the options" if context else None
