"""Secrets, parameters and objects read everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.breadth import GRANTING, allows, among, is_about_resources, is_every_action, stars, told
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements, named_actions

_READS = named_actions(
    "data-read-everywhere",
    "dynamodb:getitem",
    "dynamodb:scan",
    "dynamodb:query",
    "ebs:getsnapshotblock",
    "kms:decrypt",
    "rds-data:executestatement",
    "s3:getobject",
    "secretsmanager:getsecretvalue",
    "sqs:receivemessage",
    "ssm:getparameter",
    "ssm:getparameters",
    "ssm:getparameterhistory",
    "ssm:getparametersbypath",
    "secretsmanager:batchgetsecretvalue",
)
"""Whose answer is what customers keep in the service, not what the service says of it."""


@check_statements(
    "LW415",
    "data-read-everywhere",
    severity="suggestion",
    kinds=GRANTING,
    source='IAM User Guide, "Security best practices in IAM", Apply least-privilege permissions',
)
def data_read_everywhere(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """Secrets, parameters, messages or objects that may be read on every resource.

    Whoever has it can copy all of them, also those of others in the account that are yet to be made.
    """
    if not allows(statement) or is_about_resources(statement) or not any(True for _ in stars(statement)):
        return
    for written, names in among(statement, _READS):
        if not is_every_action(written.text):
            yield Found(f"{told(names)} may read everything", written, "name the resources in `Resource`")
