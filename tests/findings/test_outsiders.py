"""Checks of access from outside: decided by the engine, under RCPs and Block Public Access, each with a request."""

from __future__ import annotations

import json

import pytest
from small_scenes import ACCOUNT, HEAD, allow, found_by, iam, role, scene, short

from leastwise.estate.held import (
    Acl,
    Grant,
    Node,
    NotRead,
    Organization,
    OrganizationPolicy,
    Part,
    Resource,
    Resources,
    Share,
)
from leastwise.findings.finding import Found
from leastwise.findings.scene import Scene, Settings

ORGANISATION = "o-exampleorg"
OTHER = "222233334444"
STRANGER = "999988887777"
BUCKET = "arn:aws:s3:::reports"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:inbox"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1f3a9f0e-0000-4000-8000-000000000000"
Json = dict[str, object]
OURS: Json = {"StringEquals": {"aws:PrincipalOrgID": ORGANISATION}}
PERIMETER: Json = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:*", "sqs:*", "sts:*"],
    "Resource": "*",
    "Condition": {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANISATION},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    },
}
TLS: Json = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:*", "sqs:*"],
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}},
}


def policy(*statements: Json) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})


def lets(principal: object, action: object = "s3:GetObject", on: object = f"{BUCKET}/*", **more: object) -> Json:
    return {"Principal": principal, "Action": action, "Resource": on, **more}


def organisation(*rcps: Json) -> Organization:
    """Two accounts; the RCPs are at the root."""
    own = tuple(OrganizationPolicy(f"p-{place}", f"rcp{place}", "rcp", policy(one)) for place, one in enumerate(rcps))
    full = ("p-RCPFullAWSAccess",)
    nodes = (
        Node("r-root", "Root", "root", scps=("p-FullAWSAccess",), rcps=(*full, *(one.id for one in own))),
        Node(ACCOUNT, "one", "account", "r-root", scps=("p-FullAWSAccess",), rcps=full),
        Node(OTHER, "two", "account", "r-root", scps=("p-FullAWSAccess",), rcps=full),
    )
    return Organization(ORGANISATION, "000000000000", nodes, own, enabled=("scp", "rcp"))


def bucket(*statements: Json, **more: object) -> Resource:
    text = {"policy": policy(*statements)} if statements else {}
    settings = {"ObjectOwnership": "BucketOwnerEnforced"} if "acl" not in more else {}
    return Resource(BUCKET, ACCOUNT, "s3:bucket", "eu-west-1", text, **{"settings": settings, **more})  # type: ignore[arg-type]


def queue(*statements: Json) -> Resource:
    return Resource(QUEUE, ACCOUNT, "sqs:queue", "eu-west-1", {"policy": policy(*statements)})


def held(*resources: Resource, rcps: tuple[Json, ...] = (), more: tuple[Part, ...] = ()) -> Scene:
    sets = [Resources(one.account, one.type.partition(":")[0], "", (one,)) for one in resources]
    return scene(iam(role("worker")), organisation(*rcps), *sets, *more)


def outside(where: Scene) -> list[tuple[str, str]]:
    """What the checks of resources find above info: their names, and the resource's."""
    names = ("public-resource", "shared-outside-organisation")
    return [(name, one.subject.rpartition(":")[2]) for name in names for one in found_by(name, where)]


PUBLIC = [("public-resource", "reports")]
SHARED = [("shared-outside-organisation", "reports")]
ROOT = {"AWS": f"arn:aws:iam::{STRANGER}:root"}


@pytest.mark.parametrize(
    ("statement", "rcps", "expected"),
    [
        (lets("*"), (), PUBLIC),
        (lets({"AWS": "*"}), (), PUBLIC),
        (lets("*"), (TLS,), PUBLIC),
        (lets("*"), (PERIMETER,), [("public-resource", "reports")]),  # by its form alone, as S3 reads it
        (lets("*", Condition=OURS), (), []),
        (lets("*", Condition={"StringLike": {"aws:PrincipalOrgID": "*"}}), (), PUBLIC),
        (lets("*", Condition={"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}), (), PUBLIC),
        (lets("*", Condition={"StringEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}), (), SHARED),
        (lets(ROOT), (), SHARED),
        (lets(ROOT), (PERIMETER,), []),
        (lets({"AWS": f"arn:aws:iam::{STRANGER}:role/partner"}), (TLS,), SHARED),
        (lets({"AWS": STRANGER}), (), SHARED),
        (lets({"AWS": f"arn:aws:iam::{OTHER}:root"}), (), []),
        (lets({"AWS": f"{HEAD}:root"}), (), []),
        (lets("*") | {"Effect": "Deny"}, (), []),
        (lets("*", Condition={"StringEquals": {"aws:PrincipalAccount": STRANGER}}), (), SHARED),
    ],
)
def test_a_bucket_policy_is_judged_by_who_gets_in(
    statement: Json, rcps: tuple[Json, ...], expected: list[tuple[str, str]]
) -> None:
    assert expected == outside(held(bucket(statement), rcps=rcps))


LOGS = {"AWS": "arn:aws:iam::127311923021:root"}


def test_the_accounts_by_which_aws_delivers_logs_are_no_outsiders() -> None:
    assert [] == outside(held(bucket(lets(LOGS, "s3:PutObject"))))
    assert SHARED == outside(held(bucket(lets(LOGS, "s3:PutObject"), lets(ROOT))))
    assert ["shared-outside-organisation"] == [name for name, _ in outside(held(queue(lets(LOGS, "sqs:*", QUEUE))))]


def test_a_canonical_id_that_nobody_knows_is_said_not_to_be_known() -> None:
    (found,) = found_by("shared-outside-organisation", held(bucket(lets({"CanonicalUser": "79a59df900b949e5"}))))
    assert ("medium", None) == (found.severity, found.witness)
    assert found.unknown


def test_the_policy_of_a_whole_service_counts_for_its_resources() -> None:
    on = f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/*"
    text = policy(lets(ROOT, "ecr:ReplicateImage", on))
    registry = Resource(f"{HEAD}:root", ACCOUNT, "ecr:account", "eu-west-1", {"policy": text})
    (found,) = found_by("shared-outside-organisation", held(registry))
    assert found.witness is not None and "ecr:ReplicateImage" == found.witness.action
    catalog = f"arn:aws:glue:eu-west-1:{ACCOUNT}:catalog"
    tables = lets(ROOT, "glue:GetTable", f"arn:aws:glue:eu-west-1:{ACCOUNT}:*")
    glue = Resource(catalog, ACCOUNT, "glue:rootcatalog", "eu-west-1", {"policy": policy(tables)})
    assert ["shared-outside-organisation"] == [name for name, _ in outside(held(glue))]


def test_an_api_is_judged_by_the_actions_of_its_own_policy() -> None:
    arn = f"arn:aws:execute-api:eu-west-1:{ACCOUNT}:a1b2c3d4e5"
    text = policy(lets("*", "execute-api:Invoke", f"{arn}/*"))
    api = Resource(arn, ACCOUNT, "apigateway:RestApi", "eu-west-1", {"policy": text})
    assert ["public-resource"] == [name for name, _ in outside(held(api))]


def test_what_an_rcp_closes_is_milder_and_told_to_be_public_by_form_alone() -> None:
    (found,) = found_by("public-resource", held(bucket(lets("*")), rcps=(PERIMETER,)))
    assert ("medium", None) == (found.severity, found.witness)


def test_a_deny_beside_the_allow_closes() -> None:
    closing = lets("*", "s3:*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": ORGANISATION}})
    found = found_by("public-resource", held(bucket(lets("*"), closing | {"Effect": "Deny"})))
    assert ["medium"] == [one.severity for one in found]


@pytest.mark.parametrize("where", ["bucket", "account"])
def test_block_public_access_closes(where: str) -> None:
    blocked: dict[str, bool | str] = {"RestrictPublicBuckets": True}
    whole = Resource(f"{HEAD}:root", ACCOUNT, "s3:account", settings=blocked)
    open_one = bucket(lets("*"), settings=blocked if where == "bucket" else {"ObjectOwnership": "BucketOwnerEnforced"})
    resources = (open_one, whole) if where == "account" else (open_one,)
    assert [] == outside(held(*resources))


def test_a_public_queue_has_a_request_that_shows_it() -> None:
    (found,) = found_by("public-resource", held(queue(lets("*", "sqs:SendMessage", "*"))))
    assert found.witness is not None
    assert ("sqs:SendMessage", QUEUE) == (found.witness.action, found.witness.resource)


def test_a_key_that_another_company_decrypts_with_is_shared() -> None:
    own = lets({"AWS": f"{HEAD}:root"}, "kms:*", "*")
    key = Resource(KEY, ACCOUNT, "kms:key", "eu-west-1", {"policy": policy(own, lets(ROOT, "kms:Decrypt", "*"))})
    (found,) = found_by("shared-outside-organisation", held(key))
    assert found.witness is not None and "kms:Decrypt" == found.witness.action
    closed = Resource(KEY, ACCOUNT, "kms:key", "eu-west-1", {"policy": policy(own)})
    assert [] == outside(held(closed))


def test_a_grant_to_another_company_is_shared() -> None:
    own = policy(lets({"AWS": f"{HEAD}:root"}, "kms:*", "*"))
    grant = Grant(f"arn:aws:iam::{STRANGER}:role/partner", ("Decrypt",), "g1")
    inside = Grant(f"arn:aws:iam::{OTHER}:role/partner", ("Decrypt",), "g2")
    key = Resource(KEY, ACCOUNT, "kms:key", "eu-west-1", {"policy": own}, grants=(grant, inside))
    (found,) = found_by("shared-outside-organisation", held(key))
    assert "the grant g1" == found.key


@pytest.mark.parametrize(
    ("acl", "settings", "expected"),
    [
        (Acl("AllUsers", "READ"), {}, PUBLIC),
        (Acl("AuthenticatedUsers", "READ"), {}, PUBLIC),
        (Acl("AllUsers", "READ"), {"ObjectOwnership": "BucketOwnerEnforced"}, []),
        (Acl("AllUsers", "READ"), {"IgnorePublicAcls": True}, []),
        (Acl("LogDelivery", "WRITE"), {}, []),
        (Acl("owner-canonical-id", "FULL_CONTROL"), {}, []),
        (Acl("stranger-canonical-id", "READ"), {}, SHARED),
    ],
)
def test_acls_count_where_they_are_on(acl: Acl, settings: dict[str, object], expected: list[tuple[str, str]]) -> None:
    one = bucket(acl=(acl,), settings={"OwnerId": "owner-canonical-id", **settings})
    assert expected == outside(held(one))


def test_shares_count_by_whom_they_are_for() -> None:
    snapshot = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:snapshot/snap-1"
    image = Resource(snapshot, ACCOUNT, "ec2:snapshot", "eu-west-1", shared_with=("all",))
    assert ["public-resource"] == [name for name, _ in outside(held(image))]
    partner = Resource(snapshot, ACCOUNT, "ec2:snapshot", "eu-west-1", shared_with=(STRANGER, OTHER))
    assert ["shared-outside-organisation"] == [name for name, _ in outside(held(partner))]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (STRANGER, 1),
        (OTHER, 0),
        (f"arn:aws:organizations::000000000000:organization/{ORGANISATION}", 0),
        (f"arn:aws:organizations::000000000000:ou/{ORGANISATION}/ou-a-b", 0),
        ("arn:aws:organizations::000000000001:organization/o-stranger00", 1),
        (f"arn:aws:organizations::000000000001:organization/{ORGANISATION}00", 1),
    ],
)
def test_resource_shares_count_by_whom_they_are_for(target: str, expected: int) -> None:
    share = Share("arn:aws:ram:eu-west-1:1:resource-share/1", "share", ACCOUNT, "eu-west-1", (QUEUE,), (target,))
    shared = Resources(ACCOUNT, "ram", "eu-west-1", shares=(share,))
    where = held(queue(lets({"AWS": f"{HEAD}:root"}, "sqs:*", "*")), more=(shared,))
    assert expected == len(found_by("shared-outside-organisation", where))


def test_a_policy_that_cannot_be_read_is_said_not_to_be_known() -> None:
    broken = Resource(BUCKET, ACCOUNT, "s3:bucket", policies={"policy": "{"})
    (found,) = found_by("public-resource", held(broken))
    assert ("medium", None) == (found.severity, found.witness)
    assert found.unknown


def test_block_public_access_that_was_not_read_leaves_it_open() -> None:
    gap = NotRead("s3control.GetPublicAccessBlock", "access denied", ACCOUNT)
    (found,) = found_by("public-resource", held(bucket(lets("*")), more=(gap,)))
    assert found.witness is None
    assert "was not read" in found.unknown


def test_other_accounts_of_the_organisation_are_told() -> None:
    where = held(bucket(lets("*", Condition=OURS)))
    (found,) = found_by("shared-outside-account", where)
    assert found.witness is not None
    assert [] == found_by("shared-outside-account", held(bucket(lets({"AWS": f"{HEAD}:root"}))))


def test_without_an_organisation_the_snapshot_is_what_is_inside() -> None:
    shared = Resources(ACCOUNT, "s3", "", (bucket(lets({"AWS": f"arn:aws:iam::{OTHER}:root"})),))
    assert SHARED == outside(scene(iam(role("worker")), shared))
    assert [] == outside(scene(iam(role("worker")), iam(role("worker", account=OTHER), account=OTHER), shared))


def trusting(
    principal: object, *, action: str = "sts:AssumeRole", rcps: tuple[Json, ...] = (), **more: object
) -> Scene:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **more}
    one = role("worker", allow("s3:GetObject"))
    fields = {name: getattr(one, name) for name in one.__struct_fields__} | {"trust": policy(statement)}
    return scene(iam(type(one)(**fields)), organisation(*rcps))


def of_trust(where: Scene) -> set[str]:
    names = ("role-open-to-everyone", "vendor-trust-without-external-id", "whole-foreign-account-trusted")
    return {name for name in names if found_by(name, where)}


EXTERNAL: Json = {"StringEquals": {"sts:ExternalId": "a1b2c3d4e5f6"}}


@pytest.mark.parametrize(
    ("principal", "more", "expected"),
    [
        ({"AWS": "*"}, {}, {"role-open-to-everyone"}),
        ({"AWS": "*"}, {"Condition": OURS}, set()),
        (ROOT, {}, {"vendor-trust-without-external-id", "whole-foreign-account-trusted"}),
        (ROOT, {"Condition": EXTERNAL}, {"whole-foreign-account-trusted"}),
        (ROOT, {"rcps": (PERIMETER,)}, set()),
        ({"AWS": f"arn:aws:iam::{STRANGER}:role/vendor"}, {}, {"vendor-trust-without-external-id"}),
        ({"AWS": f"arn:aws:iam::{STRANGER}:role/vendor"}, {"Condition": EXTERNAL}, set()),
        ({"AWS": f"arn:aws:iam::{OTHER}:root"}, {}, set()),
        ({"AWS": f"{HEAD}:root"}, {}, set()),
        ({"Service": "lambda.amazonaws.com"}, {}, set()),
        (
            ROOT,
            {"Condition": {"StringEqualsIfExists": {"sts:ExternalId": "a1b2c3d4e5f6"}}},
            {"vendor-trust-without-external-id", "whole-foreign-account-trusted"},
        ),
        (
            ROOT,
            {"Condition": {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{STRANGER}:role/vendor"}}},
            {"vendor-trust-without-external-id"},
        ),
    ],
)
def test_trust_of_outsiders_is_judged_by_what_it_asks(principal: object, more: Json, expected: set[str]) -> None:
    assert expected == of_trust(trusting(principal, **more))  # type: ignore[arg-type]


def test_the_request_of_a_vendor_has_its_external_id() -> None:
    where = trusting(ROOT, Condition=EXTERNAL)
    (found,) = found_by("whole-foreign-account-trusted", where)
    assert found.witness is not None
    told = {key.lower(): value for key, value in found.witness.context.items()}
    assert "a1b2c3d4e5f6" == told["sts:externalid"]


GITHUB = "token.actions.githubusercontent.com"
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF"
GITHUB_SUBJECT = f"{GITHUB}:sub"
WEB = "sts:AssumeRoleWithWebIdentity"


def provider(name: str) -> Json:
    return {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{name}"}


AUDIENCE: Json = {f"{GITHUB}:aud": "sts.amazonaws.com"}
SUBJECT: Json = {GITHUB_SUBJECT: "repo:acme/site:ref:refs/heads/main"}


@pytest.mark.parametrize(
    ("name", "condition", "subject", "audience"),
    [
        (GITHUB, {"StringEquals": {**AUDIENCE, **SUBJECT}}, None, None),
        (GITHUB, {"StringEquals": AUDIENCE}, "high", None),
        (GITHUB, {"StringEquals": SUBJECT}, None, "medium"),
        (GITHUB, {}, "high", "medium"),
        (
            GITHUB,
            {"StringEquals": AUDIENCE, "StringLike": {GITHUB_SUBJECT: "repo:*:ref:refs/heads/main"}},
            "high",
            None,
        ),
        (GITHUB, {"StringEquals": AUDIENCE, "StringLike": {GITHUB_SUBJECT: "repo:acme/*"}}, None, None),
        (GITHUB, {"StringEquals": {**AUDIENCE, f"{GITHUB}:repository_owner_id": "1"}}, None, None),
        ("gitlab.com", {"StringEquals": {"gitlab.com:aud": "https://gitlab.com"}}, "high", None),
        ("app.terraform.io", {"StringEquals": {"app.terraform.io:aud": "aws.workload.identity"}}, "high", None),
        (EKS, {"StringEquals": {f"{EKS}:aud": "sts.amazonaws.com"}}, "medium", None),
        (EKS, {"StringEquals": {f"{EKS}:sub": "system:serviceaccount:a:b", f"{EKS}:aud": "x"}}, None, None),
    ],
)
def test_web_identities_are_judged_by_the_tokens_that_get_in(
    name: str, condition: Json, subject: str | None, audience: str | None
) -> None:
    where = trusting(provider(name), action=WEB, **({"Condition": condition} if condition else {}))
    found = [found_by(f"web-identity-trust-without-{one}", where) for one in ("subject", "audience")]
    defaults = ("high", "medium")
    told = [
        (several[0].severity or default) if several else None for several, default in zip(found, defaults, strict=True)
    ]
    assert [subject, audience] == told
    assert all(one.witness is not None for several in found for one in several)


def test_users_of_any_cognito_pool_are_told_apart_by_the_audience() -> None:
    cognito = "cognito-identity.amazonaws.com"
    any_pool = {"ForAnyValue:StringLike": {f"{cognito}:amr": "authenticated"}}
    where = trusting({"Federated": cognito}, action=WEB, Condition=any_pool)
    assert ["high"] == [one.severity for one in found_by("web-identity-trust-without-audience", where)]
    assert [] == found_by("web-identity-trust-without-subject", where)
    own = {"StringEquals": {f"{cognito}:aud": "eu-west-1:pool"}}
    assert [] == found_by(
        "web-identity-trust-without-audience", trusting({"Federated": cognito}, action=WEB, Condition=own)
    )


@pytest.mark.parametrize(
    ("condition", "expected"),
    [({}, 1), ({"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}, 0)],
)
def test_saml_assertions_are_judged_by_their_audience(condition: Json, expected: int) -> None:
    saml = {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/corporate"}
    more = {"Condition": condition} if condition else {}
    where = trusting(saml, action="sts:AssumeRoleWithSAML", **more)  # type: ignore[arg-type]
    assert expected == len(found_by("saml-trust-without-audience", where))


SNS = {"Service": "sns.amazonaws.com"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({}, 1),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, 0),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{ACCOUNT}:*"}}, 0),
        ({"StringEquals": {"aws:SourceOrgID": ORGANISATION}}, 0),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:*"}}, 1),
    ],
)
def test_services_are_judged_by_for_whom_they_get_in(condition: Json, expected: int) -> None:
    more = {"Condition": condition} if condition else {}
    where = held(queue(lets(SNS, "sqs:SendMessage", QUEUE, **more)))
    found = found_by("service-without-source", where)
    assert expected == len(found)
    assert all(one.witness is not None for one in found)


def test_an_rcp_that_asks_services_for_whom_they_work_closes() -> None:
    asking: Json = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": {"aws:SourceOrgID": ORGANISATION},
            "Null": {"aws:SourceAccount": "false"},
            "Bool": {"aws:PrincipalIsAWSService": "true"},
        },
    }
    statement = lets(SNS, "sqs:SendMessage", QUEUE)
    assert 1 == len(found_by("service-without-source", held(queue(statement), rcps=(PERIMETER,))))
    assert [] == found_by("service-without-source", held(queue(statement), rcps=(asking,)))


def test_services_that_do_not_say_for_whom_they_work_are_not_asked() -> None:
    assert [] == found_by("service-without-source", trusting({"Service": "ec2.amazonaws.com"}))
    found = found_by("service-without-source", trusting({"Service": "states.amazonaws.com"}))
    assert ["low"] == [one.severity for one in found]


def sensitive(*resources: Resource, pattern: str) -> list[Found]:
    where = held(*resources)
    told = Scene(where.estate, where.catalogue, Settings(sensitive=(pattern,)))
    return found_by("sensitive-resource-reached", told)


def test_who_reads_what_is_sensitive_is_counted() -> None:
    reader = role("reader", allow("s3:GetObject", on=f"{BUCKET}/*"))
    base = scene(iam(reader, role("worker")), organisation(), Resources(ACCOUNT, "s3", "", (bucket(),)))
    told = Scene(base.estate, base.catalogue, Settings(sensitive=("arn:aws:s3:::rep*",)))
    (found,) = found_by("sensitive-resource-reached", told)
    assert ["role/reader", "root"] == sorted(short([Found(name, "", found.remedy) for name in found.evidence]))
    assert "2 principals allowed" in found.message


def test_what_cannot_be_read_is_said_and_nothing_is_sensitive_by_itself() -> None:
    other = Resource(f"arn:aws:glue:eu-west-1:{ACCOUNT}:catalog", ACCOUNT, "glue:catalog", "eu-west-1")
    (found,) = sensitive(other, pattern="arn:aws:glue:*")
    assert found.unknown
    assert [] == found_by("sensitive-resource-reached", held(bucket()))
