"""Cases of the area `public`: whom does a resource policy let in from outside.

Three questions of three sources, each asked of the prover: is the policy public; is all that it allows attributed to
the owner's account; is all that it allows attributed to somebody who is trusted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from msgspec import UNSET, Struct, UnsetType

from conformance.cases import Case, Document, MalformedCases, document_of, json_cases
from conformance.cells import Row, rows
from conformance.newaccess import policies_of
from leastwise.model.errors import PolicyError
from leastwise.model.policy import Kind, Policy, Statement
from leastwise.prove.public import DEFINITIONS, Definition, Trusted, not_public, reachable_from
from leastwise.prove.queries import within
from leastwise.prove.verdict import Proof, Verdict

COLUMNS = ("case", "definition", "resource policy", "public", "source")
_KINDS: tuple[Kind, ...] = ("resource", "trust")
_ON_BEHALF_OF = ("aws:SourceAccount", "aws:SourceOwner")
"""Keys with which a service tells on whose behalf it calls, beside aws:SourceArn."""


class _Options(Struct, frozen=True):
    check_cross_service_confused_deputy: bool = False


class _Trusted(Struct, frozen=True):
    allowed_accounts: tuple[str, ...] = ()
    allowed_orgid: tuple[str, ...] = ()
    allowed_vpc: tuple[str, ...] | None = None
    allowed_vpce: tuple[str, ...] | None = None


class _Asked(Struct):
    id: str
    resource_policy: Document
    account: str | None = None
    options: _Options = _Options()
    cross_account_allowed: bool = False
    trusted: _Trusted = _Trusted()
    expected_public: bool | UnsetType = UNSET
    expected_restricts_to_own_account: bool | UnsetType = UNSET
    expected_cross_account_violation: bool | UnsetType = UNSET


def public_cases(data: bytes) -> list[Case]:
    """Cases of a resource policy that expect one of three answers, true or false; raises MalformedCases."""
    return [_case(asked, number) for number, asked in json_cases(data, _Asked)]


def _case(asked: _Asked, number: int) -> Case:
    for expected, ask in (
        (asked.expected_public, _is_public),
        (asked.expected_restricts_to_own_account, _is_confined),
        (asked.expected_cross_account_violation, _is_violation),
    ):
        if expected is not UNSET:
            return Case(asked.id, expected, partial(_answer, asked, ask))
    raise MalformedCases(f"case {number}: no answer is expected")


def _answer(asked: _Asked, ask: Callable[[Policy, _Asked], bool | str]) -> bool | str:
    try:
        (policy,) = policies_of([document_of(asked.resource_policy)], _KINDS)
    except PolicyError as error:
        return f"no policy: {error}"
    return ask(policy, asked)


def public_rows(data: bytes) -> list[Case]:
    """Rows of a table: case, definition, resource policy, public, source; raises MalformedCases."""
    return [_row_case(row) for row in rows(data, COLUMNS)]


def _row_case(row: Row) -> Case:
    definition: Definition = "s3" if row.one_of("definition", DEFINITIONS) == "s3" else "semantic"
    expected = row.one_of("public", tuple(_ANSWERS.values()))
    return Case(row["case"], expected, partial(_row_answer, row.plain("resource policy"), definition))


def _row_answer(document: Document, definition: Definition) -> str:
    try:
        (policy,) = policies_of([document], _KINDS)
    except PolicyError as error:
        return f"no policy: {error}"
    found = _fails(not_public(policy, definition=definition))
    return _ANSWERS[found] if isinstance(found, bool) else found


_ANSWERS = {True: "yes", False: "no"}


def _is_public(policy: Policy, asked: _Asked) -> bool | str:
    """Whether somebody outside is let in; services too where the source looks for the confused deputy."""
    trusted = Trusted(accounts=(asked.account,) if asked.account else ())
    found = _fails(not_public(policy, trusted=trusted))
    if found is False and asked.options.check_cross_service_confused_deputy:
        return _fails(reachable_from(policy, "services", trusted=trusted))
    return found


def _is_confined(policy: Policy, asked: _Asked) -> bool | str:
    """Whether nobody but the account is let in, or, where any account will do that is named, not everyone."""
    if asked.cross_account_allowed:
        return _holds(not_public(policy))
    return _holds(within(policy, _all_of(policy, _Trusted((asked.account or "",), allowed_vpc=(), allowed_vpce=()))))


def _is_violation(policy: Policy, asked: _Asked) -> bool | str:
    return _fails(within(policy, _all_of(policy, asked.trusted)))


def _holds(proof: Proof) -> bool | str:
    return "unknown" if proof.verdict is Verdict.UNKNOWN else proof.holds


def _fails(proof: Proof) -> bool | str:
    return "unknown" if proof.verdict is Verdict.UNKNOWN else not proof.holds


def _all_of(policy: Policy, trusted: _Trusted) -> Policy:
    """Everything for those who are trusted, and for the services that the policy names, which the sources leave out."""
    return Policy(tuple(_trusted_statements(policy, trusted)), "resource", name="trusted")


def _trusted_statements(policy: Policy, trusted: _Trusted) -> Iterator[Statement]:
    accounts = [one for one in trusted.allowed_accounts if one.isdigit()]
    providers = [one for one in trusted.allowed_accounts if not one.isdigit()]
    services = [v for one in policy.statements for v in (one.principals or {}).get("Service", ()) if v != "*"]
    for kind, names in (("AWS", accounts), ("Federated", providers), ("Service", services)):
        if names:
            yield _everything(principals={kind: tuple(names)})
    for key in _ON_BEHALF_OF:
        yield from _when("StringEquals", key, accounts)
    yield from _when("ArnLike", "aws:SourceArn", [f"arn:*:*:*:{account}:*" for account in accounts])
    yield from _when("StringEquals", "aws:PrincipalOrgID", trusted.allowed_orgid)
    for key, networks in (("aws:SourceVpc", trusted.allowed_vpc), ("aws:SourceVpce", trusted.allowed_vpce)):
        yield from _when("StringLike", key, ["*"] if networks is None else networks)


def _when(operator: str, key: str, values: Sequence[str]) -> Iterator[Statement]:
    if values:
        yield replace(_everything(principals={"AWS": ("*",)}), conditions={operator: {key: tuple(values)}})


def _everything(principals: Mapping[str, tuple[str, ...]]) -> Statement:
    return Statement(None, ("*",), ("*",), principals=principals)
