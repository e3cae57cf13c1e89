"""What a scan finds of the faults planted in made-up companies: recall by kind of fault, precision of what is grave."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from report import table

PROGRAM = str(Path(sys.executable).with_name("leastwise"))
GRAVE = ("critical", "high")
SIZE = ("--accounts", "20", "--roles", "500", "--days", "0", "--date", "2026-06-01")
LOGGED = ("--accounts", "16", "--roles", "240", "--days", "100", "--volume", "0.2", "--date", "2026-06-01")
SEEDS = (4101, 4102, 4103)
FOUND_BY: Mapping[str, tuple[str, ...]] = {
    "escalation": ("escalation",),
    "escalation-chain": ("escalation-chain",),
    "forgotten-admin": ("forgotten-administrator",),
    "over-broad-role": ("whole-services", "administrator"),
    "temporary-grant": ("temporary-grant",),
    "unused-role": ("unused-role",),
    "unused-user": ("unused-user",),
    "unused-key": ("unused-access-key",),
    "unknown-trust": ("vendor-trust-without-external-id",),
    "github-trust-without-subject": ("web-identity-trust-without-subject",),
    "public-resource": ("public-resource",),
    "shared-outside": ("shared-outside-organisation",),
    "password-without-mfa": ("password-without-mfa",),
    "break-glass-without-mfa": ("break-glass-without-mfa",),
    "boundary-gap": ("boundary-can-be-left",),
    "account-without-scp": ("account-without-scp",),
    "unit-without-scp": ("unit-without-scp",),
    "rcp-gap": ("perimeter-open-to-services",),
}
"""Which checks find which kind of fault; made before any company was scored."""

Json = dict[str, object]


@dataclass
class Score:
    """Faults planted and found by kind, grave findings by check, and those that are about no fault."""

    planted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    grave: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    alike: int = 0
    loud: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, truth: Json, findings: Sequence[Json]) -> None:
        """The company counts."""
        about: dict[str, set[str]] = {}
        for one in findings:
            about.setdefault(str(one["name"]), set()).add(_subject(one))
        faults = list(_listed(truth, "faults"))
        true = {subject for fault in faults for subject in _subjects(fault)}
        alike = {subject for fault in _listed(truth, "lookalikes") for subject in _named(fault)} - true
        for fault in faults:
            kind = str(fault["kind"])
            names = FOUND_BY.get(kind, ())
            self.planted[kind] += 1
            held = {subject for name in names for subject in about.get(name, ())}
            is_found = held.issuperset(_subjects(fault))
            self.found[kind] += is_found
            if not is_found:
                self.missed.append(f"{kind}: {', '.join(_subjects(fault))}")
        for one in findings:
            if one["severity"] in GRAVE:
                self.grave[str(one["name"])] += 1
                self.false[str(one["name"])] += _subject(one) not in true
        loud = {_subject(one) for one in findings if one["severity"] in (*GRAVE, "medium")}
        self.alike += len(alike)
        self.loud += len(alike & loud)
        self.missed += [
            f"look-alike: {one['name']}: {_subject(one)}" for one in findings if _subject(one) in alike & loud
        ]


def _listed(truth: Json, key: str) -> Iterator[Json]:
    found = truth[key]
    assert isinstance(found, list)
    return iter(found)


def _named(fault: Json) -> list[str]:
    return [*fault["principals"], *fault["resources"]]  # type: ignore[misc]


def _subjects(fault: Json) -> list[str]:
    return fault["principals"] or fault["resources"] or [str(fault["account"])]  # type: ignore[return-value]


def _subject(finding: Json) -> str:
    place = finding["place"]
    assert isinstance(place, dict)
    return str(place["subject"])


def scored(seed: int, size: Sequence[str], score: Score) -> None:
    """A company of the seed, scanned."""
    with tempfile.TemporaryDirectory() as folder:
        for words in (["sample", "made", *size, "--seed", str(seed)], ["snapshot", "--from", "made"]):
            subprocess.run([PROGRAM, *words], cwd=folder, check=True, capture_output=True)
        if "0" != size[size.index("--days") + 1]:
            subprocess.run([PROGRAM, "logs", "add", "made/logs"], cwd=folder, check=True, capture_output=True)
        done = subprocess.run([PROGRAM, "scan", "--json"], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode > 1 or not done.stdout:
            raise SystemExit(done.stderr)
        truth = json.loads((Path(folder) / "made" / "truth.json").read_text(encoding="utf-8"))
        score.add(truth, json.loads(done.stdout)["findings"])


def main() -> None:
    """Print recall by kind, and precision of the grave findings by check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    seeds = parser.parse_args().seeds
    for title, size in (("snapshots alone", SIZE), ("with 100 days of logs", LOGGED)):
        score = Score()
        for seed in seeds:
            scored(seed, size, score)
        print(f"{title}, seeds {', '.join(map(str, seeds))}: {' '.join(size)}\n")
        rows = [
            [kind, f"{count}", f"{score.found[kind]}", f"{score.found[kind] / count:.3f}"]
            for kind, count in sorted(score.planted.items())
        ]
        every, found = sum(score.planted.values()), sum(score.found.values())
        print(
            table(
                [*rows, ["all", f"{every}", f"{found}", f"{found / every:.3f}"]],
                ("fault", "planted", "found", "recall"),
            )
        )
        grave = [
            [name, f"{count}", f"{score.false[name]}", f"{1 - score.false[name] / count:.3f}"]
            for name, count in sorted(score.grave.items())
        ]
        count, false = sum(score.grave.values()), sum(score.false.values())
        total = ["all", f"{count}", f"{false}", f"{1 - false / count:.3f}"]
        print()
        print(table([*grave, total], ("critical and high, by check", "findings", "of no fault", "precision")))
        print(f"\nlook-alikes with a finding of medium or graver: {score.loud} of {score.alike}\n")
        for line in score.missed[:20]:
            print(f"missed, or said of a look-alike: {line}")


if __name__ == "__main__":
    main()
