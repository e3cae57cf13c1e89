"""A fixed set of checks, small enough to be run for each planted fault; each fails by an exception."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from random import Random

TESTS = Path(__file__).parents[2]
for _folder in (TESTS.parent, TESTS / "agree", TESTS / "prove", TESTS / "language" / "values", TESTS):
    sys.path[:0] = [] if str(_folder) in sys.path else [str(_folder)]

import slow_evaluator  # noqa: E402  # found by the paths above
from admitted import admitted  # noqa: E402
from conformance.cases import case_files  # noqa: E402
from given import asked, bound  # noqa: E402
from made_pairs import Pair  # noqa: E402
from made_sets import SetPair  # noqa: E402
from random_worlds import condition, world  # noqa: E402
from slow_globs import all_texts, slowly_matches  # noqa: E402
from test_axioms import PAIRS  # noqa: E402

from conformance import run as conformance  # noqa: E402
from leastwise import PolicySet, Request, evaluate, parse_policy  # noqa: E402
from leastwise.language.values.automata import FRIENDLY  # noqa: E402
from leastwise.language.values.globs import ANY, ANY_IN_PART, STAR, STAR_IN_PART, Glob, arn_glob, glob_of  # noqa: E402
from leastwise.language.values.texts import Texts  # noqa: E402
from leastwise.model.policy import Statement  # noqa: E402
from leastwise.prove.actions import action_index  # noqa: E402
from leastwise.prove.axioms import ALL  # noqa: E402
from leastwise.prove.checking import rup  # noqa: E402
from leastwise.prove.checking.verify import verified  # noqa: E402
from leastwise.prove.queries import no_new_access  # noqa: E402
from leastwise.prove.sat import Solver  # noqa: E402
from leastwise.prove.verdict import Proof, Verdict  # noqa: E402
from leastwise.prove.witness import MismatchError  # noqa: E402

NONE: frozenset = frozenset()
Json = dict


class FaultFoundError(AssertionError):
    """A check has found a fault."""


def expect(is_so: bool, *told: object) -> None:
    """Raises FaultFoundError where it is not so."""
    if not is_so:
        raise FaultFoundError(" ".join(map(str, told))[:600])


def tables() -> None:
    """The case tables say what the engine and the prover say."""
    settled = conformance.settled_in(conformance.DIFFERENCES)
    for file in case_files(conformance.OWN):
        if file.area in ("conditions", "matching"):
            outcome = conformance.outcome_of(file, settled)
            expect(not outcome.fault and all(one.settled for one in outcome.differ), file.name, outcome.differ[:1])


def evaluator() -> None:
    """Worlds are decided as by the slow evaluator."""
    for made, seeds in ((condition, range(1_200)), (world, range(250))):
        for seed in seeds:
            request, policies = made(seed)
            expected = slow_evaluator.decide(request, policies) or "DEPENDS"
            expect(expected == evaluate(asked(request), bound(policies)).outcome, made.__name__, seed)


def globs() -> None:
    """Sets of texts have the members that patterns have when tried letter by letter."""
    texts = all_texts("abA:", 3)
    for seed in range(1_200):
        random = Random(seed)
        leaves = [_leaf(random) for _ in range(random.choice((1, 2, 3)))]
        found, claims = Texts.all(), []
        for a, (one, claim) in enumerate(leaves):
            is_wanted = random.random() < 0.6
            found = (found & (one if is_wanted else ~one)) if a != 1 else (found | (one if is_wanted else ~one))
            claims.append((claim, is_wanted))
        within = [text for text in texts if _holds(claims, text)]
        expect(all(text in found for text in within), seed, "misses one")
        expect(all(text not in found for text in texts if text not in within), seed, "has one too many")
        member = found.member()
        expect(member is not None or not within, seed, "is said to be empty")
        expect(member is None or _holds(claims, member), seed, "a member that is none", member)


def letters() -> None:
    """A letter that no pattern names is found when all likely ones are taken."""
    taken = [*FRIENDLY, "=", "+", ":"]
    for head in ("", "a"):
        one = Texts.globs([glob_of(f"{head}?*")])
        left = one & ~Texts.globs(glob_of(f"{head}{letter}*") for letter in taken)
        member = left.member()
        expect(member is not None and member in one, one)
        expect(member is None or member[len(head)] not in taken, member)


def _leaf(random: Random) -> tuple[Texts, Callable[[str], bool]]:
    kind = random.random()
    if kind < 0.2:
        words = {"".join(random.choices("ab:", k=random.randrange(3))) for _ in range(3)}
        return Texts.literals(words), lambda text: text in words
    pieces = (ANY, STAR, ANY_IN_PART, STAR_IN_PART, "a", "b", ":", "ab", "a")
    steps = tuple(random.choice(pieces) for _ in range(random.randrange(5)))
    if kind < 0.4:
        return Texts.globs([Glob(steps, True)]), lambda text: slowly_matches(steps, text.lower())
    return Texts.globs([Glob(steps)]), lambda text: slowly_matches(steps, text)


def _holds(claims: list[tuple[Callable[[str], bool], bool]], text: str) -> bool:
    found = True
    for place, (claim, is_wanted) in enumerate(claims):
        holds = claim(text) is is_wanted
        found = (found or holds) if place == 1 else (found and holds)
    return found


def allows(document: Json, request: Request) -> bool | None:
    """Whether the document alone allows the request, as the slow evaluator reads it; None where that is open."""
    named = {"arn": request.principal.arn}
    as_json = {
        "action": request.action,
        "resource": request.resource,
        "context": {key: _listed(value) for key, value in request.context.items()},
        "resource_account": request.resource_account or request.principal.account,
    }
    case = slow_evaluator.Case(as_json, {}, slow_evaluator.caller_of(named), {})
    try:
        return case.is_allowed("identity", [document]) and not case.denies("identity", document)
    except slow_evaluator.Open:
        return None


def _listed(value: object) -> object:
    return [] if value is None else list(value) if isinstance(value, tuple) else value


FREE = ("sts:GetCallerIdentity",)
"""What everyone may do without permission, which a document alone does not say."""


def check(old: Json, new: Json, proof: Proof, attacks: Iterator[Request], name: object) -> None:
    """Each difference is one, and no attack finds one where there is said to be none, by the slow evaluator."""
    for gap in (*proof.difference, *proof.future):
        expect(allows(new, gap.witness) is not False and not allows(old, gap.witness), name, gap.witness)
    if proof.holds:
        for request in attacks:
            is_free = request.action in FREE
            is_new = allows(new, request) and allows(old, request) is False
            expect(is_free or not is_new, name, proof.verdict, request)


def proofs() -> None:
    """Documents are compared, without axioms, as the slow evaluator decides."""
    found: set[Verdict] = set()
    for seed in range(300):
        made = Pair(seed)
        proof = no_new_access(parse_policy(made.old), parse_policy(made.new), axioms=NONE)
        found.add(proof.verdict)
        requests = (made.request() for _ in range(100))
        attacks = (Request(p, a, r, c, context_is_complete=True) for p, a, r, c in requests)
        check(made.old, made.new, proof, (asked_of(one) for one in attacks), seed)
    expect(found >= {Verdict.PASS, Verdict.FAIL}, found)


def asked_of(request: Request) -> Request:
    """The request as one of the principal's own account."""
    from leastwise.model.request import principal_of

    principal = principal_of(request.principal)
    facts = request.context
    return Request(principal, request.action, request.resource, facts, principal.account, context_is_complete=True)


def narrow() -> None:
    """Documents that differ in one condition or resource alone, so that a proof turns on single sets of values."""
    for seed in range(700):
        made = Pair(seed)
        resource, condition = made.one_of(NARROW), made.conditions()
        old, new = ({"Version": "2012-10-17", "Statement": [_one(made, resource, condition)]} for _ in range(2))
        proof = no_new_access(parse_policy(old), parse_policy(new), axioms=NONE)
        requests = (made.request() for _ in range(60))
        attacks = (Request(p, "s3:GetObject", r, c, context_is_complete=True) for p, _, r, c in requests)
        check(old, new, proof, (asked_of(one) for one in attacks), seed)


NARROW = ("*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/a*", "arn:*:s3:::b/?b", "arn:aws:s3:::*")


def _one(made: Pair, resource: str, condition: Json) -> Json:
    kind, key = next(
        (kind, key) for kind, keys in made_keys() for block in condition.values() for key in block if key in keys
    )
    return {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": resource if made.sometimes(0.6) else made.one_of(NARROW),
        "Condition": {made.operator(kind): {key: [made.one_of(values_of(kind))]}},
    }


def made_keys() -> list[tuple[str, tuple[str, ...]]]:
    """Keys by their kinds."""
    from made_pairs import KEYS

    return list(KEYS.items())


def values_of(kind: str) -> tuple[str, ...]:
    """Policy values of a kind."""
    from made_pairs import PATTERNS, POLICY_VALUES

    plain = tuple(one for one in PATTERNS if "$" not in one)
    return plain if kind in ("String", "List") else POLICY_VALUES[kind]


def certificates() -> None:
    """What passes has a certificate in which every lemma is refuted a second time."""
    pairs = [(f"pair {seed}", (Pair(seed).old, Pair(seed).new), NONE) for seed in range(20)]
    pairs += [(axiom, _documents(axiom), ALL) for axiom in PAIRS]
    for name, (old, new), axioms in pairs:
        proof = no_new_access(parse_policy(old), parse_policy(new), axioms=axioms)
        if proof.holds:
            expect(proof.certify is not None, name, "has no certificate")
            assert proof.certify is not None
            verified(json.dumps(proof.certify()).encode())


def _documents(axiom: str) -> tuple[Json, Json]:
    old, new = ({"Version": "2012-10-17", "Statement": [statement]} for statement in PAIRS[axiom])  # type: ignore[index]
    return old, new


def axioms() -> None:
    """Each group settles its pair, and only with it; what may be sent is still found with all of them."""
    for axiom in PAIRS:
        old, new = map(parse_policy, _documents(axiom))
        expect(no_new_access(old, new).verdict is Verdict.PASS, axiom)
        expect(no_new_access(old, new, axioms=ALL - {axiom}).verdict is Verdict.FAIL, axiom, "is not needed")
    for name, (old, new) in SENT.items():
        proof = no_new_access(*map(parse_policy, (old, new)))
        expect(proof.verdict is Verdict.FAIL, name, proof.verdict)
        for gap in proof.difference:
            request = gap.witness
            expect(admitted(request) is not None, name, request)


def _new(action: str, resource: str, when: Mapping[str, object]) -> tuple[Json, Json]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": when}
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    old, new = ({"Version": "2012-10-17", "Statement": [one]} for one in (nothing, statement))
    return old, new


def _but_for(action: str, resource: str) -> tuple[Json, Json]:
    old, new = _new(action, resource, {})
    statement = {"Effect": "Allow", "Action": action, "NotResource": resource}
    return old, {**new, "Statement": [statement]}


_QUEUE = "arn:aws:sqs:eu-west-1:444455556666:q"
_OBJECT = "arn:aws:s3:::b/*"
SENT: Mapping[str, tuple[Json, Json]] = {
    "no MFA": _new("s3:GetObject", _OBJECT, {"Null": {"aws:MultiFactorAuthPresent": "true"}}),
    "no organisation": _new("s3:GetObject", _OBJECT, {"Null": {"aws:PrincipalOrgID": "true"}}),
    "no address": _new("s3:GetObject", _OBJECT, {"Null": {"aws:SourceIp": "true"}}),
    "a listed key": _new("s3:ListBucket", "*", {"StringEquals": {"s3:prefix": "a"}}),
    "a listed tag": _new("ec2:CreateTags", "*", {"StringEquals": {"aws:RequestTag/a": "1"}}),
    "a key of sessions": _new("s3:GetObject", _OBJECT, {"StringEquals": {"sts:ExternalId": "a"}}),
    "no resource": _but_for("ec2:DescribeInstances", "arn:aws:ec2:*:*:instance/*"),
    "the account of a resource": _new(
        "sqs:SendMessage", _QUEUE, {"StringEquals": {"aws:ResourceAccount": "444455556666"}}
    ),
    "an account of resources": _new("sqs:SendMessage", "*", {"StringLike": {"aws:ResourceAccount": "4444*"}}),
    "the account of a principal": _new(
        "s3:GetObject",
        _OBJECT,
        {
            "StringEquals": {"aws:PrincipalAccount": "111122223333"},
            "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::1111*:role/a"},
        },
    ),
    "two of a list": _new(
        "s3:GetObject",
        _OBJECT,
        {
            "ForAnyValue:StringEquals": {"aws:CalledVia": "a.amazonaws.com"},
            "ForAnyValue:StringLike": {"aws:CalledVia": "b*"},
        },
    ),
    "a user": _new("s3:GetObject", _OBJECT, {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:user/ann"}}),
    "a time": _new("s3:GetObject", _OBJECT, {"DateGreaterThan": {"aws:CurrentTime": "2027-01-01T00:00:00Z"}}),
    "an endpoint": _new("s3:GetObject", _OBJECT, {"StringEquals": {"aws:SourceVpce": "vpce-1"}}),
    "the age of MFA": _new("s3:GetObject", _OBJECT, {"NumericLessThan": {"aws:MultiFactorAuthAge": "60"}}),
}


def layers() -> None:
    """Whole policy sets are compared as the slow evaluator decides."""
    for seed in range(60):
        made = SetPair(seed)
        old, new = made.sides()
        principal = asked(made.request).principal
        try:
            proof = no_new_access(old, new, principal=principal, axioms=NONE)
        except MismatchError:  # the prover says that it cannot tell, which is not wrong
            continue
        if not proof.holds:
            continue
        for request, _ in zip(made.requests(), range(25), strict=False):
            if request["principal"] == made.request["principal"]:
                said = [slow_evaluator.decide(request, policies) for policies in (made.old, made.new)]
                is_new = said[1] == "ALLOW" and said[0] in ("EXPLICIT_DENY", "IMPLICIT_DENY")
                expect(not is_new, seed, proof.verdict, request)


FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ONE = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
NOTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "iam:*", "Resource": "*"}]}


def _for_everyone(document: Json) -> Json:
    return {**document, "Statement": [{**one, "Principal": "*"} for one in document["Statement"]]}


CEILINGS: Mapping[str, Callable[[Json], PolicySet]] = {
    "a boundary": lambda one: PolicySet(identity=[parse_policy(FULL)], boundary=parse_policy(one, kind="boundary")),
    "a level of SCPs": lambda one: PolicySet(identity=[parse_policy(FULL)], scps=[[parse_policy(one, kind="scp")]]),
    "a lower level": lambda one: PolicySet(
        identity=[parse_policy(FULL)], scps=[[parse_policy(FULL, kind="scp")], [parse_policy(one, kind="scp")]]
    ),
    "an endpoint": lambda one: PolicySet(
        identity=[parse_policy(FULL)], endpoint=[parse_policy(_for_everyone(one), kind="endpoint")]
    ),
    "an identity policy": lambda one: PolicySet(identity=[parse_policy(one)]),
}


def ceilings() -> None:
    """Each layer alone limits: what it does not allow is new where it is gone, and a Deny more in it is none."""
    user = asked(SetPair(0).request | {"principal": {"arn": "arn:aws:iam::111122223333:role/app"}}).principal
    for name, made in CEILINGS.items():
        limited, free = made(ONE), made(FULL)
        denied = made({**FULL, "Statement": [*FULL["Statement"], *NOTHING["Statement"]]})
        expect(no_new_access(limited, free, principal=user).verdict is Verdict.FAIL, name)
        expect(no_new_access(denied, free, principal=user).verdict is Verdict.FAIL, name, "Deny")
        expect(no_new_access(free, denied, principal=user).verdict is Verdict.PASS, name, "Deny more")


def properties() -> None:
    """A policy gains nothing over itself in pieces; a Deny more, or an Allow less, adds nothing."""
    for seed in range(60):
        made = Pair(seed)
        if "${aws:" in str(made.old):
            continue
        statements = made.old["Statement"]
        assert isinstance(statements, list)
        old = parse_policy(made.old)
        for name, others in (
            ("in pieces", [piece for one in statements for piece in _pieces(one)]),
            ("a Deny more", [*statements, _denied(made)]),
        ):
            new = parse_policy({**made.old, "Statement": others})
            expect(no_new_access(old, new, axioms=NONE).verdict is Verdict.PASS, seed, name)
        whole = parse_policy({**made.old, "Statement": [piece for one in statements for piece in _pieces(one)]})
        expect(no_new_access(whole, old, axioms=NONE).verdict is Verdict.PASS, seed, "from pieces")


def _pieces(statement: Json) -> list[Json]:
    pieces = [statement]
    for element in ("Action", "Resource"):
        if element in statement:
            pieces = [{**piece, element: [value]} for piece in pieces for value in statement[element]]
    return pieces


def _denied(made: Pair) -> Json:
    return made.statement("Deny")


def clauses() -> None:
    """The solver agrees with every assignment, and its traces can be checked."""
    for seed in range(500):
        random = Random(seed)
        size = random.randint(2, 8)
        given = [
            [random.choice((1, -1)) * random.randint(1, size) for _ in range(random.choice((1, 2, 3, 3)))]
            for _ in range(random.randint(1, 5 * size))
        ]
        goals = [random.choice((1, -1)) * random.randint(1, size) for _ in range(random.randrange(3))]
        solver = Solver()
        for _ in range(size):
            solver.new_var()
        for clause in given:
            solver.add(clause)
        answer = solver.solve(goals, budget=10_000)
        expect(answer is _is_satisfiable([*given, *([goal] for goal in goals)], size), seed)
        if answer:
            expect(all(any(map(solver.value, clause)) for clause in given), seed, "model")
            continue
        core = list(solver.core)
        expect(not _is_satisfiable([*given, *([goal] for goal in core)], size), seed, "core")
        flaw = rup.flaw(solver.clauses, solver.trace, claimed=[-goal for goal in core])
        expect(flaw is None, seed, flaw)


def traces() -> None:
    """Harder clauses are refuted by traces that can be checked."""
    refuted = 0
    for seed in range(12):
        random = Random(seed)
        solver = Solver()
        names = [solver.new_var() for _ in range(40)]
        for _ in range(190):
            solver.add(random.choice((1, -1)) * name for name in random.sample(names, 3))
        if solver.solve(budget=20_000) is False:
            refuted += 1
            expect(rup.flaw(solver.clauses, solver.trace, claimed=[]) is None, seed)
    expect(refuted > 5, refuted)


def names() -> None:
    """Patterns name the actions that they fit letter by letter, and NotAction all others."""
    index = action_index()
    for pattern in ("s3:*", "s3:Get*", "*:Get?ccount*", "iam:?assRole", "S3:PUT*", "*", "sqs:*e"):
        wild = glob_of(pattern.lower()).steps
        slow = {name for name in index.names if slowly_matches(wild, name.lower())}
        expect(slow == set(index.told(index.bits_of(pattern))), pattern)
        rest = index.bits_of_statement(Statement(None, (pattern,), ("*",), is_not_action=True))
        expect(set(index.names) - slow == set(index.told(rest)), pattern, "NotAction")


def _is_satisfiable(given: list[list[int]], size: int) -> bool:
    return any(
        all(any(signs[abs(literal) - 1] == (literal > 0) for literal in clause) for clause in given)
        for signs in product((False, True), repeat=size)
    )


def arns() -> None:
    """ARN patterns match part by part."""
    random = Random(7)
    for _ in range(400):
        written = ":".join(random.choice(("*", "a", "a*", "?", "", "*b")) for _ in range(6)).replace("a", "arn", 1)
        found = arn_glob(glob_of(written).steps)
        for _ in range(12):
            text = ":".join(random.choice(("arn", "a", "b", "ab", "a:b", "")) for _ in range(6))
            parts, given = written.split(":", 5), text.split(":", 5)
            same = (
                len(parts) == 6
                and len(given) == 6
                and given[0] == "arn"
                and all(slowly_matches(glob_of(one).steps, part) for one, part in zip(parts, given, strict=True))
            )
            expect((found is not None and found.matches(text)) is same, written, text)


CHECKS: Mapping[str, Callable[[], None]] = {
    one.__name__: one
    for one in (
        clauses,
        traces,
        globs,
        letters,
        arns,
        names,
        tables,
        ceilings,
        axioms,
        evaluator,
        properties,
        narrow,
        proofs,
        certificates,
        layers,
    )
}
"""The quickest first."""


def caught_by() -> Iterator[tuple[str, str]]:
    """The checks that fail, each with what it found."""
    for name, run in CHECKS.items():
        try:
            run()
        except Exception as fault:
            yield name, f"{type(fault).__name__}: {fault}"[:300]
