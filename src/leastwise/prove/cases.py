"""The ways in which policies may combine for one class of actions and one persona, and what each confines keys to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leastwise.decide import services
from leastwise.decide.binding import Case
from leastwise.language.values import ValueSet
from leastwise.language.values.globs import glob_of
from leastwise.language.values.texts import Texts
from leastwise.prove.classes import ActionClass
from leastwise.prove.personas import Persona
from leastwise.prove.world import OF_NO_ACCOUNT, owned_by
from leastwise.prove.written import RESOURCE

Within = tuple[tuple[str, ValueSet | None], ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way in which policies combine: the case that a shape is asked for, and what it confines keys to.

    `account` is the account of the principal where the persona may be of several.
    """

    case: Case
    within: Within = ()
    account: str | None = None

    def told(self) -> dict[str, object]:
        """The variant as JSON values."""
        return {"same_account": self.case.is_same_account, "key": self.case.is_key, "account": self.account}


def cases(one: ActionClass, persona: Persona, accounts: Sequence[str], *, is_document: bool) -> Iterator[Variant]:
    """Each way to combine; a document alone has one.

    `accounts` stand for all accounts, where the persona may be of any: those that policies name, and one other.
    """
    if persona.principal.kind == "federated" and one.example not in services.PROVIDER_ACTIONS:
        return  # an identity provider's users can only assume a role
    is_role = one.example in services.ROLE_ACTIONS
    if is_document and one.example not in services.BUCKET_POLICY_ACTIONS:
        yield Variant(_case(one, persona, is_same=True, is_role=is_role))
        return
    for account in _accounts(persona, accounts):
        for is_same in (True, False) if account.isdigit() and not is_document else (account.isdigit(),):
            for is_key in (True, False) if one.example.startswith("kms:") else (False,):
                within = (*_of_principal(persona, account), *_owner(account, is_same=is_same))
                case = _case(one, persona, is_same=is_same, is_role=is_role, is_key=is_key)
                told = account if persona.is_of_any_account else None
                yield Variant(case, (*within, *_keys(one, is_key=is_key)), told)


def _accounts(persona: Persona, accounts: Sequence[str]) -> Sequence[str]:
    if not persona.is_of_any_account:
        return (persona.principal.account,)
    return [one for one in accounts if not any(f"::{one}:" in pattern for pattern in persona.other_than)]


def _of_principal(persona: Persona, account: str) -> Within:
    return (("aws:principalarn", owned_by(account)),) if persona.is_of_any_account else ()


def _case(one: ActionClass, persona: Persona, *, is_same: bool, is_role: bool, is_key: bool = False) -> Case:
    return Case(
        persona.principal,
        one.example,
        is_same_account=is_same,
        is_star=False,
        is_out_of_reach_of_rcps=False,
        is_key=is_key,
        is_role=is_role,
        about=one.about,
    )


def _owner(account: str, *, is_same: bool) -> Within:
    """The resource is in the principal's account, or in another."""
    if not account.isdigit():
        return ()
    own, named = owned_by(account), Texts.literals([account])
    if is_same:
        return (RESOURCE, own | OF_NO_ACCOUNT), ("aws:resourceaccount", named)
    return (RESOURCE, ~own), ("aws:resourceaccount", ~named)


def _keys(one: ActionClass, *, is_key: bool) -> Within:
    if not one.example.startswith("kms:"):
        return ()
    keys = Texts.globs([glob_of("*:key/*")])
    return ((RESOURCE, keys if is_key else ~keys),)
