"""Principals that a guard rail leaves out: each becomes a negated condition beside those that stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from leastwise.language.operator_names import OperatorName, split_operator
from leastwise.model.arn import parse_arn
from leastwise.model.errors import InputError
from leastwise.model.policy import Conditions, Policy, Statement

_PRINCIPAL_ARN: Final = "aws:PrincipalArn"
_PRINCIPAL_TAG: Final = "aws:PrincipalTag/"
_PRINCIPAL_ORG: Final = "aws:PrincipalOrgID"
_IS_SERVICE: Final = "aws:principalisawsservice"
_BOUND: Final = ("scp", "rcp")
_ENTITY: Final = re.compile(r"(role|user)/(.*[^*?/].*)\Z|root\Z", re.DOTALL)
_ACCOUNT: Final = re.compile(r"[0-9]{12}\Z")
_ANY_ACCOUNT: Final = re.compile(r"[0-9]{12}\Z|\*\Z")
_BY_ARN: Final = ("ArnNotLike", "ArnNotEquals")
_BY_TAG: Final = ("StringNotEquals",)


@dataclass(frozen=True, slots=True)
class ArnException:
    """Whoever's `aws:PrincipalArn` fits the pattern: roles and users, never a session of a role."""

    pattern: str

    @property
    def names_account(self) -> bool:
        """Whether the pattern is about one account."""
        arn = parse_arn(self.pattern)
        return arn is not None and bool(_ACCOUNT.match(arn.account))


@dataclass(frozen=True, slots=True)
class TagException:
    """Whoever carries this tag, as a user, a role or a session."""

    key: str
    value: str


Exempt = ArnException | TagException


def exception_of(text: str) -> Exempt:
    """The exception that is written as the pattern of an ARN, or as `key=value` of a tag; raises InputError."""
    if not text.startswith("arn:"):
        return _tagged(text)
    arn = parse_arn(text)
    if arn is None or arn.service not in ("iam", "sts"):
        raise InputError(f"`{text}` is no principal's ARN", help="write `arn:aws:iam::111122223333:role/NAME`")
    if arn.service == "sts":
        raise InputError(
            f"`{text}` is a session, and `aws:PrincipalArn` holds its role",
            help="write the ARN of the role, `arn:aws:iam::111122223333:role/NAME`",
        )
    if not _ENTITY.match(arn.resource) or not _ANY_ACCOUNT.match(arn.account):
        raise InputError(
            f"the exception `{text}` leaves out more than roles or users of a name",
            help="name the role or user, such as `arn:aws:iam::*:role/break-glass`",
        )
    return ArnException(text)


def _tagged(text: str) -> TagException:
    key, found, value = text.removeprefix(_PRINCIPAL_TAG).partition("=")
    if not found or not key or not value:
        raise InputError(
            f"cannot read the exception `{text}`", help="write an ARN pattern of principals, or `tag-key=value`"
        )
    if any(sign in key + value for sign in "*?$"):
        raise InputError(f"the exception `{text}` is no plain tag", help="write the tag's key and value in full")
    return TagException(key, value)


def excepting(policy: Policy, exceptions: Sequence[Exempt], *, organization: str | None = None) -> Policy:
    """The policy with every Deny leaving out whom the exceptions name; its Allow statements are as they were.

    An RCP binds whoever calls, so a tag, or an ARN without an account, would leave out principals of strangers that
    carry it: there it counts for principals of `organization` alone, which a second Deny says. Without one such an
    exception raises InputError. A principal of a service has neither ARN nor tags, and no exception names it.
    Sources: IAM User Guide, "AWS global condition context keys"; "IAM JSON policy elements: Condition operators".
    """
    if policy.kind not in _BOUND:
        raise InputError("only SCPs and RCPs take exceptions", help="leave the boundary off those that it should pass")
    if not exceptions:
        return policy
    loose = [one for one in exceptions if policy.kind == "rcp" and not _is_of_an_account(one)]
    if loose and organization is None:
        raise InputError(
            f"in an RCP the exception `{written(loose[0])}` would leave out principals of any account",
            help="write the ARN with its account",
        )
    strict = [one for one in exceptions if one not in loose]
    statements = (new for one in policy.statements for new in _excepting(one, strict, loose, organization))
    return replace(policy, statements=tuple(statements))


def untouched(policy: Policy) -> tuple[str, ...]:
    """The Allow statements, in words: no exception changes them, so whom they leave out stays denied."""
    return tuple(
        f"statement {place} ({one.sid or 'without Sid'}) is an Allow and has no exception"
        for place, one in enumerate(policy.statements, 1)
        if one.effect == "Allow"
    )


def written(exception: Exempt) -> str:
    """The exception as it is read."""
    return exception.pattern if isinstance(exception, ArnException) else f"{exception.key}={exception.value}"


def _is_of_an_account(exception: Exempt) -> bool:
    return isinstance(exception, ArnException) and exception.names_account


def _excepting(
    statement: Statement, strict: Sequence[Exempt], loose: Sequence[Exempt], organization: str | None
) -> Iterator[Statement]:
    if statement.effect == "Allow" or _binds_services_alone(statement):
        yield statement
        return
    narrowed = replace(statement, conditions=_without(statement.conditions, strict))
    if not loose or organization is None:
        yield narrowed
        return
    strangers = _merged(narrowed.conditions, ("StringNotEquals",), _PRINCIPAL_ORG, (organization,))
    if strangers == narrowed.conditions:  # it binds strangers alone, whom no such exception names
        yield narrowed
        return
    yield replace(narrowed, conditions=_without(narrowed.conditions, loose))
    yield replace(narrowed, sid=f"{narrowed.sid}Strangers" if narrowed.sid else None, conditions=strangers)


def _binds_services_alone(statement: Statement) -> bool:
    """Whether it is of AWS services that call for themselves, which have neither ARN nor tags."""
    return any(
        key.lower() == _IS_SERVICE and values == ("true",) and name.lower() == "bool"
        for name, block in statement.conditions.items()
        for key, values in block.items()
    )


def _without(conditions: Conditions, exceptions: Sequence[Exempt]) -> Conditions:
    arns = tuple(one.pattern for one in exceptions if isinstance(one, ArnException))
    found = _merged(conditions, _BY_ARN, _PRINCIPAL_ARN, arns) if arns else conditions
    for key in dict.fromkeys(one.key.lower() for one in exceptions if isinstance(one, TagException)):
        same = [one for one in exceptions if isinstance(one, TagException) and one.key.lower() == key]
        found = _merged(found, _BY_TAG, f"{_PRINCIPAL_TAG}{same[0].key}", tuple(one.value for one in same))
    return found


def _merged(conditions: Conditions, operators: Sequence[str], key: str, values: tuple[str, ...]) -> Conditions:
    """The conditions with the values refused too: under the negated operator that the key has, else under the first."""
    found: dict[str, dict[str, tuple[str, ...]]] = {name: dict(block) for name, block in conditions.items()}
    for name, block in found.items():
        same = next((own for own in block if own.lower() == key.lower()), None)
        if same is not None and _is_one_of(split_operator(name), operators):
            block[same] = tuple(dict.fromkeys((*block[same], *values)))
            return found
    home = next((name for name in found if _is_one_of(split_operator(name), operators[:1])), operators[0])
    found.setdefault(home, {})[key] = values
    return found


def _is_one_of(operator: OperatorName | None, names: Sequence[str]) -> bool:
    return operator is not None and operator.qualifier is None and operator.base in names
