"""The resources whose own policies name a principal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leastwise.estate.assemble import Estate
from leastwise.model.policy import Statement
from leastwise.model.request import Principal


@dataclass(frozen=True, slots=True)
class Named:
    """A statement of a resource's policy that allows the principal something, by its name or as one of all."""

    resource: str
    statement: Statement


def named_by_resources(estate: Estate, principal: Principal) -> Iterator[Named]:
    """Every Allow of a resource policy that names the principal, its account or everybody, by the resource's ARN.

    An account that is named leaves it to its own policies; conditions are not looked at.
    """
    holder = estate.holder(principal)
    names = {principal.arn, principal.entity, holder.id if holder else None, principal.account, "*"}
    names.add(f"arn:{principal.partition}:iam::{principal.account}:root")
    for name, one in estate.with_policies():
        for where in one.policies if one.type != "ec2:vpc-endpoint" else ():
            for statement in estate.documents.of_resource(one, where).policy.statements:
                named = (statement.principals or {}).get("AWS", ())
                if statement.effect == "Allow" and not names.isdisjoint(named):
                    yield Named(name, statement)
