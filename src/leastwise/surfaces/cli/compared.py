"""Documents to compare, each by itself or among all other policies that bind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from leastwise.decide.policies import PolicySet, listed
from leastwise.model.errors import InputError
from leastwise.model.policy import Kind, Policy
from leastwise.model.request import Unknown
from leastwise.surfaces.cli.policy_options import Given, Reader, resource_policies

_SOURCES: Final = ("identity", "boundary", "session", "resource_policy", "trust", "endpoint", "scp", "rcp")
_GRANTING: Final = ("identity", "resource", "trust")


def among_others(documents: Sequence[Policy], options: Given) -> list[Policy] | list[PolicySet]:
    """The documents alone, or, when other policies are given, each in its place among them.

    Raises InputError when nothing grants, as a policy that only limits would then pass as a matter of course.
    """
    if not any(options.has(name) for name in _SOURCES):
        if options.has("level"):
            raise InputError("`--at` without levels", help="give them with `--scp LEVEL=F` or `--rcp LEVEL=F`")
        return list(documents)
    others = _Others.of(options)
    kind = documents[0].kind
    if kind not in _GRANTING and not others.grants:
        raise InputError(
            "nothing grants access: the policies only limit it", help="give what grants it with `--identity F`"
        )
    return [others.around(document, options.text("level")) for document in documents]


@dataclass(frozen=True)
class _Others:
    """The policies that bind on both sides."""

    identity: tuple[Policy, ...]
    boundary: tuple[Policy, ...]
    session: tuple[Policy, ...]
    resource: tuple[Policy, ...]
    endpoint: tuple[Policy, ...]
    scps: dict[str, list[Policy]]
    rcps: dict[str, list[Policy]]

    @classmethod
    def of(cls, options: Given) -> _Others:
        read = Reader(options, ())
        return cls(
            identity=_known(read.several("identity", "identity")),
            boundary=tuple(read.one("boundary", "boundary")),
            session=_known(read.several("session", "session")),
            resource=_known(resource_policies(read)),
            endpoint=_known(read.several("endpoint", "endpoint")),
            scps=read.named_levels("scp"),
            rcps=read.named_levels("rcp"),
        )

    @property
    def grants(self) -> bool:
        return bool(self.identity or self.resource)

    def around(self, document: Policy, level: str | None) -> PolicySet:
        """The set with the document in its place."""
        kind = document.kind
        if level is not None and kind not in ("scp", "rcp"):
            raise InputError("`--at` names a level of SCPs or RCPs", help="give `--type scp` or `--type rcp` with it")
        boundary = (*_at("boundary", document), *self.boundary)
        if len(boundary) > 1:
            raise InputError("a principal has one permissions boundary", help="leave out `--boundary`")
        return PolicySet(
            identity=(*_at("identity", document), *self.identity),
            boundary=boundary[0] if boundary else None,
            session=(*_at("session", document), *self.session),
            resource=(*_at("resource", document), *_at("trust", document), *self.resource),
            endpoint=(*_at("endpoint", document), *self.endpoint),
            scps=_levels(self.scps, document, level) if kind == "scp" else list(self.scps.values()),
            rcps=_levels(self.rcps, document, level) if kind == "rcp" else list(self.rcps.values()),
        )


def _at(kind: Kind, document: Policy) -> Iterator[Policy]:
    if document.kind == kind:
        yield document


def _known(policies: Sequence[Policy] | Unknown) -> tuple[Policy, ...]:
    found = listed(policies)
    return () if isinstance(found, Unknown) else found


def _levels(levels: dict[str, list[Policy]], document: Policy, level: str | None) -> list[list[Policy]]:
    """The levels with the document at one of them, or below all."""
    if level is None:
        return [*levels.values(), [document]]
    if level not in levels:
        names = ", ".join(f"`{name}`" for name in levels) or "none"
        raise InputError(f"no level `{level}`", help=f"levels are {names}")
    return [[*policies, document] if name == level else policies for name, policies in levels.items()]
