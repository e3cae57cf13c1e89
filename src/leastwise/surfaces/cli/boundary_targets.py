"""What the commands of boundaries share: whom a boundary is for, and which policies guard it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from leastwise.estate.assemble import Estate
from leastwise.model.errors import InputError
from leastwise.surfaces.cli.policy_options import Given, pair
from leastwise.synthesize.guardrails.targets import Targets, principals_meant

F = TypeVar("F", bound=Callable[..., object])


def target_options(command: F) -> F:
    """The command takes whom a boundary is for."""
    for option in (
        click.option("--all", "is_all", is_flag=True, help="Every user and role, but for service-linked roles."),
        click.option("--ou", "node", metavar="NODE", help="Those of the accounts under this root, OU or account."),
        click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Those with this tag; all of them."),
        click.option("--group", "groups", multiple=True, metavar="GROUP", help="The users in this IAM group."),
    ):
        command = option(command)
    return command


def targets_of(options: Given, principals: tuple[str, ...]) -> Targets:
    """Whom the options mean; raises InputError."""
    tags = tuple(pair(text, "tag") for text in options.texts("tags"))
    node = options.text("node") or ""
    return Targets(principals, options.texts("groups"), tags, node, options.flag("is_all"))


def meant(estate: Estate, options: Given, principals: tuple[str, ...]) -> tuple[str, ...]:
    """The ARNs of those whom the options mean; raises InputError where there is none."""
    return principals_meant(estate, targets_of(options, principals))


def is_told(options: Given, principals: tuple[str, ...]) -> bool:
    """Whether it is said whom a boundary is for."""
    return bool(principals) or any(options.has(name) for name in ("groups", "tags", "node", "is_all"))


def policy_arns(texts: tuple[str, ...], option: str) -> tuple[str, ...]:
    """The ARNs of policies of IAM or of AWS Organizations; raises InputError."""
    for text in texts:
        parts = text.split(":", 5)
        if len(parts) < len(_ARN) or parts[2] not in ("iam", "organizations") or not parts[5].startswith("policy/"):
            raise InputError(f"`{text}` is no policy's ARN", help=f"give `{option} arn:aws:iam::ACCOUNT:policy/NAME`")
    return texts


_ARN = ("arn", "partition", "service", "region", "account", "resource")
