"""OIDC providers all of whose users are trusted."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.trust import GITHUB, asks, lets, providers


@check_statements(
    "LW208",
    "oidc-trust-without-condition",
    severity="security-warning",
    aws=("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL",),
    kinds=("trust",),
    source='IAM User Guide, "Create a role for OpenID Connect federation"',
)
def oidc_trust_without_condition(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A trust policy that lets in every user of an OIDC provider.

    No condition asks for a claim of the provider's tokens, such as its audience `aud` or its subject `sub`. Whoever can
    get a token from the provider for any application may assume the role. GitHub has a check of its own.
    """
    if not lets(statement, "sts:assumerolewithwebidentity"):
        return
    for written, provider in providers(statement, "oidc"):
        if not asks(statement, provider.has_key) and not provider.prefix.startswith(GITHUB):
            name = provider.prefix.removesuffix(":")
            hint = f"add a condition on `{name}:aud` and `{name}:sub`"
            yield Found(f"every user of {shown(written.text)} may assume the role", written, hint)
