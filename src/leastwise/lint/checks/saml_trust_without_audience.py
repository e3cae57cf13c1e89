"""SAML providers whose assertions for anything are trusted."""

from __future__ import annotations

from collections.abc import Iterator

from leastwise.language.wording import shown
from leastwise.lint.document import Document, WrittenStatement
from leastwise.lint.registry import Found, check_statements
from leastwise.lint.trust import asks, lets, providers


@check_statements(
    "LW211",
    "saml-trust-without-audience",
    severity="security-warning",
    kinds=("trust",),
    source='IAM User Guide, "Create a role for SAML 2.0 federation"',
)
def saml_trust_without_audience(statement: WrittenStatement, document: Document) -> Iterator[Found]:
    """A trust policy that asks nothing of the assertions of a SAML provider.

    No condition on a `SAML:` key says for whom the assertion was made or of whom it speaks. AWS's guides ask for the
    audience, so that an assertion made for another service is not taken. Any `SAML:` key that the statement asks for
    counts.
    """
    if not lets(statement, "sts:assumerolewithsaml") or asks(statement, lambda key: key.startswith("saml:")):
        return
    for written, _ in providers(statement, "saml"):
        hint = "add a condition on `SAML:aud`, such as `https://signin.aws.amazon.com/saml`"
        yield Found(f"any assertion of {shown(written.text)} may assume the role", written, hint)
