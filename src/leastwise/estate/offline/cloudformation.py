"""CloudFormation templates: the principals, policies and resources of the stack that they make.

A name that AWS makes up is made of the logical name. A resource whose condition is not known is taken to be made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from leastwise.estate.held import Group, Iam, InlinePolicy, ManagedPolicy, Role, User
from leastwise.estate.offline.arn_forms import made_name
from leastwise.estate.offline.cloudformation_resources import read_resources
from leastwise.estate.offline.made_documents import UNKNOWN, Document
from leastwise.estate.offline.reading import Json, Reading, member, text
from leastwise.estate.offline.template_documents import document_of
from leastwise.estate.offline.template_values import KINDS, Template
from leastwise.lint.sources.holes import is_marked
from leastwise.model.policy import Kind

_GROUP, _ROLE, _USER = "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::User"
_POLICY: Final = "AWS::IAM::ManagedPolicy"
_INLINE: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::IAM::Policy": {"Roles": _ROLE, "Users": _USER, "Groups": _GROUP},
    "AWS::IAM::RolePolicy": {"RoleName": _ROLE},
    "AWS::IAM::UserPolicy": {"UserName": _USER},
    "AWS::IAM::GroupPolicy": {"GroupName": _GROUP},
}
"""Resource type → the properties with the principals whose inline policy it is, each with their type."""

_NAMES: Final[Mapping[str, str]] = {_ROLE: "role", _USER: "user", _GROUP: "group"}


def is_template(_reading: Reading, body: Json) -> bool:
    """Whether the object is a template: it has resources, each with a type such as `AWS::IAM::Role`."""
    resources = body.get("Resources")
    values = resources.values() if isinstance(resources, Mapping) else ()
    return any("::" in text(member(one, "Type")) for one in values)


def read_template(reading: Reading, body: Json) -> None:
    """Keeps what the stack has of an estate."""
    template = Template(reading, body)
    _settle_conditions(template)
    if body.get("Transform"):
        reading.fault("template", "what its `Transform` makes is not read")
    work = _Stack(template)
    if work.has_iam():
        reading.parts.append(work.iam())
    read_resources(template)


def _settle_conditions(template: Template) -> None:
    """Leaves out what is not made, and tells of what may not be."""
    for name, one in list(template.resources.items()):
        condition = text(one.get("Condition"))
        is_made = template.condition(condition) if condition else True
        if is_made is False:
            del template.resources[name]
        kind = text(one.get("Type"))
        if is_made is None and (kind in KINDS or kind.endswith(("Policy", "Permission", "Addition"))):
            reason = f"{name} is taken to be made: whether it is turns on `{condition}`"
            template.reading.fault("condition", reason, subject=name)


class _Stack:
    def __init__(self, template: Template) -> None:
        self.template = template
        self.reading = template.reading
        self.inline: dict[str, dict[str, InlinePolicy]] = {}
        self.attached: dict[str, dict[str, None]] = {}
        self.groups: dict[str, dict[str, None]] = {}
        self.profiles: dict[str, dict[str, None]] = {}
        for name in template.resources:
            read = _READ.get(template.type(name))
            if read is not None:
                read(self, name)

    def has_iam(self) -> bool:
        """Whether the template makes a principal or a managed policy."""
        return any(self.template.type(name) in (_GROUP, _ROLE, _USER, _POLICY) for name in self.template.resources)

    def iam(self) -> Iam:
        """The principals and policies of the stack's account."""
        return Iam(
            self.template.account,
            tuple(map(self._user, self._of_type(_USER))),
            tuple(map(self._group, self._of_type(_GROUP))),
            tuple(map(self._role, self._of_type(_ROLE))),
            tuple(map(self._policy, self._of_type(_POLICY))),
        )

    def _of_type(self, kind: str) -> Iterator[str]:
        return (name for name in self.template.resources if self.template.type(name) == kind)

    def principal(self, name: str) -> None:
        """Keeps the inline policies that the principal has itself, the managed ones that it names, and its groups."""
        for index, one in enumerate(self.template.listed(self.template.property(name, "Policies"))):
            is_open = isinstance(self.template.value(one), str)
            body = UNKNOWN if is_open else self._document(member(one, "PolicyDocument"), "identity", name)
            said = self.template.value(member(one, "PolicyName"))
            called = said if isinstance(said, str) and not is_marked(said) else made_name(f"{name}.Policies.{index}")
            self._keep_inline(name, name, called, body)
        arns = self._arns(name, "ManagedPolicyArns")
        self.attached.setdefault(name, {}).update(dict.fromkeys(arns))
        for one in self.template.listed(self.template.property(name, "Groups")):
            self._join(name, one)

    def inline_policy(self, name: str) -> None:
        """Keeps a policy with each principal that it is part of."""
        body = self._document(self.template.property(name, "PolicyDocument"), "identity", name)
        for path, kind in _INLINE[self.template.type(name)].items():
            for owner in self._owners(name, path, kind):
                self._keep_inline(owner, name, self.template.text(name, "PolicyName") or made_name(name), body)

    def managed_policy(self, name: str) -> None:
        """Keeps the principals that the policy says it is attached to."""
        for path, kind in _INLINE["AWS::IAM::Policy"].items():
            for owner in self._owners(name, path, kind):
                self.attached.setdefault(owner, {})[self.template.arn(name)] = None

    def membership(self, name: str) -> None:
        """Keeps the users that are added to a group."""
        for user in self._owners(name, "Users", _USER):
            self._join(user, self.template.property(name, "GroupName"))

    def profile(self, name: str) -> None:
        """Keeps the instance profile with its role."""
        for role in self._owners(name, "Roles", _ROLE):
            self.profiles.setdefault(role, {})[self.template.arn(name)] = None

    def _join(self, user: str, written: object) -> None:
        group = self.template.named(written)
        value = self.template.value(written)
        told = value if isinstance(value, str) and not is_marked(value) else made_name(f"{user}.Groups")
        name = self.template.name(group) if self.template.type(group) == _GROUP else told
        self.groups.setdefault(user, {})[name] = None

    def _owners(self, name: str, path: str, kind: str) -> Iterator[str]:
        """The logical names of the principals that a property names; a fault for each that the template has not."""
        for one in self.template.listed(self.template.property(name, path)):
            found = self.template.named(one)
            value = self.template.value(one)
            if self.template.type(found) != kind:
                found = next((each for each in self._of_type(kind) if self.template.name(each) == value), "")
            if found:
                yield found
                continue
            told = value if isinstance(value, str) and not is_marked(value) else made_name(f"{name}.{path}")
            reason = f"{name} is about the {_NAMES[kind]} `{told}`, which is not in the template: it is left out"
            self.reading.fault("attachment", reason, subject=self.template.arn_of_name(kind, told))

    def _arns(self, name: str, path: str) -> list[str]:
        found = []
        for index, one in enumerate(self.template.listed(self.template.property(name, path))):
            policy = self.template.named(one)
            value = self.template.value(one)
            if self.template.type(policy) == _POLICY:
                found.append(self.template.arn(policy))
            elif isinstance(value, str) and not is_marked(value):
                found.append(value)
            else:
                found.append(self.template.arn_of_name(_POLICY, made_name(f"{name}.{path}.{index}")))
        return found

    def _keep_inline(self, owner: str, by: str, name: str, body: Document) -> None:
        held = InlinePolicy(name, body.text, self._origin(by), body.unknown)
        self.inline.setdefault(owner, {}).setdefault(name, held)

    def _document(self, written: object, kind: Kind, name: str) -> Document:
        found = document_of(self.template, written, kind)
        self.reading.look_at(found.text, kind, name)
        return found

    def _origin(self, name: str) -> str:
        return f"{self.reading.path}: {name}"

    def _held(self, name: str) -> tuple[tuple[InlinePolicy, ...], tuple[str, ...]]:
        inline = self.inline.get(name, {})
        return tuple(inline[one] for one in sorted(inline)), tuple(sorted(self.attached.get(name, ())))

    def _boundary(self, name: str) -> str | None:
        return next(iter(self._arns(name, "PermissionsBoundary")), None)

    def _path(self, name: str) -> str:
        return self.template.text(name, "Path") or "/"

    def _tags(self, name: str) -> dict[str, str]:
        values = self.template.value(self.template.property(name, "Tags"))
        pairs = [(member(one, "Key"), member(one, "Value")) for one in (values if isinstance(values, list) else ())]
        known = [(key, one) for key, one in pairs if isinstance(key, str) and isinstance(one, str)]
        return {key: one for key, one in known if not is_marked(key + one)}

    def _user(self, name: str) -> User:
        inline, attached = self._held(name)
        return User(
            self.template.arn(name),
            self.template.name(name),
            path=self._path(name),
            inline=inline,
            attached=attached,
            groups=tuple(sorted(self.groups.get(name, ()))),
            boundary=self._boundary(name),
            tags=self._tags(name),
        )

    def _group(self, name: str) -> Group:
        inline, attached = self._held(name)
        return Group(self.template.arn(name), self.template.name(name), "", self._path(name), inline, attached)

    def _role(self, name: str) -> Role:
        inline, attached = self._held(name)
        trust = self._document(self.template.property(name, "AssumeRolePolicyDocument"), "trust", name)
        return Role(
            self.template.arn(name),
            self.template.name(name),
            path=self._path(name),
            trust=trust.text,
            trust_origin=self._origin(name),
            trust_unknown=trust.unknown,
            inline=inline,
            attached=attached,
            boundary=self._boundary(name),
            tags=self._tags(name),
            instance_profiles=tuple(sorted(self.profiles.get(name, ()))),
        )

    def _policy(self, name: str) -> ManagedPolicy:
        body = self._document(self.template.property(name, "PolicyDocument"), "identity", name)
        return ManagedPolicy(
            self.template.arn(name),
            self.template.name(name),
            body.text,
            path=self._path(name),
            origin=self._origin(name),
            unknown=body.unknown,
        )


_READ: Final[Mapping[str, Callable[[_Stack, str], None]]] = {
    _GROUP: _Stack.principal,
    _ROLE: _Stack.principal,
    _USER: _Stack.principal,
    _POLICY: _Stack.managed_policy,
    **dict.fromkeys(_INLINE, _Stack.inline_policy),
    "AWS::IAM::UserToGroupAddition": _Stack.membership,
    "AWS::IAM::InstanceProfile": _Stack.profile,
}
