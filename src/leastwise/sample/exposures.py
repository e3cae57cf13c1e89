"""Resources that are open to everybody, or to an account outside the organization."""

from __future__ import annotations

from leastwise.sample.chance import digits
from leastwise.sample.draft import Draft
from leastwise.sample.grants import allow, document
from leastwise.sample.resources import account_principal, add_resource, arn_of
from leastwise.sample.values import Fault


def public_bucket(draft: Draft) -> None:
    """Anybody may read the objects."""
    app = draft.next_app("downloads")
    arn = arn_of(draft, app, "s3")
    add_resource(draft, app, "s3", document([allow(["s3:GetObject"], [f"{arn}/*"], Sid="Read", Principal="*")]))
    draft.faults.append(Fault("public-resource", draft.id, resources=(arn,)))


def public_queue(draft: Draft) -> None:
    """Anybody may send to the queue."""
    app = draft.next_app("inbox")
    arn = arn_of(draft, app, "sqs")
    statement = allow(["sqs:SendMessage"], [arn], Sid="Send", Principal={"AWS": "*"})
    add_resource(draft, app, "sqs", document([statement]))
    draft.faults.append(Fault("public-resource", draft.id, resources=(arn,)))


def shared_bucket(draft: Draft) -> None:
    """An account outside the organization may read and write."""
    app = draft.next_app("handover")
    arn, stranger = arn_of(draft, app, "s3"), digits(12, "stranger", draft.id, app)
    actions = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]
    principal = account_principal(stranger)
    add_resource(draft, app, "s3", document([allow(actions, [arn, f"{arn}/*"], Sid="Partner", Principal=principal)]))
    draft.faults.append(Fault("shared-outside", draft.id, resources=(arn,), how=stranger))


def shared_key(draft: Draft) -> None:
    """An account outside the organization may decrypt."""
    app = draft.next_app("vault")
    arn, stranger = arn_of(draft, app, "kms"), digits(12, "stranger", draft.id, app)
    owner = allow(["kms:*"], Sid="OwnerAccount", Principal=account_principal(draft.id))
    partner = allow(["kms:Decrypt", "kms:DescribeKey"], Sid="Partner", Principal=account_principal(stranger))
    add_resource(draft, app, "kms", document([owner, partner]))
    draft.faults.append(Fault("shared-outside", draft.id, resources=(arn,), how=stranger))
