"""Compare AWS's own examples of guard rails with the templates of the library, both ways, by proof.

`python scripts/compare_guard_rails.py FOLDER` reads every collection of policies in the folder, JSON lists and gzipped
JSON Lines with `name` and `document`, and prints the page `docs/reference/guard-rails-compared.md`. Ends with 1 when a
difference has no reason here, or a reason has no difference; with 2 when an example is not in the folder.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leastwise.language.parse import parse_policy
from leastwise.model.policy import Kind, Policy
from leastwise.prove.queries import no_new_access
from leastwise.prove.verdict import Proof
from leastwise.synthesize.guardrails.exceptions import exception_of
from leastwise.synthesize.guardrails.parameters import Given
from leastwise.synthesize.guardrails.purpose import beside_everything
from leastwise.synthesize.guardrails.templates import filled_as, template

TABLE = Path(__file__).parent / "guard_rail_examples.toml"
SAME = "the same"
_MOST_ACTIONS = 4
_HEAD = """# Guard rails compared

AWS's own examples of SCPs and RCPs beside the templates of the library, each filled so that it comes as near to the
example as it can. Both ways are proved for every request: what the template denies and the example does not, and the
reverse. The examples are of aws-samples/service-control-policy-examples @ 35a50b0,
aws-samples/resource-control-policy-examples @ f1aedfa, aws-samples/data-perimeter-policy-examples @ 8e0d3c5 and
awsdocs/aws-organizations-docs @ 41feffb. Made by `scripts/compare_guard_rails.py`, which takes a folder of them.

| example | template | it denies | why, and actions that show it |
|---|---|---|---|
"""


@dataclass(frozen=True)
class Counterpart:
    """An example, the template and values that come nearest to it, and the reason for what is left between them."""

    example: str
    template: str
    kind: Kind = "scp"
    values: Given = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Compared:
    """One example beside its template: the proofs that each allows no more than the other."""

    counterpart: Counterpart
    more: Proof
    less: Proof

    @property
    def result(self) -> str:
        """What the template denies, beside the example."""
        told = {
            (True, True): SAME,
            (False, True): "more",
            (True, False): "less",
            (False, False): "more and less",
        }
        return told[self.more.holds, self.less.holds]

    @property
    def shown(self) -> Iterator[str]:
        """Actions that show the difference."""
        for word, proof in (("denied by the template alone", self.more), ("denied by the example alone", self.less)):
            named = dict.fromkeys(action for gap in proof.difference for action in gap.actions[:2])
            if named:
                yield f"{word}: {', '.join(f'`{action}`' for action in [*named][:_MOST_ACTIONS])}"


def table() -> tuple[dict[str, str], list[Counterpart]]:
    """The placeholders of the examples with their values, and the examples that have a template."""
    found = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return found["placeholders"], [Counterpart(**one) for one in found["examples"]]


def examples(folder: Path) -> dict[str, Mapping[str, object]]:
    """The documents of the folder's SCPs and RCPs by their names; raises ValueError where a file cannot be read."""
    found: dict[str, Mapping[str, object]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.endswith((".json", ".jsonl.gz")):
            found.update(_rows(path))
    return found


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    if path.suffix == ".gz":
        rows = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    else:
        rows = json.loads(path.read_text(encoding="utf-8"))
    for row in rows if isinstance(rows, list) else []:
        document = row.get("document") if isinstance(row, dict) else None
        if isinstance(document, dict) and row.get("kind") in ("scp", "rcp"):
            yield str(row["name"]), document


def all_compared(found: Mapping[str, Mapping[str, object]]) -> list[Compared]:
    """Every example that has a template, beside it; raises KeyError for one that is not among those found."""
    placeholders, counterparts = table()
    return [compared(one, found[one.example], placeholders) for one in counterparts]


def compared(one: Counterpart, document: Mapping[str, object], placeholders: Mapping[str, str]) -> Compared:
    """The example beside its template; raises an error where either cannot be read."""
    text = json.dumps(document)
    for placeholder, value in placeholders.items():
        text = text.replace(placeholder, value)
    example = beside_everything(parse_policy(text, kind=one.kind, name=one.example))
    ours = beside_everything(_filled(one))
    return Compared(one, no_new_access(ours, example), no_new_access(example, ours))


def _filled(one: Counterpart) -> Policy:
    exceptions = [exception_of(text) for text in one.exceptions]
    return filled_as(template(one.template), one.kind, one.values, exceptions=exceptions)


def page(rows: Iterable[Compared], others: Sequence[str]) -> str:
    """The page: a row an example, then the examples without a template."""
    lines = [_line(row) for row in rows]
    rest = "".join(f"- {name}\n" for name in others)
    return f"{_HEAD}{''.join(lines)}\n## Examples without a template\n\n{rest}"


def others_in(found: Iterable[str]) -> list[str]:
    """The examples without a template; pages on how SCPs are written hold none."""
    named = {one.example for one in table()[1]}
    return sorted(name for name in found if name not in named and "_scps_s" not in name)


def compared_page(folder: Path) -> str:
    """The page made of a folder's examples."""
    found = examples(folder)
    return page(all_compared(found), others_in(found))


def _line(row: Compared) -> str:
    told = [row.counterpart.why, *row.shown] if row.result != SAME else []
    name = row.counterpart.example.replace("|", "\\|")
    return f"| {name} | {row.counterpart.template} ({row.counterpart.kind}) | {row.result} | {'. '.join(told)} |\n"


def faults(rows: Iterable[Compared]) -> Iterator[str]:
    """Differences without a reason, reasons without a difference, and what was not settled."""
    for row in rows:
        undecided = (*row.more.undecided, *row.less.undecided)
        if undecided:
            yield f"{row.counterpart.example}: not settled: {undecided[0]}"
        if (row.result == SAME) is bool(row.counterpart.why):
            yield f"{row.counterpart.example}: it is {row.result}, and the reason is `{row.counterpart.why}`"


def main() -> int:
    """The page is printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    try:
        found = examples(folder)
        rows = all_compared(found)
    except (OSError, ValueError, KeyError) as error:
        print(f"cannot read the examples of `{folder}`: {error}", file=sys.stderr)
        return 2
    print(page(rows, others_in(found)), end="")
    told = list(faults(rows))
    for fault in told:
        print(fault, file=sys.stderr)
    return int(bool(told))


if __name__ == "__main__":
    sys.exit(main())
