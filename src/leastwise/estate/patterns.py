"""Who may do something, or everything, that a pattern of actions and resources takes in: asked of the prover."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, Literal

from leastwise.catalogue.actions import is_pattern
from leastwise.catalogue.services import Action
from leastwise.decide.evaluate import evaluate
from leastwise.decide.facts import owner_of
from leastwise.decide.policies import Policies, PolicySet, listed
from leastwise.estate.ask import NOTHING_KNOWN, Facts, Question
from leastwise.estate.assemble import Estate
from leastwise.estate.binding import Binding, binding_of
from leastwise.language.values.globs import glob_of
from leastwise.language.values.texts import Texts
from leastwise.lint.examples import example_of
from leastwise.model.decision import ALLOW, EXPLICIT_DENY, IMPLICIT_DENY
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import ContextValue, Principal, Request, Unknown
from leastwise.model.switches import DEFAULT, Switches
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.prove.actions import action_index
from leastwise.prove.compare import Options, Side
from leastwise.prove.personas import Persona
from leastwise.prove.queries import asked
from leastwise.prove.verdict import Proof, Verdict
from leastwise.prove.world import templates_of

Amount = Literal["any", "all"]
AMOUNTS: Final[tuple[Amount, ...]] = ("any", "all")
_MOST_SHOWN: Final = 16
_MOST_TRIED: Final = 4
_OPEN: Final = re.compile(r"[*?$]")
_SERVICE_ENDS: Final = 3
"""The colon in an ARN after which its service is known."""
_ANY: Final = frozenset({"*"})
_OF_PRINCIPALS: Final = ("aws:principal", "aws:user")


@dataclass(frozen=True)
class Reach:
    """Whether a principal is allowed any, or all, of what a pattern takes in; None where that was not settled.

    `witness` is a request that shows it: for any, one that is allowed; for all, one that is not.
    """

    principal: str
    holds: bool | None
    witness: Request | None
    doubts: tuple[str, ...]


def who_can_pattern(
    estate: Estate,
    action: str,
    resource: str,
    amount: Amount,
    *,
    facts: Facts = NOTHING_KNOWN,
    switches: Switches = DEFAULT,
) -> Iterator[Reach]:
    """Every principal that is allowed any, or all, of the requests that the patterns take in, or may be.

    `any` counts a request that is allowed under some context, `all` asks for every request under every context: of
    resources of which nothing tells the account, those in the principal's own.
    """
    shown: dict[tuple[str, str], Request] = {}
    cutter, inside = _Cutter(action, resource), _inside(estate, resource)
    for who in Question(estate, action, resource).askers():
        if who.kind in ("anonymous", "service", "federated"):
            continue  # of whom nothing but one request at a time can be asked
        binding = binding_of(
            estate, who, action, resource, context=facts.context, endpoint=facts.endpoint, is_brief=True
        )
        if cutter.grants_nothing(binding):
            continue
        tried = [*islice(shown.values(), _MOST_SHOWN), *(cutter.examples(binding) if amount == "any" else ())]
        found = _as_shown(binding, who, amount, tried, switches) or _reach(binding, who, amount, switches, cutter)
        if found.witness is not None:
            shown.setdefault((found.witness.action, found.witness.resource), found.witness)
        if found.holds is not False:
            yield found if not inside else _without_policies(found, inside, amount)


def _inside(estate: Estate, resource: str) -> str:
    """In words: the policies of resources that the pattern takes in whole, which are not counted; empty for none."""
    if estate.resource(resource) is not None or not is_pattern(resource):
        return ""
    fitting = glob_of(resource).matches
    count = sum(bool(one.policies) and fitting(arn) for arn, one in estate.resources.items())
    return f"policies of the {count} resources in `{resource}` that have one: they are not counted" if count else ""


def _without_policies(found: Reach, inside: str, amount: Amount) -> Reach:
    """What was found where policies of resources are not counted: these may deny, so that all is not settled."""
    return replace(found, holds=None if amount == "all" else found.holds, doubts=(*found.doubts, inside))


def _as_shown(
    binding: Binding, who: Principal, amount: Amount, shown: Iterable[Request], switches: Switches
) -> Reach | None:
    """What a request that showed it of another principal shows of this one, so that no proof is needed."""
    for one in shown:
        if amount == "all" and owner_of(one.resource) not in ("", binding.request.resource_account or who.account):
            continue  # of another account than is asked about
        context = {key: value for key, value in one.context.items() if not key.lower().startswith(_OF_PRINCIPALS)}
        request = _told(one, binding, who, amount, context)
        if _shows(request, binding, amount, switches):
            return Reach(who.arn, amount == "any", request, binding.doubts)
    return None


def _told(
    one: Request, binding: Binding, who: Principal, amount: Amount, context: Mapping[str, ContextValue]
) -> Request:
    """The request as this principal's, with the facts that the question tells."""
    told = {**context, **binding.request.context}
    owner = binding.request.resource_account or (who.account if amount == "all" else one.resource_account)
    return Request(who, one.action, one.resource, told, owner, amount == "all")


def _shows(request: Request, binding: Binding, amount: Amount, switches: Switches) -> bool:
    decision = evaluate(request, binding.policies, switches=switches)
    if amount == "any":
        return ALLOW in decision.possible
    return decision.outcome in (EXPLICIT_DENY, IMPLICIT_DENY)


def _reach(binding: Binding, who: Principal, amount: Amount, switches: Switches, cutter: _Cutter) -> Reach:
    """What the prover says; not settled where its witness shows nothing under the facts that the question tells."""
    proof = _asked(cutter.set(binding.policies), who, binding.request, amount, switches)
    if proof.verdict is Verdict.UNKNOWN:
        return Reach(who.arn, None, proof.witness, binding.doubts)
    if proof.witness is None:
        return Reach(who.arn, proof.holds is (amount == "all"), None, binding.doubts)
    witness = _told(proof.witness, binding, who, amount, proof.witness.context)
    if not _shows(witness, binding, amount, switches):
        return Reach(who.arn, None, proof.witness, binding.doubts)
    return Reach(who.arn, proof.holds is (amount == "all"), witness, binding.doubts)


class _Cutter:
    """Policies without the statements that are about none of the actions of a pattern, each cut once."""

    def __init__(self, action: str, resource: str) -> None:
        index = action_index()
        self.head = _head(resource)
        self.bits = index.bits_of(action)
        self.prefix = action.partition(":")[0].lower()
        self.owners = _owners(index.actions(self.bits)) if self.bits and not is_pattern(self.prefix) else _ANY
        self.made: dict[int, tuple[Policy, Policy]] = {}

    def set(self, given: PolicySet) -> PolicySet:
        """The policy set with each policy cut."""
        return replace(
            given,
            identity=self._several(given.identity),
            boundary=self.policy(given.boundary) if isinstance(given.boundary, Policy) else given.boundary,
            resource=self._several(given.resource),
            endpoint=self._several(given.endpoint),
            scps=given.scps if isinstance(given.scps, Unknown) else [self._several(level) for level in given.scps],
            rcps=given.rcps if isinstance(given.rcps, Unknown) else [self._several(level) for level in given.rcps],
        )

    def examples(self, binding: Binding) -> Iterator[Request]:
        """Requests that the identity policies plainly allow, and that the patterns take in."""
        index, request = action_index(), binding.request
        known = listed(self.set(binding.policies).identity)
        account = request.principal.account if isinstance(request.principal, Principal) else EXAMPLE_ACCOUNT
        for policy in () if isinstance(known, Unknown) else known:
            for one in policy.statements:
                bits = index.bits_of_statement(one) & self.bits if one.effect == "Allow" else 0
                for action in islice(index.actions(bits), _MOST_TRIED):
                    found = example_of(one, action, request.resource)
                    if found is not None:
                        resource = found.resource.replace(f":{EXAMPLE_ACCOUNT}:", f":{account}:")
                        yield Request(request.principal, action.name, resource, dict(found.values))

    def policy(self, policy: Policy) -> Policy:
        """The policy cut."""
        found = self.made.get(id(policy))
        if found is None:  # INVARIANT: the policy is kept beside what was made of it, so that its id stays its own
            kept = tuple(one for one in policy.statements if self._is_about(one))
            found = self.made[id(policy)] = (policy, replace(policy, statements=kept))
        return found[1]

    def _several(self, policies: Policies) -> Sequence[Policy] | Unknown:
        known = listed(policies)
        return known if isinstance(known, Unknown) else [self.policy(one) for one in known]

    def grants_nothing(self, binding: Binding) -> bool:
        """Whether no Allow is left that could grant any of it, be it the principal's or the resource's."""
        given = self.set(binding.policies)
        known = [listed(policies) for policies in (given.identity, given.resource)]
        is_root = isinstance(binding.request.principal, Principal) and binding.request.principal.kind == "root"
        if is_root or given.grants or given.acl or given.access_point or any(isinstance(one, Unknown) for one in known):
            return False
        policies = (policy for several in known if not isinstance(several, Unknown) for policy in several)
        return not any(one.effect == "Allow" for policy in policies for one in policy.statements)

    def _is_about(self, statement: Statement) -> bool:
        if (
            not statement.is_not_resource
            and statement.has_resource
            and not any(map(self._is_near, statement.resources))
        ):
            return False
        if statement.is_not_action or action_index().bits_of_statement(statement) & self.bits:
            return True
        heads = (one.partition(":")[0].lower() for one in statement.actions if is_pattern(one))
        return any(is_pattern(head) or is_pattern(self.prefix) or head == self.prefix for head in heads)

    def _is_near(self, resource: str) -> bool:
        """Whether a resource may fit both patterns, as far as their beginnings tell."""
        head = _head(resource)
        if not (head.startswith(self.head) or self.head.startswith(head)):
            return False
        service = head.split(":")[2] if head.count(":") >= _SERVICE_ENDS else ""
        return not service or self.owners is _ANY or service in self.owners


def _owners(actions: Iterable[Action]) -> frozenset[str]:
    """The services in the ARNs that the actions are authorized on; any where one of them is open."""
    named = {template.split(":", 3)[2] for action in actions for template in templates_of(action)}
    return _ANY if any("$" in name or "*" in name for name in named) else frozenset(named)


def _head(pattern: str) -> str:
    """The text before the first wildcard or policy variable."""
    found = _OPEN.search(pattern)
    return pattern[: found.start()] if found else pattern


def _asked(policies: PolicySet, who: Principal, request: Request, amount: Amount, switches: Switches) -> Proof:
    action, resource = request.action, request.resource
    owner = request.resource_account or (who.account if amount == "all" else None)
    prefix = action.partition(":")[0].lower()
    options = Options(
        switches,
        personas=(Persona(f"`{who.arn}`", who),),
        within=() if owner is None else (("aws:resourceaccount", Texts.literals([owner])),),
        services=() if is_pattern(prefix) else (prefix,),  # of the others, none is asked for
        first_gap_alone=True,
        owner=owner,
    )
    wanted = Statement(None, (action,), (resource,))
    if amount == "all":
        name = "all that was asked for"
        let_in = Policy((replace(wanted, principals={"AWS": ("*",)}),), "resource", name=name)
        every = PolicySet(identity=[Policy((wanted,), name=name)], resource=[let_in])
        return asked("all of it", Side.of(policies), Side.of(every), options)
    refused = Statement(None, (action,), (resource,), effect="Deny")
    limit = Policy((Statement(None, ("*",), ("*",)), refused), name="all but what was asked for")
    return asked("none of it", Side(Side.of(limit).policies), Side.of(policies), options)
