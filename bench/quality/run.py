"""How good proposals and findings are, on fresh seeds: `make bench-quality`, or a part: `QUALITY="fit"` beside it.

Each part is a program of its own beside this one; `--seeds` are handed to all. The generators of made-up use share no
code and no constant with what they put to the test, and what that was tuned on is said in each part.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
Arguments = Callable[[argparse.Namespace], list[str]]


def _spaced(options: argparse.Namespace) -> list[str]:
    return ["--seeds", *map(str, options.seeds)] if options.seeds else []


def _joined(options: argparse.Namespace) -> list[str]:
    return ["--seeds", ",".join(map(str, options.seeds))] if options.seeds else []


def _one(options: argparse.Namespace) -> list[str]:
    return ["--seed", str(options.seeds[0])] if options.seeds else []


def _of(policies: argparse.Namespace) -> list[str]:
    return ["--policies", str(policies.policies.resolve())] if policies.policies else []


PARTS: Mapping[str, tuple[str, str, Arguments]] = {
    "completion": (
        "completion",
        "the buffer: hidden actions of published policies found again",
        lambda o: _spaced(o) + _of(o),
    ),
    "backtest": (
        "backtest_bench",
        "the buffer over time: made-up principals, week by week",
        lambda o: _spaced(o) + _of(o),
    ),
    "removal": (
        "removal",
        "removal: unused grants of a broad policy, taken away or kept by their age",
        lambda o: _spaced(o) + _of(o),
    ),
    "confidence": ("confidence", "confidence: will the next 30 days hold something else", _joined),
    "resources": ("resources", "resources generalised: what is denied, what of others is let in", _spaced),
    "fit": ("fit", "fit under the quota: sound, near the optimum, little drift", _one),
    "roles": ("roles", "task roles: broad roles parted into their jobs", _joined),
    "scan": ("scan", "scan: planted faults found, and what else is called grave", _spaced),
}


def main() -> None:
    """Print the tables of the parts asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="the parts; all of them if none is named")
    parser.add_argument("--seeds", type=int, nargs="+", default=[], help="seeds to draw; each part has its own if none")
    parser.add_argument(
        "--policies", type=Path, help="a collection of managed policies; those in the package otherwise"
    )
    options = parser.parse_args()
    failed = [name for name in options.parts or PARTS if _run(name, options)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def _run(name: str, options: argparse.Namespace) -> int:
    module, title, arguments = PARTS[name]
    began = time.monotonic()
    print(f"## {name}: {title}\n", flush=True)
    command: Sequence[str] = [sys.executable, "-m", f"quality.{module}", *arguments(options)]
    code = subprocess.run(command, cwd=BENCH, check=False).returncode
    print(f"\n{name}: {time.monotonic() - began:.0f} s\n", flush=True)
    return code


if __name__ == "__main__":
    main()
