"""Whether identity policies let whoever has them become an administrator, in an account where all that it takes is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.estate.assemble import Estate
from leastwise.estate.gather import gathered
from leastwise.estate.held import Group, Iam, ManagedPolicy, Role, User
from leastwise.findings.escalation import Chain, Escalation
from leastwise.findings.granted import Granted
from leastwise.findings.own_steps import ADMINISTRATOR
from leastwise.findings.power import Power
from leastwise.prove.accounts import EXAMPLE_ACCOUNT
from leastwise.synthesize.guardrails.ways import PASSING, RUNNING

_EVERYTHING: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_NAMES: Final = ("role/supposed", "user/supposed")


@dataclass(frozen=True, slots=True)
class Supposed:
    """What the policies come to: their holder is an administrator, becomes one, or may where something runs as one.

    `running` are the ways that need something which is there already, such as a function that has the role.
    """

    is_administrator: bool
    chains: tuple[Chain, ...]
    running: tuple[str, ...]

    @property
    def escalates(self) -> bool:
        """Whether there is any way."""
        return self.is_administrator or bool(self.chains or self.running)


def supposed(documents: Sequence[str], *, today: str, account: str = EXAMPLE_ACCOUNT) -> Supposed:
    """What the identity policies come to for a role, and for a user in a group, that have them.

    In the account there is an administrator of each kind: a user, a group, and a role that lets the account and every
    service in that runs code.
    """
    estate = Estate(gathered([_iam(documents, account)]))
    power = Power(estate, Granted(estate))
    found = Escalation(estate, power, today)
    arns = [f"arn:aws:iam::{account}:{name}" for name in _NAMES]
    chains = tuple(found.chains[arn] for arn in arns if arn in found.chains)
    running = dict.fromkeys(why for arn in arns for why in found.open_ways.get(arn, ()))
    return Supposed(any(arn in power.administrators for arn in arns), chains, tuple(running))


def _iam(documents: Sequence[str], account: str) -> Iam:
    head = f"arn:aws:iam::{account}"
    own = tuple(
        ManagedPolicy(f"{head}:policy/supposed-{place}", f"supposed-{place}", text)
        for place, text in enumerate(documents, 1)
    )
    whole = ManagedPolicy(ADMINISTRATOR, "AdministratorAccess", json.dumps(_EVERYTHING))
    attached = tuple(one.arn for one in own)
    services = sorted({*PASSING, *RUNNING})
    of_instances = _trust({"Service": "ec2.amazonaws.com"})
    return Iam(
        account,
        users=(
            User(f"{head}:user/supposed", "supposed", attached=attached, groups=("supposed",)),
            User(f"{head}:user/administrator", "administrator", attached=(ADMINISTRATOR,)),
        ),
        groups=(
            Group(f"{head}:group/supposed", "supposed"),
            Group(f"{head}:group/administrators", "administrators", attached=(ADMINISTRATOR,)),
        ),
        roles=(
            Role(f"{head}:role/supposed", "supposed", trust=of_instances, attached=attached),
            Role(
                f"{head}:role/administrator",
                "administrator",
                trust=_trust({"AWS": f"{head}:root", "Service": services}),
                attached=(ADMINISTRATOR,),
            ),
        ),
        policies=(*own, whole),
    )


def _trust(principal: Mapping[str, object]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
