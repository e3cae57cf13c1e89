"""What changed between two snapshots, by effect: who gained and lost what, each with a request that shows it.

A policy written otherwise with the same meaning is no change. Ceilings are compared by themselves, so that a changed
SCP is told once and not for everybody below it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from leastwise.catalogue.actions import is_pattern
from leastwise.decide.policies import PolicySet
from leastwise.estate.assemble import Estate, Holder
from leastwise.estate.documents import Documents, Parsed
from leastwise.estate.gather import Snapshot
from leastwise.estate.held import PolicyType, Role
from leastwise.model.policy import Policy, Statement
from leastwise.model.request import Principal
from leastwise.prove.compare import Options, Side
from leastwise.prove.personas import Persona
from leastwise.prove.queries import asked
from leastwise.prove.verdict import Gap, Proof, Verdict

Subject = Literal["principal", "trust policy", "resource policy", "sharing", "scps", "rcps"]
_TYPES: Final[tuple[tuple[PolicyType, Subject], ...]] = (("scp", "scps"), ("rcp", "rcps"))
_EVERYTHING: Final = Policy((Statement(None, ("*",), ("*",)),), name="everything")
_ANYBODY: Final = Policy((Statement(None, ("*",), ("*",), principals={"AWS": ("*",)}),), "resource", name="anybody")
_NOBODY: Final = Policy((), "resource", name="nobody")


@dataclass(frozen=True)
class Change:
    """One thing whose effect is not what it was: a principal's own policies, a policy, the ceilings of accounts.

    Of the subject `sharing` is what opens a resource beside its policy, which is told and not compared by effect. `was`
    and `is_now` say whether it is in the older and in the newer snapshot. `gained` and `lost` are what is newly
    allowed and what is no longer, `undecided` what could not be settled or was not known.
    """

    subject: Subject
    name: str
    was: bool
    is_now: bool
    gained: tuple[Gap, ...] = ()
    lost: tuple[Gap, ...] = ()
    undecided: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    @property
    def is_by_name_alone(self) -> bool:
        """Whether it came or went and nobody gained or lost anything by it."""
        return not (self.gained or self.lost or self.undecided)


def diff(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """Every change from the one to the other: ceilings first, then principals, trust and resource policies by name.

    What either snapshot lacks because it was not read is not known, neither gained nor lost.
    """
    documents = Documents()
    old, new = Estate(before, documents), Estate(after, documents)
    yield from _ceilings(old, new)
    yield from _principals(old, new)
    yield from _trusts(old, new)
    yield from _resources(old, new)
    yield from _sharings(old, new)


def _ceilings(old: Estate, new: Estate) -> Iterator[Change]:
    """The SCPs and RCPs of accounts, those that changed alike together."""
    accounts = sorted({*old.snapshot.accounts, *new.snapshot.accounts, *_in_trees(old), *_in_trees(new)})
    for kind, subject in _TYPES:
        alike: dict[tuple[object, object], list[str]] = {}
        for account in accounts:
            pair = (_level_ids(old, account, kind), _level_ids(new, account, kind))
            if pair[0] != pair[1]:
                alike.setdefault(pair, []).append(account)
        for found in alike.values():
            yield _ceiling(old, new, kind, subject, tuple(found))


def _in_trees(estate: Estate) -> Iterator[str]:
    return (node.id for tree in estate.trees for node in tree.organization.nodes if node.type == "account")


def _level_ids(estate: Estate, account: str, kind: PolicyType) -> tuple[tuple[int, ...], ...] | None:
    levels = estate.levels(account, kind)
    return None if levels is None else tuple(tuple(sorted(id(one) for one in level.policies)) for level in levels)


def _ceiling(old: Estate, new: Estate, kind: PolicyType, subject: Subject, accounts: tuple[str, ...]) -> Change:
    found = [estate.levels(accounts[0], kind) for estate in (old, new)]
    name = f"account {accounts[0]}" if len(accounts) == 1 else f"{len(accounts)} accounts"
    if found[0] is None or found[1] is None:
        told = "they are not known in one of the snapshots"
        return Change(subject, name, True, True, undecided=(told,), accounts=accounts)
    sets = []
    for levels in found:
        policies = [[one.policy for one in level.policies] for level in levels or ()]
        given = {"scps": policies} if kind == "scp" else {"rcps": policies, "resource": [_ANYBODY]}
        sets.append(PolicySet(identity=[_EVERYTHING], **given))
    who = Principal.of(f"arn:aws:iam::{accounts[0]}:role/anyone")
    return _compared(Change(subject, name, True, True, accounts=accounts), sets[0], sets[1], who)


def _principals(old: Estate, new: Estate) -> Iterator[Change]:
    lacking = {account: _lacking(old, new, account) for account in {*old.snapshot.iam, *new.snapshot.iam}}
    for account in sorted(account for account, told in lacking.items() if told):
        was, is_now = (account in estate.snapshot.iam for estate in (old, new))
        yield Change("principal", f"account {account}", was, is_now, undecided=(lacking[account],))
    for arn in sorted({*old.holders, *new.holders}):
        if not lacking[arn.split(":")[4]]:
            yield from _principal(old, new, arn)


def _lacking(old: Estate, new: Estate, account: str) -> str:
    """Why the principals of an account cannot be compared; empty where they can.

    They can where both snapshots hold them, and where an organisation shows that the account was not there.
    """
    for estate, other, word in ((old, new, "older"), (new, old, "newer")):
        if account not in estate.snapshot.iam and not _shows_no(account, estate, other):
            return f"its users and roles are not in the {word} snapshot"
    return ""


def _shows_no(account: str, estate: Estate, other: Estate) -> bool:
    """Whether the organisation that the other snapshot has the account in was read whole, and did not hold it."""
    there = other.tree_of(account)
    if there is None or any(one.what.startswith("organizations.List") for one in estate.snapshot.not_read):
        return False
    same = [tree for tree in estate.trees if tree.organization.id == there.organization.id]
    return bool(same) and estate.tree_of(account) is None


def _principal(old: Estate, new: Estate, arn: str) -> Iterator[Change]:
    was, is_now = old.holders.get(arn), new.holders.get(arn)
    has_tags_alike = was is None or is_now is None or was.tags == is_now.tags
    told = () if has_tags_alike else ("its tags are others: what conditions on them make of that is not compared",)
    change = next(_of_policies(old, new, arn), None)
    if change is not None:
        yield replace(change, undecided=(*change.undecided, *told))
    elif told:
        yield Change("principal", arn, True, True, undecided=told)


def _of_policies(old: Estate, new: Estate, arn: str) -> Iterator[Change]:
    was, is_now = old.holders.get(arn), new.holders.get(arn)
    if was is not None and is_now is not None and _texts(old, was) == _texts(new, is_now):
        return
    before, after = _own(old, was), _own(new, is_now)
    if (was is None) == (is_now is None) and [id(one) for one in before] == [id(one) for one in after]:
        return
    change = Change("principal", arn, was is not None, is_now is not None)
    sets = [_set(estate, holder, own) for estate, holder, own in ((old, was, before), (new, is_now, after))]
    is_bounded_alike = (sets[0].boundary is None) == (sets[1].boundary is None)
    services = _services(before, after) if is_bounded_alike else ()
    found = _compared(change, sets[0], sets[1], Principal.of(arn), known=[*before, *after], services=services)
    if not found.is_by_name_alone or was is None or is_now is None:
        yield found


def _texts(estate: Estate, holder: Holder) -> list[object]:
    """What the policies are made from: where it is equal nothing has to be read."""
    held = sorted((str(one.held), one.name) for one in estate.sources(holder))
    return [holder.boundary, estate.managed(holder.boundary or ""), *held]


def _own(estate: Estate, holder: Holder | None) -> list[Parsed]:
    """The identity policies and the boundary; equal texts are one and the same value."""
    if holder is None:
        return []
    boundary = estate.boundary(holder)
    return [*sorted(estate.identity(holder), key=id), *([] if boundary is None else [boundary])]


def _services(before: Sequence[Parsed], after: Sequence[Parsed]) -> tuple[str, ...]:
    """The services that the policies on one side alone speak of: nothing changed in others; none when in all it may."""
    apart = {id(one) for one in before} ^ {id(one) for one in after}
    statements = [each for one in (*before, *after) if id(one) in apart for each in one.policy.statements]
    found = {action.partition(":")[0].lower() for one in statements for action in one.actions}
    is_open = any(one.is_not_action for one in statements) or any(map(is_pattern, found))
    return () if is_open else tuple(sorted(found))


def _set(estate: Estate, holder: Holder | None, own: Sequence[Parsed]) -> PolicySet:
    boundary = estate.boundary(holder) if holder is not None else None
    identity = own[: len(own) - (boundary is not None)]
    return PolicySet(identity=[one.policy for one in identity], boundary=boundary.policy if boundary else None)


def _trusts(old: Estate, new: Estate) -> Iterator[Change]:
    def trusts(estate: Estate, other: Estate) -> Mapping[str, Parsed]:
        roles = (one for one in estate.holders.values() if isinstance(one, Role) and one.trust)
        return {one.arn: estate.documents.trust(one) for one in roles if not _has_trust(other, one)}

    yield from _documents("trust policy", trusts(old, new), trusts(new, old))


def _has_trust(estate: Estate, role: Role) -> bool:
    found = estate.holders.get(role.arn)
    return isinstance(found, Role) and (found.trust, found.trust_unknown) == (role.trust, role.trust_unknown)


def _resources(old: Estate, new: Estate) -> Iterator[Change]:
    def policies(estate: Estate, other: Estate) -> Mapping[str, Parsed]:
        others = dict(other.with_policies())
        return {
            name if holder == "policy" else f"{name} ({holder})": estate.documents.of_resource(one, holder)
            for name, one in estate.with_policies()
            for holder in one.policies
            if (found := others.get(name)) is None or found.policies.get(holder) != one.policies[holder]
        }

    lacking = {**_unread(old, new), **_unread(new, old)}
    for change in _documents("resource policy", policies(old, new), policies(new, old)):
        reason = "" if change.was and change.is_now else lacking.get(change.name, "")
        yield _with(change, (), (), (reason,)) if reason else change


def _unread(estate: Estate, other: Estate) -> dict[str, str]:
    """The resources with policies that the other snapshot may lack since they were not read, each with the reason."""
    found: dict[str, str] = {}
    for name, one in estate.with_policies():
        service = one.type.partition(":")[0] if one.is_of_account else one.arn.split(":")[2]
        around = None if one.arn in other.resources else other.unread_around(service, one.account, one.region)
        unread = other.unread_about(one.arn) or around
        if unread is not None:
            told = f"{unread.what} was not read in one of the snapshots: {unread.reason}"
            found |= {name: told, **{f"{name} ({holder})": told for holder in one.policies}}
    return found


def _sharings(old: Estate, new: Estate) -> Iterator[Change]:
    """What opens resources otherwise: grants, ACLs, sharing, switches, resource shares. Told where it is another."""
    before, after = _openings(old), _openings(new)
    for name in sorted({*before, *after}):
        was, is_now = before.get(name, {}), after.get(name, {})
        words = [word for word in _WAYS if was.get(word) != is_now.get(word)]
        if words:
            told = f"{', '.join(words)}: another than before, and not compared by effect"
            yield Change("sharing", name, name in before, name in after, undecided=(told,))


_WAYS: Final = ("grants", "ACL", "sharing", "settings", "principals and resources")


def _openings(estate: Estate) -> Mapping[str, Mapping[str, object]]:
    found: dict[str, Mapping[str, object]] = {}
    for name, one in estate.every_resource():
        ways = zip(_WAYS[:-1], (one.grants, one.acl, one.shared_with, one.settings), strict=True)
        if held := {word: value for word, value in ways if value}:
            found[name] = held
    for share in estate.shares():
        shared = (sorted(share.principals), sorted(share.resources), sorted(share.permissions))
        found[f"share {share.name} ({share.arn})" if share.name else f"share {share.arn}"] = {_WAYS[-1]: shared}
    return found


def _documents(subject: Subject, before: Mapping[str, Parsed], after: Mapping[str, Parsed]) -> Iterator[Change]:
    for name in sorted({*before, *after}):
        was, is_now = before.get(name), after.get(name)
        if was is is_now:
            continue
        change = Change(subject, name, was is not None, is_now is not None)
        sides = [_NOBODY if one is None else one.policy for one in (was, is_now)]
        known = [one for one in (was, is_now) if one is not None]
        found = _compared(change, sides[0], sides[1], None, known=known)
        if not found.is_by_name_alone:
            yield found


def _compared(
    change: Change,
    old: Policy | PolicySet,
    new: Policy | PolicySet,
    who: Principal | None,
    *,
    known: Sequence[Parsed] = (),
    services: tuple[str, ...] = (),
) -> Change:
    """The change with what is gained and lost; a policy that is not known leaves both open."""
    unknown = tuple(dict.fromkeys(f"{one.policy.name}: {one.fault}" for one in known if one.fault))
    if unknown:
        return _with(change, (), (), unknown)
    personas = None if who is None else (Persona(f"`{who.arn}`", who),)
    options = Options(personas=personas, services=services)
    sides = Side.of(old), Side.of(new)
    gained, lost = (asked("no new access", *pair, options) for pair in (sides, sides[::-1]))
    return _with(change, gained.difference, lost.difference, (*_undecided(gained), *_undecided(lost)))


def _with(change: Change, gained: tuple[Gap, ...], lost: tuple[Gap, ...], undecided: tuple[str, ...]) -> Change:
    return replace(change, gained=gained, lost=lost, undecided=undecided)


def _undecided(proof: Proof) -> tuple[str, ...]:
    return proof.undecided if proof.verdict is Verdict.UNKNOWN else ()
