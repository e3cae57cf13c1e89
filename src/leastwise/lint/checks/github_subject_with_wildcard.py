"""GitHub workflows that are trusted by a pattern."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.trust import GITHUB, is_granting

_LIKE = frozenset({"StringLike", "ArnLike", "ArnEquals"})


@check_statements(
    "LW210",
    "github-subject-with-wildcard",
    severity="warning",
    aws=("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED",),
    kinds=("trust",),
    source='IAM User Guide, "Create a role for OpenID Connect federation"',
)
def github_subject_with_wildcard(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A trust policy that names GitHub workflows by a pattern.

    The subject reads `repo:organisation/repository:context`. A wildcard in the context lets in every branch, tag and
    pull request; one in the repository, repositories to come; one in the organisation, repositories that strangers make
    under a fitting name. The message says how far it reaches. Name repository and branch, or an environment.
    """
    for condition in statement.conditions if is_granting(statement) else ():
        is_subject = condition.lowered.startswith(GITHUB) and condition.lowered.endswith(":sub")
        if not is_subject or condition.name is None or condition.name.base not in _LIKE:
            continue
        for written in condition.values:
            reach = _reach(written.text)
            if reach:
                message = f"{shown(written.text)} lets in {reach}"
                yield Found(message, written, "write `repo:organisation/repository:ref:refs/heads/branch`")


def _reach(subject: str) -> str | None:
    """Whom the pattern lets in, by the first part of it that has a wildcard; None where none has."""
    if not _is_open(subject) or "${" in subject:
        return None
    kind, _, rest = subject.partition(":")
    organisation, slash, rest = rest.partition("/")
    repository, _, context = rest.partition(":")
    if _is_open(kind) or _is_open(organisation) or not slash:
        return "repositories that anyone on GitHub may make"
    if _is_open(repository):
        return f"several repositories of {shown(organisation)}, those to come among them"
    return f"more than one branch, tag or pull request of {shown(f'{organisation}/{repository}')}" if context else None


def _is_open(part: str) -> bool:
    return "*" in part or "?" in part
