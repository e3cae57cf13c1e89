"""Made-up requests with made-up policies of every type, wide rather than likely; a seed always makes the same one."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from slow_evaluator import Case, caller_of
from world_parts import (
    ACCOUNT_KEYS,
    CANONICAL,
    COMPARING,
    DERIVED,
    KEYS,
    NOT_SERVED,
    OPERATORS,
    OTHER_ACTIONS,
    OTHER_NAMES,
    OTHER_RESOURCES,
    OTHER_SHORT,
    PROVIDERS,
    RANGES,
    SERVED,
    SERVICES,
    TYPED,
    VARIABLES,
    A,
    B,
    Json,
    principals_of,
    targets_of,
)


def world(seed: int) -> tuple[Json, Json]:
    """The request and the policies that the seed makes."""
    made = Made(seed)
    return made.request, made.policies()


def condition(seed: int) -> tuple[Json, Json]:
    """A request that a policy allows if a condition or two hold."""
    made = Made(seed)
    made.aim, made.stray = "conditions", 0.4
    principal = made.one_of((*principals_of(A)[:-1], {"arn": "anonymous"}, {"arn": SERVICES[0]}))
    made.ask({"principal": principal, "action": "s3:GetObject", "resource": "arn:aws:s3:::b/A", "resource_account": A})
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": made.conditions()}
    policy = {"Version": "2012-10-17", "Statement": statement}
    if not principal["arn"].startswith("arn:"):
        return made.request, {"resource": [policy | {"Statement": {**statement, "Principal": "*"}}]}
    session = {"session": [policy]} if "federated-user" in principal["arn"] else {}
    return made.request, {"identity": [policy], **session}


class Made:
    """Makes one request and policies meant for it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.one_of = self.random.choice
        self.word = self.one_of(TYPED["String"])
        """What several keys hold, so that variables meet values."""
        self.ask(self._asked())
        self.aim = self.one_of(
            ("policies", "policies", "policies", "conditions", "conditions", "conditions", "open", "open", "open")
        )
        """What shall settle the decision: all policy types, conditions, or points that AWS leaves open."""
        self.strays = self.one_of((0, 0.02, 0.02, 0.1)) if self.aim == "policies" else 0
        """How often a part of an Allow is not made to fit."""

    def ask(self, asked: Json) -> None:
        """Takes a request, with facts of its own."""
        has_account = asked["principal"]["arn"].startswith("arn:aws:")
        context = self._context(has_account=has_account)
        self.request = {**asked, "resource_in_management_account": self.sometimes(0.1), "context": context}
        self.facts = Case(self.request, {}, caller_of(self.request["principal"]), {}).facts

    def sometimes(self, share: float) -> bool:
        """True that often."""
        return self.random.random() < share

    def _asked(self) -> Json:
        owner = A if self.sometimes(0.8) else B
        actions, resources = self.one_of(targets_of(owner))
        action = self.one_of(actions)
        principal = self._principal(action)
        if resources == ("*",):
            owner = principal["arn"].split(":")[4]
        if principal["arn"] in PROVIDERS:
            action = "sts:AssumeRoleWithSAML" if "saml" in principal["arn"] else "sts:AssumeRoleWithWebIdentity"
        return {
            "principal": principal,
            "action": action,
            "resource": self.one_of(resources),
            "resource_account": owner,
        }

    def _principal(self, action: str) -> Json:
        service = action.partition(":")[0]
        if action.endswith("BucketPolicy") and self.sometimes(0.4):
            return {"arn": f"arn:aws:iam::{A}:root"}
        if action == "sts:AssumeRole" and self.sometimes(0.4):
            return {"arn": self.one_of((*PROVIDERS, *SERVICES, *SERVICES[:1] * 3))}
        if service in SERVED and action not in NOT_SERVED and self.sometimes(0.2):
            return {
                "arn": self.one_of(SERVICES if service in ("kms", "lambda") else ("anonymous", "anonymous", *SERVICES))
            }
        account = A if self.sometimes(0.85) else B
        return {
            **self.one_of(principals_of(account)),
            "canonical_id": CANONICAL[account],
            "in_management_account": self.sometimes(0.1),
        }

    def _context(self, *, has_account: bool) -> Json:
        found = {}
        for key, kind in KEYS.items():
            if self.sometimes(0.7) and (has_account or key != "aws:PrincipalTag/team"):
                found[self._cased(key)] = self._fact(kind)
        return found

    def _fact(self, kind: str) -> object:
        """A value of a key, a list where AWS sends one; a list of one stands for its value."""
        if kind == "List":
            return [self._text() for _ in range(self.one_of((0, 1, 1, 2, 3)))]
        value = self._text() if kind == "String" else self.one_of(TYPED[kind])
        return [value] if self.sometimes(0.05) else value

    def _text(self) -> str:
        return self.word if self.sometimes(0.4) else self.one_of(TYPED["String"])

    def _cased(self, key: str) -> str:
        return self.one_of((key, key, key, key.lower(), key.upper()))

    def policies(self) -> Json:
        """Policies of the types that may bind such a request, and of some that cannot, each made to fit it or not."""
        if self.aim == "conditions":
            return {"identity": [self.document("identity")]} | self._of_resource(0.3)
        found = self._own() | self._of_resource(0.7)
        if self.sometimes(0.1):
            found["endpoint"] = [self.document("endpoint")]
        return found | self._levels()

    def _of_resource(self, share: float) -> Json:
        """The policy of the resource, which keys and roles always have and others need for callers from elsewhere."""
        resource, principal = self.request["resource"], self.request["principal"]["arn"]
        if self.request["action"].startswith("sts:") and ":role/" in resource:
            return {"trust": [self.document("trust")]}
        is_outside = self.request["resource_account"] not in principal
        is_needed = resource != "*" and (":key/" in resource or is_outside or self.sometimes(share))
        return {"resource": [self.document("resource")]} if is_needed else {}

    def _own(self) -> Json:
        found = {"identity": [self.document("identity") for _ in range(self.one_of((0, 1, 1, 1, 2)))]}
        if self.sometimes(0.2):
            found["boundary"] = [self.document("boundary")]
        arn = self.request["principal"]["arn"]
        if ("federated-user" in arn or "assumed-role" in arn) and self.sometimes(0.4):
            found["session"] = [self.document("session") for _ in range(self.one_of((1, 1, 2)))]
        return found

    def _levels(self) -> Json:
        found: Json = {}
        share = 0.8 if "AWSServiceRole" in self.request["principal"]["arn"] + self.request["resource"] else 0.3
        if self.sometimes(share):
            found["scps"] = [self._level("scp") for _ in range(self.one_of((1, 2, 3)))]
        if self.sometimes(share):
            found["rcps"] = [self._level("rcp") for _ in range(self.one_of((1, 2, 3)))]
        return found

    def _level(self, kind: str) -> list[Json]:
        full = {"Effect": "Allow", "Action": "*", "Resource": "*"} | ({"Principal": "*"} if kind == "rcp" else {})
        level = [{"Version": "2012-10-17", "Statement": full}] if self.sometimes(0.9) else []
        return level + [self.document(kind)] * self.sometimes(0.4)

    def document(self, kind: str) -> Json:
        """A policy of that type."""
        version = {} if self.sometimes(0.05) else {"Version": "2012-10-17" if self.sometimes(0.9) else "2008-10-17"}
        effects = self._effects(kind)
        if kind == "rcp":
            version, effects = {"Version": "2012-10-17"}, ["Deny"]
        statements = [self.statement(kind, effect) for effect in effects]
        return version | {"Statement": statements[0] if len(statements) == 1 and self.sometimes(0.3) else statements}

    def _effects(self, kind: str) -> list[str]:
        if self.aim == "policies":
            return ["Allow"] * self.one_of((0, 1, 1, 1, 2)) + ["Deny"] * self.sometimes(0.35)
        if self.aim == "conditions":
            return ["Allow"] + ["Deny"] * self.sometimes(0.3)
        return ["Allow"] + ["Deny"] * (kind == "resource")

    def statement(self, kind: str, effect: str) -> Json:
        """A statement of a policy of that type; an Allow mostly fits, a Deny less often."""
        is_sure = effect == "Allow" or self.aim != "policies"
        self.stray = self.strays if is_sure else self.one_of((0, 0.3, 0.5))
        body: Json = {"Effect": effect, **self._actions(kind)}
        if kind != "trust":
            body |= self._resources(kind)
        if kind in ("resource", "trust", "endpoint"):
            body |= self._principals(kind, effect)
        if kind == "rcp":
            body["Principal"] = "*"
        if self.sometimes({"policies": 0.5, "conditions": 1, "open": 0.1}[self.aim]):
            body["Condition"] = self.conditions()
        return body

    def _listed(self, values: list) -> object:
        self.random.shuffle(values)
        return values[0] if len(values) == 1 and self.sometimes(0.5) else values

    def _fits(self) -> bool:
        return not self.sometimes(self.stray)

    def _actions(self, kind: str) -> Json:
        others = OTHER_ACTIONS[:1] if kind == "rcp" else OTHER_ACTIONS
        own = self._like_action(self.one_of(range(4 if kind == "rcp" else 8)))
        if kind != "rcp" and self.sometimes(0.12):
            return {"NotAction": self._listed([self.one_of(others) if self._fits() else own])}
        return {"Action": self._listed(self._with_others([own], others))}

    def _with_others(self, own: list[str], others: Sequence[str]) -> list[str]:
        """What fits, or not, and a few that do not."""
        found = own if self._fits() else []
        return [*found, *self.random.sample(others, self.one_of((0, 0, 1)) if found else 1)]

    def _like_action(self, form: int) -> str:
        action = self.request["action"]
        service, _, name = action.partition(":")
        place = self.random.randrange(len(name))
        forms = (
            action,
            f"{service}:{name[:place]}*",
            f"{service}:{name[:place]}?{name[place + 1 :]}",
            f"{service}:*{name[place:]}",
            f"{service}:*",
            self.one_of((action.upper(), action.lower())),
            self.one_of(("*", "*:*")),
            f"{service[0]}*:{name}",
        )
        return forms[form]

    def _resources(self, kind: str) -> Json:
        if kind == "resource" and self.sometimes(0.03):
            return {}
        takes_short = kind in ("identity", "boundary", "resource", "endpoint")
        others = OTHER_RESOURCES + (OTHER_SHORT if takes_short else ())
        if self.sometimes(0.12):
            return {"NotResource": self._listed([self.one_of(others) if self._fits() else self._like_resource(kind)])}
        return {"Resource": self._listed(self._with_others([self._like_resource(kind)], others))}

    def _like_resource(self, kind: str) -> str:
        resource = self.request["resource"]
        if resource == "*" or self.sometimes(0.25):
            return "*" if self.sometimes(0.9) else "arn:aws:ec2:*:*:*"
        return self._form_of(resource.split(":", 5), kind)

    def _form_of(self, parts: list[str], kind: str) -> str:
        form = self.one_of(("plain", "wild", "wild", "variables", "variables", "account", "short", "region"))
        form = "account" if self.aim == "open" and self.sometimes(0.3) else form
        if form == "wild":
            return ":".join(self._with_wildcards(parts))
        if form == "variables":
            return ":".join([*parts[:5], self._with_variables(parts[5])])
        if form == "account":
            return ":".join([*parts[:4], self._variable(ACCOUNT_KEYS), parts[5]])
        if form == "region" and self.sometimes(0.2):
            return ":".join([*parts[:3], f"${{aws:RequestedRegion, '{parts[3]}'}}", *parts[4:]])
        if form == "short" and kind in ("identity", "boundary"):
            return ":".join(parts[: self.one_of((3, 4, 5))])
        if form == "short" and kind in ("resource", "endpoint"):
            return ":".join([*parts[:3], "*"])
        return ":".join(parts)

    def _with_wildcards(self, parts: list[str]) -> list[str]:
        found = list(parts)
        for place in (1, 3, 4, 5):
            if self.sometimes(0.4):
                found[place] = self._wild(found[place])
        if self.sometimes(0.03):
            found[2] = found[2][:-1] + "?"
        return found

    def _wild(self, text: str) -> str:
        if not text or self.sometimes(0.3):
            return "*"
        start = self.random.randrange(len(text))
        end = self.random.randint(start, len(text))
        return text[:start] + self.one_of(("*", "?" * (end - start), "*?" if end > start else "*")) + text[end:]

    def _with_variables(self, text: str) -> str:
        """The text with some of it as a variable, where a key has such a value, or as an escape."""
        names = self.random.sample(VARIABLES, len(VARIABLES))
        for key, value in ((name, value) for name in names for value in self.facts.get(name.lower(), ())):
            if value and value in text:
                return text.replace(value, "${" + key + self.one_of(("", ", 'zed'")) + "}", 1)
        for plain in "*?$":
            if plain in text:
                return text.replace(plain, "${" + plain + "}")
        defaulted = text.replace("ann", "${aws:PrincipalTag/absent, 'ann'}")
        return defaulted + self.one_of(("", "*", "${s3:prefix, ''}", "${aws:PrincipalTag/absent}", "${aws:TagKeys}*"))

    def _variable(self, keys: Sequence[str] = VARIABLES) -> str:
        known = [key for key in keys if self._is_settled(key)]
        return "${" + self.one_of(known) + self.one_of(("", "", "", ", 'ann'")) + "}"

    def _is_settled(self, key: str) -> bool:
        """Whether AWS says what the key holds, or that it is absent, for such a caller."""
        is_of_account = "aws:principalarn" in self.facts
        has_session = not self.request["principal"]["arn"].endswith(":role/app")  # in which `aws:userid` ends
        is_known = key not in DERIVED or key.lower() in self.facts
        return is_known or (is_of_account and (has_session or key != "aws:userid"))

    def _principals(self, kind: str, effect: str) -> Json:
        own = self._own_names()
        if effect == "Deny" and kind != "trust" and self.sometimes(0.9 if self.aim == "open" else 0.3):
            return {"NotPrincipal": self._by_type(self._spared(own))}
        if self.request["principal"]["arn"] not in PROVIDERS and self.sometimes(0.12):
            return {"Principal": self.one_of(("*", {"AWS": "*"}, {"AWS": ["*"], "Service": "sqs.amazonaws.com"}))}
        others = self.random.sample(OTHER_NAMES, self.one_of((0, 0, 1, 2)))
        found = [self.one_of(own)] if own and self._fits() else []
        return {"Principal": self._by_type([*found, *others] or [B])}

    def _own_names(self) -> list[str]:
        """The caller's names; canonical ids on S3 alone, which alone knows them; of a role, a session it may have."""
        caller = caller_of(self.request["principal"])
        names = [name for group in caller.names.values() for name in group]
        is_s3 = self.request["action"].startswith("s3:")
        sessions = [f"arn:aws:sts::{caller.account}:assumed-role/app/s1"] if caller.kind == "role" else []
        return [*(name for name in names if is_s3 or name not in CANONICAL.values()), *sessions]

    def _spared(self, own: list[str]) -> list[str]:
        """Some of the caller's names; of federated users, on parts of whose names AWS says nothing, all or none."""
        share = self.one_of((0, 1)) if "federated-user" in self.request["principal"]["arn"] else 0.6
        others = self.random.sample(OTHER_NAMES, self.one_of((0, 0, 1)))
        others = [name for name in others if "*" not in name]
        return [*(name for name in own if self.sometimes(share)), *others] or [f"arn:aws:iam::{A}:user/other"]

    def _by_type(self, names: list[str]) -> Json:
        found: Json = {}
        for name in names:
            if name in PROVIDERS:
                kind = "Federated"
            elif name.endswith(".com"):
                kind = "Service"
            else:
                kind = "CanonicalUser" if name in CANONICAL.values() else "AWS"
            found.setdefault(kind, []).append(name)
        return {kind: self._listed(values) for kind, values in found.items()}

    def conditions(self) -> Json:
        """One or two conditions, of which about half hold."""
        self.stray = max(self.stray, 0.4 if self.aim == "conditions" else 0)
        found: Json = {}
        for _ in range(self.one_of((1, 1, 1, 2))):
            key, kind = self._key()
            operator = self._operator(kind)
            block = found.setdefault(operator, {})
            if key.lower() not in {one.lower() for one in block}:
                block[self._cased(key)] = self._values(key, operator)
        return found

    def _key(self) -> tuple[str, str]:
        """A key with its type; for callers of no account, on whose other keys AWS is silent, those that they have."""
        derived = [key for key in DERIVED if self._is_settled(key)]
        if self.sometimes(0.3 if "aws:principalarn" in self.facts else 0.5):
            key = self.one_of(derived)
            return key, DERIVED[key]
        kind = self.one_of(sorted(set(KEYS.values())))
        return self.one_of([key for key, its_kind in KEYS.items() if its_kind == kind]), kind

    def _operator(self, kind: str) -> str:
        if self.sometimes(0.08):
            return "Null"
        of_kind = OPERATORS["String" if kind == "List" else kind]
        base = self.one_of(of_kind if self.sometimes(0.75) else COMPARING)
        qualifiers = ("ForAllValues:", "ForAnyValue:", "ForAnyValue:", "") if kind == "List" else ("",) * 8
        prefix = self.one_of((*qualifiers, "ForAllValues:", "ForAnyValue:"))
        name = prefix + base + ("IfExists" if self.sometimes(0.25) else "")
        return name.lower() if self.sometimes(0.03) else name

    def _values(self, key: str, operator: str) -> object:
        given = list(self.facts.get(key.lower(), ()))
        if operator == "Null":
            is_absent = not any(given)
            return self.one_of((is_absent, str(is_absent)) if self._fits() else ("true", "false", "True", False))
        values = [self._like_value(self.one_of(given), operator)] if given and self._fits() else []
        pool = (
            RANGES if "ip" in operator.lower() else next(v for k, v in TYPED.items() if k.lower() in operator.lower())
        )
        while not values or self.sometimes(0.3):
            values.append(self._variable() if self.sometimes(0.1) else self.one_of(pool))
        return self._listed([self._unquoted(value) for value in values])

    def _unquoted(self, value: str) -> object:
        """The value, now and then as JSON's own number or boolean."""
        plain = {"42": 42, "0": 0, "-1.5": -1.5, "true": True, "false": False}
        return plain.get(value, value) if self.sometimes(0.2) else value

    def _like_value(self, value: str, operator: str) -> str:
        """A policy's value that takes the request's value, mostly."""
        operator = operator.lower()
        if "ip" in operator:
            return self.one_of((value, *RANGES))
        if self.sometimes(0.25):
            return self._with_variables(value)
        if "arn" in operator and value.count(":") >= 5:
            return ":".join(self._with_wildcards(value.split(":", 5)))
        if "like" in operator or self.sometimes(0.1):
            return self._wild(value)
        if "ignorecase" in operator:
            return self.one_of((value.upper(), value.lower()))
        return value
