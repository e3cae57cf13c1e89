"""What commands that ask an estate share: finding the snapshot, naming its principals, and masking what is secret."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import click

from leastwise.decide.policies import PolicySet
from leastwise.estate.ask import Facts
from leastwise.estate.assemble import Estate
from leastwise.estate.snapshot import read_snapshot, snapshots_in
from leastwise.language.context import is_list_key
from leastwise.model.errors import InputError
from leastwise.model.policy import Policy
from leastwise.model.request import ContextValue, Unknown
from leastwise.surfaces.cli.policy_files import object_in
from leastwise.surfaces.cli.policy_options import Given, pair
from leastwise.surfaces.cli.settings import Workspace

F = TypeVar("F", bound=Callable[..., object])
_MASKED_KEY = "sts:externalid"
_MASK = "********"
_ARN_PARTS = 6


def estate_options(command: F) -> F:
    """The command asks a snapshot, and may show what is secret in it."""
    for option in (
        click.option("--show-sensitive", is_flag=True, help="Show external ids, which are masked otherwise."),
        click.option("--snapshot", metavar="F", help="The snapshot to ask.  [default: the newest of the workspace]"),
    ):
        command = option(command)
    return command


def fact_options(command: F) -> F:
    """The command takes the context of a request."""
    for option in (
        click.option("--switch", "switches", multiple=True, metavar="NAME=POSITION", help="Read an open point so."),
        click.option("--vpc-endpoint", metavar="ID", help="The VPC endpoint of the snapshot that the request goes by."),
        click.option("--complete", is_flag=True, help="Context keys that are not given are absent from the request."),
        click.option("--absent", multiple=True, metavar="KEY", help="This context key is absent."),
        click.option("--context-file", metavar="F", help="JSON object of context keys and values."),
        click.option(
            "--context", multiple=True, metavar="KEY=VALUE", help="A context key; again for another value of a list."
        ),
    ):
        command = option(command)
    return command


def facts_of(options: Given) -> Facts:
    """What the options say of the request."""
    return Facts(context_of(options), options.flag("complete"), options.text("vpc_endpoint"))


def context_of(options: Given) -> dict[str, ContextValue]:
    """The context that the options give; raises InputError."""
    found: dict[str, ContextValue] = {}
    path = options.text("context_file")
    if path is not None:
        found.update((key, _value(key, value)) for key, value in object_in(path, "the context").items())
    values: dict[str, list[str]] = {}
    for text in options.texts("context"):
        key, value = pair(text, "context key")
        values.setdefault(key, []).append(value)
    for key, several in values.items():
        found[key] = several if len(several) > 1 or is_list_key(key.lower()) else several[0]
    found.update(dict.fromkeys(options.texts("absent")))
    return found


def _value(key: str, value: object) -> ContextValue:
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list) and all(isinstance(one, str | bool | int | float) for one in value):
        return value
    raise InputError(f"the context key `{key}` is neither a value nor a list of values")


def snapshot_path(given: str | None, workspace: Workspace) -> Path | None:
    """The snapshot that was named, otherwise the newest of the workspace; None where there is none."""
    if given is not None:
        return Path(given)
    found = snapshots_in(workspace.snapshots)
    return found[-1] if found else None


def estate_of(given: str | None, workspace: Workspace) -> Estate:
    """The estate to ask; raises InputError where there is no snapshot, UnreadableFile where it cannot be read."""
    path = snapshot_path(given, workspace)
    if path is None:
        hint = "take one with `leastwise snapshot --from PATH`, or `leastwise snapshot --profile NAME`"
        raise InputError("there is no snapshot", help=hint)
    return Estate(read_snapshot(path))


class Names:
    """ARNs as a screen shows them: `role/deploy` where the snapshot holds one account."""

    def __init__(self, estate: Estate) -> None:
        accounts = estate.snapshot.accounts
        self.only = accounts[0] if len(accounts) == 1 else None

    def short(self, arn: str) -> str:
        """The ARN, without what is the same for all."""
        parts = arn.split(":", _ARN_PARTS - 1)
        is_own = len(parts) == _ARN_PARTS and parts[2] == "iam" and parts[4] == self.only
        return parts[5] if is_own else arn


def held_in(policies: PolicySet) -> Iterator[Policy]:
    """The policies of the set."""
    return (one for one in policies.held() if isinstance(one, Policy))


def secrets_in(policies: Iterable[Policy | Unknown | None]) -> frozenset[str]:
    """The external ids that the policies hold."""
    return frozenset(
        value
        for policy in policies
        if isinstance(policy, Policy)
        for statement in policy.statements
        for block in statement.conditions.values()
        for key, values in block.items()
        if key.lower() == _MASKED_KEY
        for value in values
    )


def secrets_of(estate: Estate) -> frozenset[str]:
    """The external ids in the trust policies of the estate."""
    roles = (one for part in estate.snapshot.iam.values() for one in part.roles)
    return secrets_in(estate.documents.trust(one).policy for one in roles if _MASKED_KEY in one.trust.lower())


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets, however they stand in it."""
    found = _secret_in(frozenset(secrets))
    return text if found is None else found.sub(_MASK, text)


@lru_cache(maxsize=8)
def _secret_in(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """What finds any of the secrets, as it is or as JSON writes it, the longest first; None where there is none."""
    held = [secret for secret in sorted(secrets, key=lambda one: (-len(one), one)) if secret.strip("*?")]
    forms = dict.fromkeys(form for one in held for form in (json.dumps(one, ensure_ascii=False)[1:-1], one))
    return re.compile("|".join(map(re.escape, forms))) if forms else None


def masked_fields(fields: object, secrets: Sequence[str] | frozenset[str]) -> object:
    """The fields of a JSON answer with the secrets masked in every text of it, and in nothing else."""
    if not secrets:
        return fields
    if isinstance(fields, str):
        return masked(fields, secrets)
    if isinstance(fields, Mapping):
        return {masked(str(name), secrets): masked_fields(value, secrets) for name, value in fields.items()}
    if isinstance(fields, list | tuple):
        return [masked_fields(one, secrets) for one in fields]
    return fields


def masked_lines(lines: Iterable[str], secrets: Sequence[str] | frozenset[str]) -> Iterator[str]:
    """The lines without the secrets."""
    return (masked(line, secrets) for line in lines) if secrets else iter(lines)
