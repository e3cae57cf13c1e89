"""Who made a call and how it ended, by the tables in this folder and over real records."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastwise.usage.identity import Who, who
from leastwise.usage.outcomes import outcome_of

HERE = Path(__file__).parent


def _rows(name: str) -> list[object]:
    lines = [line for line in (HERE / name).read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    return [pytest.param(*row[1:], id=row[0]) for row in cells]


@pytest.mark.parametrize(("identity", "principal", "kind", "account", "facts", "source"), _rows("identity.md"))
def test_identity(identity: str, principal: str, kind: str, account: str, facts: str, source: str) -> None:
    found = who(identity.strip("`").encode())
    assert (principal, kind, account) == (found.principal, found.principal_type, found.account)
    expected = dict(re.findall(r"(\w+)=(.*?)(?=\s\w+=|$)", facts))
    assert expected == {name: getattr(found, name) for name in expected}
    assert source


@pytest.mark.parametrize(
    ("code", "message", "outcome", "action", "resource", "by", "denial", "policy", "source"),
    _rows("outcomes.md"),
)
def test_outcome(
    code: str,
    message: str,
    outcome: str,
    action: str,
    resource: str,
    by: str,
    denial: str,
    policy: str,
    source: str,
) -> None:
    found = outcome_of(code or None, message.replace("↵", "\n") or None)
    told = (found.denied_action, found.denied_resource, found.denied_by, found.denial, found.denying_policy)
    assert (outcome, action, resource, by, denial, policy) == (found.outcome, *told)
    assert found.error_code == (code or ("unknown" if message else ""))
    assert source


def test_every_documented_type_has_a_row() -> None:
    documented = {
        *("IAMUser", "AssumedRole", "Role", "FederatedUser", "Root", "SAMLUser", "WebIdentityUser"),
        *("AWSAccount", "AWSService", "IdentityCenterUser", "Directory", "Unknown"),
    }
    text = (HERE / "identity.md").read_text(encoding="utf-8")
    assert [] == [kind for kind in documented if f'"type":"{kind}"' not in text]


def _real(demo_logs: Path) -> list[dict[str, object]]:
    files = sorted(demo_logs.glob("*.json.gz"))
    return [record for path in files for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]]


def test_real_records_all_name_someone(demo_logs: Path) -> None:
    found = Counter(who(json.dumps(r.get("userIdentity")).encode()).principal_type for r in _real(demo_logs))
    assert {"User": 3_110, "Role": 171, "ServiceLinkedRole": 747, "Service": 157, "Root": 7} == found


def test_real_denials_name_their_action(demo_logs: Path) -> None:
    messages = [(str(r.get("errorCode") or ""), str(r.get("errorMessage") or "")) for r in _real(demo_logs)]
    naming = [(code, text) for code, text in messages if "is not authorized to perform" in text]
    outcomes = [outcome_of(code, text) for code, text in naming]
    assert 65 == len(naming)
    assert {"denied"} == {o.outcome for o in outcomes}
    assert all(re.fullmatch(r"[a-z0-9-]+:\w+", o.denied_action) and o.denied_resource for o in outcomes)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = (
    *("type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy", "identityProvider"),
    *("sessionContext", "onBehalfOf", "inScopeOf"),
)


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON | st.sampled_from(["AssumedRole", "IAMUser", "a:b:c:d:e:f/g"])))
def test_any_identity_gives_texts(identity: dict[str, object]) -> None:
    found = who(json.dumps(identity).encode())
    assert isinstance(found, Who)
    assert {str} == {type(value) for value in found}


@given(st.binary(max_size=60))
def test_any_bytes_give_texts(data: bytes) -> None:
    assert {str} == {type(value) for value in who(data)}


@given(st.text(), st.text() | st.from_regex(r"is not authorized to perform: .* on resource: .*", fullmatch=True))
def test_any_message_has_an_outcome(code: str, message: str) -> None:
    found = outcome_of(code, message)
    assert found.outcome in ("succeeded", "denied", "failed")
    assert (found.outcome == "succeeded") == (not code and not message)
