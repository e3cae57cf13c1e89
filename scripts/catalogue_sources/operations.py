"""API operations out of botocore's models: names, request members, response members, HTTP path."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import botocore

HERE = Path(__file__).parent
MODELS = Path(botocore.__file__).parent / "data"
DEPTH = 5
Json = dict[str, Any]
_SCALARS = frozenset({"string", "integer", "long", "character"})
# Of two SDK services that share an operation name under one prefix, these give way: they are another API.
_GIVES_WAY = frozenset({"s3control", "pinpoint-email", "connectparticipant"})


@dataclass(frozen=True)
class Member:
    """One request or response member: its names in lower case and where it sits."""

    names: tuple[str, ...]
    parents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """One API operation under an IAM prefix, with all places where a value can sit."""

    prefix: str
    name: str
    sdk_services: tuple[str, ...]
    members: tuple[Member, ...] = ()
    containers: frozenset[str] = frozenset()
    outputs: frozenset[str] = frozenset()
    http: tuple[tuple[str, str], ...] = ()

    def places(self, name: str) -> tuple[Member, ...]:
        """Every request member of this name."""
        return self._index.get(name, ())

    @cached_property
    def _index(self) -> Mapping[str, tuple[Member, ...]]:
        return _indexed(self.members)


@dataclass
class SdkService:
    """One SDK service with the names that can lead to its event source."""

    name: str
    prefix: str
    stems: tuple[str, ...]
    model: Json = field(repr=False, default_factory=dict)


def _indexed(members: tuple[Member, ...]) -> Mapping[str, tuple[Member, ...]]:
    index: dict[str, tuple[Member, ...]] = {}
    for member in members:
        for name in member.names:
            index[name] = (*index.get(name, ()), member)
    return index


def sdk_services(prefixes: frozenset[str]) -> Iterator[SdkService]:
    """Every SDK service with its IAM prefix, `` when it has none."""
    for folder in sorted(path for path in MODELS.iterdir() if path.is_dir()):
        versions = sorted(path for path in folder.iterdir() if (path / "service-2.json.gz").exists())
        if versions:
            model = json.loads(gzip.decompress((versions[-1] / "service-2.json.gz").read_bytes()))
            yield _sdk_service(folder.name, model, prefixes)


def _sdk_service(name: str, model: Json, prefixes: frozenset[str]) -> SdkService:
    meta = model["metadata"]
    stems = [meta.get("signingName", ""), meta["endpointPrefix"], name]
    candidates = [_renames().get(name, ""), name, *stems]
    prefix = next((c for c in candidates if c in prefixes), "")
    return SdkService(name, prefix, tuple(dict.fromkeys(s for s in stems if s)), model)


@lru_cache(maxsize=1)
def _renames() -> dict[str, str]:
    tables = json.loads((HERE / "service-configuration.json").read_text())
    return {**tables["RenameServicesOperationActionMap"], **tables["RenameServicesServiceReference"]}


def operations_of(service: SdkService) -> Iterator[Operation]:
    """The service's operations with their members."""
    for name, shape in sorted(service.model["operations"].items()):
        walk = _Walk(service.model["shapes"], is_ec2=service.model["metadata"]["protocol"] == "ec2")
        members = tuple(walk.members(shape["input"]["shape"])) if "input" in shape else ()
        outputs = _Walk(service.model["shapes"], is_ec2=False)
        found = outputs.members(shape["output"]["shape"]) if "output" in shape else ()
        http = shape.get("http", {})
        yield Operation(
            prefix=service.prefix,
            name=name,
            sdk_services=(service.name,),
            members=members,
            containers=frozenset(walk.containers),
            outputs=frozenset(n for member in found if len(member.parents) <= 3 for n in member.names),
            http=((http.get("method", "POST"), http.get("requestUri", "/")),),
        )


def merged(operations: list[Operation]) -> dict[tuple[str, str], Operation]:
    """Operations by (prefix, lower-cased name); those of one name under one prefix become one."""
    table: dict[tuple[str, str], Operation] = {}
    for operation in sorted(operations, key=lambda o: (_gives_way(o), o.sdk_services)):
        key = (operation.prefix, operation.name.lower())
        table[key] = _joined(table[key], operation) if key in table else operation
    return table


def _gives_way(operation: Operation) -> bool:
    return operation.sdk_services[0] in _GIVES_WAY


def _joined(first: Operation, second: Operation) -> Operation:
    if _gives_way(second):
        return replace(first, sdk_services=(*first.sdk_services, *second.sdk_services))
    return replace(
        first,
        sdk_services=(*first.sdk_services, *second.sdk_services),
        members=tuple(dict.fromkeys((*first.members, *second.members))),
        containers=first.containers | second.containers,
        outputs=first.outputs | second.outputs,
        http=tuple(dict.fromkeys((*first.http, *second.http))),
    )


class _Walk:
    """One walk over a shape; remembers the names of the members that hold others."""

    def __init__(self, shapes: Json, *, is_ec2: bool) -> None:
        self._shapes = shapes
        self._is_ec2 = is_ec2
        self.containers: set[str] = set()

    def members(self, shape: str, parents: tuple[str, ...] = ()) -> Iterator[Member]:
        """Every scalar or list of scalars below the shape, at most five levels down."""
        for name, ref in self._shapes[shape].get("members", {}).items():
            yield from self._member(name, ref, parents)

    def _member(self, name: str, ref: Json, parents: tuple[str, ...]) -> Iterator[Member]:
        shape = self._shapes[ref["shape"]]
        self.containers.add(name.lower())
        if shape["type"] in _SCALARS:
            yield Member(self._spellings(name, ref, {}), parents)
        elif shape["type"] == "list":
            yield from self._listed(name, ref, shape, parents)
        elif shape["type"] == "structure" and len(parents) < DEPTH:
            yield from self.members(ref["shape"], (*parents, name.lower()))

    def _listed(self, name: str, ref: Json, shape: Json, parents: tuple[str, ...]) -> Iterator[Member]:
        inner = self._shapes[shape["member"]["shape"]]
        if inner["type"] in _SCALARS:
            yield Member(self._spellings(name, ref, shape["member"]), parents)
        elif inner["type"] == "structure" and len(parents) < DEPTH:
            yield from self.members(shape["member"]["shape"], (*parents, name.lower()))

    def _spellings(self, name: str, ref: Json, item: Json) -> tuple[str, ...]:
        raw = [name, ref.get("locationName", ""), item.get("locationName", "")]
        if item and name.endswith("s"):
            raw.append(name.removesuffix("s"))
        lowered = [r.lower() for r in raw if r and r.lower() not in ("member", "item")]
        if self._is_ec2 and re.search("securitygroupids?$", name.lower()):
            lowered.append("groupid")
        return tuple(dict.fromkeys(lowered))
