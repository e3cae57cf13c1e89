"""Made-up pairs of policy documents, the new one often an edit of the old; and requests that try both."""

from __future__ import annotations

import copy
from random import Random

Json = dict[str, object]

ACTIONS = (
    "s3:GetObject",
    "s3:PutObject",
    "s3:ListBucket",
    "ec2:TerminateInstances",
    "ec2:CreateTags",
    "iam:PassRole",
    "iam:CreateUser",
    "sqs:SendMessage",
    "sts:GetCallerIdentity",
)
ACTION_PATTERNS = (*ACTIONS, "s3:*", "s3:Get*", "*", "iam:?assRole", "ec2:*s", "S3:PUT*", "s*:*")
RESOURCES = (
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/a*",
    "arn:aws:s3:::b/a?",
    "arn:aws:s3:::b/ab",
    "arn:aws:s3:::b",
    "arn:aws:s3:::*",
    "arn:aws:s3:::*/a",
    "arn:*:s3:::b/*",
    "arn:aws:ec2:*:*:instance/*",
    "arn:aws:ec2:us-east-1:*:instance/i-1",
    "arn:aws:iam::123456789012:role/*",
    "arn:aws:iam::*:role/a*",
    "arn:aws:iam::123456789012:user/${aws:username}",
    "arn:aws:sqs:*:123456789012:q",
    "arn:aws:s3:::b/${aws:PrincipalTag/t}/*",
    "arn:aws:sqs",
)
TEXTS = ("a", "b", "ab", "A", "a/b", "")
PATTERNS = ("a", "b", "a*", "*a", "?", "a?", "*", "ab", "${aws:PrincipalTag/t}", "A*")
KEYS = {
    "String": (
        "aws:PrincipalTag/t",
        "aws:PrincipalTag/u",
        "aws:ResourceTag/r",
        "aws:RequestTag/q",
        "s3:prefix",
        "aws:UserAgent",
    ),
    "List": ("aws:TagKeys", "aws:CalledVia"),
    "Numeric": ("aws:MultiFactorAuthAge", "s3:max-keys"),
    "Date": ("aws:CurrentTime", "aws:TokenIssueTime"),
    "Bool": ("aws:MultiFactorAuthPresent", "aws:SecureTransport", "aws:ViaAWSService"),
    "Ip": ("aws:SourceIp", "aws:VpcSourceIp"),
    "Arn": ("aws:PrincipalArn", "aws:SourceArn"),
    "Account": ("aws:PrincipalAccount", "aws:ResourceAccount"),
}
VALUES = {
    "String": TEXTS,
    "List": TEXTS[:5],
    "Numeric": ("0", "1", "5", "5.5", "10", "100", "x"),
    "Date": ("2020-01-01T00:00:00Z", "2021-06-01T00:00:00Z", "2025-01-01T00:00:00Z", "1600000000"),
    "Bool": ("true", "false"),
    "Ip": ("10.0.0.1", "10.0.1.7", "203.0.113.9", "2001:db8::1"),
    "Arn": ("arn:aws:iam::123456789012:role/a", "arn:aws:iam::111122223333:role/a", "arn:aws:iam::123456789012:user/b"),
    "Account": ("123456789012", "111122223333"),
}
POLICY_VALUES = {
    **VALUES,
    "Ip": ("10.0.0.0/24", "10.0.0.0/8", "0.0.0.0/0", "203.0.113.9", "2001:db8::/32"),
    "Arn": (*VALUES["Arn"], "arn:aws:iam::*:role/*", "arn:*:iam::123456789012:*", "arn:aws:iam::123456789012:role/a*"),
}
_COMPARED = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
OPERATORS = {
    "String": ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"),
    "Numeric": tuple(f"Numeric{one}" for one in _COMPARED),
    "Date": tuple(f"Date{one}" for one in _COMPARED),
    "Bool": ("Bool",),
    "Ip": ("IpAddress", "NotIpAddress"),
    "Arn": ("ArnLike", "ArnNotLike", "ArnEquals", "StringLike"),
    "Account": ("StringEquals", "StringNotEquals"),
}


class Pair:
    """Two documents of one seed, and as many requests as are wanted."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.one_of = self.random.choice
        self.old = self.document()
        self.new = self.edited(self.old) if self.sometimes(0.6) else self.document()

    def sometimes(self, share: float) -> bool:
        return self.random.random() < share

    def document(self) -> Json:
        effects = ["Allow"] * self.one_of((1, 1, 2, 3)) + ["Deny"] * self.one_of((0, 0, 1, 1, 2))
        return {"Version": "2012-10-17", "Statement": [self.statement(effect) for effect in effects]}

    def statement(self, effect: str) -> Json:
        actions = self.random.sample(ACTION_PATTERNS, self.one_of((1, 1, 2, 3)))
        resources = self.random.sample(RESOURCES, self.one_of((1, 1, 2)))
        body: Json = {
            "Effect": effect,
            "NotAction" if self.sometimes(0.12) else "Action": actions,
            "NotResource" if self.sometimes(0.12) else "Resource": resources,
        }
        if self.sometimes(0.6):
            body["Condition"] = self.conditions()
        return body

    def conditions(self) -> Json:
        found: dict[str, dict[str, list[str]]] = {}
        for _ in range(self.one_of((1, 1, 2, 3))):
            kind = self.one_of(tuple(KEYS))
            key = self.one_of(KEYS[kind])
            if self.sometimes(0.1):
                found.setdefault("Null", {})[key] = [self.one_of(("true", "false"))]
                continue
            operator = self.operator(kind)
            values = PATTERNS if "Like" in operator and kind in ("String", "List") else POLICY_VALUES[kind]
            count = 1 if "Bool" in operator else self.one_of((1, 1, 2))
            found.setdefault(operator, {})[key] = self.random.sample(values, min(count, len(values)))
        return found  # type: ignore[return-value]

    def operator(self, kind: str) -> str:
        if kind == "List":
            prefix = self.one_of(("ForAllValues:", "ForAnyValue:", "ForAllValues:", "ForAnyValue:", ""))
            return f"{prefix}{self.one_of(OPERATORS['String'])}{self.one_of(('', '', 'IfExists'))}"
        prefix = self.one_of(("", "", "", "", "", "ForAllValues:", "ForAnyValue:"))
        return f"{prefix}{self.one_of(OPERATORS[kind])}{self.one_of(('', '', '', 'IfExists'))}"

    def edited(self, document: Json) -> Json:
        found = copy.deepcopy(document)
        statements = found["Statement"]
        assert isinstance(statements, list)
        for _ in range(self.one_of((1, 1, 2))):
            self._edit(statements)
        return found

    def _edit(self, statements: list[Json]) -> None:
        place = self.random.randrange(len(statements))
        statement = statements[place]
        edit = self.one_of(("conditions", "add", "drop", "Action", "Resource", "copy"))
        if edit == "conditions":
            statement["Condition"] = self.conditions()
        elif edit == "drop" and "Condition" in statement:
            del statement["Condition"]
        elif edit == "add":
            statements.append(self.statement(self.one_of(("Allow", "Deny"))))
        elif edit == "copy":
            statements.append({**copy.deepcopy(statement), "Condition": self.conditions()})
        else:
            name = edit if edit in statement else f"Not{edit}" if f"Not{edit}" in statement else "Sid"
            pool = ACTION_PATTERNS if edit == "Action" else RESOURCES
            if name == "Sid":  # a drop of a condition that is not there
                return
            statement[name] = self.random.sample(pool, self.one_of((1, 2)))

    def request(self) -> tuple[str, str, str, Json]:
        """Principal, action, resource and context of a request that the documents may tell apart."""
        principal = self.one_of(
            ("arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:user/b", "arn:aws:iam::111122223333:role/a")
        )
        context: Json = {}
        for kind, keys in KEYS.items():
            for key in keys:
                if self.sometimes(0.5) and key not in (
                    "aws:PrincipalArn",
                    "aws:PrincipalAccount",
                    "aws:ResourceAccount",
                ):
                    values = VALUES[kind]
                    context[key] = (
                        self.random.sample(values, self.one_of((0, 1, 2))) if kind == "List" else self.one_of(values)
                    )
        return principal, self.one_of(ACTIONS), self._resource(), context

    def _resource(self) -> str:
        text = self.one_of(RESOURCES)
        if text.count(":") < 5:
            return "*"
        parts = (
            text.replace("${aws:PrincipalTag/t}", self.one_of(("a", "b"))).replace("${aws:username}", "b").split(":", 5)
        )
        fill = {1: "aws", 3: self.one_of(("us-east-1", "eu-west-1")), 4: "123456789012"}
        parts = [fill.get(place, part) if part == "*" and place < 5 else part for place, part in enumerate(parts)]
        return ":".join(
            [
                *parts[:5],
                parts[5].replace("*", self.one_of(("", "a", "b", "ab", "x/y"))).replace("?", self.one_of("abx")),
            ]
        )
