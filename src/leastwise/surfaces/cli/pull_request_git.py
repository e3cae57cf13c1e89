"""What git says of two commits: the files that changed between them, as they were and as they are."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leastwise.model.errors import InputError
from leastwise.surfaces.cli.lint_files import ENDINGS, MAX_FILE

_OBJECT = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that differs: its text before and after, None where it is not there."""

    path: str
    before: str | None
    after: str | None


class Repository:
    """A git repository that is read, never written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def commit(self, name: str) -> str:
        """The commit that a name means; raises InputError."""
        if self._asked("rev-parse", "--git-dir", may_fail=True) is None:
            raise InputError(f"`{self.folder}` is no git repository", help="say where it is with `--repository`")
        found = self._asked("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", may_fail=True)
        if found is None or not _OBJECT.fullmatch(found.strip()):
            raise InputError(f"there is no commit `{name}`", help=f"fetch it: `git fetch origin {name}`")
        return found.strip()

    def common(self, one: str, other: str) -> str:
        """The commit from which both went on; raises InputError where they have none."""
        found = self._asked("merge-base", one, other, may_fail=True)
        if found is None:
            raise InputError("the two commits have no common ancestor", help="check out with the whole history")
        return found.strip()

    def changed(self, base: str, head: str, paths: Sequence[str]) -> Iterator[Changed]:
        """The files of the paths that may hold policies and differ, in order of name."""
        told = self._asked("diff", "--name-only", "-z", "--no-renames", base, head, "--", *paths) or ""
        for path in sorted(name for name in told.split("\0") if name.lower().endswith(ENDINGS)):
            yield Changed(path, self.text(base, path), self.text(head, path))

    def text(self, commit: str, path: str) -> str | None:
        """The file in the commit; None where there is none. Raises InputError for one that is no text."""
        size = self._asked("cat-file", "-s", f"{commit}:{path}", may_fail=True)
        if size is None:
            return None
        if int(size) > MAX_FILE:
            raise InputError(f"`{path}` is longer than {MAX_FILE:,} bytes")
        try:
            return self._bytes("cat-file", "blob", f"{commit}:{path}").decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InputError(f"`{path}` is no text in UTF-8", help="save it as UTF-8") from None

    def _asked(self, *words: str, may_fail: bool = False) -> str | None:
        done = self._run(words)
        if done.returncode == 0:
            return done.stdout.decode("utf-8", "surrogateescape")
        if may_fail:
            return None
        raise InputError(f"git {words[0]}: {done.stderr.decode('utf-8', 'replace').strip()[:200]}")

    def _bytes(self, *words: str) -> bytes:
        return self._run(words).stdout

    def _run(self, words: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
        command = ["git", "-c", "core.fsmonitor=", "-c", "diff.external=", "-C", str(self.folder), *words]
        try:
            return subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - words, never a shell
        except FileNotFoundError:
            raise InputError("git is not installed", help="install git, or lint files by name") from None
