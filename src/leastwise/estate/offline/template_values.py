"""The values of a CloudFormation template: its functions applied as far as is known, holes for the rest.

Parameters are free unless they are given, whatever their default. CloudFormation Template Reference, "Intrinsic
function reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final

from leastwise.estate.offline.arn_forms import ARN_FORMS, made_name
from leastwise.estate.offline.reading import NO_ACCOUNT, Json, Reading, member, text
from leastwise.lint.sources.holes import hole, is_marked

ABSENT: Final = object()
"""`AWS::NoValue`: what has it is as if it were not there."""

KINDS: Final[Mapping[str, tuple[str, str, str]]] = {
    "AWS::DynamoDB::Table": ("TableName", "dynamodb:table", "name"),
    "AWS::EC2::VPCEndpoint": ("", "ec2:vpc-endpoint", ""),
    "AWS::ECR::Repository": ("RepositoryName", "ecr:repository", "name"),
    "AWS::IAM::Group": ("GroupName", "iam:group", "name"),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName", "iam:instance-profile", "name"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "iam:policy", "arn"),
    "AWS::IAM::Role": ("RoleName", "iam:role", "name"),
    "AWS::IAM::User": ("UserName", "iam:user", "name"),
    "AWS::KMS::Key": ("", "kms:key", ""),
    "AWS::Lambda::Function": ("FunctionName", "lambda:function", "name"),
    "AWS::S3::Bucket": ("BucketName", "s3:bucket", "name"),
    "AWS::SNS::Topic": ("TopicName", "sns:topic", "arn"),
    "AWS::SQS::Queue": ("QueueName", "sqs:queue", ""),
    "AWS::SecretsManager::Secret": ("", "secretsmanager:secret", ""),
}
"""Resource type → the property that is its name, its kind, and what `Ref` gives; empty where nobody can know."""

_PSEUDO: Final[Mapping[str, str]] = {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}
_ARN_ATTRIBUTES: Final = ("Arn", "TopicArn")
_NAME_ATTRIBUTES: Final = ("QueueName", "TopicName")
_SUBSTITUTED: Final = re.compile(r"\$\{(!?)([^{}]*+)\}")
_DYNAMIC: Final = re.compile(r"\{\{resolve:([^{}]*+)\}\}")
_LONGEST_JOINED: Final = 100_000
_MOST_STEPS: Final = 32


class Template:
    """A template with the account, Region and parameters that are known."""

    def __init__(self, reading: Reading, body: Json) -> None:
        self.reading = reading
        resources = member(body, "Resources")
        told = resources.items() if isinstance(resources, Mapping) else ()
        self.resources: dict[str, Json] = {
            name: one for name, one in told if isinstance(one, Mapping) and isinstance(one.get("Type"), str)
        }
        self._body = body
        self._given = reading.parameters

    @cached_property
    def account(self) -> str:
        """The account in which the stack is taken to be; a fault, once it is needed, where nothing tells it."""
        if not self.reading.account:
            self.reading.fault("account", f"nothing tells the stack's account: {NO_ACCOUNT} stands for it")
        return self.reading.account or NO_ACCOUNT

    def type(self, name: str) -> str:
        """The type of a resource by its logical name; empty where the template has none of this name."""
        return text(self.resources.get(name, {}).get("Type"))

    def property(self, name: str, *path: str) -> object:
        """A property of a resource as it is written, `Fn::If` settled."""
        return self.settled(member(self.resources.get(name), "Properties", *path))

    def text(self, name: str, *path: str) -> str:
        """The text of a property; empty where there is none, or it is not known."""
        value = self.value(self.property(name, *path))
        return value if isinstance(value, str) and not is_marked(value) else ""

    def name(self, resource: str) -> str:
        """What the resource is called, made of its logical name where that is not known."""
        of_name = KINDS[self.type(resource)][0]
        return (self.text(resource, of_name) if of_name else "") or made_name(resource)

    def arn(self, resource: str) -> str:
        """The resource's ARN, made of what is known."""
        return self.arn_of_name(self.type(resource), self.name(resource), self.text(resource, "Path") or "/")

    def arn_of_name(self, kind: str, name: str, path: str = "/") -> str:
        """The ARN of a resource of this type and name."""
        form = ARN_FORMS[KINDS[kind][1]]
        account = self.account if "{account}" in form else ""
        return "arn:aws:" + form.format(
            name=name, path=path, account=account, region=self._given.get("AWS::Region", "")
        )

    def named(self, written: object) -> str:
        """The logical name of the resource that a value refers to and nothing else; empty for any other value."""
        value = self.settled(written)
        if not isinstance(value, Mapping) or len(value) != 1:
            return ""
        function, argument = next(iter(value.items()))
        first = argument[0] if isinstance(argument, list) and argument else argument
        said = text(first)
        if function == "Fn::Sub":
            found = _SUBSTITUTED.fullmatch(said)
            said = found[2] if found and not found[1] else ""
        found_name = said.partition(".")[0] if function in ("Ref", "Fn::GetAtt", "Fn::Sub") else ""
        return found_name if found_name in self.resources else ""

    def settled(self, written: object) -> object:
        """The value in the place of `Fn::If`, where its condition is known."""
        for _ in range(_MOST_STEPS):
            choice = written.get("Fn::If") if isinstance(written, Mapping) and len(written) == 1 else None
            if not isinstance(choice, list) or len(choice) != 3:
                return written
            is_so = self.condition(text(choice[0]))
            if is_so is None:
                return written
            written = choice[1] if is_so else choice[2]
        return written

    def listed(self, written: object) -> list[object]:
        """The values of a list, as they are written, without those that are not there; one value is a list of it."""
        value = self.settled(written)
        if value is None or value == {"Ref": "AWS::NoValue"}:
            return []
        if isinstance(value, list):
            found = [self.settled(one) for one in value]
            return [one for one in found if one != {"Ref": "AWS::NoValue"}]
        known = self.value(value)
        return known if isinstance(known, list) else [value]

    def value(self, written: object, steps: int = 0) -> object:
        """The value with its functions applied, and holes for what is not known."""
        if steps > _MOST_STEPS * 4:
            return hole("")
        if isinstance(written, str):
            return _DYNAMIC.sub(lambda found: hole(_colonless(found[1])), written)
        if isinstance(written, list):
            values = [self.value(one, steps + 1) for one in written]
            return [one for one in values if one is not ABSENT]
        if not isinstance(written, Mapping):
            return written
        if len(written) == 1:
            name, argument = next(iter(written.items()))
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument, steps + 1)
            if name.startswith("Fn::"):
                said = f"{name.removeprefix('Fn::')}/{argument}" if isinstance(argument, str) else ""
                return hole(_colonless(said))
        values_by_key = ((key, self.value(one, steps + 1)) for key, one in written.items())
        return {key: one for key, one in values_by_key if one is not ABSENT}

    def _ref(self, argument: object, _steps: int) -> object:
        name = text(argument)
        if name == "AWS::NoValue":
            return ABSENT
        if name in self.resources:
            gives = KINDS.get(self.type(name), ("", "", ""))[2]
            attribute = {"name": "", "arn": "Arn"}.get(gives)
            return hole(name) if attribute is None else self._attribute(name, attribute)
        return self._parameter(name)

    def _parameter(self, name: str) -> object:
        if name in self._given:
            kind = text(member(self._body, "Parameters", name, "Type"))
            given = self._given[name]
            return given.split(",") if kind.startswith(("List<", "CommaDelimitedList")) else given
        if name == "AWS::AccountId":
            return self.account
        return _PSEUDO.get(name) or hole(_colonless(name))

    def _get_attribute(self, argument: object, _steps: int) -> object:
        said = (
            argument
            if isinstance(argument, str)
            else ".".join(map(text, argument if isinstance(argument, list) else ()))
        )
        name, _, attribute = said.partition(".")
        return self._attribute(name, attribute)

    def _attribute(self, resource: str, attribute: str) -> str:
        """An attribute of a resource, the empty one for its name, with holes for what is not known of it."""
        of_name, kind, _ = KINDS.get(self.type(resource), ("", "", ""))
        name = self.text(resource, of_name) if of_name else ""
        is_name = attribute in ("", *_NAME_ATTRIBUTES)
        if not name or not (is_name or attribute in _ARN_ATTRIBUTES):
            return hole(f"{resource}.{attribute}" if attribute else resource)
        if is_name:
            return name
        account = self.account if "{account}" in ARN_FORMS[kind] else ""
        region = self._given.get("AWS::Region") or hole("AWS.Region")
        path = self.text(resource, "Path") or "/"
        return "arn:aws:" + ARN_FORMS[kind].format(name=name, path=path, account=account, region=region)

    def _substitute(self, argument: object, steps: int) -> object:
        parts = argument if isinstance(argument, list) else [argument]
        own = parts[1] if len(parts) > 1 and isinstance(parts[1], Mapping) else {}
        if not parts or not isinstance(parts[0], str):
            return hole("")

        def put(found: re.Match[str]) -> str:
            if found[1]:
                return f"${{{found[2]}}}"
            name = found[2].strip()
            function = "Fn::GetAtt" if "." in name else "Ref"
            value = self.value(own.get(name, {function: name}), steps + 1)
            return value if isinstance(value, str) else hole(_colonless(name))

        return _SUBSTITUTED.sub(put, str(self.value(parts[0])))

    def _join(self, argument: object, steps: int) -> object:
        between, values = argument if isinstance(argument, list) and len(argument) == 2 else ("", None)
        known = self.value(values, steps + 1)
        is_known = isinstance(known, list) and all(isinstance(one, str) for one in known)
        if not isinstance(between, str) or not isinstance(known, list) or not is_known:
            return hole("")
        joined = between.join(known)
        return joined if len(joined) <= _LONGEST_JOINED else hole("")

    def _if(self, argument: object, steps: int) -> object:
        value = self.settled({"Fn::If": argument})
        return hole("") if value == {"Fn::If": argument} else self.value(value, steps)

    def _find(self, argument: object, steps: int) -> object:
        keys = self.value(argument, steps + 1)
        names = keys if isinstance(keys, list) and all(isinstance(one, str) for one in keys) else []
        found = member(self._body, "Mappings", *names) if names else None
        return found if isinstance(found, str | list) else hole("")

    def condition(self, name: str, steps: int = 0) -> bool | None:
        """Whether a condition holds; None where that turns on what is not known."""
        return self._holds(member(self._body, "Conditions", name), steps)

    def _holds(self, written: object, steps: int) -> bool | None:
        if not isinstance(written, Mapping) or len(written) != 1 or steps > _MOST_STEPS:
            return None
        name, argument = next(iter(written.items()))
        if name == "Condition":
            return self.condition(text(argument), steps + 1)
        parts = argument if isinstance(argument, list) else []
        if name == "Fn::Equals":
            values = [self.value(one) for one in parts]
            is_known = len(values) == 2 and all(isinstance(one, str) and not is_marked(one) for one in values)
            return values[0] == values[1] if is_known else None
        below = [self._holds(one, steps + 1) for one in parts]
        return _LOGIC[name](below) if name in _LOGIC and below else None


def _all(below: list[bool | None]) -> bool | None:
    return False if False in below else None if None in below else True


def _any(below: list[bool | None]) -> bool | None:
    return True if True in below else None if None in below else False


def _not(below: list[bool | None]) -> bool | None:
    return None if below[0] is None else not below[0]


def _colonless(said: str) -> str:
    """A name without colons, as a policy variable that is no context key."""
    return said.replace("::", ".").replace(":", ".")


_LOGIC: Final[Mapping[str, Callable[[list[bool | None]], bool | None]]] = {
    "Fn::And": _all,
    "Fn::Or": _any,
    "Fn::Not": _not,
}
_FUNCTIONS: Final[Mapping[str, Callable[[Template, object, int], object]]] = {
    "Ref": Template._ref,
    "Fn::GetAtt": Template._get_attribute,
    "Fn::Sub": Template._substitute,
    "Fn::Join": Template._join,
    "Fn::If": Template._if,
    "Fn::FindInMap": Template._find,
}
