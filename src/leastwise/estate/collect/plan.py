"""What there is to read: which accounts, which Regions of each, which collectors in each of these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.estate.collect.api import Api, Asked
from leastwise.estate.collect.refusals import refusal_of
from leastwise.estate.collect.registry import Collector
from leastwise.estate.collect.sdk import Account
from leastwise.estate.held import NotRead
from leastwise.model.errors import InputError

LEFT_OUT: Final = "LeftOut"
"""The code of what was not read because the options leave it out."""
_ACCOUNTS: Final = "organizations.ListAccounts"
_REGIONS: Final = "ec2.DescribeRegions"
PLANNING_READS: Final = (_REGIONS,)
ORGANIZATION_READS: Final = (_ACCOUNTS,)


@dataclass(frozen=True, slots=True)
class Unit:
    """One collector in one account and Region (empty: global)."""

    account: Account
    region: str
    collector: Collector


@dataclass(frozen=True, slots=True)
class Limits:
    """What the options leave of accounts and Regions; empty is all of them."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Numbers:
    """The accounts to read, and those that are not."""

    wanted: tuple[str, ...]
    not_read: tuple[NotRead, ...] = ()


def of_organization(home: Account, limits: Limits) -> Numbers:
    """The active accounts of the organisation, the one that asks first; raises InputError when they are not told."""
    api = _api(home, ORGANIZATION_READS)
    rows = list(api.rows(_ACCOUNTS, "Accounts"))
    if api.not_read:
        told = api.not_read[0]
        raise InputError(
            f"cannot list the accounts of the organisation: {told.code}: {told.reason}",
            help="sign in to its management account or a delegated administrator, or name accounts with `--accounts`",
        )
    active, silent = [], []
    for one in rows:
        number, state = one.text("Id"), one.text("State") or one.text("Status")
        if limits.accounts and number not in limits.accounts:
            silent.append(NotRead("*", "left out on request", number, code=LEFT_OUT))
        elif state == "ACTIVE":
            active.append(number)
        else:
            silent.append(NotRead("*", f"the account is {state.lower()}", number, code=state))
    known = {one.text("Id") for one in rows}
    silent += [
        NotRead("*", "the organisation has no such account", one, code="AccountNotFound")
        for one in limits.accounts
        if one not in known
    ]
    ordered = sorted(active, key=lambda number: (number != home.number, number))
    return Numbers(tuple(ordered), tuple(sorted(silent, key=lambda one: one.account)))


def named(home: Account, limits: Limits) -> Numbers:
    """The accounts that were named, or the one that asks."""
    return Numbers(tuple(dict.fromkeys(limits.accounts)) or (home.number,))


def opened(home: Account, number: str, *, role_name: str, external_id: str) -> Account | NotRead:
    """The way into an account, or why there is none."""
    if number == home.number:
        return home
    try:
        return home.in_account(number, role_name, external_id)
    except Exception as error:
        told = refusal_of(error, home.profile)
    role = f"arn:{home.partition}:iam::{number}:role/{role_name}"
    return NotRead("sts.AssumeRole", f"the role cannot be assumed: {told.reason}", number, "", role, told.code)


@dataclass(frozen=True, slots=True)
class Regions:
    """The Regions of an account: those to read, those enabled, and what is not read of them."""

    wanted: tuple[str, ...]
    enabled: tuple[str, ...]
    not_read: tuple[NotRead, ...] = ()


def regions_of(account: Account, limits: Limits) -> Regions:
    """The enabled Regions of the account that the options leave; those named, where AWS does not tell."""
    api = _api(account, PLANNING_READS)
    enabled = tuple(sorted(one.text("RegionName") for one in api.rows(_REGIONS, "Regions")))
    named = tuple(sorted(set(limits.regions)))
    if api.not_read:
        return Regions(named, named, tuple(api.not_read))
    wanted = tuple(one for one in enabled if one in named) if named else enabled
    silent = [
        NotRead("*", "left out on request", account.number, one, code=LEFT_OUT) for one in enabled if one not in wanted
    ]
    silent += [
        NotRead("*", "the Region is not enabled for the account", account.number, one, code="NotEnabled")
        for one in named
        if one not in enabled
    ]
    return Regions(wanted, enabled, tuple(silent))


def units(account: Account, regions: Regions, wanted: Sequence[Collector], home: str) -> Iterator[Unit]:
    """The units of an account in their order: what is global first, then Region by Region."""
    for one in wanted:
        if one.scope == "account" or (one.scope == "organization" and account.number == home):
            yield Unit(account, "", one)
    for region in sorted({*regions.wanted, *regions.enabled}):
        for one in wanted:
            if one.scope == "every-region" or (one.scope == "region" and region in regions.wanted):
                yield Unit(account, region, one)


def chosen(found: Mapping[str, Collector], names: Sequence[str]) -> tuple[Collector, ...]:
    """The collectors of these names, all for none; raises InputError for a name that there is not."""
    for name in names:
        if name not in found:
            raise InputError(f"there is no collector `{name}`", help=f"there are {', '.join(found)}")
    return tuple(one for name, one in found.items() if not names or name in names)


def _api(account: Account, reads: Sequence[str]) -> Api:
    return Api(account, "", reads=reads, wait=lambda _: None, asked=Asked())
