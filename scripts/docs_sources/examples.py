"""Examples in the pages, run as a reader would run them.

A block fenced as `sh run` is run by bash in a temporary folder of its page, where `demo_logs` holds the bundled
logs; the blocks of one page run one after another in it. A block fenced as `text output` shows what the block
before it printed: each line must be among its lines, `…` at the end of one stands for its rest, and a line of
`…` alone for lines left out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(sh run|text output)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block and the line that it begins on."""

    kind: str
    text: str
    line: int


def blocks(page: str) -> list[Block]:
    """The blocks of a page that are run or compared."""
    return [Block(found[1], found[2], page.count("\n", 0, found.start()) + 1) for found in _BLOCK.finditer(page)]


def broken_examples(page: Path, name: str, demo_logs: Path) -> Iterator[str]:
    """Every block of the page that ends with another code than 0, or prints other than is shown."""
    found = blocks(page.read_text(encoding="utf-8"))
    if not found:
        return
    with tempfile.TemporaryDirectory(prefix="leastwise-docs-") as folder:
        shutil.copytree(demo_logs, Path(folder) / "demo_logs")
        printed: list[str] = []
        for block in found:
            if block.kind == "sh run":
                code, printed = _run(block.text, Path(folder))
                if code:
                    yield f"{name}:{block.line}: ended with {code}: {' / '.join(printed[-3:])}"
            else:
                yield from (f"{name}:{block.line}: not printed: {line}" for line in missing(block.text, printed))


def _run(text: str, folder: Path) -> tuple[int, list[str]]:
    try:
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", text],
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 124, [f"not done after {_SECONDS} seconds"]
    return ended.returncode, ended.stdout.decode("utf-8", "replace").splitlines()


def _environment() -> dict[str, str]:
    """This program's own `leastwise` first, none of the user's settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LEASTWISE_", "AWS_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}


def missing(shown: str, printed: list[str]) -> list[str]:
    """The lines that are shown and were not printed, in their order."""
    rest = [line.rstrip() for line in printed]
    lost: list[str] = []
    for line in (text.rstrip() for text in shown.splitlines()):
        if line.strip() in ("", "…"):
            continue
        place = next((i for i, real in enumerate(rest) if _is_shown_by(line, real)), None)
        if place is None:
            lost.append(line)
        else:
            rest = rest[place + 1 :]
    return lost


def _is_shown_by(line: str, real: str) -> bool:
    return line == real or (line.endswith("…") and real.startswith(line.removesuffix("…").rstrip()))
