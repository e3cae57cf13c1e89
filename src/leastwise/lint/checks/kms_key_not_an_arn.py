"""KMS keys named otherwise than by their ARN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from leastwise.language.wording import shown
from leastwise.lint.condition_values import family_of, values_of
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements

_KEYS: Final = frozenset(
    {"s3:x-amz-server-side-encryption-aws-kms-key-id", "s3express:x-amz-server-side-encryption-aws-kms-key-id"}
)
_OPEN: Final = ("arn:", "*", "?")


@check_statements(
    "LW354",
    "kms-key-not-an-arn",
    severity="error",
    aws=("INVALID_KMS_KEY_VALUE",),
    source='Amazon S3 User Guide, "Requiring SSE-KMS for all objects written to a bucket"',
)
def kms_key_not_an_arn(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A KMS key's ID or alias where S3 sends the ARN of the key.

    `s3:x-amz-server-side-encryption-aws-kms-key-id` holds the ARN of the key however the request names it, so an ID or
    alias never fits: an Allow grants nothing, and a Deny of other keys denies every key. Write the key's ARN.
    """
    for condition in statement.conditions:
        if condition.lowered not in _KEYS or family_of(condition) not in ("strings", "arns"):
            continue
        for value in values_of(condition):
            if not value.text.startswith(_OPEN):
                message = f"{shown(value.text)} is not the ARN of a KMS key"
                yield Found(message, value, "write `arn:aws:kms:region:account:key/key-id`")
