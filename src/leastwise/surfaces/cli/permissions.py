"""`leastwise permissions`: the read-only access that collecting needs, to show and to set up."""

from __future__ import annotations

import json

import click

from leastwise.catalogue.load import load_catalogue
from leastwise.estate.permissions import Asked, actions_of, own_operations, own_policies, role_operations, role_policies
from leastwise.surfaces.cli.read_role import ROLE_FORMS
from leastwise.surfaces.cli.text import answer
from leastwise.surfaces.formats import NamedPolicy
from leastwise.surfaces.formats.discover import FORMATS

SCHEMA = 1
_NAME = "leastwise-read"


@click.command()
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice(["json", "cfn", "hcl"]),
    default="json",
    show_default=True,
    help="IAM's JSON, CloudFormation or Terraform.",
)
@click.option("--stack-set", is_flag=True, help="The read-only role for other accounts, in place of your own policy.")
@click.option("--organization", is_flag=True, help="Also let yourself assume that role in other accounts.")
@click.option("--role-name", default=_NAME, show_default=True, metavar="NAME", help="Name of that role.")
@click.option("--last-accessed", is_flag=True, help="Also what IAM tells of last accesses, a job for each principal.")
@click.option("--json", "as_json", is_flag=True, help="Print policies, and each call with its actions, as one answer.")
@click.option(
    "--partition",
    type=click.Choice(["aws", "aws-cn", "aws-us-gov"]),
    default="aws",
    show_default=True,
    help="AWS partition of the accounts.",
)
def permissions(
    form: str,
    stack_set: bool,
    organization: bool,
    role_name: str,
    last_accessed: bool,
    as_json: bool,
    partition: str,
) -> None:
    """Print the read-only policy that leastwise needs to collect an estate, worked out from what it calls.

    With `--stack-set`, the role in every other account: a template for a CloudFormation StackSet, or Terraform.
    """
    catalogue, asked = load_catalogue(), Asked(role_name if organization else "", last_accessed, partition)
    find, called = (role_policies, role_operations) if stack_set else (own_policies, own_operations)
    policies = find(catalogue, asked)
    if as_json:
        calls = {one: [rule.action for rule in actions_of(catalogue, one)] for one in sorted(called(asked))}
        answer(json.dumps({"schema": SCHEMA, "policies": policies, "calls": calls}, indent=2))
    elif stack_set:
        answer(ROLE_FORMS[form](role_name, policies).rstrip("\n"))
    else:
        answer(FORMATS[form]([NamedPolicy(_NAME, one) for one in policies]).rstrip("\n"))
