"""AWS Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.collect.answers import own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("secretsmanager", reads=("secretsmanager.ListSecrets", "secretsmanager.GetResourcePolicy"))
def secrets(api: Api) -> Iterator[Resource]:
    """Secrets, never their values, and their policies."""
    for secret in api.rows("secretsmanager.ListSecrets", "SecretList"):
        arn = secret.text("ARN")
        found = api.call("secretsmanager.GetResourcePolicy", subject=arn, SecretId=arn)
        yield Resource(arn, api.account, "secretsmanager:Secret", api.region, own_policy(found, "ResourcePolicy"))
