"""What the pages promise and the code must hold: links that lead somewhere, commands and codes that have a page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from inspect import getsource
from pathlib import Path

from docs_sources.commands import commands
from leastwise.synthesize import blind_spots

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_ELSEWHERE = ("https://", "http://", "mailto:")


def pages(root: Path) -> list[Path]:
    """README, ARCHITECTURE and all below `docs`, in order."""
    top = [root / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")]
    return [path for path in top if path.is_file()] + sorted((root / "docs").rglob("*.md"))


def broken_links(root: Path) -> Iterator[str]:
    """Every relative link that leads nowhere."""
    for page in pages(root):
        for target in _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))):
            path, _, heading = target.partition("#")
            if not target.startswith(_ELSEWHERE) and not _leads_somewhere(page, path, heading):
                yield f"{page.relative_to(root)}: the link `{target}` leads nowhere"


def _leads_somewhere(page: Path, path: str, heading: str) -> bool:
    target = page.parent / path if path else page
    if not target.exists():
        return False
    return not heading or heading in anchors(target.read_text(encoding="utf-8"))


def anchors(text: str) -> set[str]:
    """The headings of a page as links write them."""
    headings = re.findall(r"^#+ +(.+)$", _FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h.strip().lower()).replace(" ", "-") for h in headings}


def undocumented(root: Path) -> Iterator[str]:
    """Every command that no guide names, and every option without a word of help."""
    guides = [p for p in pages(root) if p.parent.name == "guide" or p.name == "README.md"]
    text = "\n".join(p.read_text(encoding="utf-8") for p in guides)
    for command in commands():
        if command.name not in text:
            yield f"`{command.name}` is in no guide"
        for option in command.options():
            if not option.help and max(option.opts, key=len) not in text:
                yield f"`{command.name} {max(option.opts, key=len)}` has neither help nor a place in a guide"


UNKNOWNS = Path("docs") / "reference" / "unknowns.md"


def codes_without_heading(root: Path) -> Iterator[str]:
    """Every code of an unknown that the page of unknowns has not, and every heading that is no code."""
    text = (root / UNKNOWNS).read_text(encoding="utf-8") if (root / UNKNOWNS).is_file() else ""
    headings = set(re.findall(r"^## `(.+)`$", text, re.MULTILINE))
    codes = set(_codes())
    yield from (f"{UNKNOWNS}: no heading for `{code}`" for code in sorted(codes - headings))
    yield from (f"{UNKNOWNS}: `{code}` is no code" for code in sorted(headings - codes))


def _codes() -> Iterable[str]:
    """The first argument of every `Unknown(…)` in the module that makes them."""
    for node in ast.walk(ast.parse(getsource(blind_spots))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Unknown":
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)
