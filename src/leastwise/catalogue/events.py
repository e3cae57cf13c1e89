"""What one CloudTrail call needs: actions, the resources they are authorized on, roles passed along.

How a parameter is written in `Fill.parameters`, `ActionRule.present` and `ActionRule.absent`, always in
lower case:

- `key`: the member of that name at any depth of the request parameters;
- `.name`: the member of that name at the top only;
- `iaminstanceprofile.arn`: the member `arn` inside `iaminstanceprofile`, wherever that is; list positions
  and the wrappers `items`, `item`, `member` do not count;
- `path+rolename`: the texts of both members joined by one `/`, no `/` in front;
- `=text`: not a member but the text itself;
- `key|transform`: the value put through a function of `transforms.TRANSFORMS` first.

A member written as `{"tag": 1, "content": "vpc-1"}` holds the content itself; some EC2 calls are logged so.
In `present` and `absent` a member counts whether or not it holds further members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["mapped", "no-permission", "not-a-call", "unmapped"]


@dataclass(frozen=True, slots=True)
class Fill:
    """One template variable and the request parameters that may hold its value, best first."""

    variable: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """One resource type that an action of a call is authorized on.

    A value that is itself an ARN and fits `template` is the resource. An optional target none of whose
    variables has a value was not asked for. With `created`, the call makes the resource and AWS chooses
    its id: the authorization was on the template with `*` in the place of the id.
    """

    resource_type: str
    template: str
    required: bool = False
    fills: tuple[Fill, ...] = ()
    created: bool = False


@dataclass(frozen=True, slots=True)
class ActionRule:
    """One action of a call; needed when a `present` parameter is there and no `absent` one is.

    Without `present` it is needed always. An action without targets is authorized on `*`.
    """

    action: str
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    targets: tuple[Target, ...] = ()
    confidence: str = "same-name"
    source: str = ""


@dataclass(frozen=True, slots=True)
class PassRoleRule:
    """Where a call carries a role that `iam:PassRole` is needed for, and the service that receives it.

    `by_profile` says that the parameters hold an instance profile: the role inside it is passed.
    A `candidate` rests on nothing but a member that names a role.
    """

    parameters: tuple[str, ...]
    paths: tuple[str, ...]
    service: str = ""
    service_confidence: str = ""
    candidate: bool = False
    confidence: str = ""
    by_profile: bool = False


@dataclass(frozen=True, slots=True)
class CallRule:
    """All that one call needs; `conditional` actions are needed in a case that the record cannot tell."""

    event_source: str = ""
    event_name: str = ""
    kind: Kind = "unmapped"
    prefix: str = ""
    actions: tuple[ActionRule, ...] = ()
    conditional: tuple[tuple[str, str], ...] = ()
    pass_role: tuple[PassRoleRule, ...] = ()
    decoder: str = ""
    confidence: str = ""
    source: str = ""
    is_data_event: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class ForwardedCall:
    """A further call that a service makes with the caller's identity, with the context it adds."""

    action: str
    context: Mapping[str, str]
