"""AWS Secrets Manager."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.estate.answers import Answer, own_policy
from leastwise.estate.collect.api import Api
from leastwise.estate.collect.registry import collector
from leastwise.estate.held import Resource


@collector("secretsmanager", reads=("secretsmanager.ListSecrets", "secretsmanager.GetResourcePolicy"))
def secrets(api: Api) -> Iterator[Resource]:
    """Secrets, never their values, and their policies."""
    return api.each(api.rows("secretsmanager.ListSecrets", "SecretList"), _secret)


def _secret(api: Api, secret: Answer) -> Resource:
    arn = secret.text("ARN")
    found = api.call("secretsmanager.GetResourcePolicy", subject=arn, SecretId=arn)
    return Resource(arn, api.account, "secretsmanager:Secret", api.region, own_policy(found, "ResourcePolicy"))
