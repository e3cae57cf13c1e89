"""`leastwise scp break-glass`: the role for emergencies, with its alarm and its exception."""

from __future__ import annotations

import click

from leastwise.surfaces.cli.text import answer, safe, say
from leastwise.surfaces.formats.break_glass import FORMS
from leastwise.synthesize.guardrails.break_glass import MFA_SECONDS, break_glass


@click.command("break-glass")
@click.option("--account", required=True, metavar="ID", help="The account of the role.")
@click.option(
    "--principal", "principals", multiple=True, required=True, metavar="ARN", help="Who may assume it; may be repeated."
)
@click.option("--policy-arn", required=True, metavar="ARN", help="The managed policy that it has.")
@click.option("--topic", required=True, metavar="ARN", help="The SNS topic that is told when it is assumed.")
@click.option("--name", default="break-glass", show_default=True, metavar="NAME", help="The name of the role.")
@click.option(
    "--mfa-age",
    type=int,
    default=MFA_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How old the authentication by MFA may be.",
)
@click.option(
    "-f", "--format", "form", type=click.Choice(sorted(FORMS)), default="json", show_default=True, help="Format."
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON: `-f json`.")
def break_glass_command(
    account: str,
    principals: tuple[str, ...],
    policy_arn: str,
    topic: str,
    name: str,
    mfa_age: int,
    form: str,
    as_json: bool,
) -> None:
    """Print a role for emergencies: MFA to assume it, an hour at most, and an alarm when it is.

    Give its ARN to `--break-glass` of the templates, so that every guard rail leaves it out.
    """
    made = break_glass(account, principals, policy_arn=policy_arn, topic_arn=topic, name=name, mfa_seconds=mfa_age)
    answer(FORMS["json" if as_json else form](made).rstrip("\n"))
    say("the alarm hears calls to the endpoint of AWS STS in its own Region: put a rule into each Region that is used")
    say("the topic's policy must let `events.amazonaws.com` publish, and a trail must record management events")
    say(f"next: leastwise scp template NAME --break-glass {safe(made.arn)}")
