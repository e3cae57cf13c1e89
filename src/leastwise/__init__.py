"""Least privilege for AWS IAM, with proof: requests decided, use read from logs, smaller policies with evidence.

What a program may rely on is here; each name is loaded when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leastwise.decide.equivalence import equivalent as equivalent
    from leastwise.decide.evaluate import Decision as Decision
    from leastwise.decide.evaluate import evaluate as evaluate
    from leastwise.decide.evaluate import evaluate_many as evaluate_many
    from leastwise.decide.policies import AccessPoint as AccessPoint
    from leastwise.decide.policies import AclGrant as AclGrant
    from leastwise.decide.policies import KeyGrant as KeyGrant
    from leastwise.decide.policies import PolicySet as PolicySet
    from leastwise.language.normalise import normalise as normalise
    from leastwise.language.parse import parse_draft as parse_draft
    from leastwise.language.parse import parse_policy as parse_policy
    from leastwise.lint.run import lint_policy as lint_policy
    from leastwise.model.decision import Outcome as Outcome
    from leastwise.model.errors import LeastwiseError as LeastwiseError
    from leastwise.model.errors import PolicyError as PolicyError
    from leastwise.model.errors import RequestError as RequestError
    from leastwise.model.finding import Finding as Finding
    from leastwise.model.policy import Policy as Policy
    from leastwise.model.policy import Statement as Statement
    from leastwise.model.request import UNKNOWN as UNKNOWN
    from leastwise.model.request import Principal as Principal
    from leastwise.model.request import Request as Request
    from leastwise.model.switches import Switches as Switches
    from leastwise.prove.public import Trusted as Trusted
    from leastwise.prove.public import not_public as not_public
    from leastwise.prove.public import reachable_from as reachable_from
    from leastwise.prove.queries import access_not_granted as access_not_granted
    from leastwise.prove.queries import dead_statements as dead_statements
    from leastwise.prove.queries import no_new_access as no_new_access
    from leastwise.prove.queries import redundant_statements as redundant_statements
    from leastwise.prove.queries import still_granted as still_granted
    from leastwise.prove.queries import within as within
    from leastwise.prove.verdict import Proof as Proof
    from leastwise.prove.verdict import Verdict as Verdict

__version__ = "0.1.0"

_HOMES = {
    "AccessPoint": "decide.policies",
    "AclGrant": "decide.policies",
    "Decision": "decide.evaluate",
    "Finding": "model.finding",
    "KeyGrant": "decide.policies",
    "LeastwiseError": "model.errors",
    "Outcome": "model.decision",
    "Policy": "model.policy",
    "PolicyError": "model.errors",
    "PolicySet": "decide.policies",
    "Principal": "model.request",
    "Proof": "prove.verdict",
    "Request": "model.request",
    "RequestError": "model.errors",
    "Statement": "model.policy",
    "Switches": "model.switches",
    "Trusted": "prove.public",
    "UNKNOWN": "model.request",
    "Verdict": "prove.verdict",
    "access_not_granted": "prove.queries",
    "dead_statements": "prove.queries",
    "equivalent": "decide.equivalence",
    "evaluate": "decide.evaluate",
    "evaluate_many": "decide.evaluate",
    "lint_policy": "lint.run",
    "no_new_access": "prove.queries",
    "normalise": "language.normalise",
    "not_public": "prove.public",
    "parse_draft": "language.parse",
    "parse_policy": "language.parse",
    "reachable_from": "prove.public",
    "redundant_statements": "prove.queries",
    "still_granted": "prove.queries",
    "within": "prove.queries",
}

__all__ = ["__version__", *_HOMES]  # noqa: PLE0604  # names of `_HOMES`, all text


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `leastwise` has no attribute `{name}`")
    found: object = getattr(import_module(f"leastwise.{home}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
