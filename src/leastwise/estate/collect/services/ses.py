"""Amazon SES."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import Answer
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("ses", reads=("sesv2.ListEmailIdentities", "sesv2.GetEmailIdentity"))
def identities(api: Api) -> Iterator[Resource]:
    """Email identities and their policies, each by its own name."""
    return api.each(api.rows("sesv2.ListEmailIdentities", "EmailIdentities"), _identity)


def _identity(api: Api, one: Answer) -> Resource:
    name = one.text("IdentityName")
    arn = api.arn("ses", f"identity/{name}")
    found = api.call("sesv2.GetEmailIdentity", subject=arn, EmailIdentity=name)
    return Resource(arn, api.account, "ses:identity", api.region, found.table("Policies") if found else {})
