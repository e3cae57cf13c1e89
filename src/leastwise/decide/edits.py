"""Policy sets with a statement taken out or an Allow put in, to try what a change would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from leastwise.decide.policies import Levels, Policies, PolicySet, listed
from leastwise.model.decision import Determining
from leastwise.model.policy import KINDS, Policy, Statement
from leastwise.model.request import Request, Unknown

_NOTHING = Statement("Removed", (), ())
"""A statement that matches nothing keeps the place of one that is gone."""

_WITH_PRINCIPAL = ("resource", "trust", "endpoint")


def without(policies: PolicySet, gone: Sequence[Determining]) -> PolicySet:
    """The policies without these statements."""
    where = {(found.policy_type, found.policy, found.index) for found in gone}

    def removing(policy_type: str) -> Callable[[Policy], Policy]:
        def kept(policy: Policy) -> Policy:
            statements = tuple(
                _NOTHING if (policy_type, policy.name, index) in where else statement
                for index, statement in enumerate(policy.statements)
            )
            return replace(policy, statements=statements)

        return kept

    boundary = policies.boundary
    return replace(
        policies,
        identity=_each(policies.identity, removing("identity")),
        boundary=removing("boundary")(boundary) if isinstance(boundary, Policy) else boundary,
        session=_each(policies.session, removing("session")),
        resource=_each(_each(policies.resource, removing("resource")), removing("trust")),
        endpoint=_each(policies.endpoint, removing("endpoint")),
        scps=_each_level(policies.scps, removing("scp")),
        rcps=_each_level(policies.rcps, removing("rcp")),
    )


def _each(policies: Policies, change: Callable[[Policy], Policy]) -> Policies:
    known = listed(policies)
    return known if isinstance(known, Unknown) else [change(policy) for policy in known]


def _each_level(levels: Levels, change: Callable[[Policy], Policy]) -> Levels:
    return levels if isinstance(levels, Unknown) else [_each(level, change) for level in levels]


def with_allow(request: Request, policies: PolicySet, policy_type: str, silent: Sequence[bool]) -> PolicySet | None:
    """The policies with an Allow for exactly this request where the type has none; None where none can be put in.

    `silent` says of each level of SCPs, then of RCPs, whether nothing in it allows the request.
    """
    put = _PUT.get(policy_type)
    return put(policies, _allowing(request, policy_type), silent) if put else None


def _allowing(request: Request, policy_type: str) -> Policy:
    kind = next(kind for kind in KINDS if kind == policy_type)
    principal = request.principal if isinstance(request.principal, str) else request.principal.arn
    statement = Statement(
        "Added",
        (request.action,),
        () if kind == "trust" else (request.resource,),
        principals={"Service" if _is_service(principal) else "AWS": (principal,)} if kind in _WITH_PRINCIPAL else None,
        has_resource=kind != "trust",
    )
    return Policy((statement,), kind, version=None, name="added")


def _is_service(principal: str) -> bool:
    return "." in principal and not principal.startswith("arn:")


def _more(policies: Policies, extra: Policy) -> Policies:
    known = listed(policies)
    return known if isinstance(known, Unknown) else [*known, extra]


def _in_identity(policies: PolicySet, extra: Policy, silent: Sequence[bool]) -> PolicySet:
    return replace(policies, identity=_more(policies.identity, extra))


def _in_boundary(policies: PolicySet, extra: Policy, silent: Sequence[bool]) -> PolicySet:
    held = policies.boundary.statements if isinstance(policies.boundary, Policy) else ()
    return replace(policies, boundary=replace(extra, statements=(*held, *extra.statements)))


def _in_session(policies: PolicySet, extra: Policy, silent: Sequence[bool]) -> PolicySet:
    return replace(policies, session=_more(policies.session, extra))


def _in_resource(policies: PolicySet, extra: Policy, silent: Sequence[bool]) -> PolicySet:
    return replace(policies, resource=_more(policies.resource, extra))


def _in_endpoint(policies: PolicySet, extra: Policy, silent: Sequence[bool]) -> PolicySet:
    return replace(policies, endpoint=_more(policies.endpoint, extra))


def _in_scps(policies: PolicySet, extra: Policy, silent: Sequence[bool]) -> PolicySet:
    return replace(policies, scps=_in_levels(policies.scps, extra, silent))


def _in_rcps(policies: PolicySet, extra: Policy, silent: Sequence[bool]) -> PolicySet:
    skipped = 0 if isinstance(policies.scps, Unknown) else len(policies.scps)
    return replace(policies, rcps=_in_levels(policies.rcps, extra, silent[skipped:]))


def _in_levels(levels: Levels, extra: Policy, silent: Sequence[bool]) -> Levels:
    if isinstance(levels, Unknown):
        return levels
    return [_more(level, extra) if is_silent else level for level, is_silent in zip(levels, silent, strict=False)]


_PUT: dict[str, Callable[[PolicySet, Policy, Sequence[bool]], PolicySet]] = {
    "identity": _in_identity,
    "boundary": _in_boundary,
    "session": _in_session,
    "resource": _in_resource,
    "trust": _in_resource,
    "endpoint": _in_endpoint,
    "scp": _in_scps,
    "rcp": _in_rcps,
}
