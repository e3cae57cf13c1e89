"""Resource policies that let the public in."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.document import Document, Written
from leastwise.lint.registry import Found, check
from leastwise.model.request import Request


@check(
    "LW504",
    "public-resource-policy",
    severity="security-warning",
    kinds=("resource",),
    needs_sound=True,
    source='Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage", The meaning of public',
)
def public_resource_policy(document: Document) -> Iterator[Found]:
    """A resource policy that lets anyone in, by what it means or by the form that S3 looks at.

    By meaning: an anonymous caller, or a principal of an account and organisation that the policy does not name, may do
    something from any address. By form: an Allow to everyone without a condition on one of the keys, with fixed values,
    that S3 takes for a limit. The request shows it; where only the form does it, there is none. Where it could not be
    settled whether anyone is let in, that is told too.
    """
    from leastwise.prove.public import not_public  # other policy types do not need the prover
    from leastwise.prove.verdict import Verdict

    by_meaning = not_public(document.policy)
    if by_meaning.verdict is Verdict.FAIL and by_meaning.witness is not None:
        at = _granting(document, by_meaning.witness)
        told = f"anyone may call `{by_meaning.witness.action}`"
        yield Found(told, at, "name principals, or add a condition such as `aws:PrincipalOrgID`", by_meaning.witness)
    elif by_meaning.verdict is Verdict.UNKNOWN:
        told = f"it is not known whether anyone is let in: {'; '.join(by_meaning.undecided)}"
        yield Found(told, document.whole, "name principals, or ask `leastwise check-no-public-access`")
    elif not_public(document.policy, definition="s3").verdict is Verdict.FAIL:
        told = "S3 takes this policy for public by its form"
        yield Found(told, document.whole, "name principals, or add a condition on a key that S3 takes for a limit")


def _granting(document: Document, witness: Request) -> Written:
    """The first statement that allows everyone something, which is what the witness rests on."""
    for statement in document.statements:
        said = statement.said
        if said.effect == "Allow" and (said.is_not_principal or "*" in (said.principals or {}).get("AWS", ())):
            return statement.whole
    return document.whole
