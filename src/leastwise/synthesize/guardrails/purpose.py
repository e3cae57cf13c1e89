"""Whether a filled template does what it is for, proved for every request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from leastwise.model.policy import Kind, Policy, Statement
from leastwise.prove.queries import no_new_access
from leastwise.prove.verdict import Proof
from leastwise.synthesize.guardrails.exceptions import Exempt
from leastwise.synthesize.guardrails.parameters import Given
from leastwise.synthesize.guardrails.templates import Template, filled_as, refused

_EVERYTHING = Statement(None, ("*",), ("*",))


def kept(one: Template, kind: Kind, values: Given, *, exceptions: Sequence[Exempt] = ()) -> Proof:
    """Whether the template's policy of this type refuses all that it is to refuse, but to whom exceptions name."""
    policy = filled_as(one, kind, values, exceptions=exceptions)
    return refuses(policy, refused(one, kind, values, exceptions=exceptions))


def excepts_somebody(one: Template, kind: Kind, values: Given, *, exceptions: Sequence[Exempt]) -> bool:
    """Whether the exceptions leave out any request that the policy would refuse; True where that is not known.

    An exception of the organization's own principals does nothing in a policy that binds strangers alone.
    """
    plain, excepted = (filled_as(one, kind, values, exceptions=those) for those in ((), exceptions))
    return not no_new_access(beside_everything(plain), beside_everything(excepted)).holds


def refuses(policy: Policy, those: Policy) -> Proof:
    """Whether the policy, with everything else allowing, grants no request that a Deny of `those` matches."""
    return no_new_access(beside_everything(those), beside_everything(policy))


def beside_everything(policy: Policy) -> Policy:
    """The policy as one that decides alone what it leaves of everything.

    An SCP that only denies stands beside an Allow of everything, as an RCP does by itself; a boundary and an allow list
    are what they allow themselves.
    """
    if policy.kind == "rcp":
        return policy
    allows = any(one.effect == "Allow" for one in policy.statements)
    statements = policy.statements if allows else (_EVERYTHING, *policy.statements)
    return replace(policy, statements=statements)
