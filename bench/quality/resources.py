"""How well resources are generalised: future requests denied, and resources of other owners taken in.

    python -m bench.quality.resources --seeds 1000 1001

Two thirds of each family's time are seen, the last third is held out. `deny` is the share of the held-out requests that
no pattern matches, `decoy` the share of other owners' resources that one does, both averaged over families.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench.quality.families import TRAINED, Family, Use, epoch_day, families, flat_families

from leastwise.synthesize.generalise import Seen, generalised

Rule = Callable[[Sequence[Use]], tuple[str, ...]]
"""Patterns for what was seen."""

_TOKENS = re.compile(r"[0-9A-Za-z]+|[^0-9A-Za-z]")
_LEAST = 3


def exact(seen: Sequence[Use]) -> tuple[str, ...]:
    """Each resource as it is."""
    return tuple(sorted({_literal(use.resource) for use in seen}))


def parents(seen: Sequence[Use]) -> tuple[str, ...]:
    """All that stands beside each resource."""
    cuts = (max(use.resource.rfind("/"), use.resource.rfind(":")) + 1 for use in seen)
    return tuple(sorted({f"{_literal(use.resource[:cut])}*" for use, cut in zip(seen, cuts, strict=True)}))


def common_prefix(seen: Sequence[Use]) -> tuple[str, ...]:
    """All that begins as three or more resources do."""
    names = sorted({use.resource for use in seen})
    if len(names) < _LEAST:
        return exact(seen)
    return (_literal(os.path.commonprefix(names)) + "*",)  # noqa: RUF071  # letters are what is meant


def drain(seen: Sequence[Use]) -> tuple[str, ...]:
    """Templates that Drain3 finds for three resources or more."""
    from drain3 import TemplateMiner
    from drain3.template_miner_config import TemplateMinerConfig

    miner = TemplateMiner(config=TemplateMinerConfig())
    names = sorted({use.resource for use in seen})
    held: dict[int, list[str]] = {}
    for name in names:
        found = miner.add_log_message(" ".join(_TOKENS.findall(name)))
        held.setdefault(int(found["cluster_id"]), []).append(name)
    templates = {cluster.cluster_id: cluster.get_template() for cluster in miner.drain.clusters}
    patterns: list[str] = []
    for number, members in held.items():
        pieces = templates[number].split(" ")
        template = "".join("*" if piece == "<*>" else _literal(piece) for piece in pieces)
        patterns += [template] if len(members) >= _LEAST else map(_literal, members)
    return tuple(sorted(set(patterns)))


def applied(seen: Sequence[Use]) -> tuple[str, ...]:
    """What leastwise applies by itself."""
    return tuple(one.pattern for one in generalised(_seen(seen), span=_span(seen)) if one.is_applied)


def suggested(seen: Sequence[Use]) -> tuple[str, ...]:
    """What leastwise applies and what it suggests."""
    return tuple(one.pattern for one in generalised(_seen(seen), span=_span(seen)))


RULES: Mapping[str, Rule] = {
    "exact ARNs": exact,
    "parent `/*` always": parents,
    "longest common prefix, k >= 3": common_prefix,
    "Drain3 templates, k >= 3": drain,
    "leastwise, applied alone": applied,
    "leastwise, with suggestions": suggested,
}


def _seen(uses: Iterable[Use]) -> list[Seen]:
    days: dict[str, list[int]] = {}
    for use in uses:
        days.setdefault(use.resource, []).append(epoch_day(use.day))
    return [Seen(resource, min(found), max(found)) for resource, found in days.items()]


def _span(uses: Sequence[Use]) -> tuple[int, int]:
    return epoch_day(min(use.day for use in uses)), epoch_day(max(use.day for use in uses))


def _literal(text: str) -> str:
    return re.sub(r"[*?$]", lambda found: f"${{{found[0]}}}", text)


def _test(pattern: str) -> re.Pattern[str]:
    """IAM's reading: `*` is any text, `?` any letter, `${*}`, `${?}` and `${$}` the signs themselves."""
    pieces = re.split(r"(\$\{[*?$]\}|[*?])", pattern)
    signs = {"*": ".*", "?": "."}
    return re.compile("".join(signs.get(p) or re.escape(p[2] if p.startswith("${") else p) for p in pieces), re.DOTALL)


def judged(family: Family, rule: Rule) -> tuple[float, float, int] | None:
    """Deny, decoy and characters of one family; None when nothing of it was held out."""
    seen = [use for use in family.uses if use.day < TRAINED]
    held = [use for use in family.uses if use.day >= TRAINED]
    if not seen or not held:
        return None
    patterns = rule(seen)
    tests = [_test(pattern) for pattern in patterns]
    denied = sum(not any(test.fullmatch(use.resource) for test in tests) for use in held)
    taken = sum(any(test.fullmatch(one) for test in tests) for one in family.decoys)
    return denied / len(held), taken / max(1, len(family.decoys)), sum(len(pattern) + 3 for pattern in patterns)


def row(several: Sequence[Family], rule: Rule) -> tuple[float, float, float]:
    """Means over the families."""
    found = [one for family in several if (one := judged(family, rule))]
    return mean(f[0] for f in found), mean(f[1] for f in found), mean(f[2] for f in found)


def table(arguments: argparse.Namespace) -> str:
    """The rules beside each other, in Markdown, a table a seed and one of the kinds of families."""
    lines: list[str] = []
    for seed in arguments.seeds:
        mix = list(families(arguments.families, seed))
        lines += [f"seed {seed}, {len(mix)} families", "", "| rule | deny | decoy | characters |", "|---|---|---|---|"]
        for name, rule in RULES.items():
            deny, decoy, characters = row(mix, rule)
            lines.append(f"| {name} | {deny:.3f} | {decoy:.3f} | {characters:,.0f} |")
        lines += ["", "| families | rule | deny | decoy |", "|---|---|---|---|"]
        groups = {kind: [f for f in mix if f.kind == kind] for kind in ("made", "names", "fixed")}
        groups["flat (not in the mix)"] = list(flat_families(arguments.families // 8, seed))
        for kind, group in groups.items():
            for name in ("leastwise, applied alone", "leastwise, with suggestions"):
                deny, decoy, _ = row(group, RULES[name])
                lines.append(f"| {kind} | {name} | {deny:.3f} | {decoy:.3f} |")
        lines.append("")
    return "\n".join(lines)


def options(parser: argparse.ArgumentParser) -> None:
    """What the bench takes."""
    parser.add_argument("--seeds", type=int, nargs="+", default=[1000])
    parser.add_argument("--families", type=int, default=400)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    options(parser)
    print(table(parser.parse_args()))


if __name__ == "__main__":
    main()
