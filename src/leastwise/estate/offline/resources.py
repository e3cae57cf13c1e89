"""A resource with its policy, as files tell of it: its kind by its ARN, its account by its ARN or the file's path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from leastwise.catalogue.load import load_catalogue
from leastwise.catalogue.resources import fits, specificity
from leastwise.estate.held import Resource, Resources
from leastwise.estate.offline.reading import Reading
from leastwise.model.policy import Kind

ENDPOINT: Final = "ec2:vpc-endpoint"
_ARN_PARTS: Final = 6


def keep_resource(
    reading: Reading, arn: str, body: str, *, account: str = "", origin: str = "", unknown: tuple[str, ...] = ()
) -> None:
    """Keeps the resource under the account of its ARN, or else of the file's path; one without a policy as well."""
    parts = arn.split(":", 5)
    if len(parts) != _ARN_PARTS:
        reading.fault("file", f"`{arn}` is no ARN of a resource", subject=arn)
        return
    kind = type_of(arn)
    owner = parts[4] or account or reading.account
    if not owner:
        advice = "put the file into a folder named after it"
        reading.fault("resource", f"it is not told to which account {arn} belongs: {advice}", subject=arn)
    policies: Mapping[str, str] = {"policy": body} if body.strip() else {}
    if policies:
        policy_kind: Kind = "endpoint" if kind == ENDPOINT else "resource"
        reading.look_at(body, policy_kind, arn)
    held = Resource(arn, owner, kind, parts[3], dict(policies), origin=origin, unknown=unknown)
    reading.parts.append(Resources(owner, parts[2], parts[3], (held,)))


@lru_cache(maxsize=8192)
def type_of(arn: str) -> str:
    """The kind of the resource, as the Service Authorization Reference has it: such as `sqs:queue`."""
    _, _, service, _, _, resource = arn.split(":", 5)
    known = load_catalogue().service(service)
    pairs = [
        (kind.name, template)
        for kind in (known.resource_types.values() if known else ())
        for template in kind.templates
        if fits(arn, template)
    ]
    name = max(pairs, key=lambda pair: specificity(pair[1]), default=("", ""))[0]
    return f"{service}:{name or resource.replace(':', '/').partition('/')[0]}"
