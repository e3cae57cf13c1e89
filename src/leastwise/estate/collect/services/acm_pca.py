"""AWS Private CA."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("acm-pca", reads=("acm-pca.ListCertificateAuthorities", "acm-pca.GetPolicy"))
def authorities(api: Api) -> Iterator[Resource]:
    """Certificate authorities and their policies."""
    for one in api.rows("acm-pca.ListCertificateAuthorities", "CertificateAuthorities", ResourceOwner="SELF"):
        if one.text("Status") == "DELETED":
            continue
        arn = one.text("Arn")
        found = api.call("acm-pca.GetPolicy", subject=arn, absent=("ResourceNotFoundException",), ResourceArn=arn)
        yield Resource(arn, api.account, "acm-pca:certificate-authority", api.region, own_policy(found, "Policy"))
