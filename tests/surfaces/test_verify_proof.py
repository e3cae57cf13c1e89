"""`leastwise verify-proof` as a user meets it: proofs are verified, and no tampered certificate is."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from told import Command

from leastwise import Policy, PolicySet, parse_policy
from leastwise.model.policy import Kind
from leastwise.prove.certificate import persona_document, side_document
from leastwise.prove.checking.document import catalogue_digest, digest
from leastwise.prove.checking.verify import RefusedCertificate, verified
from leastwise.prove.compare import Comparison, Options, Side
from leastwise.prove.queries import no_new_access

Json = dict[str, Any]
Statements = Sequence[Json]

DATA = Path(__file__).parents[1] / "data" / "policies" / "policies.jsonl.gz"
BUCKET = "arn:aws:s3:::b/*"
ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def allow(action: object = "s3:GetObject", resource: object = BUCKET, when: object = None, **more: object) -> Json:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more} | ({"Condition": when} if when else {})


def deny(*given: Any, **more: Any) -> Json:
    return {**allow(*given, **more), "Effect": "Deny"}


def policy(*statements: Json, kind: Kind = "identity") -> Policy:
    return parse_policy({"Version": "2012-10-17", "Statement": list(statements)}, kind=kind)


def example(name: str) -> Policy:
    """A policy of tests/data."""
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        found = next(one for one in map(json.loads, lines) if one["name"] == name)
    return parse_policy(found["document"], kind=found["kind"], name=name)


EVERYONE = {"Principal": "*"}
OF_ACCOUNT = {"Principal": {"AWS": ACCOUNT}}
UNRELATED = policy(allow("sqs:SendMessage", "*"))
IN_EUROPE = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
ELSEWHERE = {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}
TAGGED = {"StringEquals": {"aws:RequestTag/a": "1"}}
LISTED = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "A"]}}
BITS = [f"aws:PrincipalTag/{name}" for name in "abc"]
EACH_WAY = [{"StringEquals": dict(zip(BITS, way, strict=True))} for way in product("01", repeat=3)]
ANY_WAY = {"StringEquals": {key: ["0", "1"] for key in BITS}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
HOME, OWN_HOME = "arn:aws:s3:::b/home/*", "arn:aws:s3:::b/home/${aws:username}/*"


@lru_cache(maxsize=1)
def pairs() -> dict[str, tuple[Policy | PolicySet, Policy | PolicySet]]:
    """Old and new policies, the second of which allow nothing more."""
    everything = policy(allow("*", "*"))
    return {
        "by resource": (policy(allow("s3:Get*")), policy(allow(resource="arn:aws:s3:::b/a*"))),
        "lemmas": (policy(allow("s3:*", "*"), deny("*", "*", ELSEWHERE)), policy(allow(when=IN_EUROPE))),
        "numbers": (
            policy(allow(when={"NumericLessThan": {"s3:max-keys": "10"}})),
            policy(allow(when={"NumericLessThan": {"s3:max-keys": "5"}})),
        ),
        "addresses": (
            policy(allow(when={"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})),
            policy(allow(when={"IpAddress": {"aws:SourceIp": "203.0.113.0/25"}})),
        ),
        "axioms": (
            policy(allow(when={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}})),
            policy(allow(when={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/x"}})),
        ),
        "kinds of actions": (UNRELATED, policy(allow(["s3:GetObject", "s3:ListBucket"], "arn:aws:sqs:*:*:q"))),
        "ties": (
            policy(allow("ec2:CreateTags", "*", TAGGED | LISTED)),
            policy(allow("ec2:CreateTags", "*", TAGGED)),
        ),
        "variables": (policy(allow(resource=HOME)), policy(allow(resource=OWN_HOME))),
        "tags of who asks": (
            policy(allow(when={"StringLike": {"aws:PrincipalTag/t": "a*"}})),
            policy(allow(when={"StringEquals": {"aws:PrincipalTag/t": ["ab", "ac"]}})),
        ),
        "personas": (
            policy(allow(**OF_ACCOUNT), allow(Principal={"AWS": ROLE}), kind="resource"),
            policy(allow(when=WITH_MFA, Principal={"AWS": ROLE}), kind="resource"),
        ),
        "unknown names": (
            policy(allow("s3:*", "*"), deny("*", "*", ELSEWHERE)),
            policy(allow("s3:Get*", when=IN_EUROPE)),
        ),
        "a long way": (policy(*[allow(when=one) for one in EACH_WAY]), policy(allow(when=ANY_WAY))),
        "sets": (
            PolicySet(identity=[everything], boundary=policy(allow("s3:*", "*"), kind="boundary")),
            PolicySet(identity=[policy(allow("s3:Get*", "*"))]),
        ),
        "real": (
            example("AmazonS3ReadOnlyAccess"),
            policy(allow(["s3:Get*", "s3:List*"], "*", WITH_MFA)),
        ),
        "real and denied": (
            example("AmazonSQSFullAccess"),
            policy(*example("AmazonSQSFullAccess").document()["Statement"], deny("sqs:Delete*", "*", ELSEWHERE)),  # type: ignore[misc]
        ),
    }


@lru_cache(maxsize=64)
def certificate_of(name: str) -> str:
    proof = no_new_access(*pairs()[name])
    assert proof.certify is not None, proof
    return json.dumps(proof.certify())


def certificate(name: str) -> Json:
    found: Json = json.loads(certificate_of(name))
    return found


def written(value: object, name: str = "proof.json") -> str:
    Path(name).write_text(json.dumps(value), encoding="utf-8")
    return name


@pytest.mark.parametrize("name", pairs())
def test_a_proof_is_verified(leastwise: Command, name: str) -> None:
    told = leastwise("verify-proof", written(certificate(name)))
    assert (0, "VERIFIED", "") == (told.code, told.out.partition("\n")[0], told.err)
    found = leastwise("verify-proof", "proof.json", "--json").json()
    assert (1, True, None, "no new access", None) == tuple(
        found[key] for key in ("schema", "verified", "reason", "question", "solver")
    )
    assert found["verdict"] in told.out
    assert found["records"] == len(certificate(name)["known"]) + len(certificate(name)["future"])


def test_what_the_examples_hold() -> None:
    """Lemmas, axioms, ties, several personas, unknown names: some certificate has each."""
    every = [certificate(name) for name in pairs()]
    records = [record for one in every for record in (*one["known"], *one["future"])]
    assert {"principal", "resources"} <= {
        axiom for record in records for lemma in record["lemmas"] for axiom in lemma["axioms"]
    }
    assert {"request-tags", None} <= {tie[0] for record in records for tie in record["ties"]}
    assert any(len(one["personas"]) > 4 for one in every) and any(one["future"] for one in every)
    assert any("${" in str(test["values"]) for one in every for test in one["tests"])


def test_what_it_proves_is_told(leastwise: Command) -> None:
    lines = leastwise("verify-proof", written(certificate("axioms"))).out.splitlines()
    assert "the new policies allow nothing that the old ones do not" in lines[1]
    assert "asked as: no new access" in lines
    assert any(line.startswith("  principal: keys that follow from who asks") for line in lines)
    assert any(line.startswith("    (IAM User Guide") for line in lines)


def test_the_documents_that_are_meant_can_be_given(leastwise: Command) -> None:
    old, new = pairs()["lemmas"]
    assert isinstance(old, Policy) and isinstance(new, Policy)
    files = ["--old", written(old.document(), "old.json"), "--new", written(new.document(), "new.json")]
    assert 0 == leastwise("verify-proof", written(certificate("lemmas")), *files).code
    told = leastwise("verify-proof", "proof.json", "--old", "new.json")
    assert (1, "REFUSED") == (told.code, told.out.splitlines()[0])
    assert "the certificate is about other policies than those given" in told.out
    assert 1 == leastwise("verify-proof", "proof.json", "--new", "old.json").code


Tampering = Callable[[Json], object]


def records(found: Json) -> list[Json]:
    return [*found["known"], *found["future"]]


def with_trace(found: Json) -> Json:
    return next(record for record in records(found) if record["trace"])


def with_lemma(found: Json, axiom: str = "") -> Json:
    lemmas = (lemma for record in records(found) for lemma in record["lemmas"])
    return next(lemma for lemma in lemmas if not axiom or axiom in lemma["axioms"])


def invented_clause(found: Json) -> None:
    with_trace(found)["trace"].insert(0, [999])


def no_last_clause(found: Json) -> None:
    with_trace(found)["trace"][-1:] = [[1]]


def invented_lemma(found: Json) -> None:
    found["known"][0]["lemmas"].append({"literals": [1], "axioms": []})


def flipped_literal(found: Json) -> None:
    with_lemma(found)["literals"][0] *= -1


def lemma_left_out(found: Json) -> None:
    next(record for record in records(found) if record["lemmas"])["lemmas"].clear()


def lemma_without_its_axiom(found: Json) -> None:
    with_lemma(found, "principal")["axioms"].clear()


def axiom_that_is_off(found: Json) -> None:
    found["axioms"].remove("principal")


def axiom_that_is_none(found: Json) -> None:
    found["axioms"].append("trust-me")


def class_removed(found: Json) -> None:
    found["known"].pop()


def persona_removed(found: Json) -> None:
    found["personas"].pop()


def persona_unseen(found: Json) -> None:
    found["known"] = [record for record in found["known"] if record["persona"] != 0]


def other_persona(found: Json) -> None:
    found["known"][0]["persona"] = 99


def action_moved(found: Json) -> None:
    first, *others = found["known"]
    first["actions"].append(next(one["actions"][0] for one in others if one["actions"] != first["actions"]))


def action_of_another_kind(found: Json) -> None:
    one, other = (record for record in found["known"] if record["action"])
    other["actions"] += one["actions"]
    found["known"].remove(one)


def other_combination(found: Json) -> None:
    found["known"].append({**found["known"][0], "variant": {"same_account": False, "key": True, "account": None}})


def another_document(found: Json) -> None:
    found["new"]["document"]["policy"]["Statement"][0]["Resource"] = "*"


def another_document_and_digest(found: Json) -> None:
    another_document(found)
    found["hashes"]["new"] = digest(found["new"])


def another_catalogue(found: Json) -> None:
    found["hashes"]["catalogue"] = "0" * 64


def more_than_was_shown(found: Json) -> None:
    assert "PASS" == found["verdict"]
    found["future"] = []


def no_verdict_of_a_proof(found: Json) -> None:
    found["verdict"] = "EQUIVALENT"


def another_question(found: Json) -> None:
    found["question"] = "not reachable from internet"


def invented_tie(found: Json) -> None:
    found["known"][0]["ties"].append([None, -1])


def another_reading(found: Json) -> None:
    found["switches"]["arn_star_crosses_colon"] = "middle"


def known_among_the_unknown(found: Json) -> None:
    found["future"][0]["actions"].append("s3:getobject")


TAMPERINGS: list[tuple[str, Tampering, str]] = [
    ("a long way", invented_clause, "clause 0 of the trace does not follow by unit propagation"),
    ("lemmas", no_last_clause, "the trace ends with `[1]`"),
    ("lemmas", invented_lemma, "a lemma is not shown"),
    ("lemmas", flipped_literal, "a lemma is not shown"),
    ("lemmas", lemma_left_out, "a clause does not follow"),
    ("axioms", lemma_without_its_axiom, "a lemma is not shown"),
    ("axioms", axiom_that_is_off, "a lemma speaks of what is not there"),
    ("axioms", axiom_that_is_none, "there is no axiom `trust-me`"),
    ("unknown names", class_removed, "nothing is shown of"),
    ("personas", persona_removed, "the principals looked at are not all who may ask"),
    ("personas", persona_unseen, "nothing is shown of"),
    ("personas", other_persona, "nothing is shown of"),
    ("real", action_moved, "its actions are not of one class"),
    ("kinds of actions", action_of_another_kind, "its actions have other resources or keys than the one looked at"),
    ("lemmas", other_combination, "policies do not combine so"),
    ("lemmas", another_document, "the digest of `new` is not that of what it stands for"),
    ("by resource", another_document_and_digest, "a clause does not follow"),
    ("lemmas", another_catalogue, "the digest of `catalogue`"),
    ("unknown names", more_than_was_shown, "nothing is shown of `s3:"),
    ("lemmas", no_verdict_of_a_proof, "a certificate cannot say `EQUIVALENT`"),
    ("lemmas", another_question, "there is no certificate for `not reachable from internet`"),
    ("lemmas", invented_tie, "it ties keys that nothing ties"),
    ("lemmas", another_reading, "another position of `arn_star_crosses_colon`"),
    ("unknown names", known_among_the_unknown, "`s3:getobject` is known, and stands among the unknown"),
]


@pytest.mark.parametrize(("name", "tampering", "reason"), TAMPERINGS, ids=[one[1].__name__ for one in TAMPERINGS])
def test_what_is_tampered_with_is_refused(leastwise: Command, name: str, tampering: Tampering, reason: str) -> None:
    found = certificate(name)
    tampering(found)
    told = leastwise("verify-proof", written(found))
    assert (1, "REFUSED") == (told.code, told.out.splitlines()[0])
    assert reason in told.out
    answer = leastwise("verify-proof", "proof.json", "--json")
    assert (1, False) == (answer.code, answer.json()["verified"])


def forged(
    old: Policy | PolicySet, new: Policy | PolicySet, tests: list[Json], known: list[Json], **more: object
) -> bytes:
    """A certificate as somebody writes it who wants it to hold."""
    sides = [Side.of(old), Side.of(new)]
    comparison = Comparison(*sides, Options())
    documents = dict(zip(("old", "new"), map(side_document, sides), strict=True))
    return json.dumps(
        {
            **certificate("lemmas"),
            **documents,
            "hashes": {**{name: digest(one) for name, one in documents.items()}, "catalogue": catalogue_digest()},
            "verdict": "PASS_FOR_KNOWN_ACTIONS",
            "personas": [persona_document(one) for one in comparison.who],
            "tests": [{"kind": "identity", "has_variables": False, **test} for test in tests],
            "known": known,
            "future": [],
            **more,
        }
    ).encode()


def record(*actions: str, lemmas: Sequence[Sequence[int]] = (), **more: object) -> Json:
    return {
        "persona": 0,
        "variant": {"same_account": True, "key": False, "account": None},
        "actions": list(actions),
        "action": None,
        "lemmas": [{"literals": list(one), "axioms": []} for one in lemmas],
        "ties": [],
        "trace": [],
        **more,
    }


def test_the_example_account_is_not_that_of_every_resource() -> None:
    new = policy(allow(when={"StringEquals": {"aws:ResourceAccount": OTHER}}))
    tests = [{"on": "aws:resourceaccount", "operator": "StringEquals", "values": [OTHER]}]
    with pytest.raises(RefusedCertificate, match="a lemma is not shown"):
        verified(forged(UNRELATED, new, tests, [record("s3:getobject", lemmas=[[1]])]))


def test_an_element_that_is_turned_round_is_not_taken_for_it(leastwise: Command) -> None:
    new = policy(allow(resource="arn:*:s3:::*"))
    tests = [{"on": "Resource", "operator": "NotResource", "values": ["arn:*:s3:::*"], "has_variables": True}]
    lemma = {"literals": [1], "axioms": ["resources"]}
    one = {**record("s3:getobject"), "action": "s3:getobject", "lemmas": [lemma]}
    Path("proof.json").write_bytes(forged(UNRELATED, new, tests, [one]))
    told = leastwise("verify-proof", "proof.json")
    assert (2, "error: a test of the resource in the certificate has the operator `NotResource`") == (
        told.code,
        told.err.splitlines()[0],
    )


def test_a_condition_key_that_is_called_resource_is_not_the_resource() -> None:
    old = policy({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": BUCKET})
    new = policy(allow(resource="*", when={"StringNotLike": {"resource": BUCKET}}))
    tests = [
        {"on": "Resource", "operator": "Resource", "values": [BUCKET], "has_variables": True},
        {"on": "resource", "operator": "StringNotLike", "values": [BUCKET]},
    ]
    with pytest.raises(RefusedCertificate, match="a lemma is not shown"):
        verified(forged(old, new, tests, [record("s3:getobject", lemmas=[[1, 2]])]))
    assert "FAIL" == no_new_access(old, new).verdict


FULL = policy(allow("*", "*", **EVERYONE), kind="rcp")


def test_services_that_rcps_bind_are_not_those_that_they_do_not() -> None:
    denied = deny(["ec2:*", "sqs:*"], "*", ELSEWHERE, **EVERYONE)
    old, new = (policy(*more, kind="rcp") for more in ([denied], [denied, deny("s3:*", "*", **EVERYONE)]))
    proof = no_new_access(old, new)
    assert proof.certify is not None
    found: Json = proof.certify()
    for one in found["known"]:
        if "sqs:sendmessage" in one["actions"]:
            one["actions"].insert(0, "ec2:runinstances")
    with pytest.raises(RefusedCertificate, match="its actions are not of one class"):
        verified(json.dumps(found).encode())


def test_an_action_that_no_deny_refuses_is_not_like_one_that_needs_no_permission() -> None:
    old, new = (PolicySet(identity=policy(allow("*", "*"), *more)) for more in ([deny("sts:Get*", "*")], []))
    assert "FAIL" == no_new_access(old, new).verdict
    names = "sts:getcalleridentity", "sts:getsessiontoken"
    old, new = (policy(allow(list(one), "*")) for one in (["sqs:SendMessage"], names))
    with pytest.raises(RefusedCertificate, match="its actions are not of one class"):
        verified(forged(old, new, [], [record(*names)]))
    assert "FAIL" == no_new_access(old, new).verdict


def test_an_unknown_action_of_a_service_that_rcps_bind_is_shown_by_itself() -> None:
    identity = policy(allow("*:Zzz*", "*"))
    never = policy(deny("s3:Nothing*", "*", **EVERYONE), kind="rcp")
    never_sts = policy(deny("sts:*", "*", **EVERYONE), kind="resource")
    ceiling = [[policy(allow("*:Zzz*", "*"), kind="scp")]]  # binds the root user, whom identity policies do not
    old, new = (PolicySet(identity=identity, resource=never_sts, scps=ceiling, rcps=[[one]]) for one in (never, FULL))
    proof = no_new_access(old, new)
    assert "PASS_FOR_KNOWN_ACTIONS" == proof.verdict and proof.certify is not None
    found: Json = proof.certify()
    ways = {json.dumps([one["persona"], one["variant"]]) for one in found["known"]}
    found["future"] = [
        record("x0:zzz", persona=persona, variant=variant) for persona, variant in map(json.loads, sorted(ways))
    ]
    found["verdict"] = "PASS"
    with pytest.raises(RefusedCertificate, match=r"nothing is shown of `[a-z0-9-]+:"):
        verified(json.dumps(found).encode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("nonsense", "error: this is no certificate"),
        ("{}", "error: this is no certificate: object missing required field `kind`"),
        (json.dumps({"Version": "2012-10-17"}), "error: this is no certificate"),
    ],
)
def test_what_is_no_certificate_ends_with_2(leastwise: Command, content: str, message: str) -> None:
    Path("proof.json").write_text(content, encoding="utf-8")
    told = leastwise("verify-proof", "proof.json")
    assert 2 == told.code and told.err.startswith(message)


def test_a_file_that_is_not_there_ends_with_2(leastwise: Command) -> None:
    told = leastwise("verify-proof", "proof.json")
    assert (2, "error: cannot read `proof.json`: no such file or directory") == (told.code, told.err.splitlines()[0])


def test_a_solver_that_is_missing_ends_with_2(leastwise: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "z3", None)
    told = leastwise("verify-proof", written(certificate("lemmas")), "--solver", "z3")
    assert 2 == told.code
    assert ["error: the solver `z3` is not installed", "  = help: run `pip install leastwise[solvers]`"] == (
        told.err.splitlines()
    )
