"""GitHub workflows of anyone that are trusted."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.trust import GITHUB, asks, lets, providers

_TELLING = ("sub", "repository", "enterprise", "job_workflow_ref")
"""Claims that say whose workflow it is."""


@check_statements(
    "LW209",
    "github-trust-without-subject",
    severity="security-warning",
    aws=("MISSING_GITHUB_REPO_CONDITION_KEY",),
    kinds=("trust",),
    source='IAM User Guide, "Create a role for OpenID Connect federation"',
)
def github_trust_without_subject(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A trust policy that lets in workflows of any GitHub repository.

    All of GitHub shares one OIDC provider. Without a condition on the subject `sub` of its tokens, or on another claim
    that names the repository, anybody with a repository there may assume the role; the audience alone is the same for
    all.
    """
    if not lets(statement, "sts:assumerolewithwebidentity"):
        return
    for written, provider in providers(statement, "oidc"):
        if provider.prefix.startswith(GITHUB) and not asks(statement, _names_repository):
            hint = f"add a condition on `{GITHUB}:sub`, such as `repo:organisation/repository:ref:refs/heads/main`"
            yield Found("workflows of every GitHub repository may assume the role", written, hint)


def _names_repository(key: str) -> bool:
    return key.startswith(GITHUB) and key.rpartition(":")[2].startswith(_TELLING)
