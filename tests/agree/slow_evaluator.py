"""One request decided by the rules as AWS writes them, a second time: slow, plain, on its own.

A request is a mapping with `principal` (`arn` and, where they are known, `role_arn`, `user_arn`, `user_id`,
`canonical_id`, `in_management_account`), `action`, `resource`, `context`, `resource_account` and
`resource_in_management_account`. Policies are lists of JSON documents under `identity`, `boundary`, `session`,
`resource`, `trust` and `endpoint`, and lists of such lists, root first, under `scps` and `rcps`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from slow_conditions import Facts, conditions_hold, fits, in_six, pattern_of, texts, wild

Json = Mapping

ALLOW, EXPLICIT_DENY, IMPLICIT_DENY = "ALLOW", "EXPLICIT_DENY", "IMPLICIT_DENY"

RCP_SERVICES = ("dynamodb", "kms", "logs", "s3", "secretsmanager", "sqs", "sts")
"""Those of the services that RCPs bind on which these tests ask. Organizations User Guide, "RCPs"."""

BUCKET_POLICY_ACTIONS = ("s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy")

DIRECT, LIKE_IDENTITY, ACCOUNT = "direct", "like identity", "account"
"""What a resource policy's Allow stands for: everything needed, an identity policy's Allow, the account's consent."""


class Open(Exception):  # noqa: N818  # a question, not an error
    """The rules leave this point open."""


def decide(request: Json, policies: Json, assumed: Mapping[str, bool] | None = None) -> str | None:
    """ALLOW, EXPLICIT_DENY or IMPLICIT_DENY; None where that turns on a point that the rules leave open."""
    assumed = assumed or {}
    try:
        return Case(request, policies, caller_of(request["principal"]), assumed).outcome()
    except Open as question:
        point = str(question)
        outcomes = {decide(request, policies, {**assumed, point: answer}) for answer in (True, False)}
        return outcomes.pop() if len(outcomes) == 1 else None


@dataclass(frozen=True)
class Caller:
    """Whoever asks: the names by which a policy may mean it, by what an Allow for them stands for."""

    kind: str
    account: str
    names: Mapping[str, tuple[str, ...]]
    facts: Mapping[str, str] = field(default_factory=dict)
    is_service_linked: bool = False
    in_management_account: bool = False

    @property
    def has_policies(self) -> bool:
        """Whether identity policies, boundaries and session policies bind it."""
        return self.kind in ("user", "session", "role", "federated-user")


def caller_of(principal: Json) -> Caller:
    """The caller that a principal is. IAM User Guide, "Principal"; "AWS global condition context keys"."""
    arn = principal["arn"]
    if not arn.startswith("arn:"):
        return outsider(arn)
    *_, account, resource = in_six(arn)
    kind = {"assumed-role": "session"}.get(resource.split("/")[0], resource.split("/")[0])
    if kind.endswith("-provider"):
        return Caller("provider", "", {DIRECT: (arn,)})
    entity = principal.get("role_arn", arn)
    return Caller(
        kind,
        account,
        {**names_of(kind, arn, principal), ACCOUNT: accounts_names(account, principal)},
        {**facts_of(kind, account, resource, principal), "aws:principalarn": entity},
        ":role/aws-service-role/" in entity,
        principal.get("in_management_account", False),
    )


def outsider(name: str) -> Caller:
    """A caller without an account: anonymous, a service, or an identity provider without an ARN."""
    if name == "anonymous":
        keys = {"aws:principalaccount": name, "aws:userid": name, "aws:principaltype": "Anonymous"}
        return Caller("anonymous", "", {}, keys)
    if name in ("accounts.google.com", "cognito-identity.amazonaws.com", "www.amazon.com", "graph.facebook.com"):
        return Caller("provider", "", {DIRECT: (name,)})
    keys = {"aws:principalisawsservice": "true", "aws:principalservicename": name}
    return Caller("service", "", {DIRECT: (name,)}, keys)


def names_of(kind: str, arn: str, principal: Json) -> dict[str, tuple[str, ...]]:
    """The names of the caller itself, not of its account."""
    return {
        "user": {DIRECT: (arn,)},
        "session": {DIRECT: (arn,), LIKE_IDENTITY: (principal.get("role_arn", ""),)},
        "role": {LIKE_IDENTITY: (arn,)},
        "federated-user": {DIRECT: (arn,), LIKE_IDENTITY: (principal.get("user_arn", ""),)},
        "root": {},
    }[kind]


def accounts_names(account: str, principal: Json) -> tuple[str, ...]:
    """The names of an account as a principal."""
    canonical = (principal["canonical_id"],) if "canonical_id" in principal else ()
    return (account, f"arn:aws:iam::{account}:root", *canonical)


def facts_of(kind: str, account: str, resource: str, principal: Json) -> dict[str, str]:
    """The condition keys that AWS fills from the caller."""
    name = resource.rpartition("/")[2]
    types = {"user": "User", "session": "AssumedRole", "role": "AssumedRole", "root": "Account"}
    found = {
        "aws:principalaccount": account,
        "aws:principaltype": types.get(kind, "FederatedUser"),
        "aws:principalisawsservice": "false",
    }
    ids = {"root": account, "federated-user": f"{account}:{name}"}
    if "user_id" in principal:
        ids |= {"user": principal["user_id"], "session": f"{principal['user_id']}:{name}"}
    if kind in ids:
        found["aws:userid"] = ids[kind]
    return {**found, "aws:username": name} if kind == "user" else found


@dataclass(frozen=True)
class Case:
    """A request and the policies that may bind it, under answers assumed to the points left open."""

    request: Json
    policies: Json
    caller: Caller
    assumed: Mapping[str, bool]

    def outcome(self) -> str:
        """What becomes of the request. IAM User Guide, "How AWS enforcement code logic evaluates requests"."""
        self.check()
        if self.action == "sts:getcalleridentity":
            return ALLOW
        if any(self.denies(kind, document) for kind, document in self.binding()):
            return EXPLICIT_DENY
        is_within = self.is_within_guard_rails()
        return ALLOW if is_within and self.is_granted() else IMPLICIT_DENY

    @property
    def action(self) -> str:
        """The action in lower case."""
        return self.request["action"].lower()

    @property
    def is_same_account(self) -> bool:
        """Whether caller and resource are of one account."""
        return self.caller.account == self.request["resource_account"]

    @property
    def facts(self) -> Facts:
        """The condition keys of the request, those of the caller and the resource included."""
        derived = {**self.caller.facts, "aws:resourceaccount": self.request["resource_account"]}
        return {key.lower(): texts(value) for key, value in {**derived, **self.request["context"]}.items()}

    def binding(self) -> Iterator[tuple[str, Json]]:
        """Every policy that binds this request, with its type."""
        own = ("identity", "boundary", "session") if self.caller.has_policies else ()
        of_resource = () if self.is_owners_root_on_bucket_policy else ("resource", "trust")
        for kind in (*own, *of_resource, "endpoint"):
            yield from ((kind, document) for document in self.policies.get(kind, ()))
        yield from (("scp", document) for document in chain(*self.scps()))
        yield from (("rcp", document) for document in chain(*self.rcps()))

    def scps(self) -> Sequence[Sequence[Json]]:
        """The levels of SCPs that bind the caller. Organizations User Guide, "SCPs"."""
        is_member = self.caller.has_policies or self.caller.kind == "root"
        is_exempt = self.caller.is_service_linked or self.caller.in_management_account
        return self.policies.get("scps", ()) if is_member and not is_exempt else ()

    def rcps(self) -> Sequence[Sequence[Json]]:
        """The levels of RCPs that bind the resource. Organizations User Guide, "RCPs"."""
        is_exempt = (
            self.action.partition(":")[0] not in RCP_SERVICES
            or self.action == "kms:retiregrant"
            or self.request.get("resource_in_management_account", False)
            or self.caller.is_service_linked
            or self.is_service_assuming_its_role
        )
        return () if is_exempt else self.policies.get("rcps", ())

    @property
    def is_service_assuming_its_role(self) -> bool:
        """Whether a service assumes its service-linked role, whose path names the service."""
        names = self.caller.names.get(DIRECT, ())
        is_service = self.caller.kind == "service"
        return is_service and f":role/aws-service-role/{names[0]}/" in self.request["resource"]

    def is_within_guard_rails(self) -> bool:
        """Whether every level of SCPs and RCPs, and the endpoint on the way, allow."""
        return (
            all(self.is_allowed("rcp", level) for level in self.rcps())
            and all(self.is_allowed("scp", level) for level in self.scps())
            and self.is_allowed_if_any("endpoint")
        )

    def is_granted(self) -> bool:
        """Whether the caller's and the resource's policies allow, guard rails aside."""
        if self.action in BUCKET_POLICY_ACTIONS and not self.is_same_account:
            return False
        grants = self.resource_grants()
        if not self.is_same_account:
            has_own = not self.caller.account or self.is_granted_by_own(self.is_allowed_by_identity())
            return bool(grants) and has_own
        if DIRECT in grants:
            return True
        consents = not self.needs_resource_policy or ACCOUNT in grants
        return self.is_granted_by_own(LIKE_IDENTITY in grants or (consents and self.is_allowed_by_identity()))

    @property
    def is_owners_root_on_bucket_policy(self) -> bool:
        """Whether the bucket's policy cannot refuse. S3 API Reference, "PutBucketPolicy"."""
        return self.caller.kind == "root" and self.is_same_account and self.action in BUCKET_POLICY_ACTIONS

    @property
    def needs_resource_policy(self) -> bool:
        """Whether identity policies count only by consent of the key policy or trust policy."""
        resource = self.request["resource"]
        is_role = self.action.startswith("sts:") and ":role/" in resource
        return is_role or (resource.startswith("arn:aws:kms:") and ":key/" in resource)

    def check(self) -> None:
        """Raises ValueError when a policy that such a resource always has is not given: nothing can be said then."""
        if self.needs_resource_policy and not (self.policies.get("resource") or self.policies.get("trust")):
            raise ValueError("no key policy or trust policy")

    def is_allowed_by_identity(self) -> bool:
        """Whether identity policies allow; root needs none."""
        return self.caller.kind == "root" or self.is_allowed("identity", self.policies.get("identity", ()))

    def is_granted_by_own(self, is_granted: bool) -> bool:
        """Whether a grant passes boundary and session policies; a federated user has nothing without the latter."""
        if not is_granted or self.caller.kind == "root":
            return is_granted
        if self.caller.kind == "federated-user" and not self.policies.get("session"):
            return False
        return self.is_allowed_if_any("boundary") and self.is_allowed_if_any("session")

    def is_allowed_if_any(self, kind: str) -> bool:
        """Whether policies of a type allow, or there are none."""
        documents = self.policies.get(kind, ())
        return not documents or self.is_allowed(kind, documents)

    def is_allowed(self, kind: str, documents: Sequence[Json]) -> bool:
        """Whether a statement of the policies allows."""
        return any(
            statement["Effect"] == "Allow" and self.matches(kind, document, statement)
            for document in documents
            for statement in statements_of(document)
        )

    def denies(self, kind: str, document: Json) -> bool:
        """Whether a statement of the policy denies."""
        return any(
            statement["Effect"] == "Deny" and self.matches(kind, document, statement)
            for statement in statements_of(document)
        )

    def resource_grants(self) -> set[str]:
        """What the Allows of the resource's policies stand for."""
        return {
            form
            for kind in ("resource", "trust")
            for document in self.policies.get(kind, ())
            for statement in statements_of(document)
            if statement["Effect"] == "Allow" and self.matches(kind, document, statement)
            for form in self.forms_named(statement["Principal"])
        }

    def matches(self, kind: str, document: Json, statement: Json) -> bool:
        """Whether action, resource, principal and conditions of a statement all fit."""
        has_variables = document.get("Version") == "2012-10-17"
        return (
            self.fits_action(statement)
            and self.fits_principal(statement)
            and conditions_hold(statement.get("Condition", {}), self.facts, has_variables=has_variables)
            and self.fits_resources(kind, statement, has_variables=has_variables)
        )

    def fits_action(self, statement: Json) -> bool:
        """Whether the action is among the statement's, case aside. IAM User Guide, "Action"; "NotAction"."""
        listed = texts(statement.get("Action", statement.get("NotAction")))
        return any(fits(wild(one.lower()), self.action) for one in listed) == ("Action" in statement)

    def fits_resources(self, kind: str, statement: Json, *, has_variables: bool) -> bool:
        """Whether the resource is among the statement's; a trust policy's is its own role."""
        if "Resource" not in statement and "NotResource" not in statement:
            return True
        listed = texts(statement.get("Resource", statement.get("NotResource")))
        fitting = [one for one in listed if self.fits_resource(kind, one, has_variables=has_variables)]
        is_listed = any(is_certain(one, has_variables=has_variables) for one in fitting)
        if fitting and not is_listed:
            is_listed = self.assume(f"variables count in the account part of an ARN of {kind} {statement}")
        return is_listed == ("Resource" in statement)

    def fits_resource(self, kind: str, text: str, *, has_variables: bool) -> bool:
        """Whether the resource fits one pattern, variables in the account part counting.

        IAM User Guide, "Resource"; "Variables and tags".
        """
        if text == "*":
            return True
        parts = parts_of(text, has_variables=has_variables)
        if len(parts) < 6:
            parts = completed(parts, kind)
        if len(parts) < 6 or {"*", "?"} & set(parts[2]):
            return False
        if has_variables and any("${" in part for part in parts[:4]):
            return False
        patterns = [pattern_of(part, self.facts, has_variables=has_variables, has_wildcards=True) for part in parts]
        given = in_six(self.request["resource"])
        return len(given) == 6 and all(p is not None and fits(p, g) for p, g in zip(patterns, given, strict=True))

    def assume(self, point: str) -> bool:
        """The answer assumed to an open point; raises Open when none is."""
        if point not in self.assumed:
            raise Open(point)
        return self.assumed[point]

    def fits_principal(self, statement: Json) -> bool:
        """Whether a statement is for the caller; one without principals is."""
        if "NotPrincipal" in statement:
            return not self.is_exempt(statement["NotPrincipal"])
        return "Principal" not in statement or bool(self.forms_named(statement["Principal"]))

    def forms_named(self, element: object) -> set[str]:
        """What an Allow for these principals stands for; empty when they do not include the caller.

        IAM User Guide, "How AWS enforcement code logic evaluates requests"; "Principal", "All principals".
        """
        listed = listed_in(element)
        if "*" in listed:
            return {DIRECT}
        found = {form for form, names in self.caller.names.items() if set(names) & listed}
        return found | ({DIRECT} if self.is_session_among(listed) else set())

    def is_session_among(self, listed: set[str]) -> bool:
        """Whether one of the sessions named is that of the role, whose session is not known."""
        if self.caller.kind != "role":
            return False
        role = self.caller.names[LIKE_IDENTITY][0].rpartition("/")[2]
        sessions = sorted(n for n in listed if n.startswith(f"arn:aws:sts::{self.caller.account}:assumed-role/{role}/"))
        return any(self.assume(f"the session is {session}") for session in sessions)

    def is_exempt(self, element: object) -> bool:
        """Whether `NotPrincipal` spares the caller: certainly, if each of its identities is listed and no boundary set.

        IAM User Guide, "NotPrincipal"; "Permissions boundaries for IAM entities".
        """
        listed = listed_in(element)
        if self.caller.has_policies and self.policies.get("boundary"):
            return False
        if "*" in listed:
            return True
        covered = [bool(set(names) & listed) for names in self.caller.names.values()]
        if self.caller.kind == "role":
            covered.append(self.is_session_among(listed))
        if not any(covered):
            return False
        return all(covered) or not self.assume("NotPrincipal denies who is listed in part")


def statements_of(document: Json) -> list[Json]:
    """The statements of a policy, which may be one without a list."""
    found = document["Statement"]
    return found if isinstance(found, list) else [found]


def listed_in(element: object) -> set[str]:
    """Every name of a `Principal` or `NotPrincipal`, whatever its type."""
    if not isinstance(element, Mapping):
        return {str(element)}
    return {name for values in element.values() for name in texts(values)}


def parts_of(text: str, *, has_variables: bool) -> list[str]:
    """A resource's parts between colons, those inside `${…}` not counting."""
    pieces = re.findall(r"\$\{[^}]*\}|.", text) if has_variables else list(text)
    return ["".join(part) for part in in_six(pieces)]


def is_certain(text: str, *, has_variables: bool) -> bool:
    """Whether AWS settles what a resource means: not where a variable stands in the account part."""
    return not has_variables or "${" not in "".join(parts_of(text, has_variables=True)[4:5])


def completed(parts: list[str], kind: str) -> list[str]:
    """A short ARN with its missing parts, where the policy type completes it."""
    if kind in ("identity", "boundary") or parts[-1].endswith("*"):
        return [*parts, *["*"] * (6 - len(parts))]
    return parts
